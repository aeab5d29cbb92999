/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of a mobile node towards one peer: the home agent, or a correspondent
 * (draft-montavont-mip6-mmi-02 5, 7.3). A rule concerns a correspondent if it names the peer's
 * address, or selects all packets: a rule for a port alone says nothing of the peers that use it.
 */
#ifndef MONAMI_CORE_PEER_POLICY_H
#define MONAMI_CORE_PEER_POLICY_H

#include "../api/policy.h"

struct policy;

struct link_share {
	uint16_t bid;
	bool sends;       /* the mobile node sends by it */
	uint8_t receives; /* weight among the links that it receives by; 0: it does not */
};

struct peer_policy {
	/* For a peer that can hold one binding: all links of the rule that concerns it, the
	 * preferred one first. Of several rules the one that goes first counts (5.3). */
	uint8_t order_count;
	uint16_t order[BINDINGS_MAX];
	/* A rule for all packets of the peer shares them (POLICY_BALANCE). Links that carry nothing
	 * now are not among them. */
	uint8_t shares_count;
	struct link_share shares[BINDINGS_MAX];
};

/* `policy` NULL: there is none. `peer` NULL: the home agent; only rules without a selector concern
 * it. */
void peer_policy_of(const struct policy *, const struct in6_addr *peer, struct peer_policy *ret);
/* The place of the link in the order; BINDINGS_MAX: it has none. */
uint8_t peer_policy_place(const struct peer_policy *, uint16_t bid);
/* Whether share options say the rule: to the home agent, if it is for all packets, and to a
 * correspondent, if it is for all packets of some peers. */
bool policy_rule_shares_all(const struct policy_rule *);
bool policy_rule_shares_peers(const struct policy_rule *);

#endif
