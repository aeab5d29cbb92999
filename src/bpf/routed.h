/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Data that comes to a mobile node directly, with a type 2 routing header (RFC 6275 6.4, 11.3.3);
 * from another mobile node that has bindings here with a Home Address option behind it.
 */
#ifndef MONAMI_BPF_ROUTED_H
#define MONAMI_BPF_ROUTED_H

#include "correspond.h"

static __always_inline bool is_routed_data(const struct chain *chain, bool from_home_agent)
{
	return chain->type_2_routing && chain->protocol != NEXT_HEADER_MOBILITY &&
	       !(from_home_agent && chain->protocol == NEXT_HEADER_ICMPV6);
}

/* RFC 6275 6.4: silently discarded otherwise. Once only. */
static __always_inline bool is_right(const struct routing_header *routing)
{
	return routing->length == EXTENSION_LENGTH && routing->type == ROUTING_TYPE_2 &&
	       routing->segments_left == 1 && routing->next_header != NEXT_HEADER_ROUTING;
}

static __always_inline bool is_home_address(const struct abi_address *address)
{
	__u32 number;

	return node_of(address, &number) != NULL;
}

static __always_inline struct abi_tunnel *route_from(
	const struct ipv6_header *header, const struct abi_address *home_address, __u32 *ret_number)
{
	__u32 number;
	const struct abi_node *node = route_of(home_address, &header->source, &number);

	return node ? tunnel_between(
			      node, number, &header->source, &header->destination, ret_number)
		    : NULL;
}

/* The Home Address option behind the routing header, if it is there: the octets to be taken out, or
 * 0, and the daemon has to look at it. */
static __always_inline __u32 routed_option(struct __sk_buff *skb, struct ipv6_header *header,
	const struct chain *chain, const struct routing_header *routing, __u64 now,
	struct abi_tunnel **ret)
{
	const __u32 offset = sizeof(*header) + sizeof(*routing);
	struct option_header option;
	__u32 number;

	*ret = NULL;
	header->next_header = routing->next_header;
	if (!config.correspondent || !chain->home_address_option || option_is_left(chain->protocol))
		return sizeof(*routing);
	if (routing->next_header != NEXT_HEADER_DESTINATION ||
		!extension_load(skb, offset, &option) || !is_home_address_alone(&option))
		return 0;
	*ret = binding_of(
		&option.home_address, &routing->home_address, &header->source, now, &number);
	header->source = option.home_address;
	header->next_header = option.next_header;
	return *ret ? sizeof(*routing) + sizeof(option) : 0;
}

static __always_inline int receive_routed(
	struct __sk_buff *skb, struct ipv6_header *header, const struct chain *chain)
{
	__u64 packets = packet_count(skb);
	__u64 now = bpf_ktime_get_ns();
	struct abi_link *link = link_of(skb->ifindex);
	struct ipv6_header after = *header;
	struct routing_header routing;
	struct abi_tunnel *peer;
	__u32 number;

	if (!link || !extension_load(skb, sizeof(*header), &routing))
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (header->next_header != NEXT_HEADER_ROUTING || !is_right(&routing))
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	struct abi_tunnel *tunnel = route_from(header, &routing.home_address, &number);
	if (!tunnel && (!is_home_address(&routing.home_address) ||
			       !is_local_address(&header->destination)))
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	/* AH covers the routing header: it is the kernel's (RFC 6275 9.3.2). */
	if (routing.next_header == NEXT_HEADER_AH)
		return TC_ACT_OK;
	__u32 octets = routed_option(skb, &after, chain, &routing, now, &peer);
	if (octets == 0)
		return take_unbound(skb, header);
	if (bpf_ntohs(header->payload_length) < octets)
		return drop_received(skb, ABI_DROP_MALFORMED);
	after.destination = routing.home_address;
	if (!unextend(skb, link->header_octets, &after, octets))
		return drop_received(skb, ABI_DROP_KERNEL);
	octets = skb->len - link->header_octets;
	if (peer)
		note_received_of_peer(peer, packets, octets, now);
	if (tunnel)
		note_reception(tunnel, number, now);
	count_received(tunnel, link, packets, octets);
	return bpf_redirect(config.device, BPF_F_INGRESS);
}

#endif
