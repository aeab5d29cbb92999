/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Rendezvous hashing with weights: of tunnels with weights w and hashes u of the flow, 0 < u < 1,
 * the one of the smallest -log(u) / w is taken. It is taken by w / (sum of the weights) of the
 * flows, and when a weight changes, only flows move that go to or come from this tunnel (ADR 34).
 */
#ifndef MONAMI_BPF_FLOW_SHARE_H
#define MONAMI_BPF_FLOW_SHARE_H

#include "flow_hash.h"
#include "bit_number.h"

#define FLOW_LOG_STEPS 64 /* of the mantissa */
#define FLOW_LOG_ONE (1u << 24)

/* (1 - log2(1 + i / 64)) * 2^24. Python: round((1 - math.log2(1 + i / 64)) * 2**24) */
static const __u32 flow_logs[FLOW_LOG_STEPS + 1] = {
	0x1000000,
	0x0fa461a,
	0x0f4a296,
	0x0ef14c7,
	0x0e99c09,
	0x0e437be,
	0x0dee74f,
	0x0d9aa2c,
	0x0d47fcc,
	0x0cf67a8,
	0x0ca6144,
	0x0c56c23,
	0x0c087d3,
	0x0bbb3e1,
	0x0b6efe1,
	0x0b23b6d,
	0x0ad961f,
	0x0a8ff97,
	0x0a47779,
	0x09ffd6a,
	0x09b9116,
	0x0973228,
	0x092e050,
	0x08e9b41,
	0x08a62b0,
	0x0863655,
	0x08215ea,
	0x07e012c,
	0x079f7d8,
	0x075f9b0,
	0x0720677,
	0x06e1df1,
	0x06a3fe6,
	0x0666c1d,
	0x062a260,
	0x05ee27c,
	0x05b2c3e,
	0x0577f74,
	0x053dbef,
	0x0504180,
	0x04caffc,
	0x0492735,
	0x045a701,
	0x0422f38,
	0x03ebfb1,
	0x03b5846,
	0x037f8cf,
	0x034a129,
	0x0315130,
	0x02e08c0,
	0x02ac7b8,
	0x0278df7,
	0x0245b5c,
	0x0212fc7,
	0x01e0b1b,
	0x01aed39,
	0x017d605,
	0x014c561,
	0x011bb33,
	0x00eb75f,
	0x00bb9ca,
	0x008c25c,
	0x005d0fc,
	0x002e58f,
	0x0000000,
};

/* -log2(hash / 2^64) * 2^24, between the points of the table along straight lines. */
static __always_inline __u64 flow_log(__u64 hash)
{
	const __u32 zeros = 63 - highest_bit(hash | 1);
	const __u64 mantissa = (hash | 1) << zeros; /* the top bit is set */
	const __u32 step = (mantissa >> 57) & (FLOW_LOG_STEPS - 1);
	const __u64 rest = (mantissa >> 33) & 0xffffff;
	const __u64 from = flow_logs[step];
	const __u64 down = from - flow_logs[step + 1];

	return (__u64)zeros * FLOW_LOG_ONE + from - ((down * rest) >> 24);
}

/* The tunnel of the smallest cost is taken. `weight`: not 0. */
static __always_inline __u64 flow_cost(__u64 flow, __u16 bid, __u8 weight)
{
	return (flow_log(flow_weight(flow, bid)) << 16) / weight;
}

#endif
