/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Chooses one of several equally good tunnels for a flow: the one with the greatest weight for this
 * flow (rendezvous hashing, "highest random weight" in RFC 2991). A weight depends on the flow and
 * the tunnel's BID only, which both ends of the tunnel know: both directions of a flow take the
 * same link. A tunnel that goes moves its own flows only, one that returns gets just these back.
 *
 * It spreads flows; it keeps no secrets. The daemon's tests include this file, too.
 */
#ifndef MONAMI_BPF_FLOW_HASH_H
#define MONAMI_BPF_FLOW_HASH_H

#include "abi.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* 2^64 divided by the golden ratio: odd, and far from any pattern of addresses and ports. */
#define FLOW_HASH_MULTIPLIER 0x9e3779b97f4a7c15ull

/* The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): each bit of the result depends on each
 * bit of `x`. */
static __always_inline __u64 flow_mix(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Numbers, not octets in this machine's byte order: the other end's may differ. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FLOW_FROM_BE16(x) __builtin_bswap16(x)
#define FLOW_FROM_BE64(x) __builtin_bswap64(x)
#else
#define FLOW_FROM_BE16(x) (x)
#define FLOW_FROM_BE64(x) (x)
#endif

static __always_inline __u64 flow_hash_add(__u64 hash, const __u8 *octets)
{
	__u64 word;

	__builtin_memcpy(&word, __builtin_assume_aligned(octets, 8), sizeof(word));
	return ((hash ^ (hash >> 32)) * FLOW_HASH_MULTIPLIER) ^ FLOW_FROM_BE64(word);
}

/* `direct` is not hashed: a flow keeps its link when it changes between the home agent and a
 * route-optimized path. */
static __always_inline __u64 flow_hash(const struct abi_flow_key *key)
{
	__u64 hash = ((__u64)FLOW_FROM_BE16(key->home_port_be) << 32) |
		     ((__u64)FLOW_FROM_BE16(key->other_port_be) << 16) | key->protocol;

	hash = flow_hash_add(hash, key->home_address.octets);
	hash = flow_hash_add(hash, key->home_address.octets + 8);
	hash = flow_hash_add(hash, key->other.octets);
	return flow_hash_add(hash, key->other.octets + 8);
}

static __always_inline __u64 flow_weight(__u64 flow, __u16 bid)
{
	return flow_mix(flow + bid * FLOW_HASH_MULTIPLIER);
}

#endif
