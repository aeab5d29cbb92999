/* SPDX-License-Identifier: BSD-2-Clause */
#include "interfaces.h"

#include "../base/daemon_basis.h"
#include "own_addresses.h"

#include <string.h>

static struct watched_interface *find_interface(struct interfaces *interfaces, const char *name)
{
	for (unsigned int i = 0; i < interfaces->count; i++)
		if (strcmp(interfaces->at[i].name, name) == 0)
			return &interfaces->at[i];
	return NULL;
}

static struct watched_interface *add(struct interfaces *interfaces, const char *name)
{
	struct watched_interface *watched = find_interface(interfaces, name);

	if (!watched)
		watched = &interfaces->at[interfaces->count++];
	watched->name = name;
	return watched;
}

void interfaces_init(struct interfaces *interfaces, const struct daemon_basis *basis)
{
	const struct config *config = basis->config;

	*interfaces = (struct interfaces){.basis = basis};
	for (unsigned int n = 0; n < config->mobile_nodes_count; n++)
		for (unsigned int i = 0; i < config->mobile_nodes[n].links_count; i++) {
			const struct config_link *link = &config->mobile_nodes[n].links[i];
			struct watched_interface *watched = add(interfaces, link->name);

			watched->is_link = true;
			watched->is_device = link->through[0] != '\0';
		}
	for (unsigned int i = 0; i < config->interfaces_count; i++) {
		struct watched_interface *watched = add(interfaces, config->interfaces[i]);

		watched->is_common = true;
		watched->attached.corresponds = config->core.corresponds;
	}
}

uint32_t interfaces_changed(struct interfaces *interfaces, const struct host_interface *interface)
{
	const struct daemon_basis *basis = interfaces->basis;
	struct watched_interface *watched = find_interface(interfaces, interface->name);

	if (!watched)
		return 0;
	const struct host_interface before = watched->seen;
	watched->seen = *interface;
	if (before.ifindex != interface->ifindex)
		watched->rate = (struct link_rate){0};
	if (!attached_link_follow(&watched->attached, basis->dataplane, interface))
		basis_retry_later(basis);
	if (!watched->is_device)
		warnings_follow_interface(basis->config, &watched->warning, interface);
	own_addresses_follow(interfaces, watched, &before);
	return before.ifindex != interface->ifindex ? before.ifindex : 0;
}

bool interfaces_retry(struct interfaces *interfaces)
{
	bool done = true;

	for (unsigned int i = 0; i < interfaces->count; i++)
		done &= attached_link_retry(&interfaces->at[i].attached,
			interfaces->basis->dataplane, interfaces->at[i].name);
	return done;
}
