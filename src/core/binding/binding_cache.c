/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_cache.h"
#include "binding_role.h"
#include "recovery.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void binding_cache_init(struct binding_cache *cache, const struct binding_role *role, void *self,
	struct core_base *base)
{
	memset(cache, 0, sizeof(*cache));
	cache->role = role;
	cache->self = self;
	cache->base = base;
	rate_limit_init(&cache->events, &base->port, RATE_LIMIT_NOTES);
}

static void entry_free(struct binding_cache *cache, struct binding_entry *entry)
{
	if (cache->role->cleanse)
		cache->role->cleanse(cache->self, entry);
	free(entry->recovery);
	free(entry->flows);
	free(entry);
}

void binding_cache_fini(struct binding_cache *cache)
{
	struct binding_entry *entry = cache->entries;
	HASH_CLEAR(hh, cache->entries);
	while (entry) {
		struct binding_entry *next = entry->hh.next;
		entry_free(cache, entry);
		entry = next;
	}
	deadlines_fini(&cache->deadlines);
}

struct binding_entry *binding_cache_find(
	const struct binding_cache *cache, const void *key, size_t length)
{
	struct binding_entry *entry;
	HASH_FIND(hh, cache->entries, key, length, entry);
	return entry;
}

struct binding_entry *binding_entry_new(size_t size)
{
	return calloc(1, size);
}

int binding_cache_add(
	struct binding_cache *cache, struct binding_entry *entry, const void *key, size_t length)
{
	int error = deadlines_reserve(&cache->deadlines, binding_cache_count(cache) + 1);
	if (error == 0)
		HASH_ADD_KEYPTR(hh, cache->entries, key, length, entry);
	if (error == 0 && entry->hh.tbl)
		return 0;
	entry_free(cache, entry);
	return -ENOMEM;
}

void binding_cache_remove(struct binding_cache *cache, struct binding_entry *entry)
{
	deadlines_set(&cache->deadlines, &entry->deadline, NANOS_NEVER);
	HASH_DEL(cache->entries, entry);
	entry_free(cache, entry);
}

size_t binding_cache_count(const struct binding_cache *cache)
{
	return HASH_COUNT(cache->entries);
}

struct binding_entry *binding_cache_first(const struct binding_cache *cache)
{
	struct deadline *first = deadlines_first(&cache->deadlines);
	return first ? (struct binding_entry *)((char *)first -
						offsetof(struct binding_entry, deadline))
		     : NULL;
}

bool binding_entry_has_sequence(const struct binding_entry *entry, nanos now)
{
	return entry->bindings.count > 0 || now < entry->sequence_until;
}

struct in6_addr binding_peer(const struct binding_cache *cache, const struct in6_addr *own)
{
	return cache->role->is_direct ? *own : (struct in6_addr)IN6ADDR_ANY_INIT;
}

static void show(const struct binding_cache *cache, const struct binding_entry *entry,
	void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		const struct binding_view view = {
			.home_address = entry->home_address,
			.peer = binding_peer(cache, entry->own),
			.care_of = binding->care_of,
			.expires = binding->expires,
			.subject = entry->subject,
			.tunnel = binding->tunnel,
			.sequence = entry->sequence,
			.bid = binding->bid,
			.priority = binding->priority,
			.share = binding->share,
			.home = binding->home,
			.verified = binding->verified,
			.reachability = recovery_state(entry, binding),
		};
		each(ctx, &view);
	}
}

void binding_cache_each(const struct binding_cache *cache,
	void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (const struct binding_entry *entry = cache->entries; entry; entry = entry->hh.next)
		show(cache, entry, each, ctx);
}

static void show_flows(const struct binding_cache *cache, const struct binding_entry *entry,
	void (*each)(void *ctx, const struct flow_view *), void *ctx)
{
	const struct flow_bindings *flows = binding_entry_flows(entry);
	for (uint8_t i = 0; i < flows->count; i++) {
		const struct flow_binding *flow = &flows->at[i];
		const struct flow_view view = {
			.home_address = entry->home_address,
			.peer = binding_peer(cache, entry->own),
			.flow = *flow,
			.active = flow_binding_is_active(flow, &entry->bindings),
		};
		each(ctx, &view);
	}
}

void binding_cache_each_flow(const struct binding_cache *cache,
	void (*each)(void *ctx, const struct flow_view *), void *ctx)
{
	for (const struct binding_entry *entry = cache->entries; entry; entry = entry->hh.next)
		show_flows(cache, entry, each, ctx);
}
