/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets out of a mobile node's tunnel, if the host has route optimization. The daemon gets
 * Mobility Headers and errors about them with their outer header, so that it knows the tunnel. Data
 * with a Home Address option, from a peer that does not know our care-of address, is delivered (RFC
 * 6275 9.3.1).
 */
#ifndef MONAMI_BPF_DECAP_INNER_H
#define MONAMI_BPF_DECAP_INNER_H

#include "correspondent.h"

enum inner_kind {
	INNER_DATA,
	INNER_SIGNALLING,
	INNER_TEST,       /* signalling, of return routability */
	INNER_UNBOUND,    /* a Home Address option that is not accepted */
	INNER_ROUTED,     /* a type 2 routing header: to the home address it has no meaning */
	INNER_BROKEN,     /* by this program: the packet could not be written to */
	INNER_ERROR,      /* about a Mobility Header */
	INNER_ERROR_DATA, /* about a packet with a type 2 routing header */
};

/* Removes the `outer_octets` before the inner header. */
static __always_inline bool strip(struct __sk_buff *skb, __u32 outer_octets)
{
	return bpf_skb_adjust_room(skb, -(__s32)outer_octets, BPF_ADJ_ROOM_MAC,
		       BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET) == 0;
}

/* For an accepted Home Address option: `inner` becomes the header of the delivered packet, and
 * `ret_octets` is the number of octets to remove, if the option does not stay in the packet. */
static __always_inline enum inner_kind decap_inner_option(struct __sk_buff *skb, __u32 at,
	const struct ext_headers *ext_headers, __u64 now, struct ipv6_header *inner,
	__u32 *ret_octets)
{
	const struct abi_link *link = link_of(packet_ifindex(skb));
	struct option_header option;
	struct claim claim;

	if (!link || option_is_left(ext_headers))
		return INNER_DATA;
	if (!is_believed(skb, at, inner, &inner->destination, ext_headers, now, &claim))
		return INNER_UNBOUND;
	if (ext_headers->protocol == NEXT_HEADER_AH)
		return INNER_DATA;
	if (load_bare_option(skb, inner, at, &option)) {
		inner->next_header = option.next_header;
		*ret_octets = sizeof(option);
	} else if (!option_use_up(
			   skb, link->header_octets, ext_headers, inner, &claim.home_address, at)) {
		return INNER_BROKEN;
	}
	if (claim.tunnel)
		note_received_of_peer(claim.tunnel, packet_count(skb),
			bpf_ntohs(inner->payload_length) + sizeof(*inner) - *ret_octets, now);
	inner->source = claim.home_address;
	return INNER_DATA;
}

/* `inner` begins at `at`. */
static __always_inline enum inner_kind decap_inner(
	struct __sk_buff *skb, __u32 at, __u64 now, struct ipv6_header *inner, __u32 *ret_octets)
{
	if (!may_concern_correspondent(inner->next_header))
		return INNER_DATA;
	/* to a home address that is a care-of address, too: for monami_receive of the device */
	if ((state.roles & ABI_ROLE_THROUGH) && is_agent_of_mobile_node(&inner->source))
		return INNER_DATA;
	struct ext_headers ext_headers = ext_headers_walk(skb, at, inner);
	if (ext_headers.cut_short)
		return INNER_DATA;
	if (ext_headers.protocol == NEXT_HEADER_MOBILITY && !ext_headers.fragment)
		return is_test(skb, &ext_headers) ? INNER_TEST : INNER_SIGNALLING;
	if (ext_headers.type_2_routing)
		return INNER_ROUTED;
	if ((state.roles & ABI_ROLE_CORRESPONDENT) && ext_headers.home_address_option)
		return decap_inner_option(skb, at, &ext_headers, now, inner, ret_octets);
	if (ext_headers.protocol != NEXT_HEADER_ICMPV6 || ext_headers.fragment)
		return INNER_DATA;
	__u32 event = error_event(skb, inner, ext_headers.offset);
	if (event == 0)
		return INNER_DATA;
	return event == ABI_EVENT_PACKET ? INNER_ERROR : INNER_ERROR_DATA;
}

static __always_inline int decap_inner_take(struct __sk_buff *skb, const struct ipv6_header *outer,
	__u32 outer_octets, const struct ipv6_header *inner, enum inner_kind inner_kind)
{
	if (inner_kind == INNER_SIGNALLING || inner_kind == INNER_TEST)
		return punt_signalling(skb, outer, &inner->source, inner_kind == INNER_TEST);
	if (inner_kind == INNER_UNBOUND)
		return take_unbound(skb, outer);
	if (inner_kind == INNER_ROUTED)
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	if (inner_kind == INNER_BROKEN)
		return drop_received(skb, ABI_DROP_KERNEL);
	if (inner_kind == INNER_ERROR)
		return error_take(skb, outer, ABI_EVENT_PACKET);
	if (!strip(skb, outer_octets))
		return drop_received(skb, ABI_DROP_KERNEL);
	return error_take(skb, inner, ABI_EVENT_ERROR);
}

#endif
