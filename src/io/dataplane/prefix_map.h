/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maps by which the tc programs find the subject of a prefix: `homes` and `prefixes`
 * (src/bpf/prefix.h).
 */
#ifndef MONAMI_IO_PREFIX_MAP_H
#define MONAMI_IO_PREFIX_MAP_H

#include "map_memory.h"

struct prefix_map {
	int homes_fd; /* borrowed */
	int prefixes_fd;
	__u32 *has_prefixes; /* of the programs' state */
	__u64 *home_bits;    /* the same */
};

/* The key of the prefix at `side`, an enum abi_side; its bits beyond `length` are 0. */
struct abi_prefix prefix_key(uint32_t side, const struct in6_addr *prefix, uint8_t length);

/* The prefix becomes the subject's. 0, or -errno of the map: -E2BIG or -ENOSPC, it is full. */
int prefix_map_set(struct prefix_map *, const struct abi_prefix *, const struct abi_subject_ref *);
/* No error if it is not there, or is another subject's. 0 or -errno. */
int prefix_map_remove(
	struct prefix_map *, const struct abi_prefix *, const struct abi_subject_ref *);
/* The longest prefix of less than 128 bits that the address is in. 0 or -errno. */
int prefix_map_find(const struct prefix_map *, uint32_t side, const struct in6_addr *,
	struct abi_subject_ref *ret);
/* Of an earlier daemon. Removes those for which `keeps` returns false; it must not change others. 0,
 * or -errno: not all were looked at. */
typedef bool prefix_map_keeps(void *ctx, const struct abi_prefix *, const struct abi_subject_ref *);
int prefix_map_each(struct prefix_map *, prefix_map_keeps *, void *ctx);

#endif
