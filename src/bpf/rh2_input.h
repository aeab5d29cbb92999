/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Data that comes to a mobile node directly, with a type 2 routing header (RFC 6275 6.4, 11.3.3):
 * from correspondents, if it optimizes routes, and from its home agent (ADR 37). A packet from
 * another mobile node with bindings here has a Home Address option behind the routing header.
 */
#ifndef MONAMI_BPF_RH2_INPUT_H
#define MONAMI_BPF_RH2_INPUT_H

#include "correspondent.h"
#include "icmpv6.h"

/* RFC 6275 6.8, ADR 30: prefix advertisements and answers to probes go to the daemon. */
static __always_inline bool is_for_daemon(
	struct __sk_buff *skb, const struct ext_headers *ext_headers)
{
	struct icmpv6_header icmp;

	if (ext_headers->protocol != NEXT_HEADER_ICMPV6 || ext_headers->fragment)
		return false;
	return !packet_load(skb, ext_headers->offset, &icmp, sizeof(icmp)) ||
	       (icmp.type >= ICMPV6_MOBILITY_FIRST && icmp.type <= ICMPV6_MOBILITY_LAST) ||
	       (icmp.type == ICMPV6_ECHO_REPLY && icmp.identifier == config.probe_identifier_be);
}

static __always_inline bool is_rh2_data(
	struct __sk_buff *skb, const struct ext_headers *ext_headers, bool from_home_agent)
{
	return ext_headers->type_2_routing && ext_headers->protocol != NEXT_HEADER_MOBILITY &&
	       !(from_home_agent && is_for_daemon(skb, ext_headers));
}

/* RFC 6275 6.4: silently discarded otherwise. Once only. */
static __always_inline bool is_right(
	const struct routing_header *routing, const struct ext_headers *ext_headers)
{
	return !ext_headers->repeated && routing->length == EXTENSION_LENGTH &&
	       routing->type == ROUTING_TYPE_2 && routing->segments_left == 1 &&
	       routing->next_header != NEXT_HEADER_ROUTING;
}

/* The tunnel from a correspondent, or from the home agent: each has a subject of its own. */
static __always_inline struct abi_tunnel *rh2_tunnel(const struct ipv6_header *header,
	const struct abi_address *home_address, bool from_home_agent, __u32 *ret_number)
{
	__u32 number;
	const struct abi_subject *subject =
		from_home_agent
			? subject_of_home(ABI_SIDE_MOBILE_NODE, home_address, &number)
			: subject_of_pair(ABI_SIDE_DIRECT, home_address, &header->source, &number);

	return subject ? tunnel_between(
				 subject, number, &header->source, &header->destination, ret_number)
		       : NULL;
}

/* The number of octets behind the IPv6 header to remove: a routing header, and the option behind it
 * if that is removed too. 0: other headers or options are beside them. */
static __always_inline __u32 bare_octets(struct __sk_buff *skb, struct ipv6_header *after,
	const struct ext_headers *ext_headers, const struct routing_header *routing,
	bool with_option)
{
	struct option_header option;

	after->next_header = routing->next_header;
	if (ext_headers->routing_at != sizeof(*after))
		return 0;
	if (!with_option)
		return sizeof(*routing);
	if (!load_bare_option(skb, after, sizeof(*routing), &option))
		return 0;
	after->next_header = option.next_header;
	return sizeof(*routing) + sizeof(option);
}

/* `after`: the IPv6 header of the packet after that. */
static __always_inline bool routing_header_take(struct __sk_buff *skb, const struct abi_link *link,
	const struct ipv6_header *header, struct ipv6_header *after,
	const struct ext_headers *ext_headers, const struct routing_header *routing,
	bool with_option)
{
	const __u32 at = link->header_octets;
	__u32 octets = bare_octets(skb, after, ext_headers, routing, with_option);

	if (octets != 0)
		return unextend(skb, at, after, octets);
	return routing_use_up(skb, at, ext_headers, header, &routing->home_address) &&
	       (!with_option || option_use_up(skb, at, ext_headers, header, &after->source, 0));
}

static __always_inline int rh2_input(struct __sk_buff *skb, struct ipv6_header *header,
	const struct ext_headers *ext_headers, bool from_home_agent)
{
	__u64 packets = packet_count(skb);
	__u64 now = bpf_ktime_get_boot_ns();
	struct abi_link *link = link_of(packet_ifindex(skb));
	struct ipv6_header after = *header;
	struct routing_header routing;
	struct claim claim = {.tunnel = NULL};
	__u32 number;

	if (!link || !extension_load(skb, ext_headers->routing_at, &routing))
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (!is_right(&routing, ext_headers))
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	struct abi_tunnel *tunnel =
		rh2_tunnel(header, &routing.home_address, from_home_agent, &number);
	if (!tunnel && (!(state.roles & ABI_ROLE_ROUTE_OPTIMIZATION) ||
			       !is_own_home_address(&routing.home_address) ||
			       !is_local_address(&header->destination)))
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	/* AH covers the routing header: the kernel gets the packet unchanged (RFC 6275 9.3.2). */
	if (ext_headers->protocol == NEXT_HEADER_AH)
		return TC_ACT_OK;
	if (ext_headers->routing_at + sizeof(routing) >
		sizeof(*header) + bpf_ntohs(header->payload_length))
		return drop_received(skb, ABI_DROP_MALFORMED);
	bool with_option =
		(state.roles & ABI_ROLE_CORRESPONDENT) && ext_headers->home_address_option;
	if (with_option &&
		!is_believed(skb, 0, header, &routing.home_address, ext_headers, now, &claim))
		return take_unbound(skb, header);
	after.destination = routing.home_address;
	if (with_option)
		after.source = claim.home_address;
	if (!routing_header_take(skb, link, header, &after, ext_headers, &routing, with_option))
		return drop_received(skb, ABI_DROP_KERNEL);
	__u32 octets = skb->len - link->header_octets;
	if (claim.tunnel)
		note_received_of_peer(claim.tunnel, packets, octets, now);
	if (tunnel)
		note_received(tunnel, number, true, now);
	count_received(tunnel, link, packets, octets);
	return bpf_redirect(config.device, BPF_F_INGRESS);
}

#endif
