/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subjects with tunnels that packets leave by: tests of the data plane have no core that numbers
 * and ranks them.
 */
#ifndef MONAMI_TESTS_RANKED_H
#define MONAMI_TESTS_RANKED_H

#include "../../src/io/dataplane/dataplane.h"

/* The number of the subject of these addresses: the same in every process. */
uint32_t ranked_subject(const struct in6_addr *home_address, const struct in6_addr *peer);
/* The number of a tunnel in these tests: never its BID. */
static inline uint16_t ranked_number(uint16_t bid)
{
	return (uint16_t)(bid + 100);
}

/* Sets the subject, with its home address as its prefix. `side`: enum subject_side. */
int ranked_subject_set(struct dataplane *, uint8_t side, const struct in6_addr *home_address,
	const struct in6_addr *peer);
/*
 * Sets the subject of these addresses, the tunnel under the number of its BID, and its tier.
 * `mobile`: the side of a tunnel by a home agent; a tunnel to or from a correspondent has its own.
 * 0, or the error of the data plane.
 */
int ranked_tunnel_set(struct dataplane *, bool mobile, struct in6_addr home_address,
	struct in6_addr peer, const struct effect_tunnel *, uint8_t tier,
	const struct in6_addr *next_hop);
/* The same without a tier: the tunnel keeps the one that it has. */
int ranked_tunnel_change(struct dataplane *, bool mobile, struct in6_addr home_address,
	struct in6_addr peer, const struct effect_tunnel *, const struct in6_addr *next_hop);
int ranked_tunnel_remove(struct dataplane *, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid);

#endif
