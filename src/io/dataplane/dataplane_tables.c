/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The routing tables of a mobile node, remembered for the next daemon, whose configuration may not
 * have them any more.
 */
#include "dataplane_internal.h"

#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct abi_own_table key_of(const struct in6_addr *home_address, uint32_t table)
{
	struct abi_own_table key = {.table = table};

	memcpy(&key.home_address, home_address, sizeof(key.home_address));
	return key;
}

static int map_of(const struct dataplane *plane)
{
	return bpf_map__fd(plane->programs->maps.own_tables);
}

int dataplane_table_set(
	struct dataplane *plane, const struct in6_addr *home_address, uint32_t table)
{
	const struct abi_own_table key = key_of(home_address, table);
	const uint8_t value = 1;

	return bpf_map_update_elem(map_of(plane), &key, &value, BPF_ANY) < 0 ? -errno : 0;
}

void dataplane_table_remove(
	struct dataplane *plane, const struct in6_addr *home_address, uint32_t table)
{
	const struct abi_own_table key = key_of(home_address, table);

	bpf_map_delete_elem(map_of(plane), &key);
}

static void each_of(int map,
	void (*each)(void *ctx, const struct in6_addr *home_address, uint32_t table), void *ctx)
{
	struct abi_own_table key, *last = NULL;
	struct in6_addr home_address;

	while (bpf_map_get_next_key(map, last, &key) == 0) {
		memcpy(&home_address, &key.home_address, sizeof(home_address));
		each(ctx, &home_address, key.table);
		last = &key;
	}
}

void dataplane_each_table(const struct dataplane *plane,
	void (*each)(void *ctx, const struct in6_addr *home_address, uint32_t table), void *ctx)
{
	each_of(map_of(plane), each, ctx);
}

static void add(void *ctx, const struct in6_addr *home_address, uint32_t table)
{
	dataplane_table_set(ctx, home_address, table);
}

int dataplane_take_tables_over(struct dataplane *plane, const char *directory)
{
	int map = pins_open(plane->programs->maps.own_tables, directory);

	if (map < 0)
		return map == -ENOENT ? 0 : map;
	each_of(map, add, plane);
	close(map);
	return 0;
}
