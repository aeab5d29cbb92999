/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * At the home agent: answers a mobile node's probe that shows its binding (ADR 30), also while the
 * daemon is dead. An echo request (RFC 4443 4.1) with a Home Address option, from a care-of address
 * that is bound to that home address (RFC 6275 9.3.1), becomes its own reply. The type 2 routing
 * header (9.3.2) is as long as the option's header that it replaces, so that no reply is larger
 * than its request. The daemon answers a probe without binding with a Binding Error (9.3.3).
 *
 * The checksum covers home address and home agent in both directions; only the type changes it. A
 * wrong checksum stays wrong.
 */
#ifndef MONAMI_BPF_BOUND_PROBE_H
#define MONAMI_BPF_BOUND_PROBE_H

#include "correspondent.h"
#include "icmpv6.h"

#define ECHO_TYPE_AT (sizeof(struct ipv6_header) + sizeof(struct option_header))
#define ECHO_CHECKSUM_AT (ECHO_TYPE_AT + __builtin_offsetof(struct icmpv6_header, checksum))

struct bound_reply {
	struct ipv6_header header;
	struct routing_header routing;
};
_Static_assert(sizeof(struct bound_reply) == ECHO_TYPE_AT, "as long as what it replaces");

/* An echo request with nothing but the option between it and the IPv6 header. */
static __always_inline bool load_bound_probe(
	struct __sk_buff *skb, const struct ipv6_header *header, struct option_header *ret)
{
	struct icmpv6_header icmp;

	return skb->gso_size == 0 && load_bare_option(skb, header, 0, ret) &&
	       ret->next_header == NEXT_HEADER_ICMPV6 &&
	       bpf_ntohs(header->payload_length) >= sizeof(*ret) + sizeof(icmp) &&
	       packet_load(skb, ECHO_TYPE_AT, &icmp, sizeof(icmp)) &&
	       icmp.type == ICMPV6_ECHO_REQUEST && icmp.code == 0;
}

/* The binding of the home address with this care-of address, under any BID. */
static __always_inline bool read_binding(const struct ipv6_header *header,
	const struct abi_address *home_address, __u64 now, struct tunnel_copy *ret)
{
	__u32 subject_number, number;
	const struct abi_subject *subject =
		subject_of_home(ABI_SIDE_HOME_AGENT, home_address, &subject_number);

	return subject && tunnel_accepting(subject, subject_number, header, &number) &&
	       tunnel_read(number, subject_number, now, ret) &&
	       address_equal(&ret->remote, &header->source);
}

static __always_inline bool reply_write(struct __sk_buff *skb, __u32 at,
	const struct ipv6_header *header, const struct abi_address *home_address)
{
	const __u8 type = ICMPV6_ECHO_REPLY;
	struct bound_reply reply = {
		.header =
			{
				.version_class_label = bpf_htonl(6u << 28),
				.payload_length = header->payload_length,
				.next_header = NEXT_HEADER_ROUTING,
				.hop_limit = ENCAP_HOP_LIMIT,
				.source = header->destination,
				.destination = header->source,
			},
	};

	routing_header_set(&reply.routing, NEXT_HEADER_ICMPV6, home_address);
	/* CHECKSUM_COMPLETE: type and checksum change by opposite amounts, their sum stays. */
	return bpf_skb_store_bytes(skb, at, &reply, sizeof(reply), BPF_F_RECOMPUTE_CSUM) == 0 &&
	       bpf_skb_store_bytes(skb, at + ECHO_TYPE_AT, &type, sizeof(type), 0) == 0 &&
	       bpf_l4_csum_replace(skb, at + ECHO_CHECKSUM_AT, bpf_htons(ICMPV6_ECHO_REQUEST << 8),
		       bpf_htons(ICMPV6_ECHO_REPLY << 8), sizeof(__be16)) == 0;
}

/* NOT_HERE: it is another packet, or has no binding. */
static __always_inline int answer_bound_probe(
	struct __sk_buff *skb, const struct ipv6_header *header)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct abi_link *link = link_of(packet_ifindex(skb));
	struct option_header option;
	struct departure departure;
	struct tunnel_copy binding;

	if (!link || !load_bound_probe(skb, header, &option) ||
		!read_binding(header, &option.home_address, now, &binding))
		return NOT_HERE;
	const __u32 octets = sizeof(*header) + bpf_ntohs(header->payload_length);
	if (departure_by_recent_route(skb, &binding, octets, now, &departure) !=
		BPF_FIB_LKUP_RET_SUCCESS)
		return drop_received(skb, ABI_DROP_NO_ROUTE);
	if (!reply_write(skb, link->header_octets, header, &option.home_address) ||
		(link->header_octets == 0 &&
			bpf_skb_change_head(skb, ETHERNET_HEADER_OCTETS, 0) < 0))
		return drop_received(skb, ABI_DROP_KERNEL);
	count(&link->signalling_packets, 1);
	return depart_by(skb, &departure);
}

#endif
