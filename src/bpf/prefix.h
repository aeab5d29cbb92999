/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Prefix -> subject, the longest one first. Home addresses, the prefixes of 128 bits,
 * have a hash table of their own, which costs the same for one mobile node and for ten thousand;
 * the trie is asked only if there are shorter prefixes (ADR 43).
 */
#ifndef MONAMI_BPF_PREFIX_H
#define MONAMI_BPF_PREFIX_H

#include "maps.h"

static __always_inline struct abi_prefix prefix_of(__u32 side, const struct abi_address *address)
{
	return (struct abi_prefix){
		.length = ABI_PREFIX_BITS(128),
		.side = side,
		.address = *address,
	};
}

/* NULL: this is the home address of no subject at `side`. */
static __always_inline const struct abi_subject_ref *home_lookup(
	__u32 side, const struct abi_address *address)
{
	const struct abi_prefix key = prefix_of(side, address);

	return bpf_map_lookup_elem(&homes, &key);
}

/* NULL: the address is in no prefix of a subject at `side`. */
static __always_inline const struct abi_subject_ref *prefix_lookup(
	__u32 side, const struct abi_address *address)
{
	const struct abi_prefix key = prefix_of(side, address);
	const struct abi_subject_ref *home = bpf_map_lookup_elem(&homes, &key);

	if (home || !state.has_prefixes)
		return home;
	return bpf_map_lookup_elem(&prefixes, &key);
}

#endif
