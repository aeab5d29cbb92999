/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_addresses.h"
#include "../daemon.h"
#include "../log.h"

#include <string.h>

/* A mobile node's home address is none of the addresses where it is, also on the home link. */
static bool is_own(const struct daemon *daemon, const struct host_interface_address *address)
{
	return !address->tentative &&
	       !(daemon_is_mobile_node(daemon) &&
		       IN6_ARE_ADDR_EQUAL(
			       &address->address, &daemon->config->core.mobile_node.home_address));
}

static bool has(const struct daemon *daemon, const struct host_interface *interface,
	const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_own(daemon, &interface->addresses[i]) &&
			IN6_ARE_ADDR_EQUAL(&interface->addresses[i].address, address))
			return true;
	return false;
}

/* The same address may be on several interfaces. */
static bool is_anywhere(const struct daemon *daemon, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		if (has(daemon, &daemon->interfaces[i].seen, address))
			return true;
	for (unsigned int i = 0; i < daemon->links_count; i++)
		if (has(daemon, &daemon->links[i].seen, address))
			return true;
	return false;
}

static void tell(struct daemon *daemon, const struct in6_addr *address, bool present)
{
	int error = dataplane_local_set(daemon->dataplane, address, present);

	if (error < 0)
		log_error("an address of our own: %s", strerror(-error));
}

void own_addresses_follow(struct daemon *daemon, const struct host_interface *before,
	const struct host_interface *after)
{
	for (unsigned int i = 0; i < before->addresses_count; i++)
		if (!is_anywhere(daemon, &before->addresses[i].address))
			tell(daemon, &before->addresses[i].address, false);
	for (unsigned int i = 0; i < after->addresses_count; i++)
		if (is_own(daemon, &after->addresses[i]) &&
			!has(daemon, before, &after->addresses[i].address))
			tell(daemon, &after->addresses[i].address, true);
}

static void each_of(const struct daemon *daemon, const struct host_interface *interface,
	void (*each)(void *to, const struct in6_addr *), void *to)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_own(daemon, &interface->addresses[i]))
			each(to, &interface->addresses[i].address);
}

void own_addresses_each(
	const struct daemon *daemon, void (*each)(void *to, const struct in6_addr *), void *to)
{
	if (daemon_is_home_agent(daemon))
		return;
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		each_of(daemon, &daemon->interfaces[i].seen, each, to);
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

void own_addresses_sweep(struct daemon *daemon)
{
	struct addresses addresses = {0};

	if (daemon_is_home_agent(daemon))
		return;
	own_addresses_each(daemon, add, &addresses);
	for (unsigned int i = 0; i < daemon->links_count; i++)
		each_of(daemon, &daemon->links[i].seen, add, &addresses);
	dataplane_local_others(daemon->dataplane, addresses.at, addresses.count);
}
