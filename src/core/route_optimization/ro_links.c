/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Selects the mobile node's links that are registered with a correspondent (RFC 5648 3, 5.5.1; RFC
 * 6275 11.7.2).
 */
#include "ro_peer.h"

bool ro_has_home(const struct route_optimization *ro)
{
	return ro->node->is_registered || ro->node->home == HOME_USE_RETURNED;
}

bool ro_link_usable(const struct route_optimization *ro, const struct ro_link *link)
{
	bool resort = link->path == PATH_TRIAL && link->bid == ro->node->links.resort;
	return link->visited && link->has_care_of && (link->usable || resort);
}

bool ro_has_way_home(const struct route_optimization *ro)
{
	return ro->node->way_home == RO_WAY_HOME_LINK ||
	       (ro->node->way_home == RO_WAY_HOME_TUNNEL && ro_best_link(ro));
}

static bool given_up(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	const struct care_of_test *test = ro_test(peer, link);
	return test && ro_now(ro) < test->given_up_until;
}

static bool is_registered(const struct route_optimization *ro, const struct ro_link *link)
{
	return ro->node->home == HOME_USE_RETURNED ||
	       (ro->node->bound & 1U << (link - ro->node->links.at));
}

static bool is_bound(const struct ro_peer *peer, const struct ro_link *link)
{
	for (size_t i = 0; i < peer->bindings.count; i++)
		if (ro_binding_is_bound(&peer->bindings.at[i]) &&
			IN6_ARE_ADDR_EQUAL(&peer->bindings.at[i].care_of, &link->care_of))
			return true;
	return false;
}

/* By the rule that concerns the peer, if there is one, and then as link_is_preferred(). */
static bool is_preferred(
	const struct peer_policy *policy, const struct ro_link *a, const struct ro_link *b)
{
	const uint8_t place = peer_policy_place(policy, a->bid);
	const uint8_t other = peer_policy_place(policy, b->bid);
	if (place != other)
		return place < other;
	return a->priority != b->priority ? a->priority < b->priority : a->bid < b->bid;
}

const struct ro_link *ro_best_link(const struct route_optimization *ro)
{
	static const struct peer_policy none;
	const struct ro_link *best = NULL;
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		if (ro_link_usable(ro, link) && (!best || is_preferred(&none, link, best)))
			best = link;
	}
	return best;
}

/* draft-montavont-mip6-mmi-02 5.2, 5.3: the policy chooses the one to be bound alone. Of those that
 * answers reach for good, if there are any; by one that the home agent refuses, again and again,
 * they do only until it has refused it. */
const struct ro_link *ro_best_link_to(
	const struct route_optimization *ro, const struct ro_peer *peer)
{
	const struct ro_link *best = NULL;
	struct peer_policy policy;
	bool lasts = false;
	peer_policy_of(ro->node->policy, &peer->address, &policy);
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		bool its = is_registered(ro, link) || is_bound(peer, link);
		if (!ro_link_usable(ro, link) || given_up(ro, peer, link) || (lasts && !its))
			continue;
		if (!best || its != lasts || is_preferred(&policy, link, best))
			best = link;
		lasts = its;
	}
	return best;
}

bool ro_is_cut_off(const struct route_optimization *ro, const struct ro_peer *peer)
{
	return ro_best_link(ro) && !ro_best_link_to(ro, peer);
}

bool ro_wants(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_link *link, uint16_t *bid)
{
	if (!ro_peer_is_tried(peer) || !ro_link_usable(ro, link) || given_up(ro, peer, link))
		return false;
	bool with_bid = peer_bids_used(peer->bids);
	*bid = with_bid ? link->bid : 0;
	return with_bid || link == ro_best_link_to(ro, peer);
}

const struct ro_link *ro_home_link(const struct route_optimization *ro)
{
	for (size_t i = 0; i < ro->node->links.count; i++)
		if (ro->node->links.at[i].home)
			return &ro->node->links.at[i];
	return NULL;
}

const struct ro_link *ro_link_with_bid(const struct route_optimization *ro, uint16_t bid)
{
	for (size_t i = 0; i < ro->node->links.count; i++)
		if (ro->node->links.at[i].bid == bid)
			return &ro->node->links.at[i];
	return NULL;
}

const struct ro_link *ro_link_of(
	const struct route_optimization *ro, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		if (link->visited && link->has_care_of &&
			IN6_ARE_ADDR_EQUAL(&link->care_of, care_of))
			return link;
	}
	return NULL;
}

/* If no path to the home agent is alive, it is rather the home agent that is not. */
bool ro_link_carries(const struct route_optimization *ro, const struct ro_link *link)
{
	return link->usable || link->bid == ro->node->links.resort ||
	       (!ro_best_link(ro) && link->path == PATH_DEAD);
}
