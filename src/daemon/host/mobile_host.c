/* SPDX-License-Identifier: BSD-2-Clause */
#include "mobile_host.h"

#include <string.h>

static const struct mobile_host *host_named(const struct mobile_hosts *hosts, const char *name)
{
	for (unsigned int i = 0; i < hosts->count && name[0] != '\0'; i++)
		if (strcmp(hosts->at[i].config->name, name) == 0)
			return &hosts->at[i];
	return NULL;
}

/* When all of them have their configuration. */
static void find_through(struct mobile_hosts *hosts)
{
	for (unsigned int n = 0; n < hosts->count; n++)
		for (unsigned int i = 0; i < hosts->at[n].links_count; i++) {
			struct mobile_link *link = &hosts->at[n].links[i];

			link->through = host_named(hosts, link->config->through);
		}
}

void mobile_hosts_init(struct mobile_hosts *hosts, const struct daemon_basis *basis,
	void (*router_changed)(struct daemon *, const struct mobile_link *))
{
	hosts->count = basis->config->mobile_nodes_count;
	for (unsigned int n = 0; n < hosts->count; n++) {
		struct mobile_host *host = &hosts->at[n];

		host->basis = basis;
		host->index = n;
		host->config = &basis->config->mobile_nodes[n];
		host->router_changed = router_changed;
		host->links_count = host->config->links_count;
		for (unsigned int i = 0; i < host->links_count; i++) {
			host->links[i].config = &host->config->links[i];
			host->links[i].priority = host->config->links[i].priority;
		}
	}
	find_through(hosts);
}

/* By a binding at the home agent, or on the home link without one. */
static void see_link(void *ctx, const struct link_view *view)
{
	bool *usable = ctx;
	const bool lives = !view->probe || path_state_is_usable(view->path);

	*usable = *usable || (view->up && lives && (view->registered || view->home));
}

bool mobile_host_is_usable(const struct mobile_host *host)
{
	bool usable = false;

	mobile_node_each_link(core_mobile_node(host->basis->core, host->index), see_link, &usable);
	return usable;
}

struct mobile_host *mobile_hosts_with_home_address(
	struct mobile_hosts *hosts, const struct in6_addr *home_address)
{
	for (unsigned int i = 0; i < hosts->count; i++)
		if (IN6_ARE_ADDR_EQUAL(mobile_host_home_address(&hosts->at[i]), home_address))
			return &hosts->at[i];
	return NULL;
}

const struct in6_addr *mobile_host_home_address(const struct mobile_host *host)
{
	return config_home_address(host->basis->config, host->index);
}

struct in6_addr mobile_host_home_agent(const struct mobile_host *host)
{
	return mobile_node_home_agent(core_mobile_node(host->basis->core, host->index));
}

int mobile_host_event(const struct mobile_host *host, struct host_event *event)
{
	event->mobile_node = (uint8_t)host->index;
	return basis_host(host->basis, event);
}
