/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Home Address options and type 2 routing headers that cannot be removed, since other headers or
 * options are before or beside them (RFC 8200 4.1, RFC 6275 6.3, 6.4). They stay in the packet as
 * processed: the addresses are exchanged as in RFC 8200 4.4 and RFC 6275 9.3.1, and their types
 * become experimental ones (RFC 4727 3.3, 3.2) that every node skips. A kernel built with MIP6
 * drops their own types unless an XFRM state allows them; a kernel without MIP6 does not know them.
 * Some kernels drop more than seven octets of padding.
 */
#ifndef MONAMI_BPF_IN_PLACE_H
#define MONAMI_BPF_IN_PLACE_H

#include "ext_headers.h"

#define OPTION_SKIPPED 0x1e
#define ROUTING_TYPE_SKIPPED 253

#define IPV6_SOURCE_AT __builtin_offsetof(struct ipv6_header, source)
#define IPV6_DESTINATION_AT __builtin_offsetof(struct ipv6_header, destination)
#define ROUTING_TYPE_AT 2
#define ROUTING_ADDRESS_AT 8

/* Updates the checksum over the whole packet that some network cards compute. */
static __always_inline bool write_octets(
	struct __sk_buff *skb, __u32 offset, const void *octets, __u32 length)
{
	return bpf_skb_store_bytes(skb, offset, octets, length, BPF_F_RECOMPUTE_CSUM) == 0;
}

/* `at`: octets before the IPv6 header, which begins at `header_at` for ext_headers.h. The source of
 * `header` is the care-of address. */
static __always_inline bool option_use_up(struct __sk_buff *skb, __u32 at,
	const struct ext_headers *ext_headers, const struct ipv6_header *header,
	const struct abi_address *home_address, __u32 header_at)
{
	const __u8 type = OPTION_SKIPPED;

	return write_octets(
		       skb, at + header_at + IPV6_SOURCE_AT, home_address, sizeof(*home_address)) &&
	       write_octets(skb, at + ext_headers->option_at, &type, sizeof(type)) &&
	       write_octets(skb, at + ext_headers->option_at + sizeof(struct option),
		       &header->source, sizeof(header->source));
}

/* The same; the destination of `header` is the care-of address. */
static __always_inline bool routing_use_up(struct __sk_buff *skb, __u32 at,
	const struct ext_headers *ext_headers, const struct ipv6_header *header,
	const struct abi_address *home_address)
{
	const __u8 type_and_left[2] = {ROUTING_TYPE_SKIPPED, 0};

	return write_octets(skb, at + IPV6_DESTINATION_AT, home_address, sizeof(*home_address)) &&
	       write_octets(skb, at + ext_headers->routing_at + ROUTING_TYPE_AT, type_and_left,
		       sizeof(type_and_left)) &&
	       write_octets(skb, at + ext_headers->routing_at + ROUTING_ADDRESS_AT,
		       &header->destination, sizeof(header->destination));
}

#endif
