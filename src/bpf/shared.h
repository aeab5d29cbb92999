/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Shared traffic (src/sharing, ADR 57): GRE with key and sequence number (RFC 2890) from a registered
 * care-of address, or from the home agent. The daemon puts the packets in order. Data has the inner
 * packet behind the GRE header; a message has the home address there.
 */
#ifndef MONAMI_BPF_SHARED_H
#define MONAMI_BPF_SHARED_H

#include "packet.h"

#define NEXT_HEADER_GRE 47
#define GRE_KEY_AND_SEQUENCE 0x3000
#define ETHERTYPE_EXPERIMENTAL 0x88b5

struct gre_header {
	__be16 flags;
	__be16 protocol;
	__be32 key;
	__be32 sequence;
};
_Static_assert(sizeof(struct gre_header) == 12, "gre_header");

/* The addresses by which the subject is found. False: another form of GRE, or cut short. */
static __always_inline bool shared_inner(
	struct __sk_buff *skb, __u32 offset, struct ipv6_header *ret)
{
	struct gre_header gre;

	if (!packet_load(skb, offset, &gre, sizeof(gre)) ||
		gre.flags != bpf_htons(GRE_KEY_AND_SEQUENCE))
		return false;
	offset += sizeof(gre);
	if (gre.protocol == bpf_htons(ETHERTYPE_IPV6))
		return packet_load_header(skb, offset, ret);
	if (gre.protocol != bpf_htons(ETHERTYPE_EXPERIMENTAL) ||
		!packet_load(skb, offset, &ret->source, sizeof(ret->source)))
		return false;
	ret->destination = ret->source;
	return true;
}

#endif
