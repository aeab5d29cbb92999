/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kind of address an address is.
 */
#include "packet.h"

bool address_is_unicast_routable(const struct in6_addr *address)
{
	/* RFC 6275 3.1: global or unique local; never one that a link or node keeps to itself */
	return !IN6_IS_ADDR_UNSPECIFIED(address) && !IN6_IS_ADDR_LOOPBACK(address) &&
	       !IN6_IS_ADDR_MULTICAST(address) && !IN6_IS_ADDR_LINKLOCAL(address) &&
	       !IN6_IS_ADDR_V4MAPPED(address) && !IN6_IS_ADDR_V4COMPAT(address);
}
