/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The number of a bit. eBPF has no instruction for it, and its comparisons are branches, each of
 * which the verifier follows; so this is a multiplication and a table (ADR 26).
 */
#ifndef MONAMI_BPF_BIT_NUMBER_H
#define MONAMI_BPF_BIT_NUMBER_H

#include <linux/types.h>

/* A de Bruijn sequence: each group of six bits is there once, so that the top six bits of a product
 * with a power of two tell which power it is (Leiserson, Prokop and Randall, 1998). */
#define BIT_NUMBER_SEQUENCE 0x03f79d71b4cb0a89ull

static const __u8 bit_numbers[64] = {
	0,
	1,
	48,
	2,
	57,
	49,
	28,
	3,
	61,
	58,
	50,
	42,
	38,
	29,
	17,
	4,
	62,
	55,
	59,
	36,
	53,
	51,
	43,
	22,
	45,
	39,
	33,
	30,
	24,
	18,
	12,
	5,
	63,
	47,
	56,
	27,
	60,
	41,
	37,
	16,
	54,
	35,
	52,
	21,
	44,
	32,
	23,
	11,
	46,
	26,
	40,
	15,
	34,
	20,
	31,
	10,
	25,
	14,
	19,
	9,
	13,
	8,
	7,
	6,
};

/* `bit`: a power of two. */
static __always_inline __u32 bit_number(__u64 bit)
{
	return bit_numbers[(bit * BIT_NUMBER_SEQUENCE) >> 58];
}

/* `bits`: not 0. */
static __always_inline __u32 lowest_bit(__u64 bits)
{
	return bit_number(bits & -bits);
}

static __always_inline __u32 highest_bit(__u64 bits)
{
	bits |= bits >> 1;
	bits |= bits >> 2;
	bits |= bits >> 4;
	bits |= bits >> 8;
	bits |= bits >> 16;
	bits |= bits >> 32;
	return bit_number(bits - (bits >> 1));
}

#endif
