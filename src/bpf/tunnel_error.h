/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ICMPv6 errors about outer packets (RFC 2473 8): from a router inside the tunnel, or from the
 * other end. Any host can send one. The daemon gets it if the quoted outer packet has the ends of
 * one of our tunnels, and the flow label that this host gave to the quoted inner packet; a node off
 * the path does not know that label. The kernel gets none of them: it believes every Packet Too
 * Big, also one that quotes a packet that was never sent.
 */
#ifndef MONAMI_BPF_TUNNEL_ERROR_H
#define MONAMI_BPF_TUNNEL_ERROR_H

#include "error.h"
#include "fragment.h"
#include "encap.h"

/* Octets between the outer header at `offset` and the inner one; 0: no inner one is quoted. */
static __always_inline __u32 quoted_outer_octets(
	struct __sk_buff *skb, __u32 offset, const struct ipv6_header *outer)
{
	const __u32 end = offset + sizeof(*outer) + bpf_ntohs(outer->payload_length);
	__u32 at = offset + sizeof(*outer);
	__u8 next_header = outer->next_header;
	struct fragment_header fragment;
	struct carried carried;

	if (next_header == NEXT_HEADER_FRAGMENT) {
		if (!packet_load(skb, at, &fragment, sizeof(fragment)) ||
			(bpf_ntohs(fragment.offset) & FRAGMENT_OFFSET_MASK) != 0)
			return 0;
		next_header = fragment.next_header;
		at += sizeof(fragment);
	}
	return decap_find(skb, next_header, at, end, &carried) ? carried.offset - offset : 0;
}

/*
 * A guess of the label is right once in 2^20. The program looks at this many errors in a second for
 * each tunnel and CPU: one hit in three hours (ADR 36). So neither guesses about one tunnel nor
 * errors that its mobile node makes up silence those about others, except few that share its place.
 */
#define TUNNEL_ERRORS_PER_SECOND 100
#define TUNNEL_ERRORS_PLACES 1024

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TUNNEL_ERRORS_PLACES);
	__type(key, __u32);
	__type(value, struct rate);
} tunnel_errors SEC(".maps");

static __always_inline bool may_be_looked_at(__u32 tunnel)
{
	const __u32 place = tunnel % TUNNEL_ERRORS_PLACES;
	struct rate *rate = bpf_map_lookup_elem(&tunnel_errors, &place);

	return rate && rate_allows(rate, NS_PER_S, TUNNEL_ERRORS_PER_SECOND);
}

/* `offset`: of the ICMPv6 header. */
static __always_inline int tunnel_error(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 offset)
{
	enum abi_drop reason = ABI_DROP_FLOOD;
	struct ipv6_header outer, inner;
	__u32 number;

	offset += ICMPV6_HEADER_OCTETS;
	/* RFC 4443 2.2: an error goes to the source of the quoted packet. */
	if (!packet_load_header(skb, offset, &outer) ||
		!address_equal(&outer.source, &header->destination))
		return TC_ACT_OK;
	const __u32 outer_octets = quoted_outer_octets(skb, offset, &outer);
	if (outer_octets == 0 || !packet_load_header(skb, offset + outer_octets, &inner))
		return TC_ACT_OK;
	struct abi_subject *subject = NULL;
	if (is_own_home_agent(&outer.source))
		subject = subject_of(ABI_SIDE_HOME_AGENT, &inner.destination, &number);
	if (!subject && is_agent_of_mobile_node(&outer.destination))
		subject = subject_of(ABI_SIDE_MOBILE_NODE, &inner.source, &number);
	if (!subject)
		return TC_ACT_OK;
	const struct abi_tunnel *tunnel =
		tunnel_between(subject, number, &outer.destination, &outer.source, &number);
	if (!tunnel)
		return TC_ACT_OK;
	if (!may_be_looked_at(number))
		return drop_received(skb, ABI_DROP_FLOOD);
	if (outer.version_class_label !=
		encap_word(inner.version_class_label, read_u64(&tunnel->label_key)))
		return drop_received(skb, ABI_DROP_UNPROVEN);
	if (!may_be_punted(PUNT_TUNNEL_ERROR, PUNT_TUNNEL_ERROR_UNREAD_MAX) ||
		!punt_packet_to(&events, skb, ABI_EVENT_TUNNEL_ERROR, number, header, &reason))
		return drop_received(skb, reason);
	return TC_ACT_SHOT;
}

#endif
