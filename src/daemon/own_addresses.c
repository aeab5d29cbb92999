/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_addresses.h"
#include "agent.h"
#include "log.h"

#include <string.h>

/* A mobile node's home address is none of the addresses where it is, also on the home link. */
static bool is_own(const struct agent *agent, const struct host_interface_address *address)
{
	return !address->tentative &&
	       !(agent_is_mobile_node(agent) &&
		       IN6_ARE_ADDR_EQUAL(
			       &address->address, &agent->config->core.mobile_node.home_address));
}

static bool has(const struct agent *agent, const struct host_interface *interface,
	const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_own(agent, &interface->addresses[i]) &&
			IN6_ARE_ADDR_EQUAL(&interface->addresses[i].address, address))
			return true;
	return false;
}

/* The same address may be on several interfaces. */
static bool is_anywhere(const struct agent *agent, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		if (has(agent, &agent->interfaces[i].seen, address))
			return true;
	for (unsigned int i = 0; i < agent->links_count; i++)
		if (has(agent, &agent->links[i].seen, address))
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
		if (is_own(agent, &after->addresses[i]) &&
			!has(agent, before, &after->addresses[i].address))
			tell(agent, &after->addresses[i].address, true);
}

static void each_of(const struct agent *agent, const struct host_interface *interface,
	void (*each)(void *to, const struct in6_addr *), void *to)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_own(agent, &interface->addresses[i]))
			each(to, &interface->addresses[i].address);
}

void own_addresses_each(
	const struct agent *agent, void (*each)(void *to, const struct in6_addr *), void *to)
{
	if (agent_is_home_agent(agent))
		return;
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		each_of(agent, &agent->interfaces[i].seen, each, to);
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

	if (agent_is_home_agent(agent))
		return;
	own_addresses_each(agent, add, &addresses);
	for (unsigned int i = 0; i < agent->links_count; i++)
		each_of(agent, &agent->links[i].seen, add, &addresses);
	dataplane_local_others(agent->dataplane, addresses.at, addresses.count);
}
