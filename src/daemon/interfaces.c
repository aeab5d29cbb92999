/* SPDX-License-Identifier: BSD-2-Clause */
#include "interfaces.h"
#include "agent.h"

#include <string.h>

void interfaces_init(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		agent->interfaces[i].attached.corresponds = agent->config->core.corresponds;
}

static void interface_changed(struct agent *agent, struct watched_interface *watched,
	const struct host_interface *interface)
{
	const struct host_interface before = watched->seen;

	if (!attached_link_follow(&watched->attached, agent->dataplane, interface))
		loop_retry_later(agent);
	watched->seen = *interface;
	warnings_follow_interface(agent, &watched->warning, interface);
	if (!agent_is_home_agent(agent))
		own_addresses_follow(agent, &before, interface);
}

void interfaces_changed(struct agent *agent, const struct host_interface *interface)
{
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		if (strcmp(agent->config->interfaces[i], interface->name) == 0)
			interface_changed(agent, &agent->interfaces[i], interface);
	if (agent_is_home_agent(agent) && home_link_is(agent, interface->name))
		home_link_changed(agent, interface);
}

bool interfaces_retry(struct agent *agent)
{
	bool done = true;

	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		done &= attached_link_retry(&agent->interfaces[i].attached, agent->dataplane,
			agent->config->interfaces[i]);
	return done;
}
