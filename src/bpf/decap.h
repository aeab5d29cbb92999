/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Recognizes the encapsulation of a packet by the rows of encapsulations.def. */
#ifndef MONAMI_BPF_DECAP_H
#define MONAMI_BPF_DECAP_H

#include "encap_between.h"
#include "packet.h"

/* The contents of an outer packet. */
struct carried {
	__u32 offset; /* of the inner packet */
	__u8 encapsulation;
};

/* An IPv6 packet behind this next header, if the octets between are those that encap_name()
 * writes. */
static __always_inline bool may_carry(__u8 next_header)
{
	switch (next_header) {
#define TUNNELLED(NAME, name, next_header, octets, gso)                                            \
	case next_header:                                                                          \
		return true;
#define BARE(NAME, ...)
#include "../core/api/encapsulations.def"
	}
	return false;
}

static __always_inline bool is_between(
	struct __sk_buff *skb, __u32 offset, __u32 octets, const struct between *expected)
{
	const __u64 *right = (const __u64 *)expected->octets;
	__u64 there = 0;

	return packet_load(skb, offset, &there, octets) && there == *right;
}

/* `offset`: behind the outer header and its extension headers, of which `next_header` is the last.
 * `end`: of the outer packet. */
static __always_inline bool decap_find(
	struct __sk_buff *skb, __u8 next_header, __u32 offset, __u32 end, struct carried *ret)
{
	struct between between = {0};

	switch (next_header) {
#define TUNNELLED(NAME, name, next_header, octets, gso)                                            \
	case next_header:                                                                          \
		encap_##name(&between, end - offset - (octets));                                   \
		*ret = (struct carried){                                                           \
			.offset = offset + (octets), .encapsulation = ABI_ENCAP_##NAME};           \
		return (octets) == 0 || is_between(skb, offset, octets, &between);
#define BARE(NAME, ...)
#include "../core/api/encapsulations.def"
	}
	return false;
}

#endif
