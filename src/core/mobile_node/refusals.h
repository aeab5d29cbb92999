/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BIDs that the home agent refused by themselves (RFC 5648 5.7), and when each is tried again.
 */
#ifndef MONAMI_CORE_REFUSALS_H
#define MONAMI_CORE_REFUSALS_H

#include "../api/effect.h"

#include <netinet/in.h>
#include <stdbool.h>

/* Of a BID with this care-of address. */
struct refusal {
	uint16_t bid;
	struct in6_addr care_of;
	nanos until;
	nanos backoff;
	bool elsewhere; /* the home link, when it can be sent by, has not been tried */
};

struct refusals {
	size_t count;
	struct refusal at[BINDINGS_MAX];
};

/* NULL if there is none. */
const struct refusal *refusals_of(
	const struct refusals *, uint16_t bid, const struct in6_addr *care_of);
/* Whether this care-of address is not to be tried now. `other_way`: a home binding can be asked for
 * by the home link, though it was refused by another (refusal.elsewhere). */
bool refusals_hold(const struct refusals *, uint16_t bid, const struct in6_addr *care_of,
	bool other_way, nanos now);
/* A new one, if there is none, in place of what another care-of address brought the BID. */
struct refusal *refusals_need(struct refusals *, uint16_t bid, const struct in6_addr *care_of);
/* The BID is tried again at once. */
void refusals_end(struct refusals *, uint16_t bid);
/* The home agent has accepted the care-of address. */
void refusals_remove(struct refusals *, uint16_t bid, const struct in6_addr *care_of);
/* When the next of them ends; NANOS_NEVER. */
nanos refusals_next(const struct refusals *, nanos now);

#endif
