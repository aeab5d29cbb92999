/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Besides the deadlines of bindings there is a queue of entries without bindings.
 */
#include "correspondent_cache.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

void correspondent_cache_init(struct correspondent_cache *cache, const struct binding_role *role,
	void *self, struct core_base *base, uint32_t max)
{
	memset(cache, 0, sizeof(*cache));
	cache->max = max;
	base->port.random(base->port.ctx, &cache->salt, sizeof(cache->salt));
	hash_key_init(&cache->key, &base->port);
	binding_cache_init(&cache->bindings, role, self, base);
}

void correspondent_cache_fini(struct correspondent_cache *cache)
{
	binding_cache_fini(&cache->bindings);
	deadlines_fini(&cache->memories);
}

static struct cache_key key_of(const struct correspondent_cache *cache,
	const struct in6_addr *home_address, const struct in6_addr *own)
{
	return (struct cache_key){cache->salt, *home_address, *own};
}

struct binding_entry *correspondent_cache_find(const struct correspondent_cache *cache,
	const struct in6_addr *home_address, const struct in6_addr *own)
{
	const struct cache_key key = key_of(cache, home_address, own);
	return binding_cache_find(&cache->bindings, &key, sizeof(key));
}

void correspondent_cache_remove(struct correspondent_cache *cache, struct binding_entry *entry)
{
	deadlines_set(&cache->memories, &correspondent_entry_of(entry)->memory, NANOS_NEVER);
	binding_cache_remove(&cache->bindings, entry);
}

static struct correspondent_entry *of_memory(struct deadline *memory)
{
	return (struct correspondent_entry *)((char *)memory -
					      offsetof(struct correspondent_entry, memory));
}

static size_t group_of(const struct correspondent_cache *cache, const struct in6_addr *home_address,
	const struct in6_addr *own)
{
	const struct in6_addr pair[] = {*home_address, *own};
	return keyed_hash(&cache->key, pair, sizeof(pair)) % FORGOTTEN_GROUPS;
}

nanos correspondent_cache_forgotten_until(const struct correspondent_cache *cache,
	const struct in6_addr *home_address, const struct in6_addr *own)
{
	return cache->forgotten_until[group_of(cache, home_address, own)];
}

/* RFC 6275 5.2.8: the spent nonces that are no longer stored become invalid for the group. */
static void make_room(struct correspondent_cache *cache)
{
	struct correspondent_entry *entry = of_memory(deadlines_first(&cache->memories));
	nanos *until =
		&cache->forgotten_until[group_of(cache, &entry->key.home_address, &entry->key.own)];
	*until = nanos_max(*until, entry->binding.sequence_until);
	cache->forgotten_last = nanos_max(cache->forgotten_last, *until);
	correspondent_cache_remove(cache, &entry->binding);
}

int correspondent_cache_add(struct correspondent_cache *cache, const struct in6_addr *home_address,
	const struct in6_addr *own, struct binding_entry **ret)
{
	size_t count = binding_cache_count(&cache->bindings);
	bool full = count >= cache->max;
	if (full && !deadlines_first(&cache->memories))
		return -ENOSPC;
	int error = deadlines_reserve(&cache->memories, count + 1);
	struct binding_entry *entry =
		error < 0 ? NULL : binding_entry_new(sizeof(struct correspondent_entry));
	if (!entry)
		return -ENOMEM;
	struct cache_key *key = &correspondent_entry_of(entry)->key;
	*key = key_of(cache, home_address, own);
	entry->home_address = *home_address;
	entry->own = &key->own;
	error = binding_cache_add(&cache->bindings, entry, key, sizeof(*key));
	if (error < 0)
		return error;
	if (full)
		make_room(cache);
	*ret = entry;
	return 0;
}

bool correspondent_cache_reconcile(
	struct correspondent_cache *cache, struct binding_entry *entry, nanos now)
{
	bool bound = entry->bindings.count > 0;
	if (!binding_entry_has_sequence(entry, now)) {
		correspondent_cache_remove(cache, entry);
		return false;
	}
	deadlines_set(&cache->memories, &correspondent_entry_of(entry)->memory,
		bound ? NANOS_NEVER : entry->sequence_until);
	return true;
}

nanos correspondent_cache_next(const struct correspondent_cache *cache)
{
	return nanos_min(
		deadlines_next(&cache->bindings.deadlines), deadlines_next(&cache->memories));
}

void correspondent_cache_forget(struct correspondent_cache *cache, nanos now)
{
	while (deadlines_next(&cache->memories) <= now)
		correspondent_cache_remove(
			cache, &of_memory(deadlines_first(&cache->memories))->binding);
}
