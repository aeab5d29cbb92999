/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes Router and Neighbour Solicitations, and Neighbour Advertisements.
 */
#include "solicitation.h"

#include <assert.h>
#include <string.h>

#define OCTETS_MAX 64

static const struct in6_addr unspecified = {.s6_addr = {0}};
static const struct in6_addr all_nodes = {.s6_addr = {0xff, 0x02, [15] = 1}};
static const struct in6_addr all_routers = {.s6_addr = {0xff, 0x02, [15] = 2}};

static void build(const struct link *link, const struct in6_addr *source,
	const struct in6_addr *destination, const struct icmpv6 *message, struct effect_send *ret)
{
	uint8_t octets[OCTETS_MAX];
	const struct packet_envelope envelope = {
		.source = *source,
		.destination = *destination,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = ND_HOP_LIMIT,
	};
	const struct octets payload = {octets, icmpv6_encode(message, octets, sizeof(octets))};
	ret->ifindex = link->ifindex;
	ret->framed = true;
	address_multicast_link_layer(destination, ret->link_layer);
	ret->length = (uint16_t)packet_build(&envelope, payload, ret->octets, sizeof(ret->octets));
	assert(payload.length != 0 && ret->length != 0);
}

void router_solicitation_build(const struct link *link, struct effect_send *ret)
{
	const struct icmpv6 message = {.type = ICMPV6_ROUTER_SOLICITATION};
	build(link, &unspecified, &all_routers, &message, ret);
}

void neighbour_solicitation_build(
	const struct link *link, const struct in6_addr *target, struct effect_send *ret)
{
	const struct icmpv6 message = {.type = ICMPV6_NEIGHBOR_SOLICITATION, .target = *target};
	const struct in6_addr group = address_solicited_node(target);
	build(link, &unspecified, &group, &message, ret);
}

void neighbour_advertisement_build(
	const struct link *link, const struct in6_addr *target, struct effect_send *ret)
{
	struct icmpv6 message = {
		.type = ICMPV6_NEIGHBOR_ADVERTISEMENT,
		.target = *target,
		.override = true,
		.has_target_link_layer = true,
	};
	memcpy(message.target_link_layer, link->link_layer, LINK_LAYER_OCTETS);
	build(link, target, &all_nodes, &message, ret);
}
