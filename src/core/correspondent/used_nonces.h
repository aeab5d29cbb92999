/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nonces that authorized the bindings of one home address, and the spent ones among them: RFC
 * 6275 9.5.3, after a binding has been removed, the same nonces must not bind the same care-of
 * address again. Of fixed size.
 */
#ifndef MONAMI_CORE_USED_NONCES_H
#define MONAMI_CORE_USED_NONCES_H

#include "../api/effect.h"

/* The number of spent pairs that are distinguished. */
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
	nanos spent_until; /* all nonces that end by then are spent */
};

/* The binding of this BID has been authorized by them. */
void used_nonces_put(struct used_nonces *, uint16_t bid, const struct nonce_pair *, nanos now);
/* NULL: not known. */
const struct nonce_pair *used_nonces_of(const struct used_nonces *, uint16_t bid);
/* The binding was removed. */
void used_nonces_spend(struct used_nonces *, uint16_t bid, nanos now);
/* It ended for another reason: its sequence number guards it (RFC 6275 5.2.8). */
void used_nonces_forget(struct used_nonces *, uint16_t bid);
bool used_nonces_are_spent(const struct used_nonces *, const struct nonce_pair *);

#endif
