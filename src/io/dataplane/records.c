/* SPDX-License-Identifier: BSD-2-Clause */
#include "records.h"

#include "../../bpf/abi.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

/* Counts up with every change of struct record. */
#define LAYOUT 2

_Static_assert(sizeof(struct record) <= ABI_RECORD_OCTETS, "abi_record");

static struct abi_pair key_of(const struct in6_addr *home_address, const struct in6_addr *peer)
{
	struct abi_pair key = {0};

	memcpy(&key.home_address, home_address, sizeof(key.home_address));
	memcpy(&key.peer, peer, sizeof(key.peer));
	return key;
}

int records_map_remove(int map, const struct in6_addr *home_address, const struct in6_addr *peer)
{
	const struct abi_pair key = key_of(home_address, peer);

	return bpf_map_delete_elem(map, &key) < 0 && errno != ENOENT ? -errno : 0;
}

int records_map_set(int map, const struct record *record)
{
	const struct abi_pair key = key_of(&record->home_address, &record->peer);
	struct abi_record value = {.layout = LAYOUT};

	if (record->count == 0 && !IN6_IS_ADDR_UNSPECIFIED(&record->peer))
		return records_map_remove(map, &record->home_address, &record->peer);
	memcpy(value.octets, record, sizeof(*record));
	return bpf_map_update_elem(map, &key, &value, BPF_ANY) < 0 ? -errno : 0;
}

static int get(int map, const struct abi_pair *key, struct record *ret)
{
	struct abi_record value;

	if (bpf_map_lookup_elem(map, key, &value) < 0)
		return -errno;
	if (value.layout != LAYOUT)
		return -ENOENT;
	memcpy(ret, value.octets, sizeof(*ret));
	return ret->count <= BINDINGS_MAX ? 0 : -ENOENT;
}

int records_map_get(int map, const struct in6_addr *home_address, const struct in6_addr *peer,
	struct record *ret)
{
	const struct abi_pair key = key_of(home_address, peer);

	return get(map, &key, ret);
}

void records_map_each(int map, void (*each)(void *ctx, const struct record *), void *ctx)
{
	struct abi_pair key, *last = NULL;
	struct record record;

	while (bpf_map_get_next_key(map, last, &key) == 0) {
		if (get(map, &key, &record) == 0)
			each(ctx, &record);
		last = &key;
	}
}
