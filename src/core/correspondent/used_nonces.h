/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With which nonces the bindings of one home address were authorized, and which of them are spent:
 * RFC 6275 9.5.3, after a binding has been taken away the same nonces must not bring the same
 * care-of address back. Of fixed size.
 */
#ifndef MONAMI_CORE_USED_NONCES_H
#define MONAMI_CORE_USED_NONCES_H

#include "../api/effect.h"

/* So many spent pairs are told apart. */
#define NONCES_SPENT_MAX 4
#define NONCES_USED_MAX (BINDINGS_MAX + NONCES_SPENT_MAX)

/* The nonces of one care-of address. */
struct nonce_pair {
	struct in6_addr care_of;
	nanos until; /* from then on one of them is too old */
	uint16_t home;
	uint16_t care_of_index;
};

struct used_nonces {
	struct {
		struct nonce_pair pair;
		uint16_t bid;
		bool spent;
	} at[NONCES_USED_MAX];
	uint8_t count;
	nanos spent_until; /* whatever ends by then is spent */
};

/* The binding of this BID has been authorized by them. */
void used_nonces_put(struct used_nonces *, uint16_t bid, const struct nonce_pair *, nanos now);
/* NULL: not known. */
const struct nonce_pair *used_nonces_of(const struct used_nonces *, uint16_t bid);
/* It was taken away. */
void used_nonces_spend(struct used_nonces *, uint16_t bid, nanos now);
/* It is gone for another reason: its sequence number guards it (RFC 6275 5.2.8). */
void used_nonces_forget(struct used_nonces *, uint16_t bid);
bool used_nonces_are_spent(const struct used_nonces *, const struct nonce_pair *);

#endif
