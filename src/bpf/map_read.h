/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Reading a number that another CPU may be writing: once, and in the order of the code. */
#ifndef MONAMI_BPF_MAP_READ_H
#define MONAMI_BPF_MAP_READ_H

#include "flow_hash.h"

static __always_inline __u8 read_u8(const __u8 *from)
{
	return *(const volatile __u8 *)from;
}

static __always_inline __u16 read_u16(const __u16 *from)
{
	return *(const volatile __u16 *)from;
}

static __always_inline __u32 read_u32(const __u32 *from)
{
	return *(const volatile __u32 *)from;
}

static __always_inline __u64 read_u64(const __u64 *from)
{
	return *(const volatile __u64 *)from;
}

#endif
