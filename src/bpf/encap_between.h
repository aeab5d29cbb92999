/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The octets between the outer IPv6 header and the inner packet: one function for each row
 * TUNNELLED of encapsulations.def. The programs write these octets, and compare those of arriving
 * packets with them. The daemon writes them into packets that it encapsulates itself.
 */
#ifndef MONAMI_BPF_ENCAP_BETWEEN_H
#define MONAMI_BPF_ENCAP_BETWEEN_H

#include "abi.h"

#define BETWEEN_OCTETS_MAX 8

/* The octets of the row in front, zero at first. `inner_octets`: of the inner packet. */
struct between {
	__u8 octets[BETWEEN_OCTETS_MAX];
} __attribute__((aligned(8)));

static inline __attribute__((always_inline)) void encap_ipv6(
	struct between *ret, __u32 inner_octets)
{
	(void)ret;
	(void)inner_octets;
}

#endif
