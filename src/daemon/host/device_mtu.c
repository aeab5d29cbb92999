/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_mtu.h"

#include "../base/daemon_basis.h"
#include "../base/log.h"

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
static uint32_t inner_mtu(const struct config *config, uint32_t carried)
{
	const uint32_t inner = larger(carried, IPV6_MTU_MIN) - encapsulation_octets(ENCAP_IPV6);

	return config->mtu != 0 ? smaller(config->mtu, inner) : inner;
}

/* Of the interfaces that are there. */
static uint32_t narrowest_link(const struct interfaces *interfaces, struct tunnel_mtus *ret)
{
	uint32_t narrowest = UINT32_MAX;
	unsigned int links = 0;

	for (unsigned int i = 0; i < interfaces->count; i++) {
		const struct watched_interface *watched = &interfaces->at[i];
		const uint32_t carried = link_mtu(&watched->seen);

		if (watched->is_device)
			continue;
		narrowest = smaller(narrowest, carried);
		if (!watched->is_link)
			continue;
		ret->links[links].ifindex = watched->seen.ifindex;
		ret->links[links++].mtu = inner_mtu(interfaces->basis->config, carried);
	}
	return narrowest == UINT32_MAX ? MTU_DEFAULT : narrowest;
}

/* A tunnel through another one leaves by the device: both outer headers must fit. */
static void tunnel_through(const struct device_mtu *device, const struct interfaces *interfaces,
	struct tunnel_mtus *ret)
{
	unsigned int links = 0;

	while (ret->links[links].ifindex != 0)
		links++;
	for (unsigned int i = 0; i < interfaces->count; i++) {
		if (!interfaces->at[i].is_device || interfaces->at[i].seen.ifindex == 0)
			continue;
		ret->links[links].ifindex = interfaces->at[i].seen.ifindex;
		ret->links[links++].mtu = inner_mtu(interfaces->basis->config, device->mtu);
	}
}

/* With an MTU below the least of IPv6, the kernel disables IPv6 on the device. */
static void set_device(struct device_mtu *device, const struct daemon_basis *basis, uint32_t mtu,
	uint32_t narrowest)
{
	if (mtu == device->mtu)
		return;
	if (mtu + encapsulation_octets(ENCAP_IPV6) > narrowest)
		log_warning("a link carries %u octets only: packets of more than %u do not fit its "
			    "tunnel, those of up to %u are fragmented",
			narrowest,
			larger(narrowest, IPV6_MTU_MIN) - encapsulation_octets(ENCAP_IPV6),
			IPV6_MTU_MIN);
	device->mtu = mtu;
	int error = host_mtu_set(basis->host, basis->device->ifindex, mtu);
	if (error < 0)
		log_error("MTU of %s: %s", basis->config->device, strerror(-error));
}

/* Tells the data plane only changes, since each makes it look at all tunnels. */
void device_mtu_follow(struct device_mtu *device, const struct interfaces *interfaces)
{
	const struct daemon_basis *basis = interfaces->basis;
	struct tunnel_mtus mtus = {0};
	const uint32_t narrowest = narrowest_link(interfaces, &mtus);
	const uint32_t configured = basis->config->mtu;

	mtus.all = inner_mtu(basis->config, narrowest);
	set_device(device, basis, configured != 0 ? configured : larger(mtus.all, IPV6_MTU_MIN),
		narrowest);
	tunnel_through(device, interfaces, &mtus);
	if (memcmp(&mtus, &device->tunnels, sizeof(mtus)) == 0)
		return;
	device->tunnels = mtus;
	dataplane_tunnel_mtus(basis->dataplane, &mtus);
}
