/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Encapsulates a packet (RFC 2473 3.1, 6) and sends it. */
#ifndef MONAMI_BPF_ENCAP_H
#define MONAMI_BPF_ENCAP_H

#include "drop.h"
#include "encap_between.h"
#include "encap_label.h"
#include "tunnel.h"

#define ADDRESS_FAMILY_IPV6 10
#define ENCAP_HOP_LIMIT 64
#define ENCAP_OCTETS_MAX 65535
/* RFC 8200 5: the least MTU of a link. */
#define MTU_MIN 1280

/*
 * Where a packet goes. `resolved`: the next hop is known, and so is its link-layer address.
 * Otherwise the kernel must look the next hop up again: a packet that waits for a link-layer
 * address is later sent by the route that it came with, the one to monami0, unless the kernel gives
 * it another route. If the program removes the route (`forget`), the kernel sends it by the next
 * hop that the program names.
 */
struct departure {
	__u32 ifindex;
	__u32 mtu; /* BPF_FIB_LKUP_RET_FRAG_NEEDED: the route's MTU; 0: not known */
	bool resolved;
	bool forget;
	__u8 link_layer[6]; /* of the next hop, if it was looked up and is resolved */
	struct bpf_redir_neigh next_hop;
};

static __always_inline void departure_set(
	struct departure *ret, __u32 ifindex, const void *next_hop, bool resolved)
{
	ret->ifindex = ifindex;
	ret->mtu = 0;
	ret->resolved = resolved;
	ret->forget = false;
	__builtin_memset(ret->link_layer, 0, sizeof(ret->link_layer));
	ret->next_hop.nh_family = ADDRESS_FAMILY_IPV6;
	__builtin_memcpy(ret->next_hop.ipv6_nh, next_hop, sizeof(struct abi_address));
}

/*
 * The route to the remote end, for tunnels that are not tied to a link. The look-up has no
 * `tot_len`: with it, the kernel would use its own path MTUs, which it learns from every Packet Too
 * Big, even one that quotes a packet that was never sent (ADR 36). Without it, the kernel returns
 * the MTU of the link. An older kernel does not; it compares `tot_len` with the path MTU, and
 * returns no number.
 */
static __always_inline long departure_by_route(struct __sk_buff *skb,
	const struct tunnel_copy *tunnel, __u32 outer_octets, struct departure *ret)
{
	struct bpf_fib_lookup lookup = {
		.family = ADDRESS_FAMILY_IPV6,
		.l4_protocol = NEXT_HEADER_IPV6,
		.tot_len = config.lookup_tells_mtu ? 0 : outer_octets,
		.ifindex = config.device,
	};

	__builtin_memcpy(lookup.ipv6_src, &tunnel->local, sizeof(tunnel->local));
	__builtin_memcpy(lookup.ipv6_dst, &tunnel->remote, sizeof(tunnel->remote));
	long result = bpf_fib_lookup(skb, &lookup, sizeof(lookup), 0);
	departure_set(ret, lookup.ifindex, lookup.ipv6_dst, result == BPF_FIB_LKUP_RET_SUCCESS);
	__builtin_memcpy(ret->link_layer, lookup.dmac, sizeof(ret->link_layer));
	/* `tot_len` is the same field: an older kernel does not change it. */
	if (lookup.mtu_result != 0 && lookup.mtu_result < outer_octets) {
		ret->mtu = lookup.mtu_result;
		result = BPF_FIB_LKUP_RET_FRAG_NEEDED;
	}
	if (result == BPF_FIB_LKUP_RET_NO_NEIGH)
		result = BPF_FIB_LKUP_RET_SUCCESS;
	/* The packet to a care-of address that is routed to monami0 would return here. */
	if (result == BPF_FIB_LKUP_RET_SUCCESS && lookup.ifindex == config.device)
		result = BPF_FIB_LKUP_RET_UNREACHABLE;
	return result;
}

/*
 * A route look-up costs as much as the rest of the work on a packet. So its result is used for 50
 * ms: a busy tunnel looks its route up twenty times a second on each CPU.
 */
#define DEPARTURES_MAX 256
#define DEPARTURE_NS 50000000ull

struct departure_kept {
	__u64 until;
	__u32 tunnel;
	__u32 generation;
	__u32 octets; /* up to which the route's MTU was asked */
	struct departure departure;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEPARTURES_MAX);
	__type(key, __u32);
	__type(value, struct departure_kept);
} departures SEC(".maps");

static __always_inline long departure_by_recent_route(struct __sk_buff *skb,
	const struct tunnel_copy *tunnel, __u32 outer_octets, __u64 now, struct departure *ret)
{
	__u32 place = tunnel->number % DEPARTURES_MAX;
	struct departure_kept *kept = bpf_map_lookup_elem(&departures, &place);

	if (kept && kept->until > now && kept->tunnel == tunnel->number &&
		kept->generation == tunnel->generation && kept->octets >= outer_octets) {
		*ret = kept->departure;
		return BPF_FIB_LKUP_RET_SUCCESS;
	}
	long result = departure_by_route(skb, tunnel, outer_octets, ret);
	if (kept && result == BPF_FIB_LKUP_RET_SUCCESS && ret->resolved) {
		kept->until = now + DEPARTURE_NS;
		kept->tunnel = tunnel->number;
		kept->generation = tunnel->generation;
		kept->octets = outer_octets;
		kept->departure = *ret;
	}
	return result;
}

/* By the tunnel's link, whose router the daemon usually knows. `proven`: the router forwarded the
 * reply to a probe lately, so the kernel has its link-layer address. */
static __always_inline void departure_by_link(
	const struct tunnel_copy *tunnel, bool proven, struct departure *ret)
{
	bool known = !is_unspecified(&tunnel->next_hop);

	departure_set(ret, tunnel->ifindex, &tunnel->next_hop, known);
	ret->forget = known && !proven;
}

/* `largest`: octets of the outer packet, or of its largest GSO segment. */
static __always_inline long departure_of(struct __sk_buff *skb, const struct tunnel_copy *tunnel,
	__u32 largest, bool proven, __u64 now, struct departure *ret)
{
	if (tunnel->ifindex == 0)
		return departure_by_recent_route(skb, tunnel, largest, now, ret);
	departure_by_link(tunnel, proven, ret);
	return BPF_FIB_LKUP_RET_SUCCESS;
}

/*
 * The kernel sends a packet that waited for the neighbour's address by the route that it came with,
 * the one to monami0: it would leave without link header. It sends a packet without route by the
 * neighbour. This helper is the only one that removes the route: it sets the metadata of an IP
 * tunnel device in its place, which nothing reads.
 */
static __always_inline bool forget_route(struct __sk_buff *skb)
{
	struct bpf_tunnel_key unused = {0};

	/* The size that every kernel knows. */
	return bpf_skb_set_tunnel_key(skb, &unused,
		       __builtin_offsetof(struct bpf_tunnel_key, tunnel_label), 0) == 0;
}

static __always_inline int depart_by(struct __sk_buff *skb, struct departure *departure)
{
	if (departure->forget && !forget_route(skb))
		return drop_sent(ABI_DROP_KERNEL);
	if (!departure->resolved)
		return bpf_redirect_neigh(departure->ifindex, NULL, 0, 0);
	return bpf_redirect_neigh(
		departure->ifindex, &departure->next_hop, sizeof(departure->next_hop), 0);
}

/* Octets that a tunnel adds. Not called for a tunnel without outer header. */
static __always_inline __u32 encap_octets(__u8 encapsulation)
{
	switch (encapsulation) {
#define TUNNELLED(NAME, name, next_header, octets, gso)                                            \
	case ABI_ENCAP_##NAME:                                                                     \
		return ABI_OUTER_OCTETS + (octets);
#define BARE(NAME, ...)
#include "../core/api/encapsulations.def"
	}
	return ABI_OUTER_OCTETS;
}

/*
 * Makes space for the outer header and the octets between it and the inner packet. The flags name
 * the encapsulation, so that the kernel can segment GSO packets later. A packet that has just come
 * out of another tunnel still counts as encapsulated (-EALREADY): then no flags are needed.
 */
static __always_inline bool encap_make_room(struct __sk_buff *skb, __u32 between_octets, __u64 gso)
{
	const __u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;
	const __s32 octets = ABI_OUTER_OCTETS + between_octets;

	return bpf_skb_adjust_room(skb, octets, BPF_ADJ_ROOM_MAC,
		       flags | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 | gso) == 0 ||
	       bpf_skb_adjust_room(skb, octets, BPF_ADJ_ROOM_MAC, flags) == 0;
}

/* Version and traffic class with its congestion bits (RFC 6040 4.1, normal mode) are the inner
 * packet's. The flow label identifies the flow and shows that this host sent it (encap_label.h). */
static __always_inline __be32 encap_word(__be32 inner_word, __u64 tunnel_key)
{
	const __be32 mask = bpf_htonl(FLOW_LABEL_MASK);
	const __u32 label = encap_label(tunnel_key, bpf_ntohl(inner_word) & FLOW_LABEL_MASK);

	return (inner_word & ~mask) | bpf_htonl(label);
}

/* The headers that an encapsulation adds before the inner packet. */
struct encap_headers {
	struct ipv6_header outer;
	struct between between;
};

static __always_inline bool encap_write(struct __sk_buff *skb, const struct ipv6_header *inner,
	const struct tunnel_copy *tunnel, __u8 next_header, __u32 between_octets, __u64 gso,
	__u32 inner_octets, const struct between *between)
{
	struct encap_headers headers = {
		.outer =
			{
				.version_class_label =
					encap_word(inner->version_class_label, tunnel->label_key),
				.payload_length = bpf_htons(between_octets + inner_octets),
				.next_header = next_header,
				.hop_limit = ENCAP_HOP_LIMIT,
				.source = tunnel->local,
				.destination = tunnel->remote,
			},
		.between = *between,
	};

	return encap_make_room(skb, between_octets, gso) &&
	       bpf_skb_store_bytes(skb, config.device_header, &headers,
		       sizeof(headers.outer) + between_octets, 0) == 0;
}

/* By the tunnel's row of encapsulations.def. */
static __always_inline bool encapsulate(struct __sk_buff *skb, const struct ipv6_header *inner,
	const struct tunnel_copy *tunnel, __u32 inner_octets)
{
	struct between between = {0};

	switch (tunnel->encapsulation) {
#define TUNNELLED(NAME, name, next_header, octets, gso)                                            \
	case ABI_ENCAP_##NAME:                                                                     \
		encap_##name(&between, inner_octets);                                              \
		return encap_write(                                                                \
			skb, inner, tunnel, next_header, octets, gso, inner_octets, &between);
#define BARE(NAME, ...)
#include "../core/api/encapsulations.def"
	}
	return false;
}

/* bpf_redirect_neigh writes into a link header that must be there. */
static __always_inline bool encap_add_link_header(struct __sk_buff *skb)
{
	return config.device_header != 0 ||
	       bpf_skb_change_head(skb, ETHERNET_HEADER_OCTETS, 0) == 0;
}

#endif
