/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The computations of return routability, for both sides: keygen tokens (RFC 6275 5.2.5), the
 * binding management key, and the authenticator of the Binding Authorization Data option (6.2.7).
 * Keeps no state.
 */
#ifndef MONAMI_CORE_BINDING_KEY_H
#define MONAMI_CORE_BINDING_KEY_H

#include "authentication.h"

/* RFC 6275 12: MAX_RR_BINDING_LIFETIME, seconds */
#define RR_BINDING_LIFETIME_MAX 420

#define KCN_OCTETS 20
#define NONCE_OCTETS 8
#define TOKEN_OCTETS 8
/* RFC 6275 6.2.7: of the authenticator */
#define AUTHORIZATION_OCTETS 12

/* The last octet of a token's input. */
enum token_kind {
	TOKEN_HOME = 0,
	TOKEN_CARE_OF = 1,
};

/* A token is a number as in msg_home_test: its first octet on the wire is the most significant. */
int keygen_token(const struct core_base *, const uint8_t kcn[KCN_OCTETS], enum token_kind,
	const struct in6_addr *address, const uint8_t nonce[NONCE_OCTETS], uint64_t *ret);

/* Kbm. `care_of_token` is NULL for a de-registration (RFC 6275 5.2.5). 0 or -errno. */
int binding_key(const struct core_base *, uint64_t home_token, const uint64_t *care_of_token,
	uint8_t ret[SHA1_OCTETS]);

/*
 * The authenticator's input besides the message. `care_of`: the address that is registered (the one
 * in the Binding Identifier option, the Alternate Care-of Address, or the packet's source, in this
 * order), the home address in a de-registration; in an acknowledgement, that of the update.
 * `correspondent`: its home address if it is itself a mobile node.
 */
struct binding_parties {
	struct in6_addr care_of;
	struct in6_addr correspondent;
};

/*
 * Encodes `message` with the option, replacing any authorization that it has. Returns the length of
 * the Mobility Header (checksum still zero), or -errno.
 */
int binding_key_seal(const struct core_base *, const uint8_t kbm[SHA1_OCTETS],
	const struct binding_parties *, struct message *message, uint8_t *octets, size_t capacity);

/*
 * Whether the option exists, is the last, has nothing behind it, and is correct (compared in
 * constant time). `octets` is the Mobility Header that `message` was decoded from. AUTH_OK,
 * AUTH_MISSING, AUTH_WRONG or AUTH_FAILURE.
 */
enum auth_result binding_key_check(const struct core_base *, const uint8_t kbm[SHA1_OCTETS],
	const struct binding_parties *, const struct message *message, struct octets octets);

#endif
