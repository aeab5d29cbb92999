/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_type.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <stdio.h>

/* A type that is not here is refused: its header is not known. */
static const struct {
	uint16_t type;
	const char *name;
	int header; /* octets; -1: refused */
} types[] = {
	{ARPHRD_ETHER, "Ethernet", ETH_HLEN},
	/* No link header: the packet begins with its IPv6 header. */
	{ARPHRD_NONE, "none", 0},
	{ARPHRD_RAWIP, "raw IP", 0},
	{ARPHRD_PPP, "PPP", 0},
	{ARPHRD_TUNNEL, "ipip", 0},
	{ARPHRD_TUNNEL6, "ip6tnl", 0},
	{ARPHRD_SIT, "sit", 0},
	{ARPHRD_IPGRE, "gre", 0},
	{ARPHRD_IP6GRE, "ip6gre", 0},
	/* Known by name only. */
	{ARPHRD_LOOPBACK, "loopback", -1},
	{ARPHRD_INFINIBAND, "InfiniBand", -1},
	{ARPHRD_IEEE1394, "IEEE 1394", -1},
	{ARPHRD_FDDI, "FDDI", -1},
	{ARPHRD_ATM, "ATM", -1},
	{ARPHRD_CAN, "CAN", -1},
	{ARPHRD_MCTP, "MCTP", -1},
	{ARPHRD_SLIP, "SLIP", -1},
	{ARPHRD_CSLIP, "CSLIP", -1},
	{ARPHRD_AX25, "AX.25", -1},
	{ARPHRD_X25, "X.25", -1},
	{ARPHRD_CISCO, "HDLC", -1},
	{ARPHRD_RAWHDLC, "raw HDLC", -1},
	{ARPHRD_DLCI, "Frame Relay DLCI", -1},
	{ARPHRD_FRAD, "Frame Relay", -1},
	{ARPHRD_IEEE80211, "IEEE 802.11 without Ethernet header", -1},
	{ARPHRD_IEEE80211_PRISM, "IEEE 802.11 monitor", -1},
	{ARPHRD_IEEE80211_RADIOTAP, "IEEE 802.11 monitor", -1},
	{ARPHRD_IEEE802154, "IEEE 802.15.4", -1},
	{ARPHRD_IEEE802154_MONITOR, "IEEE 802.15.4 monitor", -1},
	{ARPHRD_6LOWPAN, "6LoWPAN", -1},
	{ARPHRD_PHONET, "Phonet", -1},
	{ARPHRD_PHONET_PIPE, "Phonet pipe", -1},
	{ARPHRD_CAIF, "CAIF", -1},
	{ARPHRD_PIMREG, "PIM register", -1},
	{ARPHRD_NETLINK, "netlink monitor", -1},
	{ARPHRD_VSOCKMON, "vsock monitor", -1},
};

#define TYPES (sizeof(types) / sizeof(types[0]))

int link_type_header(uint16_t type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].type == type && types[i].header >= 0)
			return types[i].header;
	return -EPROTONOSUPPORT;
}

void link_type_refusal(uint16_t type, char *ret, size_t size)
{
	const char *name = "unknown";

	for (size_t i = 0; i < TYPES; i++)
		if (types[i].type == type)
			name = types[i].name;
	snprintf(ret, size, "links of type %s (%u) are not supported", name, type);
}
