/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What comes out of a mobile node's tunnel, where route optimization is known: Mobility Headers and
 * errors about them are the daemon's, as they came, so that it knows which way; of a peer with a
 * Home Address option, that has not our care-of address, data is delivered (RFC 6275 9.3.1).
 */
#ifndef MONAMI_BPF_INSIDE_H
#define MONAMI_BPF_INSIDE_H

#include "correspond.h"

enum inside {
	INSIDE_DATA,
	INSIDE_SIGNALLING,
	INSIDE_TEST,       /* signalling, of return routability */
	INSIDE_UNBOUND,    /* a Home Address option without binding, or one that is not alone */
	INSIDE_ERROR,      /* about a Mobility Header */
	INSIDE_ERROR_DATA, /* about a packet with a type 2 routing header */
};

/* The kernel's own reading of the inner header begins where `outer_octets` end. */
static __always_inline bool strip(struct __sk_buff *skb, __u32 outer_octets)
{
	return bpf_skb_adjust_room(skb, -(__s32)outer_octets, BPF_ADJ_ROOM_MAC,
		       BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET) == 0;
}

/* Of a Home Address option with binding: `inner` becomes what is delivered, and `ret_octets` is
 * what has to be taken out for that. */
static __always_inline enum inside inside_option(
	struct __sk_buff *skb, __u32 at, __u64 now, struct ipv6_header *inner, __u32 *ret_octets)
{
	struct option_header option;
	__u32 number;

	if (inner->next_header != NEXT_HEADER_DESTINATION ||
		!extension_load(skb, at + sizeof(*inner), &option) ||
		!is_home_address_alone(&option) ||
		bpf_ntohs(inner->payload_length) < sizeof(option))
		return INSIDE_UNBOUND;
	struct abi_tunnel *peer =
		binding_of(&option.home_address, &inner->destination, &inner->source, now, &number);
	if (!peer)
		return INSIDE_UNBOUND;
	note_received_of_peer(peer, packet_count(skb),
		bpf_ntohs(inner->payload_length) + sizeof(*inner) - sizeof(option), now);
	inner->source = option.home_address;
	inner->next_header = option.next_header;
	*ret_octets = sizeof(option);
	return INSIDE_DATA;
}

/* `inner` begins at `at`. */
static __always_inline enum inside inside_of(
	struct __sk_buff *skb, __u32 at, __u64 now, struct ipv6_header *inner, __u32 *ret_octets)
{
	if (!may_concern_correspondent(inner->next_header))
		return INSIDE_DATA;
	struct chain chain = chain_walk(skb, at, inner);
	if (chain.fragment || chain.cut_short)
		return INSIDE_DATA;
	if (chain.protocol == NEXT_HEADER_MOBILITY)
		return is_test(skb, &chain) ? INSIDE_TEST : INSIDE_SIGNALLING;
	if (config.correspondent && chain.home_address_option && !option_is_left(chain.protocol))
		return inside_option(skb, at, now, inner, ret_octets);
	if (chain.protocol != NEXT_HEADER_ICMPV6)
		return INSIDE_DATA;
	__u32 event = error_event(skb, inner, chain.offset);
	if (event == 0)
		return INSIDE_DATA;
	return event == ABI_EVENT_PACKET ? INSIDE_ERROR : INSIDE_ERROR_DATA;
}

static __always_inline int inside_take(struct __sk_buff *skb, const struct ipv6_header *outer,
	__u32 outer_octets, const struct ipv6_header *inner, enum inside inside)
{
	if (inside == INSIDE_SIGNALLING || inside == INSIDE_TEST)
		return signalling_take(skb, outer, &inner->source, inside == INSIDE_TEST);
	if (inside == INSIDE_UNBOUND)
		return take_unbound(skb, outer);
	if (inside == INSIDE_ERROR)
		return error_take(skb, outer, ABI_EVENT_PACKET);
	if (!strip(skb, outer_octets))
		return drop_received(skb, ABI_DROP_KERNEL);
	return error_take(skb, inner, ABI_EVENT_ERROR);
}

#endif
