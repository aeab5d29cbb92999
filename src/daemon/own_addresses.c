/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_addresses.h"
#include "agent.h"
#include "log.h"

#include <string.h>

static bool has(const struct host_interface *interface, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (!interface->addresses[i].tentative &&
			IN6_ARE_ADDR_EQUAL(&interface->addresses[i].address, address))
			return true;
	return false;
}

/* The same address may be on several interfaces. */
static bool is_anywhere(const struct agent *agent, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		if (has(&agent->interfaces[i].seen, address))
			return true;
	return false;
}

static void tell(struct agent *agent, const struct in6_addr *address, bool present)
{
	int error = dataplane_local_set(agent->dataplane, address, present);

	if (error < 0)
		log_error("an address of our own: %s", strerror(-error));
}

void own_addresses_follow(struct agent *agent, const struct host_interface *before,
	const struct host_interface *after)
{
	for (unsigned int i = 0; i < before->addresses_count; i++)
		if (!is_anywhere(agent, &before->addresses[i].address))
			tell(agent, &before->addresses[i].address, false);
	for (unsigned int i = 0; i < after->addresses_count; i++)
		if (!after->addresses[i].tentative && !has(before, &after->addresses[i].address))
			tell(agent, &after->addresses[i].address, true);
}

void own_addresses_each(
	const struct agent *agent, void (*each)(void *to, const struct in6_addr *), void *to)
{
	if (agent_is_home_agent(agent))
		return;
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++) {
		const struct host_interface *interface = &agent->interfaces[i].seen;
		for (unsigned int n = 0; n < interface->addresses_count; n++)
			if (!interface->addresses[n].tentative)
				each(to, &interface->addresses[n].address);
	}
}

void own_addresses_start(struct agent *agent)
{
	if (agent_is_mobile_node(agent) && agent->config->core.corresponds)
		tell(agent, &agent->config->core.mobile_node.home_address, true);
}

struct addresses {
	size_t count;
	struct in6_addr at[16 * HOST_ADDRESSES_MAX];
};

static void add(void *to, const struct in6_addr *address)
{
	struct addresses *addresses = to;

	addresses->at[addresses->count++] = *address;
}

void own_addresses_sweep(struct agent *agent)
{
	struct addresses addresses = {0};

	if (agent_is_mobile_node(agent))
		add(&addresses, &agent->config->core.mobile_node.home_address);
	else
		own_addresses_each(agent, add, &addresses);
	if (agent->config->core.corresponds)
		dataplane_local_others(agent->dataplane, addresses.at, addresses.count);
}
