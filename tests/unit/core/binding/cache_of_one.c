/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"
#include "../../../scene/support/port.h"

#include <stdlib.h>
#include <string.h>

static struct cache_of_one *one;

struct in6_addr cache_address(uint8_t network, uint8_t host)
{
	return (struct in6_addr){.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0, network, [15] = host}};
}

struct moment cache_time(nanos mono)
{
	return (struct moment){mono, 0};
}

struct binding *cache_bind(struct bindings *bindings, uint16_t bid)
{
	struct binding *binding = bindings_add(bindings, bid);
	binding->care_of = cache_address((uint8_t)(10 + bid), 1);
	binding->expires = 100 * NANOS_PER_SECOND;
	binding->lifetime = 25;
	binding->priority = PRIORITY_NONE;
	return binding;
}

static bool send_request(
	void *self, const struct binding_entry *entry, struct octets payload, struct outbox *outbox)
{
	(void)self, (void)entry, (void)outbox;
	one->requests++;
	assert_int_equal(
		message_decode(one->base.dialect, payload.at, payload.length, &one->request),
		WIRE_OK);
	return true;
}

static nanos valid_until(const void *self, const struct binding_entry *entry)
{
	(void)self, (void)entry;
	return one->valid_until;
}

static bool verifies(const struct binding_entry *entry)
{
	(void)entry;
	return one->verifies;
}

static void tunnel(const void *self, const struct binding_entry *entry,
	const struct binding *binding, struct effect_tunnel *ret)
{
	(void)self, (void)entry, (void)binding, (void)ret;
}

static void removed(struct binding_entry *entry, uint16_t bid)
{
	(void)entry, (void)bid;
	one->removed++;
}

static bool scheduled(void *self, nanos now, struct binding_entry *entry)
{
	(void)self, (void)now, (void)entry;
	return true;
}

static bool may_return(void *self, nanos now, struct binding_entry *entry,
	const struct bindings *present, const struct record_binding *kept)
{
	(void)self, (void)now, (void)entry, (void)present, (void)kept;
	return one->may_return;
}

static bool add_entry(void)
{
	static const struct in6_addr own = {.s6_addr = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1}};
	one->entry = binding_entry_new(sizeof(*one->entry));
	if (!one->entry)
		return false;
	one->entry->home_address = cache_address(1, 9);
	one->entry->own = &own;
	return binding_cache_add(&one->cache, one->entry, &one->entry->home_address, 16) == 0;
}

struct cache_of_one *cache_of_one_new(void)
{
	static uint64_t seed;
	one = calloc(1, sizeof(*one));
	assert_non_null(one);
	one->base.dialect = &dialect_rfc5648;
	one->base.port = test_port(&seed);
	one->valid_until = NANOS_NEVER;
	one->may_return = true;
	one->role = (struct binding_role){
		.update = &one->policy,
		.send_request = send_request,
		.valid_until = valid_until,
		.verifies = verifies,
		.tunnel = tunnel,
		.removed = removed,
		.scheduled = scheduled,
		.may_return = may_return,
	};
	binding_cache_init(&one->cache, &one->role, one, &one->base);
	one->cache.refresh_request = true;
	if (!add_entry() || outbox_reserve(&one->outbox, CALL_EFFECTS_MAX) < 0) {
		cache_of_one_free(one);
		fail_msg("no memory");
	}
	return one;
}

void cache_of_one_free(struct cache_of_one *it)
{
	binding_cache_fini(&it->cache);
	outbox_fini(&it->outbox);
	free(it);
}
