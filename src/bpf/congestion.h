/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Explicit congestion notification at the end of a tunnel: RFC 6040 4.2. */
#ifndef MONAMI_BPF_CONGESTION_H
#define MONAMI_BPF_CONGESTION_H

#include "packet.h"

enum congestion {
	CONGESTION_NOT_ECT = 0,
	CONGESTION_ECT_1 = 1,
	CONGESTION_ECT_0 = 2,
	CONGESTION_CE = 3,
};

#define CONGESTION_SHIFT 20
#define CONGESTION_MASK 3u

static __always_inline __u32 congestion_of(const struct ipv6_header *header)
{
	return bpf_ntohl(header->version_class_label) >> CONGESTION_SHIFT & CONGESTION_MASK;
}

/* The congestion bits of the inner header after decapsulation. False: the packet must be
 * dropped. */
static __always_inline bool congestion_combine(__u32 inner, __u32 outer, __u32 *ret)
{
	*ret = inner;
	if (inner == CONGESTION_NOT_ECT)
		return outer != CONGESTION_CE;
	if (outer == CONGESTION_CE || (inner == CONGESTION_ECT_0 && outer == CONGESTION_ECT_1))
		*ret = outer;
	return true;
}

static __always_inline __be32 congestion_word(const struct ipv6_header *header, __u32 congestion)
{
	__u32 host = bpf_ntohl(header->version_class_label);

	return bpf_htonl(
		(host & ~(CONGESTION_MASK << CONGESTION_SHIFT)) | congestion << CONGESTION_SHIFT);
}

/* Writes it into the IPv6 header that begins at `offset` of the frame. */
static __always_inline bool congestion_write(
	struct __sk_buff *skb, __u32 offset, const struct ipv6_header *header, __u32 congestion)
{
	__be32 word = congestion_word(header, congestion);

	return bpf_skb_store_bytes(skb, offset, &word, sizeof(word), BPF_F_RECOMPUTE_CSUM) == 0;
}

#endif
