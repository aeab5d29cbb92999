/* SPDX-License-Identifier: BSD-2-Clause */
#include "../daemon.h"
#include "../log.h"

#include <string.h>

#define UNREACHABLE_METRIC 65535

/* The table of the home address itself: no link has BID 0. */
static struct host_route device_route(const struct daemon *daemon)
{
	return (struct host_route){
		.ifindex = daemon->device.ifindex,
		.metric = ROUTE_METRIC,
		.table = daemon->config->mobile_nodes[0].table_base,
	};
}

/* Without the device its route is gone: then nothing goes on to the main table. */
static struct host_route no_other_route(const struct daemon *daemon)
{
	return (struct host_route){
		.metric = UNREACHABLE_METRIC,
		.table = daemon->config->mobile_nodes[0].table_base,
		.unreachable = true,
	};
}

static const struct in6_addr *home_address(const struct daemon *daemon)
{
	return &daemon->config->core.mobile_node.home_address;
}

static void complain(const char *what, int error)
{
	if (error < 0)
		log_error("home address: %s: %s", what, strerror(-error));
}

static void take_from(struct daemon *daemon, uint32_t ifindex)
{
	complain("taking it from a link", host_address_remove(daemon->host, ifindex,
						  home_address(daemon), HOME_ADDRESS_PREFIX));
}

/* At home: the links' own routes serve. */
static void use_links(struct daemon *daemon)
{
	const struct host_route route = device_route(daemon);
	const struct host_route otherwise = no_other_route(daemon);

	complain("rule", host_rule_remove(daemon->host, home_address(daemon), route.table,
				 daemon->config->mobile_nodes[0].home_rule_priority));
	complain("route", host_route_remove(daemon->host, &route));
	complain("route", host_route_remove(daemon->host, &otherwise));
}

/*
 * Whatever the home address sends goes to the device, on-link destinations too, by a rule before
 * the main table. RFC 5648 5.6.2: who asks for a neighbour says where it is itself. And away from
 * home, an interface that was on the home link keeps its on-link route though it has no carrier.
 */
static void use_device(struct daemon *daemon)
{
	const struct host_route route = device_route(daemon);
	const struct host_route otherwise = no_other_route(daemon);

	complain("route", host_route_set(daemon->host, &route));
	complain("route", host_route_set(daemon->host, &otherwise));
	complain("rule", host_rule_set(daemon->host, home_address(daemon), route.table,
				 daemon->config->mobile_nodes[0].home_rule_priority));
}

void home_address_use(struct daemon *daemon, const struct effect_home_address *effect)
{
	struct effect_home_address before = daemon->home_address;

	daemon->home_address = *effect;
	if (effect->use != HOME_ADDRESS_DEFENDED)
		use_device(daemon);
	if (before.use == HOME_ADDRESS_DEFENDED &&
		(effect->use != HOME_ADDRESS_DEFENDED || effect->ifindex != before.ifindex))
		take_from(daemon, before.ifindex);
	if (effect->use == HOME_ADDRESS_DEFENDED)
		complain("link", host_address_set(daemon->host, effect->ifindex,
					 home_address(daemon), HOME_ADDRESS_PREFIX));
	if (effect->use == HOME_ADDRESS_DEFENDED)
		use_links(daemon);
}

void home_address_start(struct daemon *daemon)
{
	host_rule_first(daemon->host, home_address(daemon));
	use_device(daemon);
}

static void guard_link(void *ctx, const struct link_view *view)
{
	const struct daemon *daemon = ctx;
	bool used = daemon->config->core.mobile_node.at_home != AT_HOME_VISITED;

	dataplane_home_link(daemon->dataplane, view->ifindex, view->home && used);
}

void home_address_guard(struct daemon *daemon)
{
	core_each_link(daemon->core, guard_link, daemon);
}

void home_address_sweep(struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->links_count; i++) {
		const struct host_interface *seen = &daemon->links[i].seen;
		bool defended = daemon->home_address.use == HOME_ADDRESS_DEFENDED &&
				daemon->home_address.ifindex == seen->ifindex;

		for (unsigned int n = 0; n < seen->addresses_count && !defended; n++)
			if (IN6_ARE_ADDR_EQUAL(&seen->addresses[n].address, home_address(daemon)))
				take_from(daemon, seen->ifindex);
	}
}
