/* SPDX-License-Identifier: BSD-2-Clause */
#include "ro_peer.h"

/* Its present care-of address is bound. */
static bool is_bound(const struct ro_peer *peer, const struct ro_link *link)
{
	const struct ro_binding *binding = ro_binding_of(&peer->bindings, link->bid);
	return binding && binding->state == RO_BINDING_BOUND &&
	       IN6_ARE_ADDR_EQUAL(&binding->care_of, &link->care_of);
}

struct share_statement ro_shares(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	struct share_statement ret = {.count = 0};
	struct peer_policy policy;
	if (!ro->node->base->balances || !peer_bids_used(peer->bids) ||
		ro_now(ro) < peer->shares_again)
		return ret;
	peer_policy_of(ro->node->policy, &peer->address, &policy);
	for (uint8_t i = 0; i < policy.shares_count; i++) {
		const struct ro_link *other = ro_link_with_bid(ro, policy.shares[i].bid);
		if (other &&
			(other == link || (ro_link_usable(ro, other) && is_bound(peer, other))))
			share_statement_add(&ret, &policy.shares[i], &other->care_of);
	}
	share_statement_end(&ret);
	return ret;
}

/* The first link that is bound tells, when no update of another one waits for its answer. */
static bool tells(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	for (const struct ro_link *before = ro->node->links.at; before < link; before++)
		if (ro_link_usable(ro, before) && is_bound(peer, before))
			return false;
	for (size_t i = 0; i < peer->bindings.count; i++)
		if (peer->bindings.at[i].update.waiting && peer->bindings.at[i].bid != link->bid)
			return false;
	return is_bound(peer, link);
}

bool ro_shares_are_due(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	if (!ro->node->base->balances || !tells(ro, peer, link))
		return false;
	const struct share_statement wanted = ro_shares(ro, peer, NULL);
	return !share_statement_equal(&wanted, &peer->shares_held);
}
