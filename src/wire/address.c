/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kind of address an address is, and which addresses follow from it: RFC 6275 3.1, RFC 4291
 * 2.7.1, RFC 2464 7, RFC 2526 2.
 */
#include "icmpv6.h"

#include <string.h>

bool address_is_unicast_routable(const struct in6_addr *address)
{
	/* RFC 6275 3.1: global or unique local; never one that a link or node keeps to itself */
	return !IN6_IS_ADDR_UNSPECIFIED(address) && !IN6_IS_ADDR_LOOPBACK(address) &&
	       !IN6_IS_ADDR_MULTICAST(address) && !IN6_IS_ADDR_LINKLOCAL(address) &&
	       !IN6_IS_ADDR_V4MAPPED(address) && !IN6_IS_ADDR_V4COMPAT(address);
}

struct in6_addr address_solicited_node(const struct in6_addr *address)
{
	struct in6_addr group = {.s6_addr = {0xff, 0x02, [11] = 0x01, 0xff}};

	memcpy(&group.s6_addr[13], &address->s6_addr[13], 3);
	return group;
}

void address_multicast_link_layer(
	const struct in6_addr *address, uint8_t ret[ICMPV6_LINK_LAYER_OCTETS])
{
	ret[0] = 0x33;
	ret[1] = 0x33;
	memcpy(&ret[2], &address->s6_addr[12], 4);
}

/* The bits of an octet that a prefix of `length` covers, if it ends within the octet. */
static uint8_t mask_of(uint8_t length)
{
	return (uint8_t)(0xff00 >> length % 8);
}

struct in6_addr address_home_agents_anycast(const struct in6_addr *prefix, uint8_t length)
{
	struct in6_addr anycast;
	/* RFC 2526 2: all ones, but for the anycast identifier 126 in the last seven bits */
	memset(&anycast, 0xff, sizeof(anycast));
	anycast.s6_addr[15] = 0xfe;
	/* RFC 2526 2: in an interface identifier made as EUI-64, "universal" is not claimed */
	if (length == 64)
		anycast.s6_addr[8] = 0xfd;
	size_t octets = length <= 128 ? length / 8 : 16;
	memcpy(&anycast, prefix, octets);
	if (octets < 16 && length % 8 != 0) {
		uint8_t mask = mask_of(length);
		anycast.s6_addr[octets] = (uint8_t)((prefix->s6_addr[octets] & mask) |
						    (anycast.s6_addr[octets] & ~mask));
	}
	return anycast;
}

bool address_in_prefix(
	const struct in6_addr *address, const struct in6_addr *prefix, uint8_t length)
{
	/* What nearly all are costs a comparison of two words. */
	if (length == 64)
		return memcmp(address, prefix, 8) == 0;
	size_t octets = length / 8;
	if (length > 128 || memcmp(address, prefix, octets) != 0)
		return false;
	return length % 8 == 0 ||
	       ((address->s6_addr[octets] ^ prefix->s6_addr[octets]) & mask_of(length)) == 0;
}
