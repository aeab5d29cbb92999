/* SPDX-License-Identifier: BSD-2-Clause */
#include "mobile_host.h"

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
