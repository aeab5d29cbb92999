/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of the mobile node's links a correspondent is to know (RFC 5648 3, 5.5.1; RFC 6275 11.7.2).
 */
#include "ro_peer.h"

bool route_has_home(const struct mobile_node *node)
{
	return node->registration.list.entries_count > 0 ||
	       node->registration.home == HOME_USE_RETURNED;
}

bool route_link_usable(const struct mobile_node *node, const struct link *link)
{
	bool resort = link->path.state == PATH_TRIAL && link->bid == node->links.resort;
	return link->use == LINK_VISITED && link->has_care_of &&
	       (path_usable(&link->path) || resort);
}

bool route_has_way_home(const struct mobile_node *node)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	return tunnel && (tunnel->encapsulation == ENCAP_HOME_LINK || route_best_link(node));
}

static bool given_up(
	const struct mobile_node *node, const struct route *route, const struct link *link)
{
	const struct care_of_test *test = route_test(route, link);
	return test && node->now < test->given_up_until;
}

static bool is_registered(const struct mobile_node *node, const struct link *link)
{
	const struct list_entry *entry = update_list_entry(&node->registration.list, link->bid);
	return node->registration.home == HOME_USE_RETURNED ||
	       (entry && IN6_ARE_ADDR_EQUAL(&entry->care_of, &link->care_of));
}

static bool is_bound(const struct route *route, const struct link *link)
{
	for (size_t i = 0; i < route->bindings.count; i++)
		if (route->bindings.at[i].bound &&
			IN6_ARE_ADDR_EQUAL(&route->bindings.at[i].care_of, &link->care_of))
			return true;
	return false;
}

const struct link *route_best_link(const struct mobile_node *node)
{
	const struct link *best = NULL;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (route_link_usable(node, link) && (!best || link_is_preferred(link, best)))
			best = link;
	}
	return best;
}

/* The one to be bound alone: of those that answers reach for good, if there are any; by one that
 * the home agent refuses, again and again, they do only until it has refused it. */
const struct link *route_best_link_to(const struct mobile_node *node, const struct route *route)
{
	const struct link *best = NULL;
	bool lasts = false;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		bool its = is_registered(node, link) || is_bound(route, link);
		if (!route_link_usable(node, link) || given_up(node, route, link) ||
			(lasts && !its))
			continue;
		if (!best || its != lasts || link_is_preferred(link, best))
			best = link;
		lasts = its;
	}
	return best;
}

bool route_is_cut_off(const struct mobile_node *node, const struct route *route)
{
	return route_best_link(node) && !route_best_link_to(node, route);
}

bool route_wants(const struct mobile_node *node, const struct route *route, const struct link *link,
	uint16_t *bid)
{
	if (route->leave_until || route->refused_until || !route_link_usable(node, link) ||
		given_up(node, route, link))
		return false;
	*bid = route->mcoa ? link->bid : 0;
	return route->mcoa || link == route_best_link_to(node, route);
}

const struct link *route_link_of(const struct mobile_node *node, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (link->use == LINK_VISITED && link->has_care_of &&
			IN6_ARE_ADDR_EQUAL(&link->care_of, care_of))
			return link;
	}
	return NULL;
}

/* If no path to the home agent is alive, it is rather the home agent that is not. */
bool route_link_carries(const struct mobile_node *node, const struct link *link)
{
	return path_usable(&link->path) || link->bid == node->links.resort ||
	       (!route_best_link(node) && link->path.state == PATH_DEAD);
}
