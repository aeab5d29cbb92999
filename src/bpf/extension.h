/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Route optimization in place: a type 2 routing header (RFC 6275 6.4) and a Destination Options
 * header with a Home Address option (6.3) right behind the IPv6 header, in this order. Nothing
 * behind them changes: upper layers, their checksums and octets that ESP protects contain home
 * addresses only (RFC 6275 9.3, 11.3.1).
 */
#ifndef MONAMI_BPF_EXTENSION_H
#define MONAMI_BPF_EXTENSION_H

#include "ext_headers.h"
#include "tunnel.h"

#define EXTENSION_LENGTH (ABI_EXTENSION_OCTETS / 8 - 1)
#define OPTION_PADN 1

/* RFC 6275 6.4.1 */
struct routing_header {
	__u8 next_header;
	__u8 length;
	__u8 type;
	__u8 segments_left;
	__u32 reserved;
	struct abi_address home_address;
};
_Static_assert(sizeof(struct routing_header) == ABI_EXTENSION_OCTETS, "routing_header");

/* RFC 6275 6.3: the option begins at 8n + 6. */
struct option_header {
	__u8 next_header;
	__u8 length;
	__u8 padding_type;
	__u8 padding_length;
	__u8 padding[2];
	__u8 type;
	__u8 option_length;
	struct abi_address home_address;
};
_Static_assert(sizeof(struct option_header) == ABI_EXTENSION_OCTETS, "option_header");

static __always_inline bool extension_load(struct __sk_buff *skb, __u32 offset, void *ret)
{
	return packet_load(skb, offset, ret, ABI_EXTENSION_OCTETS);
}

/* A Home Address option, and nothing else but padding. */
static __always_inline bool is_home_address_alone(const struct option_header *header)
{
	const __u8 *padding = &header->padding_type;
	bool padded = (padding[0] == OPTION_PADN && padding[1] == 2) ||
		      (padding[0] | padding[1] | padding[2] | padding[3]) == OPTION_PAD1;

	return padded && header->length == EXTENSION_LENGTH &&
	       header->type == OPTION_HOME_ADDRESS &&
	       header->option_length == sizeof(header->home_address);
}

enum {
	ICMPV6_DISCOVERY_FIRST = 133,
	ICMPV6_DISCOVERY_LAST = 137,
	/* RFC 6275 6.5 to 6.8: of home agents and prefixes */
	ICMPV6_MOBILITY_FIRST = 144,
	ICMPV6_MOBILITY_LAST = 147,
};

/* The result is the same for every fragment of a packet. */
static __always_inline bool is_free_behind(struct __sk_buff *skb, const struct ipv6_header *header)
{
	const struct ext_headers ext_headers = ext_headers_walk(skb, 0, header);

	return !ext_headers.routing && !ext_headers.home_address_option && !ext_headers.cut_short &&
	       !is_extension(ext_headers.protocol) && ext_headers.protocol != NEXT_HEADER_AH &&
	       ext_headers.protocol != NEXT_HEADER_MOBILITY;
}

/*
 * Whether headers may be inserted behind the IPv6 header.
 *
 * Hop-by-Hop options stay first (RFC 8200 4.1), another routing header comes before ours (RFC 6275
 * 6.4), and options that belong to it before that. AH would have to cover headers that are inserted
 * after AH was computed (RFC 6275 9.3.2, 11.3.2); ESP does not cover them. Mobility Headers have
 * headers of their own (RFC 6275 6.1), Neighbour Discovery has none (9.3.2). A Fragment header
 * follows ours, which each fragment needs on its way (RFC 8200 4.5). Headers behind it, or behind
 * options, do not matter.
 */
static __always_inline bool may_be_extended(struct __sk_buff *skb, const struct ipv6_header *header)
{
	__u8 first;

	switch (header->next_header) {
	case NEXT_HEADER_TCP:
	case NEXT_HEADER_UDP:
		return true;
	case NEXT_HEADER_HOP_BY_HOP:
	case NEXT_HEADER_ROUTING:
	case NEXT_HEADER_AH:
	case NEXT_HEADER_MOBILITY:
		return false;
	case NEXT_HEADER_DESTINATION:
	case NEXT_HEADER_FRAGMENT:
		return is_free_behind(skb, header);
	case NEXT_HEADER_ICMPV6:
		return packet_load(skb, sizeof(*header), &first, sizeof(first)) &&
		       (first < ICMPV6_DISCOVERY_FIRST || first > ICMPV6_DISCOVERY_LAST);
	default:
		return true;
	}
}

#define EXTENSION_ROOM_FLAGS (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET)

/* The beginning of a packet with one header of ours, or both. */
struct extended {
	struct ipv6_header header;
	union {
		struct routing_header routing;
		struct option_header option;
	} first, second;
};

static __always_inline void routing_header_set(
	struct routing_header *ret, __u8 next_header, const struct abi_address *home_address)
{
	*ret = (struct routing_header){
		.next_header = next_header,
		.length = EXTENSION_LENGTH,
		.type = ROUTING_TYPE_2,
		.segments_left = 1,
		.home_address = *home_address,
	};
}

static __always_inline void option_header_set(
	struct option_header *ret, __u8 next_header, const struct abi_address *home_address)
{
	*ret = (struct option_header){
		.next_header = next_header,
		.length = EXTENSION_LENGTH,
		.padding_type = OPTION_PADN,
		.padding_length = 2,
		.type = OPTION_HOME_ADDRESS,
		.option_length = sizeof(ret->home_address),
		.home_address = *home_address,
	};
}

/* The packet goes to care-of address `to` and comes from care-of address `from`; NULL: as it is.
 * Returns the number of octets that are inserted behind the IPv6 header. */
static __always_inline __u32 extended_set(struct extended *ret, const struct ipv6_header *header,
	const struct abi_address *to, const struct abi_address *from)
{
	const __u32 octets = (to ? ABI_EXTENSION_OCTETS : 0) + (from ? ABI_EXTENSION_OCTETS : 0);

	ret->header = *header;
	ret->header.payload_length = bpf_htons(bpf_ntohs(header->payload_length) + octets);
	if (to) {
		ret->header.next_header = NEXT_HEADER_ROUTING;
		ret->header.destination = *to;
		routing_header_set(&ret->first.routing,
			from ? NEXT_HEADER_DESTINATION : header->next_header, &header->destination);
	} else {
		ret->header.next_header = NEXT_HEADER_DESTINATION;
	}
	if (from) {
		ret->header.source = *from;
		if (to)
			option_header_set(
				&ret->second.option, header->next_header, &header->source);
		else
			option_header_set(&ret->first.option, header->next_header, &header->source);
	}
	return octets;
}

/*
 * In place. `at`: octets before the IPv6 header.
 *
 * The packet keeps its segment size, so its upper layer must leave space for the headers: the
 * tunnel's mtu tells it. Checksum offload counts from the transport header, with a pseudo header of
 * home addresses already in it, and stays as it is.
 */
static __always_inline bool extend(struct __sk_buff *skb, __u32 at,
	const struct ipv6_header *header, const struct abi_address *to,
	const struct abi_address *from)
{
	struct extended extended = {0};
	const __u32 octets = extended_set(&extended, header, to, from);

	return bpf_skb_adjust_room(skb, octets, BPF_ADJ_ROOM_NET, EXTENSION_ROOM_FLAGS) == 0 &&
	       bpf_skb_store_bytes(skb, at, &extended, sizeof(*header) + octets, 0) == 0;
}

/*
 * The same with an empty link header before it, for a following bpf_redirect_neigh, which finds the
 * IPv6 header behind the link header. This needs space at the front only. Space in the middle makes
 * the kernel check a GSO packet again on every link that it leaves by.
 */
static __always_inline bool extend_departing(struct __sk_buff *skb, __u32 at,
	const struct ipv6_header *header, const struct abi_address *to,
	const struct abi_address *from)
{
	struct extended extended = {0};
	const __u32 octets = extended_set(&extended, header, to, from);

	return bpf_skb_change_head(skb, octets + ETHERNET_HEADER_OCTETS - at, 0) == 0 &&
	       bpf_skb_store_bytes(
		       skb, ETHERNET_HEADER_OCTETS, &extended, sizeof(*header) + octets, 0) == 0;
}

/*
 * Removes so many octets behind the IPv6 header, and writes `header` with the new payload length.
 * Updates the checksum over the whole packet that some network cards compute.
 */
static __always_inline bool unextend(
	struct __sk_buff *skb, __u32 at, struct ipv6_header *header, __u32 octets)
{
	header->payload_length = bpf_htons(bpf_ntohs(header->payload_length) - octets);
	return bpf_skb_adjust_room(skb, -(__s32)octets, BPF_ADJ_ROOM_NET, EXTENSION_ROOM_FLAGS) ==
		       0 &&
	       bpf_skb_store_bytes(skb, at, header, sizeof(*header), BPF_F_RECOMPUTE_CSUM) == 0;
}

#endif
