/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_addresses.h"

#include "../base/daemon_basis.h"
#include "../base/log.h"

#include <string.h>

/* A home agent's packets by route optimization come to its mobile nodes' home addresses. */
static bool has_own(const struct interfaces *interfaces, const struct watched_interface *watched)
{
	return watched->is_link || interfaces->basis->config->core.corresponds;
}

/* The home address is no care-of address, also where it is on the home link. */
static bool is_own(
	const struct interfaces *interfaces, const struct host_interface_address *address)
{
	return !address->tentative &&
	       !config_is_home_address(interfaces->basis->config, &address->address);
}

static bool has(const struct interfaces *interfaces, const struct host_interface *interface,
	const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (is_own(interfaces, &interface->addresses[i]) &&
			IN6_ARE_ADDR_EQUAL(&interface->addresses[i].address, address))
			return true;
	return false;
}

/* The same address may be on several interfaces. */
static bool is_anywhere(const struct interfaces *interfaces, const struct in6_addr *address)
{
	for (unsigned int i = 0; i < interfaces->count; i++)
		if (has_own(interfaces, &interfaces->at[i]) &&
			has(interfaces, &interfaces->at[i].seen, address))
			return true;
	return false;
}

static void set_own_address(
	const struct interfaces *interfaces, const struct in6_addr *address, bool present)
{
	int error = dataplane_local_set(interfaces->basis->dataplane, address, present);

	if (error < 0)
		log_error("an address of our own: %s", strerror(-error));
}

void own_addresses_follow(const struct interfaces *interfaces,
	const struct watched_interface *watched, const struct host_interface *before)
{
	const struct host_interface *after = &watched->seen;

	if (!has_own(interfaces, watched))
		return;
	for (unsigned int i = 0; i < before->addresses_count; i++)
		if (!is_anywhere(interfaces, &before->addresses[i].address))
			set_own_address(interfaces, &before->addresses[i].address, false);
	for (unsigned int i = 0; i < after->addresses_count; i++)
		if (is_own(interfaces, &after->addresses[i]) &&
			!has(interfaces, before, &after->addresses[i].address))
			set_own_address(interfaces, &after->addresses[i].address, true);
}

static void each_of(const struct interfaces *interfaces, const struct watched_interface *watched,
	void (*each)(void *to, const struct in6_addr *), void *to)
{
	for (unsigned int i = 0; i < watched->seen.addresses_count; i++)
		if (is_own(interfaces, &watched->seen.addresses[i]))
			each(to, &watched->seen.addresses[i].address);
}

void own_addresses_each(const struct interfaces *interfaces,
	void (*each)(void *to, const struct in6_addr *), void *to)
{
	for (unsigned int i = 0; i < interfaces->count; i++)
		if (interfaces->at[i].is_common && has_own(interfaces, &interfaces->at[i]))
			each_of(interfaces, &interfaces->at[i], each, to);
}

struct addresses {
	size_t count;
	struct in6_addr at[INTERFACES_MAX * HOST_ADDRESSES_MAX];
};

static void add(void *to, const struct in6_addr *address)
{
	struct addresses *addresses = to;

	addresses->at[addresses->count++] = *address;
}

void own_addresses_sweep(const struct interfaces *interfaces)
{
	struct addresses addresses = {0};

	for (unsigned int i = 0; i < interfaces->count; i++)
		if (has_own(interfaces, &interfaces->at[i]))
			each_of(interfaces, &interfaces->at[i], add, &addresses);
	dataplane_local_others(interfaces->basis->dataplane, addresses.at, addresses.count);
}
