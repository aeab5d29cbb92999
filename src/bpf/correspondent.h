/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A correspondent (RFC 6275 9.3, RFC 5648 6.4, 6.5): data to mobile nodes that have bindings here
 * gets a type 2 routing header as it leaves by a link, data from them loses its Home Address option
 * as it comes in by one; both stay on the link that routing, neighbours and firewalls see.
 */
#ifndef MONAMI_BPF_CORRESPONDENT_H
#define MONAMI_BPF_CORRESPONDENT_H

#include "error.h"
#include "in_place.h"
#include "ro_output.h"
#include "punt.h"

/*
 * RFC 6275 9.3.1, RFC 5648 6.5: the binding of `home_address` with `own` that has this care-of
 * address. One that has expired is none. A home agent is a correspondent of its own mobile nodes;
 * their bindings are its tunnels (ADR 37).
 */
static __always_inline struct abi_tunnel *binding_of(const struct abi_address *home_address,
	const struct abi_address *own, const struct abi_address *care_of, __u64 now)
{
	struct abi_subject *subject = NULL;
	__u32 number;

	if (is_own_home_agent(own))
		subject = subject_of_home(ABI_SIDE_HOME_AGENT, home_address, &number);
	if (!subject)
		subject = subject_of_pair(ABI_SIDE_CORRESPONDENT, home_address, own, &number);
	if (!subject)
		return NULL;
	struct abi_tunnel *tunnel = tunnel_between(subject, number, care_of, own, &number);
	return tunnel && read_u64(&tunnel->expires) > now ? tunnel : NULL;
}

static __always_inline void note_received_of_peer(
	struct abi_tunnel *tunnel, __u64 packets, __u64 octets, __u64 now)
{
	tunnel->received_at = now;
	count(&tunnel->received_packets, packets);
	count(&tunnel->received_octets, octets);
}

/* ---- egress of the links ---- */

/* The packet continues unchanged, through the home agent. The daemon tells the sender the largest
 * size that fits. */
static __always_inline int too_large_to_extend(struct __sk_buff *skb, __u32 link_header,
	const struct tunnel_copy *copy, const struct outgoing *packet, __u32 mtu)
{
	tell_too_large(skb, link_header, copy->number, packet, mtu);
	return TC_ACT_OK;
}

/* The frame may leave unchanged: its link-layer destination is the next hop to the care-of
 * address. */
static __always_inline bool same_neighbour(
	struct __sk_buff *skb, const struct abi_link *link, const struct departure *departure)
{
	__u32 known, there;
	__u16 known_end, there_end;
	__u8 destination[6];

	if (departure->ifindex != packet_ifindex(skb) || !departure->resolved)
		return false;
	if (link->header_octets == 0)
		return true;
	if (bpf_skb_load_bytes(skb, 0, destination, sizeof(destination)) < 0)
		return false;
	__builtin_memcpy(&known, departure->link_layer, sizeof(known));
	__builtin_memcpy(&there, destination, sizeof(there));
	__builtin_memcpy(&known_end, departure->link_layer + 4, sizeof(known_end));
	__builtin_memcpy(&there_end, destination + 4, sizeof(there_end));
	return known == there && known_end == there_end;
}

/* The look-up gives no next hop to a host that forwards nothing: the kernel's routing finds it. */
static __always_inline long departure_to_peer(struct __sk_buff *skb, const struct tunnel_copy *copy,
	const struct outgoing *packet, struct departure *ret)
{
	long result = departure_by_recent_route(
		skb, copy, packet->largest + ABI_EXTENSION_OCTETS, packet->now, ret);

	if (result != BPF_FIB_LKUP_RET_FWD_DISABLED)
		return result;
	ret->ifindex = packet_ifindex(skb);
	ret->resolved = false;
	return BPF_FIB_LKUP_RET_SUCCESS;
}

static __always_inline int correspondent_output(struct __sk_buff *skb, const struct abi_link *link,
	struct outgoing *packet, struct abi_tunnel *tunnel, const struct tunnel_copy *copy)
{
	struct departure departure;

	if (packet->largest > copy->mtu)
		return too_large_to_extend(skb, link->header_octets, copy, packet, copy->mtu);
	long result = departure_to_peer(skb, copy, packet, &departure);
	if (result == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		tunnel->mtu = departure.mtu > MTU_MIN ? departure.mtu - ABI_EXTENSION_OCTETS
						      : MTU_MIN - ABI_EXTENSION_OCTETS;
		return too_large_to_extend(skb, link->header_octets, copy, packet, tunnel->mtu);
	}
	if (result != BPF_FIB_LKUP_RET_SUCCESS)
		return TC_ACT_OK;
	bool stays = same_neighbour(skb, link, &departure);
	if (!extend(skb, link->header_octets, &packet->header, &copy->remote, NULL))
		return drop_sent(ABI_DROP_KERNEL);
	note_sent_to_peer(tunnel, packet);
	if (stays)
		return TC_ACT_OK;
	if (link->header_octets == 0 && bpf_skb_change_head(skb, ETHERNET_HEADER_OCTETS, 0) < 0)
		return drop_sent(ABI_DROP_KERNEL);
	return depart_by(skb, &departure);
}

/* ---- ingress of the links ---- */

/* 9.3.1: a home address must be unicast and routable. */
static __always_inline bool is_routable(const struct abi_address *address)
{
	const __u64 *halves = (const __u64 *)address->octets;

	return halves[0] != 0 && address->octets[0] != 0xff &&
	       !(address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80);
}

static __always_inline bool take_bare_option(struct __sk_buff *skb, const struct abi_link *link,
	struct ipv6_header *header, const struct option_header *option)
{
	header->source = option->home_address;
	header->next_header = option->next_header;
	return unextend(skb, link->header_octets, header, sizeof(*option));
}

static __always_inline bool load_bare_option(struct __sk_buff *skb,
	const struct ipv6_header *header, __u32 at, struct option_header *ret)
{
	return header->next_header == NEXT_HEADER_DESTINATION &&
	       extension_load(skb, at + sizeof(*header), ret) && is_home_address_alone(ret) &&
	       bpf_ntohs(header->payload_length) >= sizeof(*ret);
}

/*
 * Data with nothing but a Home Address option between IPv6 header and upper layer becomes data from
 * the home address. Nearly all of it is of this form.
 */
static __always_inline int receive_bound(struct __sk_buff *skb, struct ipv6_header *header)
{
	__u64 now = bpf_ktime_get_boot_ns();
	__u64 packets = packet_count(skb);
	struct abi_link *link = link_of(packet_ifindex(skb));
	struct option_header option;

	if (!link || !load_bare_option(skb, header, 0, &option) ||
		is_extension(option.next_header) || option.next_header == NEXT_HEADER_MOBILITY ||
		option.next_header == NEXT_HEADER_AH)
		return NOT_HERE;
	struct abi_tunnel *tunnel =
		binding_of(&option.home_address, &header->destination, &header->source, now);
	if (!tunnel)
		return NOT_HERE;
	if (!take_bare_option(skb, link, header, &option))
		return drop_received(skb, ABI_DROP_KERNEL);
	tunnel->received_at = now;
	count_received(tunnel, link, packets, skb->len - link->header_octets);
	return TC_ACT_OK;
}

/* RFC 6275 9.3.3: the daemon answers with a Binding Error. Any host can send these packets, so the
 * program limits how many the daemon gets. */
static __always_inline int take_unbound(struct __sk_buff *skb, const struct ipv6_header *header)
{
	if (!may_be_punted(PUNT_UNBOUND, PUNT_UNBOUND_UNREAD_MAX))
		return drop_received(skb, ABI_DROP_FLOOD);
	return punt(skb, header, false);
}

/* RFC 6275 9.3.1: accepted without a binding if ESP protects the packet: a security association
 * proves the home address, and the kernel drops the packet if it has none. For a fragment this is
 * not known yet. */
static __always_inline bool is_vouched_for(const struct ext_headers *ext_headers)
{
	return ext_headers->protocol == NEXT_HEADER_ESP && !ext_headers->fragment;
}

/* AH covers the option as it is; only the kernel can look at it. */
static __always_inline bool option_is_left(const struct ext_headers *ext_headers)
{
	return ext_headers->protocol == NEXT_HEADER_AH && !ext_headers->fragment;
}

/* A Home Address option, and the tunnel that proves it. */
struct claim {
	struct abi_address home_address;
	struct abi_tunnel *tunnel; /* NULL: ESP proves it */
};

/* Whether the option of a packet to `own` is accepted. The packet begins at `at`. */
static __always_inline bool is_believed(struct __sk_buff *skb, __u32 at,
	const struct ipv6_header *header, const struct abi_address *own,
	const struct ext_headers *ext_headers, __u64 now, struct claim *ret)
{
	const __u32 end = at + sizeof(*header) + bpf_ntohs(header->payload_length);

	if (ext_headers->option_at == 0 || ext_headers->repeated || ext_headers->offset > end ||
		!packet_load(skb, ext_headers->option_at + sizeof(struct option),
			&ret->home_address, sizeof(ret->home_address)))
		return false;
	ret->tunnel = binding_of(&ret->home_address, own, &header->source, now);
	return ret->tunnel || (is_vouched_for(ext_headers) && is_routable(&ret->home_address));
}

/* Data with a Home Address option, whatever is beside it and before it. A home agent delivers it by
 * monami0, where routing and firewalls expect packets from home addresses. */
static __always_inline int receive_option(
	struct __sk_buff *skb, struct ipv6_header *header, const struct ext_headers *ext_headers)
{
	__u64 now = bpf_ktime_get_boot_ns();
	__u64 packets = packet_count(skb);
	struct abi_link *link = link_of(packet_ifindex(skb));
	struct option_header option;
	struct claim claim;

	if (!link || option_is_left(ext_headers))
		return TC_ACT_OK;
	if (!is_believed(skb, 0, header, &header->destination, ext_headers, now, &claim))
		return take_unbound(skb, header);
	/* The reassembled packet would differ from the one that AH covers. */
	if (ext_headers->protocol == NEXT_HEADER_AH)
		return TC_ACT_OK;
	if (!(load_bare_option(skb, header, 0, &option)
			    ? take_bare_option(skb, link, header, &option)
			    : option_use_up(skb, link->header_octets, ext_headers, header,
				      &claim.home_address, 0)))
		return drop_received(skb, ABI_DROP_KERNEL);
	if (claim.tunnel)
		claim.tunnel->received_at = now;
	count_received(claim.tunnel, link, packets, skb->len - link->header_octets);
	return is_own_home_agent(&header->destination) ? bpf_redirect(config.device, BPF_F_INGRESS)
						       : TC_ACT_OK;
}

static __always_inline bool may_concern_correspondent(__u8 next_header)
{
	return next_header == NEXT_HEADER_DESTINATION || next_header == NEXT_HEADER_MOBILITY ||
	       next_header == NEXT_HEADER_ICMPV6 || next_header == NEXT_HEADER_HOP_BY_HOP ||
	       next_header == NEXT_HEADER_ROUTING;
}

/* Data with a Home Address option to an address of the correspondent; at a mobile node that is a
 * correspondent, also to its home address, on the home link. */
static __always_inline bool is_option_to_correspondent(
	const struct ipv6_header *header, const struct ext_headers *ext_headers)
{
	return ext_headers->home_address_option && !ext_headers->type_2_routing &&
	       !ext_headers->cut_short &&
	       (ext_headers->protocol != NEXT_HEADER_MOBILITY || ext_headers->fragment) &&
	       (is_local_address(&header->destination) ||
		       is_own_home_address(&header->destination));
}

/*
 * Data from a mobile node to its home agent (RFC 6275 9.3.1), whole or a fragment. The daemon gets
 * signalling, Neighbour Discovery, and the discovery messages of RFC 6275 6.5 to 6.8.
 */
static __always_inline bool is_option_to_home_agent(
	struct __sk_buff *skb, const struct ext_headers *ext_headers)
{
	__u8 type;

	if (!ext_headers->home_address_option || ext_headers->type_2_routing ||
		ext_headers->cut_short || ext_headers->protocol == NEXT_HEADER_MOBILITY ||
		ext_headers->protocol == NEXT_HEADER_IPV6 || is_extension(ext_headers->protocol))
		return false;
	if (ext_headers->protocol != NEXT_HEADER_ICMPV6 || ext_headers->fragment)
		return true;
	return packet_load(skb, ext_headers->offset, &type, sizeof(type)) &&
	       !(type >= ICMPV6_DISCOVERY_FIRST && type <= ICMPV6_DISCOVERY_LAST) &&
	       !(type >= ICMPV6_MOBILITY_FIRST && type <= ICMPV6_MOBILITY_LAST);
}

#endif
