/* SPDX-License-Identifier: BSD-2-Clause */
#include "mobile_host.h"

#include "../base/log.h"

#include <string.h>

#define UNREACHABLE_METRIC 65535

/* The table of the home address itself: no link has BID 0. Its source is for new flows. */
static struct host_route device_route(const struct mobile_host *host)
{
	return (struct host_route){
		.ifindex = host->basis->device->ifindex,
		.metric = ROUTE_METRIC,
		.table = host->config->table_base,
		.source = *mobile_host_home_address(host),
	};
}

/* Without the device its route is gone: then no packet uses the main table. */
static struct host_route no_other_route(const struct mobile_host *host)
{
	return (struct host_route){
		.metric = UNREACHABLE_METRIC,
		.table = host->config->table_base,
		.unreachable = true,
	};
}

/* Packets of the home address. */
static struct host_rule rule_of(const struct mobile_host *host)
{
	return (struct host_rule){
		.source = *mobile_host_home_address(host),
		.source_length = HOME_ADDRESS_PREFIX,
		.table = host->config->table_base,
		.priority = host->config->home_rule_priority,
	};
}

static void complain(const char *what, int error)
{
	if (error < 0)
		log_error("home address: %s: %s", what, strerror(-error));
}

static void take_from(struct mobile_host *host, uint32_t ifindex)
{
	complain("taking it from a link",
		host_address_remove(host->basis->host, ifindex, mobile_host_home_address(host),
			HOME_ADDRESS_PREFIX));
}

/* At home: the links' own routes serve. */
static void use_links(struct mobile_host *host)
{
	const struct host_route route = device_route(host);
	const struct host_route otherwise = no_other_route(host);
	const struct host_rule rule = rule_of(host);

	complain("rule", host_rule_remove(host->basis->host, &rule));
	/* new flows may still take the home address by it (new_flows.h) */
	if (host->basis->config->new_flows_count == 0)
		complain("route", host_route_remove(host->basis->host, &route));
	complain("route", host_route_remove(host->basis->host, &otherwise));
}

/*
 * A rule before the main table routes all packets from the home address to the device, also those
 * to on-link destinations. RFC 5648 5.6.2: a node that solicits a neighbour reveals its own
 * link-layer address. Away from home, an interface that was on the home link keeps its on-link
 * route although it has no carrier.
 */
static void use_device(struct mobile_host *host)
{
	const struct host_route route = device_route(host);
	const struct host_route otherwise = no_other_route(host);
	const struct host_rule rule = rule_of(host);

	complain("route", host_route_set(host->basis->host, &route));
	complain("route", host_route_set(host->basis->host, &otherwise));
	complain("rule", host_rule_set(host->basis->host, &rule));
}

void home_address_use(struct mobile_host *host, const struct effect_home_address *effect)
{
	struct effect_home_address before = host->home_address;

	host->home_address = *effect;
	if (effect->use != HOME_ADDRESS_DEFENDED)
		use_device(host);
	if (before.use == HOME_ADDRESS_DEFENDED &&
		(effect->use != HOME_ADDRESS_DEFENDED || effect->ifindex != before.ifindex))
		take_from(host, before.ifindex);
	if (effect->use == HOME_ADDRESS_DEFENDED)
		complain("link", host_address_set(host->basis->host, effect->ifindex,
					 mobile_host_home_address(host), HOME_ADDRESS_PREFIX));
	if (effect->use == HOME_ADDRESS_DEFENDED)
		use_links(host);
}

/* Sockets that bind no address use the first home address. At a home agent they do not: its own
 * packets, and those of its mobile nodes, leave by the host's default route (ADR 48). */
static bool is_default_source(const struct mobile_host *host)
{
	return host->index == 0 && !host->basis->config->core.is_home_agent;
}

int home_address_start(struct mobile_host *host)
{
	const struct daemon_basis *basis = host->basis;
	const struct host_route route = {
		.ifindex = basis->device->ifindex,
		.metric = ROUTE_METRIC,
		.table = TABLE_MAIN,
		.source = *mobile_host_home_address(host),
	};
	int error = host_address_set(basis->host, basis->device->ifindex,
		mobile_host_home_address(host), HOME_ADDRESS_PREFIX);

	if (error < 0)
		return error;
	host_rule_first(basis->host, mobile_host_home_address(host));
	use_device(host);
	return is_default_source(host) ? host_route_set(basis->host, &route) : 0;
}

static void guard_link(void *ctx, const struct link_view *view)
{
	const struct mobile_host *host = ctx;
	bool used = host->basis->config->core.mobile_nodes[host->index].at_home != AT_HOME_VISITED;

	complain(
		"guard", dataplane_home_link(host->basis->dataplane, mobile_host_home_address(host),
				 view->ifindex, view->home && used));
}

void home_addresses_guard(struct mobile_hosts *hosts)
{
	for (unsigned int i = 0; i < hosts->count; i++)
		mobile_node_each_link(
			core_mobile_node(hosts->at[i].basis->core, i), guard_link, &hosts->at[i]);
}

void home_address_sweep(struct mobile_host *host)
{
	for (unsigned int i = 0; i < host->links_count; i++) {
		const struct host_interface *seen = &host->links[i].seen;

		if (host->links[i].through) /* the device, which has it */
			continue;
		bool defended = host->home_address.use == HOME_ADDRESS_DEFENDED &&
				host->home_address.ifindex == seen->ifindex;

		for (unsigned int n = 0; n < seen->addresses_count && !defended; n++)
			if (IN6_ARE_ADDR_EQUAL(
				    &seen->addresses[n].address, mobile_host_home_address(host)))
				take_from(host, seen->ifindex);
	}
}
