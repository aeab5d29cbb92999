/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_mtu.h"
#include "../daemon.h"
#include "../log.h"

#include "../../io/host/host_settings.h"

#include <string.h>

#define MTU_DEFAULT 1500

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* RFC 4861 6.3.4: a router may have advertised a smaller MTU than the interface has. */
static uint32_t link_mtu(const struct host_interface *seen)
{
	struct host_settings settings;

	if (seen->ifindex == 0)
		return UINT32_MAX;
	if (host_settings_read(seen->name, &settings) == 0 && settings.mtu >= IPV6_MTU_MIN)
		return smaller(seen->mtu, settings.mtu);
	return seen->mtu;
}

/* The largest inner packet of a tunnel over links with this MTU. RFC 8200 5: at least 1280. */
static uint32_t inner_mtu(const struct daemon *daemon, uint32_t carried)
{
	const uint32_t inner = larger(carried, IPV6_MTU_MIN) - IPV6_HEADER_OCTETS;

	return daemon->config->mtu != 0 ? smaller(daemon->config->mtu, inner) : inner;
}

/* Of the links that are there. */
static uint32_t narrowest_link(const struct daemon *daemon, struct tunnel_mtus *ret)
{
	uint32_t narrowest = UINT32_MAX;

	for (unsigned int i = 0; i < daemon->links_count; i++) {
		const uint32_t carried = link_mtu(&daemon->links[i].seen);

		ret->links[i].ifindex = daemon->links[i].seen.ifindex;
		ret->links[i].mtu = inner_mtu(daemon, carried);
		narrowest = smaller(narrowest, carried);
	}
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		narrowest = smaller(narrowest, link_mtu(&daemon->interfaces[i].seen));
	return narrowest == UINT32_MAX ? MTU_DEFAULT : narrowest;
}

/* With less than every link has to carry, the kernel takes IPv6 off the device. */
static void set_device(struct daemon *daemon, uint32_t mtu, uint32_t narrowest)
{
	if (mtu == daemon->mtu)
		return;
	if (mtu + IPV6_HEADER_OCTETS > narrowest)
		log_warning("a link carries %u octets only: packets of more than %u do not fit its "
			    "tunnel, those of up to %u are fragmented",
			narrowest, larger(narrowest, IPV6_MTU_MIN) - IPV6_HEADER_OCTETS,
			IPV6_MTU_MIN);
	daemon->mtu = mtu;
	int error = host_mtu_set(daemon->host, daemon->device.ifindex, mtu);
	if (error < 0)
		log_error("MTU of %s: %s", daemon->config->device, strerror(-error));
}

/* Tells the data plane only changes, since each makes it look at all tunnels. */
void device_mtu_follow(struct daemon *daemon)
{
	struct tunnel_mtus mtus = {0};
	const uint32_t narrowest = narrowest_link(daemon, &mtus);
	const uint32_t configured = daemon->config->mtu;

	mtus.all = inner_mtu(daemon, narrowest);
	set_device(
		daemon, configured != 0 ? configured : larger(mtus.all, IPV6_MTU_MIN), narrowest);
	if (memcmp(&mtus, &daemon->tunnel_mtus, sizeof(mtus)) == 0)
		return;
	daemon->tunnel_mtus = mtus;
	dataplane_tunnel_mtus(daemon->dataplane, &mtus);
}
