/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What route optimization follows from: struct ro_basis.
 */
#include "mobile_node.h"

#include <string.h>

static enum ro_way_home way_home_of(const struct mobile_node *node)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	if (!tunnel)
		return RO_WAY_HOME_NONE;
	return tunnel->encapsulation == ENCAP_HOME_LINK ? RO_WAY_HOME_LINK : RO_WAY_HOME_TUNNEL;
}

static struct in6_addr way_home_from(const struct mobile_node *node)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	return tunnel ? tunnel->local.address : (struct in6_addr)IN6ADDR_ANY_INIT;
}

static void link_update(struct ro_link *ret, const struct link *link)
{
	ret->bid = link->bid;
	ret->priority = link->priority;
	ret->visited = link->use == LINK_VISITED;
	ret->home = link->use == LINK_HOME;
	ret->usable = path_usable(&link->path);
	ret->path = link->path.state;
	ret->ifindex = link->ifindex;
	ret->has_care_of = link->has_care_of;
	ret->care_of = link->care_of;
}

static bool is_bound(const struct update_list *list, const struct link *link)
{
	const struct list_entry *entry = update_list_entry(list, link->bid);
	return entry && IN6_ARE_ADDR_EQUAL(&entry->care_of, &link->care_of);
}

struct route_optimization *node_routes(struct mobile_node *node)
{
	const struct update_list *list = &node->registration.list;
	struct ro_basis *basis = &node->ro_basis;
	if (!node->routes)
		return NULL;
	basis->home = node->registration.home;
	basis->way_home = way_home_of(node);
	basis->way_home_from = way_home_from(node);
	basis->is_registered = list->entries_count > 0;
	basis->expires = 0;
	for (size_t i = 0; i < list->entries_count; i++)
		basis->expires = nanos_max(basis->expires, list->entries[i].expires);
	basis->bound = 0;
	memset(&basis->links, 0, sizeof(basis->links));
	basis->links.resort = node->links.resort;
	basis->links.count = node->links.count;
	basis->policy = node->policy;
	basis->policy_changes = node->policy ? node->policy->changes : 0;
	for (size_t i = 0; i < node->links.count; i++) {
		link_update(&basis->links.at[i], &node->links.at[i]);
		if (is_bound(list, &node->links.at[i]))
			basis->bound |= 1U << i;
	}
	return node->routes;
}
