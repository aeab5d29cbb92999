/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Route optimization: the host's own addresses, and the thresholds of traffic that start it.
 */
#include "dataplane_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

int dataplane_local_set(struct dataplane *plane, const struct in6_addr *address, bool present)
{
	int map = bpf_map__fd(plane->programs->maps.locals);
	const uint8_t value = 1;
	int result = present ? bpf_map_update_elem(map, address, &value, BPF_ANY)
			     : bpf_map_delete_elem(map, address);

	return result < 0 && (present || errno != ENOENT) ? -errno : 0;
}

static bool is_listed(
	const struct in6_addr *address, const struct in6_addr *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (IN6_ARE_ADDR_EQUAL(address, &addresses[i]))
			return true;
	return false;
}

void dataplane_local_others(struct dataplane *plane, const struct in6_addr *addresses, size_t count)
{
	int map = bpf_map__fd(plane->programs->maps.locals);
	struct in6_addr address, next;
	int result = bpf_map_get_next_key(map, NULL, &next);

	while (result == 0) {
		address = next;
		result = bpf_map_get_next_key(map, &address, &next);
		if (!is_listed(&address, addresses, count))
			bpf_map_delete_elem(map, &address);
	}
}

int dataplane_threshold_set(struct dataplane *plane, const struct in6_addr *home_address,
	const struct in6_addr *prefix, uint8_t length, const struct abi_threshold *threshold)
{
	struct abi_threshold_key key = {.length = ABI_THRESHOLD_BITS(length)};

	memcpy(key.home_address, home_address, sizeof(key.home_address));
	memcpy(key.prefix, prefix, sizeof(key.prefix));
	int result = bpf_map_update_elem(
		bpf_map__fd(plane->programs->maps.thresholds), &key, threshold, BPF_ANY);
	return result < 0 ? -errno : 0;
}

static void empty(const struct bpf_map *map, void *key)
{
	int fd = bpf_map__fd(map);

	while (bpf_map_get_next_key(fd, NULL, key) == 0 && bpf_map_delete_elem(fd, key) == 0)
		;
}

void dataplane_forget_thresholds(struct dataplane *plane)
{
	struct abi_threshold_key prefix;
	struct abi_traffic_key traffic;

	empty(plane->programs->maps.thresholds, &prefix);
	empty(plane->programs->maps.traffic_estimates, &traffic);
}
