/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent.h"
#include "log.h"

#include <string.h>

#define UNREACHABLE_METRIC 65535

/* The table of the home address itself: no link has BID 0. */
static struct host_route device_route(const struct agent *agent)
{
	return (struct host_route){
		.ifindex = agent->device.ifindex,
		.metric = ROUTE_METRIC,
		.table = agent->config->table_base,
	};
}

/* Without the device its route is gone: then nothing goes on to the main table. */
static struct host_route no_other_route(const struct agent *agent)
{
	return (struct host_route){
		.metric = UNREACHABLE_METRIC,
		.table = agent->config->table_base,
		.unreachable = true,
	};
}

static const struct in6_addr *home_address(const struct agent *agent)
{
	return &agent->config->core.mobile_node.home_address;
}

static void complain(const char *what, int error)
{
	if (error < 0)
		log_error("home address: %s: %s", what, strerror(-error));
}

static void take_from(struct agent *agent, uint32_t ifindex)
{
	complain("taking it from a link", host_address_remove(agent->host, ifindex,
						  home_address(agent), HOME_ADDRESS_PREFIX));
}

/* At home: the links' own routes serve. */
static void use_links(struct agent *agent)
{
	const struct host_route route = device_route(agent);
	const struct host_route otherwise = no_other_route(agent);

	complain("rule", host_rule_remove(agent->host, home_address(agent), route.table,
				 agent->config->home_rule_priority));
	complain("route", host_route_remove(agent->host, &route));
	complain("route", host_route_remove(agent->host, &otherwise));
}

/*
 * Whatever the home address sends goes to the device, on-link destinations too, by a rule before
 * the main table. RFC 5648 5.6.2: who asks for a neighbour says where it is itself. And away from
 * home, an interface that was on the home link keeps its on-link route though it has no carrier.
 */
static void use_device(struct agent *agent)
{
	const struct host_route route = device_route(agent);
	const struct host_route otherwise = no_other_route(agent);

	complain("route", host_route_set(agent->host, &route));
	complain("route", host_route_set(agent->host, &otherwise));
	complain("rule", host_rule_set(agent->host, home_address(agent), route.table,
				 agent->config->home_rule_priority));
}

void home_address_use(struct agent *agent, const struct effect_home_address *effect)
{
	struct effect_home_address before = agent->home_address;

	agent->home_address = *effect;
	if (effect->use != HOME_ADDRESS_DEFENDED)
		use_device(agent);
	if (before.use == HOME_ADDRESS_DEFENDED &&
		(effect->use != HOME_ADDRESS_DEFENDED || effect->ifindex != before.ifindex))
		take_from(agent, before.ifindex);
	if (effect->use == HOME_ADDRESS_DEFENDED)
		complain("link", host_address_set(agent->host, effect->ifindex, home_address(agent),
					 HOME_ADDRESS_PREFIX));
	if (effect->use == HOME_ADDRESS_DEFENDED)
		use_links(agent);
}

void home_address_start(struct agent *agent)
{
	host_rule_first(agent->host, home_address(agent));
	use_device(agent);
}

static void guard_link(void *ctx, const struct link_view *view)
{
	const struct agent *agent = ctx;
	bool used = agent->config->core.mobile_node.at_home != AT_HOME_VISITED;

	dataplane_home_link(agent->dataplane, view->ifindex, view->home && used);
}

void home_address_guard(struct agent *agent)
{
	core_each_link(agent->core, guard_link, agent);
}

void home_address_sweep(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->links_count; i++) {
		const struct host_interface *seen = &agent->links[i].seen;
		bool defended = agent->home_address.use == HOME_ADDRESS_DEFENDED &&
				agent->home_address.ifindex == seen->ifindex;

		for (unsigned int n = 0; n < seen->addresses_count && !defended; n++)
			if (IN6_ARE_ADDR_EQUAL(&seen->addresses[n].address, home_address(agent)))
				take_from(agent, seen->ifindex);
	}
}
