/* SPDX-License-Identifier: BSD-2-Clause */
/* FNV-1a of 64 bits, which detects damage, not manipulation. */
#ifndef MONAMI_IO_STORE_HASH_H
#define MONAMI_IO_STORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define STORE_HASH_BEGIN UINT64_C(0xcbf29ce484222325)
#define STORE_HASH_PRIME UINT64_C(0x100000001b3)

static inline uint64_t store_hash(uint64_t hash, const void *octets, size_t length)
{
	const uint8_t *at = octets;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * STORE_HASH_PRIME;
	return hash;
}

/* As a number, so that the order of octets in memory does not matter. */
static inline uint64_t store_hash_number(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * STORE_HASH_PRIME;
}

#endif
