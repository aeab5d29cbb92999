/* SPDX-License-Identifier: BSD-2-Clause */
#include "interfaces.h"
#include "../daemon.h"

#include <string.h>

void interfaces_init(struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		daemon->interfaces[i].attached.corresponds = daemon->config->core.corresponds;
}

static void interface_changed(struct daemon *daemon, struct watched_interface *watched,
	const struct host_interface *interface)
{
	const struct host_interface before = watched->seen;

	if (!attached_link_follow(&watched->attached, daemon->dataplane, interface))
		loop_retry_later(daemon);
	watched->seen = *interface;
	warnings_follow_interface(daemon, &watched->warning, interface);
	if (!daemon_is_home_agent(daemon))
		own_addresses_follow(daemon, &before, interface);
}

void interfaces_changed(struct daemon *daemon, const struct host_interface *interface)
{
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		if (strcmp(daemon->config->interfaces[i], interface->name) == 0)
			interface_changed(daemon, &daemon->interfaces[i], interface);
	if (daemon_is_home_agent(daemon) && home_link_is(daemon, interface->name))
		home_link_changed(daemon, interface);
}

bool interfaces_retry(struct daemon *daemon)
{
	bool done = true;

	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		done &= attached_link_retry(&daemon->interfaces[i].attached, daemon->dataplane,
			daemon->config->interfaces[i]);
	return done;
}
