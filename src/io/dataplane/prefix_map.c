/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefix_map.h"

#include <bpf/bpf.h>
#include <errno.h>

struct abi_prefix prefix_key(uint32_t side, const struct in6_addr *prefix, uint8_t length)
{
	struct abi_prefix key = {.length = ABI_PREFIX_BITS(length), .side = side};

	for (unsigned int bit = 0; bit < length; bit++)
		key.address.octets[bit / 8] |= prefix->s6_addr[bit / 8] & (0x80 >> bit % 8);
	return key;
}

static bool is_home(const struct abi_prefix *key)
{
	return key->length == ABI_PREFIX_BITS(128);
}

void prefix_map_init(struct prefix_map *map)
{
	struct abi_prefix first;

	map_store_u32(map->has_prefixes, bpf_map_get_next_key(map->prefixes_fd, NULL, &first) == 0);
}

int prefix_map_set(
	struct prefix_map *map, const struct abi_prefix *key, const struct abi_subject_ref *subject)
{
	int fd = is_home(key) ? map->homes_fd : map->prefixes_fd;

	if (is_home(key) && key->side == ABI_SIDE_MOBILE_NODE)
		map_store_u64(map->home_bits, *map->home_bits | ABI_HOME_BIT(&key->address));
	if (bpf_map_update_elem(fd, key, subject, BPF_ANY) < 0)
		return -errno;
	if (!is_home(key))
		map_store_u32(map->has_prefixes, 1);
	return 0;
}

int prefix_map_remove(struct prefix_map *map, const struct abi_prefix *key)
{
	int fd = is_home(key) ? map->homes_fd : map->prefixes_fd;

	if (bpf_map_delete_elem(fd, key) < 0)
		return errno == ENOENT ? 0 : -errno;
	prefix_map_init(map);
	return 0;
}
