/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 4285 5.1 and 6. Keeps no state: the last accepted timestamp is the caller's.
 */
#include "authentication.h"

#include "constant_time.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define CHECKSUM_OCTETS 2

/* Of an authentication option as it stands in a message. */
#define PAD1 0
#define PADN 1
#define AUTHENTICATION 9

#define CLOSE_ENOUGH (UINT64_C(7) << 32)

const struct in6_addr *authentication_care_of(
	const struct message *message, const struct in6_addr *source_or_destination)
{
	if (message->bid_count == 1 && message->bid[0].care_of.length == sizeof(struct in6_addr))
		return &message->bid[0].care_of.address;
	return source_or_destination;
}

/* RFC 4285 5.1: care-of address, home address, and the message through the SPI, checksum zero */
static int authenticator(const struct core_base *base, const struct auth *auth,
	const struct in6_addr *care_of, const struct in6_addr *home_address, const uint8_t *octets,
	size_t through_spi, uint8_t ret[SHA1_OCTETS])
{
	static const uint8_t zero[CHECKSUM_OCTETS];
	const size_t rest_at = MESSAGE_CHECKSUM_AT + CHECKSUM_OCTETS;
	const struct octets pieces[] = {
		{care_of->s6_addr, sizeof(*care_of)},
		{home_address->s6_addr, sizeof(*home_address)},
		{octets, MESSAGE_CHECKSUM_AT},
		{zero, sizeof(zero)},
		{octets + rest_at, through_spi - rest_at},
	};
	const struct octets key = {auth->key, auth->key_length};
	return base->port.hmac_sha1(
		base->port.ctx, key, pieces, sizeof(pieces) / sizeof(pieces[0]), ret);
}

/*
 * RFC 4285 5: MN-HA comes last but for MN-AAA. The authenticator does not cover what is behind it:
 * without this rule, an attacker could append options to an authentic message.
 */
static bool nothing_behind(const struct message *message, struct octets octets, size_t at)
{
	size_t length = 8 * ((size_t)octets.at[1] + 1);
	assert(at <= length && length <= octets.length);
	struct cursor tail = cursor_over(octets.at + at, length - at);
	bool aaa = message->authentication_count == 2;
	while (cursor_left(&tail)) {
		uint8_t type = cursor_u8(&tail);
		if (type == PAD1)
			continue;
		if (type != PADN && !(type == AUTHENTICATION && aaa))
			return false;
		cursor_octets(&tail, cursor_u8(&tail));
	}
	return true;
}

/* One option for each subtype, MN-HA first; otherwise the message counts as having none. */
static const struct opt_authentication *mn_ha_option(const struct message *message)
{
	const struct opt_authentication *option = message->authentication;
	if (message->authentication_count == 0 || option[0].subtype != AUTH_MN_HA)
		return NULL;
	if (message->authentication_count == 2 && option[1].subtype != AUTH_MN_AAA)
		return NULL;
	return option;
}

enum auth_result authentication_check(const struct core_base *base, const struct auth *auth,
	const struct in6_addr *care_of, const struct in6_addr *home_address,
	const struct message *message, struct octets octets)
{
	if (auth->mode == AUTH_MODE_INSECURE_NONE)
		return AUTH_OK;
	const struct opt_authentication *option = mn_ha_option(message);
	if (!option)
		return AUTH_MISSING;
	if (option->spi != auth->spi)
		return AUTH_UNKNOWN_SPI;
	if (option->authenticator.length != AUTH_OCTETS)
		return AUTH_WRONG;
	size_t through_spi = (size_t)(option->authenticator.at - octets.at);
	if (!nothing_behind(message, octets, through_spi + AUTH_OCTETS))
		return AUTH_WRONG;
	uint8_t expected[SHA1_OCTETS];
	if (authenticator(base, auth, care_of, home_address, octets.at, through_spi, expected) < 0)
		return AUTH_FAILURE;
	return constant_time_equal(expected, option->authenticator.at, AUTH_OCTETS) ? AUTH_OK
										    : AUTH_WRONG;
}

/* Encodes with room for the authenticator; its place, or -EMSGSIZE. */
static int encode(const struct core_base *base, const struct message *message, uint8_t *octets,
	size_t capacity, struct message_layout *ret)
{
	return message_encode(base->dialect, message, octets, capacity, ret) ? 0 : -EMSGSIZE;
}

int authentication_seal(const struct core_base *base, const struct auth *auth,
	const struct in6_addr *care_of, const struct in6_addr *home_address,
	struct message *message, uint8_t *octets, size_t capacity)
{
	struct message_layout layout;
	message->authentication_count = 0;
	if (auth->mode == AUTH_MODE_MN_HA) {
		message->authentication_count = 1;
		message->authentication[0] = (struct opt_authentication){
			.subtype = AUTH_MN_HA,
			.spi = auth->spi,
			.authenticator = {NULL, AUTH_OCTETS},
		};
	}
	int error = encode(base, message, octets, capacity, &layout);
	if (error < 0 || auth->mode == AUTH_MODE_INSECURE_NONE)
		return error < 0 ? error : (int)layout.length;
	uint8_t mac[SHA1_OCTETS];
	error = authenticator(
		base, auth, care_of, home_address, octets, layout.authentication_at, mac);
	if (error < 0)
		return error;
	memcpy(octets + layout.authentication_at, mac, AUTH_OCTETS);
	return (int)layout.length;
}

/* NTP timestamps wrap in 2036; differences are not affected. */
bool replay_timestamp_valid(uint64_t timestamp, uint64_t now_ntp, uint64_t last_accepted)
{
	uint64_t apart = timestamp - now_ntp;
	bool close = apart <= CLOSE_ENOUGH || -apart <= CLOSE_ENOUGH;
	uint64_t ahead = timestamp - last_accepted;
	bool newer = last_accepted == 0 || (ahead != 0 && ahead < (UINT64_C(1) << 63));
	return close && newer;
}

/* volatile: the compiler must not omit writes to memory that is about to be freed. */
void authentication_cleanse(struct auth *auth)
{
	volatile uint8_t *octets = (volatile uint8_t *)auth;

	for (size_t i = 0; i < sizeof(*auth); i++)
		octets[i] = 0;
}

enum drop authentication_drop(enum auth_result result)
{
	switch (result) {
	case AUTH_MISSING:
		return DROP_NO_AUTHENTICATION;
	case AUTH_UNKNOWN_SPI:
		return DROP_UNKNOWN_SPI;
	case AUTH_WRONG:
		return DROP_AUTHENTICATION_FAILED;
	case AUTH_OK:
	case AUTH_FAILURE:
		break;
	}
	return DROP_NO_HMAC;
}

enum registration_problem authentication_problem(enum auth_result result)
{
	switch (result) {
	case AUTH_MISSING:
		return PROBLEM_NO_AUTHENTICATION;
	case AUTH_UNKNOWN_SPI:
		return PROBLEM_OTHER_SPI;
	case AUTH_WRONG:
		return PROBLEM_OTHER_KEY;
	case AUTH_OK:
	case AUTH_FAILURE:
		break;
	}
	return PROBLEM_NONE;
}
