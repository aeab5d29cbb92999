/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 4285: the MN-HA mobility message authentication option and the timestamp replay option.
 *
 * The document leaves open which care-of address the authenticator covers when a Binding Update
 * carries several. Here: the address in the Binding Identifier option if there is exactly one
 * option and it has one; else the packet's source (in an acknowledgement: its destination).
 */
#ifndef MONAMI_CORE_AUTHENTICATION_H
#define MONAMI_CORE_AUTHENTICATION_H

#include "role.h"

/* Overwrites a key that is no longer needed. */
void authentication_cleanse(struct auth *);

enum auth_result {
	AUTH_OK,
	AUTH_MISSING,     /* RFC 4285 5: option absent though an association is configured */
	AUTH_UNKNOWN_SPI, /* RFC 4285 5: no such association */
	AUTH_WRONG,       /* RFC 4285 5.1: status 146 */
	AUTH_FAILURE,     /* the machine: HMAC could not be computed */
};

/* The drop reason of a message whose result is not AUTH_OK. */
enum drop authentication_drop(enum auth_result);
/* The same, for the log. */
enum registration_problem authentication_problem(enum auth_result);

/* The care-of address that the authenticator covers, as above. */
const struct in6_addr *authentication_care_of(
	const struct message *, const struct in6_addr *source_or_destination);

/* Compares in constant time. `octets` is the Mobility Header that `message` was decoded from. */
enum auth_result authentication_check(const struct core_base *, const struct auth *,
	const struct in6_addr *care_of, const struct in6_addr *home_address, const struct message *,
	struct octets octets);

/*
 * Encodes `message` with the authentication option that `auth` asks for (none if insecure),
 * replacing whatever one it has. The replay option is the caller's: it knows which timestamp.
 * Returns the length of the Mobility Header (checksum still zero), or -errno.
 */
int authentication_seal(const struct core_base *, const struct auth *,
	const struct in6_addr *care_of, const struct in6_addr *home_address,
	struct message *message, uint8_t *octets, size_t capacity);

/* RFC 4285 6: MIPV6 timestamps may differ by seven seconds, and each is greater than the last. */
bool replay_timestamp_valid(uint64_t timestamp, uint64_t now_ntp, uint64_t last_accepted);

#endif
