/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maps' memory, as the daemon writes it while the tc programs read it (src/bpf/abi.h).
 */
#ifndef MONAMI_IO_MAP_MEMORY_H
#define MONAMI_IO_MAP_MEMORY_H

#include "../../bpf/abi.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

static inline void map_store_u32(__u32 *to, uint32_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static inline void map_store_u8(__u8 *to, uint8_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static inline void map_store_u64(__u64 *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static inline uint64_t map_load_u64(const __u64 *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

/* Readers that see an odd generation, or two different ones, take the tunnel for absent. */
static inline void map_write_begin(struct abi_tunnel *tunnel)
{
	__atomic_store_n(&tunnel->generation, tunnel->generation + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void map_write_end(struct abi_tunnel *tunnel)
{
	map_store_u32(&tunnel->generation, tunnel->generation + 1);
}

static inline bool map_address_equal(
	const struct abi_address *address, const struct in6_addr *other)
{
	return memcmp(address, other, sizeof(*address)) == 0;
}

static inline void map_address_copy(struct abi_address *to, const struct in6_addr *from)
{
	memcpy(to, from, sizeof(*to));
}

#endif
