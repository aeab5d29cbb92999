/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The flow label of outer packets (RFC 2473 6.5, RFC 6438 3): a keyed hash of the inner flow label
 * and the tunnel's ends. Packets of one flow get one label, so that routers keep them on one path.
 * The key never leaves this host: an ICMPv6 error that quotes an outer packet with the right label
 * comes from a node that has seen a packet of this tunnel (tunnel_error.h, ADR 36).
 *
 * The daemon includes this file, too.
 */
#ifndef MONAMI_BPF_OUTER_LABEL_H
#define MONAMI_BPF_OUTER_LABEL_H

#include "flow_hash.h"

/* RFC 8200 3: the low 20 bits of the header's first word. */
#define FLOW_LABEL_BITS 20
#define FLOW_LABEL_MASK ((1u << FLOW_LABEL_BITS) - 1)

static __always_inline __u64 address_half(const struct abi_address *address, __u32 half)
{
	__u64 word;

	__builtin_memcpy(&word, __builtin_assume_aligned(address->octets + 8 * half, 8), sizeof(word));
	return word;
}

/* All tunnels of a host have one end in common, the home agent: the sum of both ends differs. */
static __always_inline __u32 outer_label(const volatile struct abi_label_key *key,
	const struct abi_address *local, const struct abi_address *remote, __u32 inner_label)
{
	__u64 x = key->words[0] + inner_label;

	x = (x ^ (address_half(local, 0) + address_half(remote, 0))) * FLOW_HASH_MULTIPLIER;
	x = (x ^ (x >> 32) ^ (address_half(local, 1) + address_half(remote, 1))) + key->words[1];
	return flow_mix(x) >> (64 - FLOW_LABEL_BITS);
}

#endif
