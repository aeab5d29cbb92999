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

static int map_of(const struct prefix_map *map, const struct abi_prefix *key)
{
	return is_home(key) ? map->homes_fd : map->prefixes_fd;
}

static void note_home(struct prefix_map *map, const struct abi_prefix *key)
{
	if (is_home(key) && key->side == ABI_SIDE_MOBILE_NODE)
		map_store_u64(map->home_bits, *map->home_bits | ABI_HOME_BIT(&key->address));
}

static void note_prefixes(struct prefix_map *map)
{
	struct abi_prefix first;

	map_store_u32(map->has_prefixes, bpf_map_get_next_key(map->prefixes_fd, NULL, &first) == 0);
}

int prefix_map_set(
	struct prefix_map *map, const struct abi_prefix *key, const struct abi_subject_ref *subject)
{
	note_home(map, key);
	if (bpf_map_update_elem(map_of(map, key), key, subject, BPF_ANY) < 0)
		return -errno;
	if (!is_home(key))
		map_store_u32(map->has_prefixes, 1);
	return 0;
}

int prefix_map_remove(
	struct prefix_map *map, const struct abi_prefix *key, const struct abi_subject_ref *subject)
{
	struct abi_subject_ref present;
	int fd = map_of(map, key);

	if (bpf_map_lookup_elem(fd, key, &present) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (memcmp(&present, subject, sizeof(present)) == 0 && bpf_map_delete_elem(fd, key) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!is_home(key))
		note_prefixes(map);
	return 0;
}

int prefix_map_find(const struct prefix_map *map, uint32_t side, const struct in6_addr *address,
	struct abi_subject_ref *ret)
{
	const struct abi_prefix key = prefix_key(side, address, 128);

	if (*map->has_prefixes == 0)
		return -ENOENT;
	return bpf_map_lookup_elem(map->prefixes_fd, &key, ret) < 0 ? -errno : 0;
}

/* 0, -ENOENT: there is no other one, or -errno. */
static int next_key(int fd, const struct abi_prefix *key, struct abi_prefix *ret)
{
	return bpf_map_get_next_key(fd, key, ret) < 0 ? -errno : 0;
}

static int each_of(struct prefix_map *map, int fd, prefix_map_keeps *keeps, void *ctx)
{
	struct abi_prefix key, next;
	struct abi_subject_ref ref;
	int result = next_key(fd, NULL, &next);

	while (result == 0) {
		key = next;
		result = next_key(fd, &key, &next);
		if (bpf_map_lookup_elem(fd, &key, &ref) < 0)
			return -errno;
		if (keeps(ctx, &key, &ref))
			note_home(map, &key);
		else
			bpf_map_delete_elem(fd, &key);
	}
	return result == -ENOENT ? 0 : result;
}

int prefix_map_each(struct prefix_map *map, prefix_map_keeps *keeps, void *ctx)
{
	int result = each_of(map, map->homes_fd, keeps, ctx);

	if (result == 0)
		result = each_of(map, map->prefixes_fd, keeps, ctx);
	note_prefixes(map);
	return result;
}
