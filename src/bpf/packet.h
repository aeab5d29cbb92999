/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading a packet, from its IPv6 header on: RFC 8200 3 and 4. A helper that checks the bounds
 * fetches every octet. A truncated packet makes it fail; nothing is read beyond the end.
 */
#ifndef MONAMI_BPF_PACKET_H
#define MONAMI_BPF_PACKET_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

#define ETHERTYPE_IPV6 0x86dd
#define ETHERNET_HEADER_OCTETS 14
#define LINK_HEADER_OCTETS_MAX 32

enum next_header {
	NEXT_HEADER_HOP_BY_HOP = 0,
	NEXT_HEADER_TCP = 6,
	NEXT_HEADER_UDP = 17,
	NEXT_HEADER_IPV6 = 41,
	NEXT_HEADER_ROUTING = 43,
	NEXT_HEADER_FRAGMENT = 44,
	NEXT_HEADER_ESP = 50,
	NEXT_HEADER_AH = 51,
	NEXT_HEADER_ICMPV6 = 58,
	NEXT_HEADER_DESTINATION = 60,
	NEXT_HEADER_MOBILITY = 135,
};

struct ipv6_header {
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	struct abi_address source;
	struct abi_address destination;
};
_Static_assert(sizeof(struct ipv6_header) == ABI_OUTER_OCTETS, "ipv6_header");

/*
 * Needed by verifiers of older kernels (ADR 26). After FORGET_MEMORY values are read again from
 * memory; after KEEP, comparisons of the variable are of the register that is used afterwards, not
 * of another one with which it was computed.
 */
#define VERIFIER_FORGET_MEMORY() __asm__ volatile("" ::: "memory")
#define VERIFIER_KEEP(variable) __asm__ volatile("" : "+r"(variable))

/* Of the link that the packet came in or leaves by. The verifier wants a load from the context
 * itself; the compiler may compute the address of the field first (ADR 26). */
static __always_inline __u32 packet_ifindex(const struct __sk_buff *skb)
{
	__u32 ifindex;

	__asm__ volatile("%0 = *(u32 *)(%1 + %2)"
			 : "=r"(ifindex)
			 : "r"(skb), "i"(__builtin_offsetof(struct __sk_buff, ifindex)));
	return ifindex;
}

static __always_inline bool address_equal(
	const volatile struct abi_address *a, const volatile struct abi_address *b)
{
	const volatile __u64 *x = (const volatile __u64 *)a->octets;
	const volatile __u64 *y = (const volatile __u64 *)b->octets;

	return x[0] == y[0] && x[1] == y[1];
}

/* `offset` counts from the IPv6 header. The second attempt is for octets that the driver left in
 * page fragments. */
static __always_inline bool packet_load(
	struct __sk_buff *skb, __u32 offset, void *ret, __u32 length)
{
	__u32 linear = offset + length + LINK_HEADER_OCTETS_MAX;

	if (bpf_skb_load_bytes_relative(skb, offset, ret, length, BPF_HDR_START_NET) == 0)
		return true;
	if (linear > skb->len)
		linear = skb->len;
	return bpf_skb_pull_data(skb, linear) == 0 &&
	       bpf_skb_load_bytes_relative(skb, offset, ret, length, BPF_HDR_START_NET) == 0;
}

static __always_inline bool packet_load_header(
	struct __sk_buff *skb, __u32 offset, struct ipv6_header *ret)
{
	return packet_load(skb, offset, ret, sizeof(*ret)) &&
	       (bpf_ntohl(ret->version_class_label) >> 28) == 6;
}

/* The number of packets on the wire for this one (GSO). */
static __always_inline __u64 packet_count(const struct __sk_buff *skb)
{
	if (skb->gso_size == 0)
		return 1;
	if (skb->gso_segs != 0)
		return skb->gso_segs;
	return (skb->len + skb->gso_size - 1) / skb->gso_size;
}

#endif
