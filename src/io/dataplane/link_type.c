/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_type.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <sys/utsname.h>

/* Before this release, a packet that comes out of the kernel's tunnel still has its outer headers
 * before it, as if they were a link header. */
#define KERNEL_TUNNELS KERNEL(5, 14)

/* A type that is not here is refused: its header is not known. */
static const struct type {
	uint16_t type;
	const char *name;
	int header;  /* octets; -1: refused */
	bool tunnel; /* the kernel's own */
} types[] = {
	{ARPHRD_ETHER, "Ethernet", ETH_HLEN, false},
	/* No link header: the packet begins with its IPv6 header. */
	{ARPHRD_NONE, "none", 0, false},
	{ARPHRD_RAWIP, "raw IP", 0, false},
	{ARPHRD_PPP, "PPP", 0, false},
	{ARPHRD_TUNNEL, "ipip", 0, true},
	{ARPHRD_TUNNEL6, "ip6tnl", 0, true},
	{ARPHRD_SIT, "sit", 0, true},
	{ARPHRD_IPGRE, "gre", 0, true},
	{ARPHRD_IP6GRE, "ip6gre", 0, true},
	/* Known by name only. */
	{ARPHRD_LOOPBACK, "loopback", -1, false},
	{ARPHRD_INFINIBAND, "InfiniBand", -1, false},
	{ARPHRD_IEEE1394, "IEEE 1394", -1, false},
	{ARPHRD_FDDI, "FDDI", -1, false},
	{ARPHRD_ATM, "ATM", -1, false},
	{ARPHRD_CAN, "CAN", -1, false},
	{ARPHRD_MCTP, "MCTP", -1, false},
	{ARPHRD_SLIP, "SLIP", -1, false},
	{ARPHRD_CSLIP, "CSLIP", -1, false},
	{ARPHRD_AX25, "AX.25", -1, false},
	{ARPHRD_X25, "X.25", -1, false},
	{ARPHRD_CISCO, "HDLC", -1, false},
	{ARPHRD_RAWHDLC, "raw HDLC", -1, false},
	{ARPHRD_DLCI, "Frame Relay DLCI", -1, false},
	{ARPHRD_FRAD, "Frame Relay", -1, false},
	{ARPHRD_IEEE80211, "IEEE 802.11 without Ethernet header", -1, false},
	{ARPHRD_IEEE80211_PRISM, "IEEE 802.11 monitor", -1, false},
	{ARPHRD_IEEE80211_RADIOTAP, "IEEE 802.11 monitor", -1, false},
	{ARPHRD_IEEE802154, "IEEE 802.15.4", -1, false},
	{ARPHRD_IEEE802154_MONITOR, "IEEE 802.15.4 monitor", -1, false},
	{ARPHRD_6LOWPAN, "6LoWPAN", -1, false},
	{ARPHRD_PHONET, "Phonet", -1, false},
	{ARPHRD_PHONET_PIPE, "Phonet pipe", -1, false},
	{ARPHRD_CAIF, "CAIF", -1, false},
	{ARPHRD_PIMREG, "PIM register", -1, false},
	{ARPHRD_NETLINK, "netlink monitor", -1, false},
	{ARPHRD_VSOCKMON, "vsock monitor", -1, false},
};

#define TYPES (sizeof(types) / sizeof(types[0]))

static unsigned int kernel_number(void)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return KERNEL_TUNNELS;
	return KERNEL(major, minor);
}

/* NULL: not known by name. */
static const struct type *find_type(uint16_t type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

static bool needs_newer(const struct type *type, unsigned int kernel)
{
	return type->tunnel && kernel < KERNEL_TUNNELS;
}

int link_type_header_of(uint16_t type, unsigned int kernel)
{
	const struct type *found = find_type(type);

	return found && found->header >= 0 && !needs_newer(found, kernel) ? found->header
									  : -EPROTONOSUPPORT;
}

int link_type_header(uint16_t type)
{
	return link_type_header_of(type, kernel_number());
}

void link_type_refusal_of(uint16_t type, unsigned int kernel, char *ret, size_t size)
{
	const struct type *found = find_type(type);
	bool newer = found && needs_newer(found, kernel);

	snprintf(ret, size, "links of type %s (%u) %s", found ? found->name : "unknown", type,
		newer ? "need Linux 5.14 or newer" : "are not supported");
}

void link_type_refusal(uint16_t type, char *ret, size_t size)
{
	link_type_refusal_of(type, kernel_number(), ret, size);
}
