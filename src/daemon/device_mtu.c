/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_mtu.h"
#include "agent.h"
#include "log.h"

#include <string.h>

#define MTU_DEFAULT 1500

static uint32_t narrower(uint32_t narrowest, const struct host_interface *seen)
{
	return seen->ifindex != 0 && seen->mtu < narrowest ? seen->mtu : narrowest;
}

/* Of the links that are there. */
static uint32_t narrowest_link(const struct agent *agent)
{
	uint32_t narrowest = UINT32_MAX;

	for (unsigned int i = 0; i < agent->links_count; i++)
		narrowest = narrower(narrowest, &agent->links[i].seen);
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		narrowest = narrower(narrowest, &agent->interfaces[i].seen);
	return narrowest == UINT32_MAX ? MTU_DEFAULT : narrowest;
}

/* With less than every link has to carry, the kernel takes IPv6 off the device. */
static uint32_t wanted(const struct agent *agent, uint32_t narrowest)
{
	if (agent->config->mtu != 0)
		return agent->config->mtu;
	return narrowest > IPV6_MTU_MIN + IPV6_HEADER_OCTETS ? narrowest - IPV6_HEADER_OCTETS
							     : IPV6_MTU_MIN;
}

void device_mtu_follow(struct agent *agent)
{
	const uint32_t narrowest = narrowest_link(agent);
	const uint32_t mtu = wanted(agent, narrowest);

	if (mtu == agent->mtu)
		return;
	if (mtu + IPV6_HEADER_OCTETS > narrowest)
		log_warning("a link carries %u octets only: packets of more than %u do not fit its "
			    "tunnel",
			narrowest, narrowest - IPV6_HEADER_OCTETS);
	agent->mtu = mtu;
	dataplane_default_mtu(agent->dataplane, mtu);
	int error = host_mtu_set(agent->host, agent->device.ifindex, mtu);
	if (error < 0)
		log_error("MTU of %s: %s", agent->config->device, strerror(-error));
}
