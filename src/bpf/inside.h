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
	INSIDE_UNBOUND,    /* a Home Address option that is not believed */
	INSIDE_ROUTED,     /* a type 2 routing header: to the home address it has no meaning */
	INSIDE_BROKEN,     /* by us: it could not be written to */
	INSIDE_ERROR,      /* about a Mobility Header */
	INSIDE_ERROR_DATA, /* about a packet with a type 2 routing header */
};

/* The kernel's own reading of the inner header begins where `outer_octets` end. */
static __always_inline bool strip(struct __sk_buff *skb, __u32 outer_octets)
{
	return bpf_skb_adjust_room(skb, -(__s32)outer_octets, BPF_ADJ_ROOM_MAC,
		       BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET) == 0;
}

/* Of a Home Address option that is believed: `inner` becomes what is delivered, and `ret_octets` is
 * what has to be taken out for that, if the option does not stay where it is. */
static __always_inline enum inside inside_option(struct __sk_buff *skb, __u32 at,
	const struct chain *chain, __u64 now, struct ipv6_header *inner, __u32 *ret_octets)
{
	const struct abi_link *link = link_of(packet_ifindex(skb));
	struct option_header option;
	struct claim claim;

	if (!link || option_is_left(chain))
		return INSIDE_DATA;
	if (!is_believed(skb, at, inner, &inner->destination, chain, now, &claim))
		return INSIDE_UNBOUND;
	if (chain->protocol == NEXT_HEADER_AH)
		return INSIDE_DATA;
	if (load_bare_option(skb, inner, at, &option)) {
		inner->next_header = option.next_header;
		*ret_octets = sizeof(option);
	} else if (!option_use_up(
			   skb, link->header_octets, chain, inner, &claim.home_address, at)) {
		return INSIDE_BROKEN;
	}
	if (claim.tunnel)
		note_received_of_peer(claim.tunnel, packet_count(skb),
			bpf_ntohs(inner->payload_length) + sizeof(*inner) - *ret_octets, now);
	inner->source = claim.home_address;
	return INSIDE_DATA;
}

/* `inner` begins at `at`. */
static __always_inline enum inside inside_of(
	struct __sk_buff *skb, __u32 at, __u64 now, struct ipv6_header *inner, __u32 *ret_octets)
{
	if (!may_concern_correspondent(inner->next_header))
		return INSIDE_DATA;
	struct chain chain = chain_walk(skb, at, inner);
	if (chain.cut_short)
		return INSIDE_DATA;
	if (chain.protocol == NEXT_HEADER_MOBILITY && !chain.fragment)
		return is_test(skb, &chain) ? INSIDE_TEST : INSIDE_SIGNALLING;
	if (chain.type_2_routing)
		return INSIDE_ROUTED;
	if (config.correspondent && chain.home_address_option)
		return inside_option(skb, at, &chain, now, inner, ret_octets);
	if (chain.protocol != NEXT_HEADER_ICMPV6 || chain.fragment)
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
	if (inside == INSIDE_ROUTED)
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	if (inside == INSIDE_BROKEN)
		return drop_received(skb, ABI_DROP_KERNEL);
	if (inside == INSIDE_ERROR)
		return error_take(skb, outer, ABI_EVENT_PACKET);
	if (!strip(skb, outer_octets))
		return drop_received(skb, ABI_DROP_KERNEL);
	return error_take(skb, inner, ABI_EVENT_ERROR);
}

#endif
