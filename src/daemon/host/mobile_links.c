/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's links. Their changes on the host become events for the core, a routing table for
 * each link, and a rule for each care-of address: a packet from a care-of address leaves by its own
 * link, independently of the default route.
 */
#include "mobile_host.h"

#include "../base/log.h"

#include "../../io/base/clock.h"
#include "../../io/dataplane/link_type.h"

#include <string.h>

#define TABLE_METRIC 1024

struct mobile_link *mobile_links_with_bid(struct mobile_host *host, uint16_t bid)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		if (host->links[i].config->bid == bid)
			return &host->links[i];
	return NULL;
}

struct mobile_link *mobile_links_with_ifindex(struct mobile_host *host, uint32_t ifindex)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		if (ifindex != 0 && host->links[i].seen.ifindex == ifindex)
			return &host->links[i];
	return NULL;
}

void mobile_links_tunnel_gone(struct mobile_host *host, const struct effect_tunnel *tunnel)
{
	for (unsigned int i = 0; i < host->links_count; i++) {
		struct mobile_link *link = &host->links[i];
		if (link->tunnel.subject == tunnel->subject &&
			link->tunnel.tunnel == tunnel->tunnel)
			link->has_tunnel = false;
	}
}

struct mobile_link *mobile_links_named(struct mobile_host *host, const char *name)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		if (strcmp(host->links[i].config->name, name) == 0)
			return &host->links[i];
	return NULL;
}

/* RFC 4862 5.4: an address is a care-of address only once its DAD has ended. The home address is
 * none, also where it is on the home link; that of another mobile node, if the link leads through
 * its tunnel. */
static bool is_usable(const struct mobile_host *host, const struct mobile_link *link,
	const struct host_interface_address *address)
{
	if (link->through)
		return IN6_ARE_ADDR_EQUAL(
			&address->address, mobile_host_home_address(link->through));
	return !address->tentative &&
	       !config_is_home_address(host->basis->config, &address->address);
}

static const struct host_interface_address *usable_address(const struct mobile_host *host,
	const struct mobile_link *link, const struct host_interface *interface,
	const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_usable(host, link, &interface->addresses[i]) &&
			IN6_ARE_ADDR_EQUAL(&interface->addresses[i].address, address))
			return &interface->addresses[i];
	return NULL;
}

/* On the home link the home agent is a neighbour, not a default router; and a route to it alone
 * does not lead to correspondents. */
const struct in6_addr *mobile_link_next_hop(
	const struct mobile_link *link, const struct effect_tunnel *tunnel)
{
	bool elsewhere = tunnel->encapsulation != ENCAP_IPV6;
	bool has_default = !IN6_IS_ADDR_UNSPECIFIED(&link->routers.by_default);

	return elsewhere && has_default ? &link->routers.by_default
					: &link->routers.home_agent.router;
}

static uint32_t table_of(const struct mobile_host *host, const struct mobile_link *link)
{
	return host->config->table_base + link->config->bid;
}

static struct host_rule rule_of(const struct mobile_host *host, const struct mobile_link *link,
	const struct in6_addr *care_of)
{
	return (struct host_rule){
		.source = *care_of,
		.source_length = 128,
		.table = table_of(host, link),
		.priority = host->config->rule_priority,
	};
}

static void address_remove(struct mobile_host *host, const struct mobile_link *link,
	const struct host_interface_address *address)
{
	struct host_event event = {.type = HOST_ADDRESS_REMOVE};

	event.address.bid = link->config->bid;
	event.address.address = address->address;
	mobile_host_event(host, &event);
	const struct host_rule rule = rule_of(host, link, &address->address);
	if (!link->through)
		host_rule_remove(host->basis->host, &rule);
}

static void address_set(struct mobile_host *host, const struct mobile_link *link,
	const struct host_interface_address *address)
{
	struct host_event event = {.type = HOST_ADDRESS_SET};
	const struct host_rule rule = rule_of(host, link, &address->address);
	/* the other mobile node has rules of its own for its home address */
	int error = link->through ? 0 : host_rule_set(host->basis->host, &rule);

	if (error < 0)
		log_error("rule for %s: %s", link->config->name, strerror(-error));
	event.address.bid = link->config->bid;
	event.address.address = address->address;
	event.address.deprecated = address->deprecated;
	event.address.formed = address->formed;
	error = mobile_host_event(host, &event);
	if (error < 0)
		log_warning("%s: address not taken: %s", link->config->name, strerror(-error));
}

static void follow_addresses(struct mobile_host *host, const struct mobile_link *link,
	const struct host_interface *before, const struct host_interface *after)
{
	for (unsigned int i = 0; i < before->addresses_count; i++) {
		const struct host_interface_address *old = &before->addresses[i];
		if (is_usable(host, link, old) && !usable_address(host, link, after, &old->address))
			address_remove(host, link, old);
	}
	for (unsigned int i = 0; i < after->addresses_count; i++) {
		const struct host_interface_address *new = &after->addresses[i];
		const struct host_interface_address *old =
			usable_address(host, link, before, &new->address);
		if (is_usable(host, link, new) && (!old || old->deprecated != new->deprecated))
			address_set(host, link, new);
	}
}

static struct host_route route_of(const struct mobile_host *host, const struct mobile_link *link,
	const struct mobile_link_routers *routers)
{
	struct host_route route = {
		.ifindex = routers->ifindex,
		.metric = TABLE_METRIC,
		.table = table_of(host, link),
	};

	struct in6_addr home_agent = mobile_host_home_agent(host);

	/* A router that is the home agent itself is on the link: no gateway, the link is enough. */
	if (!IN6_ARE_ADDR_EQUAL(&routers->home_agent.router, &home_agent))
		route.via = routers->home_agent.router;
	return route;
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
static struct mobile_link_routers choose_routers(
	const struct mobile_host *host, const struct mobile_link *link)
{
	const struct host_interface *seen = &link->seen;
	struct mobile_link_routers routers = {
		.ifindex = seen->ifindex,
		.home_agent = seen->next_hops[host->index],
		.by_default = seen->default_router,
	};

	if (link->through)
		routers.home_agent =
			(struct host_next_hop){link->through_usable, mobile_host_home_agent(host)};
	if (link->through || !is_default_router(seen, &link->advertised))
		return routers;
	if (IN6_ARE_ADDR_EQUAL(&routers.home_agent.router, &seen->default_router))
		routers.home_agent.router = link->advertised;
	routers.by_default = link->advertised;
	return routers;
}

static bool routers_equal(const struct mobile_link_routers *a, const struct mobile_link_routers *b)
{
	return a->ifindex == b->ifindex && a->home_agent.exists == b->home_agent.exists &&
	       IN6_ARE_ADDR_EQUAL(&a->home_agent.router, &b->home_agent.router) &&
	       IN6_ARE_ADDR_EQUAL(&a->by_default, &b->by_default);
}

/* The table of the link, and the data plane's next hop, follow the router. */
static void follow_routers(struct mobile_host *host, struct mobile_link *link)
{
	const struct mobile_link_routers before = link->routers;
	const struct mobile_link_routers after = choose_routers(host, link);
	bool same = routers_equal(&before, &after);

	link->routers = after;
	if (before.home_agent.exists && !same && !link->through) {
		struct host_route route = route_of(host, link, &before);
		host_route_remove(host->basis->host, &route);
	}
	if (!after.home_agent.exists)
		return;
	struct host_route route = route_of(host, link, &after);
	int error = link->through ? 0 : host_route_set(host->basis->host, &route);
	if (error < 0)
		log_error("route by %s: %s", link->config->name, strerror(-error));
	if (!same && link->has_tunnel)
		dataplane_tunnel_set(host->basis->dataplane, &link->tunnel,
			mobile_link_next_hop(link, &link->tunnel));
	if (!same)
		host->router_changed(host->basis->daemon, link);
}

static void care_of_seen(void *ctx, const struct link_view *view)
{
	struct mobile_host *host = ctx;
	struct mobile_link *link = mobile_links_with_bid(host, view->bid);

	if (!link || IN6_ARE_ADDR_EQUAL(&link->advertised, &view->router))
		return;
	link->advertised = view->router;
	follow_routers(host, link);
}

void mobile_links_follow_care_of(struct mobile_host *host)
{
	mobile_node_each_link(core_mobile_node(host->basis->core, host->index), care_of_seen, host);
}

static void tell_core(struct mobile_host *host, const struct mobile_link *link)
{
	struct host_event event = {.type = HOST_LINK_SET};

	event.link.bid = link->config->bid;
	event.link.priority = link->priority;
	event.link.ifindex = link->seen.ifindex;
	event.link.metered = link->config->metered;
	event.link.up =
		link->seen.ifindex != 0 && link->seen.up &&
		(link->through ? link->through_usable : link->seen.next_hops[host->index].exists) &&
		link_type_header(link->seen.type) >= 0;
	event.link.unprobed = link->config->probe == CONFIG_PROBE_OFF;
	event.link.has_link_layer = link->seen.has_link_layer;
	memcpy(event.link.link_layer, link->seen.link_layer, sizeof(event.link.link_layer));
	int error = mobile_host_event(host, &event);
	if (error < 0)
		log_error("link %s: %s", link->config->name, strerror(-error));
}

void mobile_links_start(struct mobile_host *host)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		tell_core(host, &host->links[i]);
}

void mobile_links_changed(struct mobile_host *host, const struct host_interface *interface)
{
	struct mobile_link *link = mobile_links_named(host, interface->name);
	if (!link)
		return;
	struct host_interface before = link->seen;

	link->seen = *interface;
	if (before.ifindex != interface->ifindex)
		link->rate = (struct link_rate){0};
	/* The core gets lost links first: they are most urgent. */
	tell_core(host, link);
	follow_routers(host, link);
	follow_addresses(host, link, &before, interface);
}

/* ---- activity, rates ---- */

static void measure(void *ctx, const struct link_view *view)
{
	struct mobile_host *host = ctx;
	struct mobile_link *link = mobile_links_with_bid(host, view->bid);
	const nanos now = clock_now().mono;
	struct abi_link counters;

	if (!link || !link_rate_due(&link->rate, now) ||
		dataplane_link_counters(host->basis->dataplane, link->seen.ifindex, &counters) < 0)
		return;
	link_rate_add(&link->rate,
		&(struct link_rate_sample){
			.sent_octets = counters.sent_octets,
			.received_octets = counters.received_octets,
			.delay = view->rtt_ns,
			.loss_percent = view->loss_percent,
			.overloaded = view->overloaded,
		},
		now);
}

void mobile_links_measure(struct mobile_host *host)
{
	mobile_node_each_link(core_mobile_node(host->basis->core, host->index), measure, host);
}

uint64_t mobile_link_usable_rate(const struct mobile_link *link)
{
	const uint64_t measured = link_rate_usable(&link->rate, clock_now().mono);

	return measured ? measured : link->config->rate;
}

void mobile_links_follow_through(struct mobile_hosts *hosts)
{
	for (unsigned int n = 0; n < hosts->count; n++)
		for (unsigned int i = 0; i < hosts->at[n].links_count; i++) {
			struct mobile_link *link = &hosts->at[n].links[i];
			const bool usable = link->through && mobile_host_is_usable(link->through);

			if (usable == link->through_usable)
				continue;
			link->through_usable = usable;
			tell_core(&hosts->at[n], link);
			follow_routers(&hosts->at[n], link);
		}
}

/* Packets of both kinds of path show that the link works. */
void mobile_links_report_activity(struct mobile_host *host)
{
	mobile_links_measure(host);
	for (unsigned int i = 0; i < host->links_count; i++) {
		const struct mobile_link *link = &host->links[i];
		struct host_event event = {.type = HOST_ACTIVITY};

		if (link->seen.ifindex == 0)
			continue;
		event.activity.bid = link->config->bid;
		dataplane_link_activity(host->basis->dataplane, link->seen.ifindex,
			&event.activity.sent, &event.activity.received);
		event.activity.rate = mobile_link_usable_rate(link);
		if (event.activity.sent || event.activity.received || event.activity.rate)
			mobile_host_event(host, &event);
	}
}
