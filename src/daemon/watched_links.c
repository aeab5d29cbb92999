/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's links: what the host says of them becomes events of the core, a routing table for
 * each link, and a rule for each care-of address, so that a packet from a care-of address leaves by
 * its own link whatever the default route says.
 */
#include "agent.h"
#include "log.h"

#include "../io/link_type.h"

#include <string.h>

#define TABLE_METRIC 1024

void watched_links_init(struct agent *agent)
{
	agent->links_count = agent->config->links_count;
	for (unsigned int i = 0; i < agent->links_count; i++) {
		agent->links[i].config = &agent->config->links[i];
		agent->links[i].priority = agent->config->links[i].priority;
	}
}

struct watched_link *watched_links_with_bid(struct agent *agent, uint16_t bid)
{
	for (unsigned int i = 0; i < agent->links_count; i++)
		if (agent->links[i].config->bid == bid)
			return &agent->links[i];
	return NULL;
}

struct watched_link *watched_links_with_ifindex(struct agent *agent, uint32_t ifindex)
{
	for (unsigned int i = 0; i < agent->links_count; i++)
		if (ifindex != 0 && agent->links[i].seen.ifindex == ifindex)
			return &agent->links[i];
	return NULL;
}

static struct watched_link *link_named(struct agent *agent, const char *name)
{
	for (unsigned int i = 0; i < agent->links_count; i++)
		if (strcmp(agent->links[i].config->name, name) == 0)
			return &agent->links[i];
	return NULL;
}

/* RFC 4862 5.4: an address is a care-of address only once its DAD has ended. The home address is
 * none, also where it is on the home link. */
static bool is_usable(const struct agent *agent, const struct host_interface_address *address)
{
	return !address->tentative && !IN6_ARE_ADDR_EQUAL(&address->address,
					      &agent->config->core.mobile_node.home_address);
}

static const struct host_interface_address *usable_address(const struct agent *agent,
	const struct host_interface *interface, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_usable(agent, &interface->addresses[i]) &&
			IN6_ARE_ADDR_EQUAL(&interface->addresses[i].address, address))
			return &interface->addresses[i];
	return NULL;
}

/* On the home link the home agent is a neighbour, and not the way to everywhere; and a route to it
 * alone is none to correspondents. */
const struct in6_addr *watched_link_next_hop(
	const struct watched_link *link, const struct effect_tunnel *tunnel)
{
	bool elsewhere = tunnel->kind != TUNNEL_IPV6;
	bool has_default = !IN6_IS_ADDR_UNSPECIFIED(&link->seen.default_router);

	return elsewhere && has_default ? &link->seen.default_router : &link->seen.router;
}

static uint32_t table_of(const struct agent *agent, const struct watched_link *link)
{
	return agent->config->table_base + link->config->bid;
}

static void address_remove(struct agent *agent, const struct watched_link *link,
	const struct host_interface_address *address)
{
	struct host_event event = {.type = HOST_ADDRESS_REMOVE};

	event.address.bid = link->config->bid;
	event.address.address = address->address;
	agent_host(agent, &event);
	host_rule_remove(agent->host, &address->address, table_of(agent, link),
		agent->config->rule_priority);
}

static void address_set(struct agent *agent, const struct watched_link *link,
	const struct host_interface_address *address)
{
	struct host_event event = {.type = HOST_ADDRESS_SET};
	int error = host_rule_set(agent->host, &address->address, table_of(agent, link),
		agent->config->rule_priority);

	if (error < 0)
		log_error("rule for %s: %s", link->config->name, strerror(-error));
	event.address.bid = link->config->bid;
	event.address.address = address->address;
	event.address.deprecated = address->deprecated;
	event.address.formed = address->formed;
	error = agent_host(agent, &event);
	if (error < 0)
		log_warning("%s: address not taken: %s", link->config->name, strerror(-error));
}

static void follow_addresses(struct agent *agent, const struct watched_link *link,
	const struct host_interface *before, const struct host_interface *after)
{
	for (unsigned int i = 0; i < before->addresses_count; i++) {
		const struct host_interface_address *old = &before->addresses[i];
		if (is_usable(agent, old) && !usable_address(agent, after, &old->address))
			address_remove(agent, link, old);
	}
	for (unsigned int i = 0; i < after->addresses_count; i++) {
		const struct host_interface_address *new = &after->addresses[i];
		const struct host_interface_address *old =
			usable_address(agent, before, &new->address);
		if (is_usable(agent, new) && (!old || old->deprecated != new->deprecated))
			address_set(agent, link, new);
	}
}

static struct host_route route_of(const struct agent *agent, const struct watched_link *link,
	const struct host_interface *interface)
{
	struct host_route route = {
		.ifindex = interface->ifindex,
		.metric = TABLE_METRIC,
		.table = table_of(agent, link),
	};

	struct in6_addr home_agent = agent_home_agent(agent);

	/* A router that is the home agent itself is on the link: no gateway, the link is enough. */
	if (!IN6_ARE_ADDR_EQUAL(&interface->router, &home_agent))
		route.via = interface->router;
	return route;
}

/* The table of the link, and the data plane's next hop, follow the router. */
static void follow_router(
	struct agent *agent, struct watched_link *link, const struct host_interface *before)
{
	const struct host_interface *after = &link->seen;
	bool same = before->has_router == after->has_router && before->ifindex == after->ifindex &&
		    IN6_ARE_ADDR_EQUAL(&before->router, &after->router) &&
		    IN6_ARE_ADDR_EQUAL(&before->default_router, &after->default_router);

	if (before->has_router && !same) {
		struct host_route route = route_of(agent, link, before);
		host_route_remove(agent->host, &route);
	}
	if (!after->has_router)
		return;
	struct host_route route = route_of(agent, link, after);
	int error = host_route_set(agent->host, &route);
	if (error < 0)
		log_error("route by %s: %s", link->config->name, strerror(-error));
	if (!same && link->has_tunnel)
		dataplane_tunnel_set(agent->dataplane, &link->tunnel,
			watched_link_next_hop(link, &link->tunnel));
	if (!same)
		direct_ways_follow_router(agent, link);
}

/* The kernel removes a default route when its router ends it, when its lifetime ends, or when the
 * operator does. */
static bool is_default_router(const struct host_interface *seen, const struct in6_addr *router)
{
	for (unsigned int i = 0; i < seen->default_routers_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&seen->default_routers[i], router))
			return true;
	return false;
}

/* RFC 8028 3.1: packets from the care-of address go to the router that advertised its prefix, if it
 * is a default router. An operator's more specific route to the home agent has precedence. */
static void choose_router(struct watched_link *link)
{
	bool by_default = IN6_ARE_ADDR_EQUAL(&link->kernel_router, &link->kernel_default);
	bool serves = is_default_router(&link->seen, &link->advertised);

	link->seen.router = serves && by_default ? link->advertised : link->kernel_router;
	link->seen.default_router = serves ? link->advertised : link->kernel_default;
}

static void care_of_seen(void *ctx, const struct link_view *view)
{
	struct agent *agent = ctx;
	struct watched_link *link = watched_links_with_bid(agent, view->bid);

	if (!link || IN6_ARE_ADDR_EQUAL(&link->advertised, &view->router))
		return;
	const struct host_interface before = link->seen;
	link->advertised = view->router;
	choose_router(link);
	follow_router(agent, link, &before);
}

void watched_links_follow_care_of(struct agent *agent)
{
	core_each_link(agent->core, care_of_seen, agent);
}

static void tell_core(struct agent *agent, const struct watched_link *link)
{
	struct host_event event = {.type = HOST_LINK_SET};

	event.link.bid = link->config->bid;
	event.link.priority = link->priority;
	event.link.ifindex = link->seen.ifindex;
	event.link.up = link->seen.ifindex != 0 && link->seen.up && link->seen.has_router &&
			link_type_header(link->seen.type) >= 0;
	event.link.unprobed = link->config->probe == CONFIG_PROBE_OFF;
	event.link.has_link_layer = link->seen.has_link_layer;
	memcpy(event.link.link_layer, link->seen.link_layer, sizeof(event.link.link_layer));
	int error = agent_host(agent, &event);
	if (error < 0)
		log_error("link %s: %s", link->config->name, strerror(-error));
}

void watched_links_changed(struct agent *agent, const struct host_interface *interface)
{
	struct watched_link *link = link_named(agent, interface->name);
	if (!link)
		return;
	struct host_interface before = link->seen;

	link->seen = *interface;
	link->kernel_router = interface->router;
	link->kernel_default = interface->default_router;
	choose_router(link);
	/* A link that is gone is said first: nothing is more urgent. */
	tell_core(agent, link);
	if (before.ifindex != 0 && before.ifindex != interface->ifindex) {
		sender_link_gone(agent->sender, before.ifindex);
		outer_packets_link_gone(agent, before.ifindex);
	}
	if (!attached_link_follow(&link->attached, agent->dataplane, interface))
		loop_retry_later(agent);
	if (before.ifindex != interface->ifindex)
		home_address_guard(agent);
	follow_router(agent, link, &before);
	warnings_follow_interface(agent, &link->warning, interface);
	own_addresses_follow(agent, &before, interface);
	follow_addresses(agent, link, &before, interface);
}

bool watched_links_retry(struct agent *agent)
{
	bool done = true;

	for (unsigned int i = 0; i < agent->links_count; i++)
		done &= attached_link_retry(
			&agent->links[i].attached, agent->dataplane, agent->links[i].config->name);
	return done;
}

/* Whichever way packets go, it is the link that lives or does not. */
void watched_links_report_activity(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->links_count; i++) {
		const struct watched_link *link = &agent->links[i];
		struct host_event event = {.type = HOST_ACTIVITY};

		if (link->seen.ifindex == 0)
			continue;
		event.activity.bid = link->config->bid;
		dataplane_link_activity(agent->dataplane, link->seen.ifindex, &event.activity.sent,
			&event.activity.received);
		if (event.activity.sent || event.activity.received)
			agent_host(agent, &event);
	}
}
