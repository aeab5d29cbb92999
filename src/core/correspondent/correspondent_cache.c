/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table, and two queues of deadlines: of entries with bindings, and of those without.
 */
#include "correspondent_cache.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void correspondent_cache_init(
	struct correspondent_cache *cache, const struct core_port *port, uint32_t max)
{
	memset(cache, 0, sizeof(*cache));
	cache->max = max;
	port->random(port->ctx, &cache->salt, sizeof(cache->salt));
	hash_key_init(&cache->key, port);
}

void correspondent_cache_fini(struct correspondent_cache *cache)
{
	struct cache_entry *entry = cache->entries;
	HASH_CLEAR(hh, cache->entries);
	while (entry) {
		struct cache_entry *next = entry->hh.next;
		free(entry);
		entry = next;
	}
	deadlines_fini(&cache->deadlines);
	deadlines_fini(&cache->memories);
}

static struct cache_key key_of(const struct correspondent_cache *cache,
	const struct in6_addr *home_address, const struct in6_addr *own)
{
	return (struct cache_key){cache->salt, *home_address, *own};
}

struct cache_entry *correspondent_cache_find(const struct correspondent_cache *cache,
	const struct in6_addr *home_address, const struct in6_addr *own)
{
	const struct cache_key key = key_of(cache, home_address, own);
	struct cache_entry *entry;
	HASH_FIND(hh, cache->entries, &key, sizeof(key), entry);
	return entry;
}

void correspondent_cache_remove(struct correspondent_cache *cache, struct cache_entry *entry)
{
	deadlines_set(&cache->deadlines, &entry->deadline, NANOS_NEVER);
	deadlines_set(&cache->memories, &entry->memory, NANOS_NEVER);
	HASH_DEL(cache->entries, entry);
	free(entry);
}

static struct cache_entry *of_deadline(struct deadline *deadline)
{
	return (struct cache_entry *)((char *)deadline - offsetof(struct cache_entry, deadline));
}

static struct cache_entry *of_memory(struct deadline *memory)
{
	return (struct cache_entry *)((char *)memory - offsetof(struct cache_entry, memory));
}

static int reserve(struct correspondent_cache *cache)
{
	size_t count = (size_t)HASH_COUNT(cache->entries) + 1;
	int error = deadlines_reserve(&cache->deadlines, count);
	return error < 0 ? error : deadlines_reserve(&cache->memories, count);
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

/* RFC 6275 5.2.8: the nonces that would have to be remembered are invalid instead. */
static void make_room(struct correspondent_cache *cache)
{
	struct cache_entry *entry = of_memory(deadlines_first(&cache->memories));
	nanos *until =
		&cache->forgotten_until[group_of(cache, &entry->key.home_address, &entry->key.own)];
	*until = nanos_max(*until, entry->remembered_until);
	cache->forgotten_last = nanos_max(cache->forgotten_last, *until);
	correspondent_cache_remove(cache, entry);
}

static int insert(struct correspondent_cache *cache, struct cache_entry *entry)
{
	HASH_ADD(hh, cache->entries, key, sizeof(entry->key), entry);
	return entry->hh.tbl ? 0 : -ENOMEM;
}

int correspondent_cache_add(struct correspondent_cache *cache, const struct in6_addr *home_address,
	const struct in6_addr *own, struct cache_entry **ret)
{
	bool full = HASH_COUNT(cache->entries) >= cache->max;
	if (full && !deadlines_first(&cache->memories))
		return -ENOSPC;
	int error = reserve(cache);
	struct cache_entry *entry = error < 0 ? NULL : calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->key = key_of(cache, home_address, own);
	error = insert(cache, entry);
	if (error < 0) {
		free(entry);
		return error;
	}
	if (full)
		make_room(cache);
	*ret = entry;
	return 0;
}

void correspondent_cache_settle(
	struct correspondent_cache *cache, struct cache_entry *entry, nanos next, nanos now)
{
	bool bound = entry->bindings.count > 0;
	if (!bound && entry->remembered_until <= now) {
		correspondent_cache_remove(cache, entry);
		return;
	}
	deadlines_set(&cache->deadlines, &entry->deadline, bound ? next : NANOS_NEVER);
	deadlines_set(
		&cache->memories, &entry->memory, bound ? NANOS_NEVER : entry->remembered_until);
}

nanos correspondent_cache_next(const struct correspondent_cache *cache)
{
	return nanos_min(deadlines_next(&cache->deadlines), deadlines_next(&cache->memories));
}

struct cache_entry *correspondent_cache_due(const struct correspondent_cache *cache, nanos now)
{
	return deadlines_next(&cache->deadlines) <= now
		       ? of_deadline(deadlines_first(&cache->deadlines))
		       : NULL;
}

struct cache_entry *correspondent_cache_bound(const struct correspondent_cache *cache)
{
	struct deadline *first = deadlines_first(&cache->deadlines);
	return first ? of_deadline(first) : NULL;
}

void correspondent_cache_forget(struct correspondent_cache *cache, nanos now)
{
	while (deadlines_next(&cache->memories) <= now)
		correspondent_cache_remove(cache, of_memory(deadlines_first(&cache->memories)));
}
