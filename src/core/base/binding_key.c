/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 5.2.5, 5.2.6 and 6.2.7.
 */
#include "binding_key.h"

#include "constant_time.h"

#include <errno.h>
#include <string.h>

#define CHECKSUM_OCTETS 2

static void write_token(uint64_t token, uint8_t ret[TOKEN_OCTETS])
{
	for (size_t i = 0; i < TOKEN_OCTETS; i++)
		ret[i] = (uint8_t)(token >> (8 * (TOKEN_OCTETS - 1 - i)));
}

static uint64_t read_token(const uint8_t octets[TOKEN_OCTETS])
{
	uint64_t token = 0;
	for (size_t i = 0; i < TOKEN_OCTETS; i++)
		token = token << 8 | octets[i];
	return token;
}

int keygen_token(const struct core_base *base, const uint8_t kcn[KCN_OCTETS], enum token_kind kind,
	const struct in6_addr *address, const uint8_t nonce[NONCE_OCTETS], uint64_t *ret)
{
	const uint8_t last = (uint8_t)kind;
	const struct octets pieces[] = {
		{address->s6_addr, sizeof(*address)},
		{nonce, NONCE_OCTETS},
		{&last, sizeof(last)},
	};
	uint8_t mac[SHA1_OCTETS];
	int error = base->port.hmac_sha1(base->port.ctx, (struct octets){kcn, KCN_OCTETS}, pieces,
		sizeof(pieces) / sizeof(pieces[0]), mac);
	if (error < 0)
		return error;
	*ret = read_token(mac);
	return 0;
}

int binding_key(const struct core_base *base, uint64_t home_token, const uint64_t *care_of_token,
	uint8_t ret[SHA1_OCTETS])
{
	uint8_t tokens[2 * TOKEN_OCTETS];
	struct octets piece = {tokens, TOKEN_OCTETS};
	write_token(home_token, tokens);
	if (care_of_token) {
		write_token(*care_of_token, tokens + TOKEN_OCTETS);
		piece.length = sizeof(tokens);
	}
	return base->port.sha1(base->port.ctx, &piece, 1, ret);
}

/* RFC 6275 6.2.7: care-of address, correspondent, and the message but for the authenticator, its
 * checksum zero. */
static int authenticator(const struct core_base *base, const uint8_t kbm[SHA1_OCTETS],
	const struct binding_parties *parties, struct octets octets, size_t at,
	uint8_t ret[SHA1_OCTETS])
{
	static const uint8_t zero[CHECKSUM_OCTETS];
	const size_t rest_at = MESSAGE_CHECKSUM_AT + CHECKSUM_OCTETS;
	const size_t end = at + AUTHORIZATION_OCTETS;
	const struct octets pieces[] = {
		{parties->care_of.s6_addr, sizeof(parties->care_of)},
		{parties->correspondent.s6_addr, sizeof(parties->correspondent)},
		{octets.at, MESSAGE_CHECKSUM_AT},
		{zero, sizeof(zero)},
		{octets.at + rest_at, at - rest_at},
		{octets.at + end, octets.length - end},
	};
	return base->port.hmac_sha1(base->port.ctx, (struct octets){kbm, SHA1_OCTETS}, pieces,
		sizeof(pieces) / sizeof(pieces[0]), ret);
}

int binding_key_seal(const struct core_base *base, const uint8_t kbm[SHA1_OCTETS],
	const struct binding_parties *parties, struct message *message, uint8_t *octets,
	size_t capacity)
{
	struct message_layout layout;
	uint8_t mac[SHA1_OCTETS];
	message->has_authorization = true;
	message->authorization.authenticator = (struct octets){NULL, AUTHORIZATION_OCTETS};
	if (!message_encode(base->dialect, message, octets, capacity, &layout))
		return -EMSGSIZE;
	int error = authenticator(base, kbm, parties, (struct octets){octets, layout.length},
		layout.authorization_at, mac);
	if (error < 0)
		return error;
	memcpy(octets + layout.authorization_at, mac, AUTHORIZATION_OCTETS);
	return (int)layout.length;
}

enum auth_result binding_key_check(const struct core_base *base, const uint8_t kbm[SHA1_OCTETS],
	const struct binding_parties *parties, const struct message *message, struct octets octets)
{
	const struct octets given = message->authorization.authenticator;
	if (!message->has_authorization)
		return AUTH_MISSING;
	if (given.length != AUTHORIZATION_OCTETS)
		return AUTH_WRONG;
	/* what is behind the message is not its own (RFC 6275 9.2) */
	const struct octets whole = {octets.at, 8 * ((size_t)octets.at[1] + 1)};
	size_t at = (size_t)(given.at - whole.at);
	if (at + AUTHORIZATION_OCTETS != whole.length)
		return AUTH_WRONG;
	uint8_t expected[SHA1_OCTETS];
	if (authenticator(base, kbm, parties, whole, at, expected) < 0)
		return AUTH_FAILURE;
	return constant_time_equal(expected, given.at, AUTHORIZATION_OCTETS) ? AUTH_OK : AUTH_WRONG;
}
