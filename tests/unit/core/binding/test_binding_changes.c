/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_changes.c: the difference between two sets of bindings, as effects; expiry; and when an
 * entry is due next.
 */
#include "../../../../src/core/binding/binding_changes.h"
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

static struct cache_of_one *one;
static size_t taken;

static int begin(void **state)
{
	(void)state;
	one = cache_of_one_new();
	taken = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	cache_of_one_free(one);
	return 0;
}

static void change(const struct bindings *wanted)
{
	one->outbox.count = 0;
	taken = 0;
	assert_ptr_equal(
		binding_entry_change(&one->cache, cache_time(0), one->entry, wanted, &one->outbox),
		one->entry);
}

static const struct effect_tunnel *expect_tunnel(enum effect_type type, uint16_t bid)
{
	assert_true(taken < one->outbox.count);
	const struct effect *effect = &one->outbox.effects[taken++];
	assert_int_equal(effect->type, type);
	assert_int_equal(effect->tunnel.bid, bid);
	return &effect->tunnel;
}

static const struct effect_event *expect_event(enum event_type type, uint16_t bid)
{
	assert_true(taken < one->outbox.count);
	const struct effect *effect = &one->outbox.effects[taken++];
	assert_int_equal(effect->type, EFFECT_EVENT);
	assert_int_equal(effect->event.type, type);
	assert_int_equal(effect->event.bid, bid);
	return &effect->event;
}

static void expect_nothing(void)
{
	assert_int_equal(taken, one->outbox.count);
}

static void test_difference(void **state)
{
	(void)state;
	struct bindings wanted = {.count = 0};
	for (uint16_t bid = 1; bid <= 4; bid++)
		cache_bind(&wanted, bid);
	change(&wanted);
	for (uint16_t bid = 1; bid <= 4; bid++) {
		assert_true(expect_tunnel(EFFECT_TUNNEL_SET, bid)->usable);
		assert_int_equal(expect_event(EVENT_BINDING_ADDED, bid)->lifetime, 100);
	}
	expect_nothing();

	/* 1 stays, 2 moves, 3 has another preference, 4 goes, 5 comes */
	bindings_remove(&wanted, bindings_find(&wanted, 4));
	bindings_find(&wanted, 2)->care_of = cache_address(20, 1);
	bindings_find(&wanted, 3)->priority = 1;
	cache_bind(&wanted, 5);
	change(&wanted);
	expect_tunnel(EFFECT_TUNNEL_REMOVE, 4);
	assert_int_equal(expect_event(EVENT_BINDING_REMOVED, 4)->lifetime, 0);
	expect_tunnel(EFFECT_TUNNEL_SET, 2);
	expect_event(EVENT_BINDING_MOVED, 2);
	assert_int_equal(expect_tunnel(EFFECT_TUNNEL_SET, 3)->priority, 1);
	expect_tunnel(EFFECT_TUNNEL_SET, 5);
	expect_event(EVENT_BINDING_ADDED, 5);
	expect_nothing();
	change(&wanted);
	expect_nothing();
}

/* Route optimization names the node's own address; a home agent is named by nothing. */
static void test_peer(void **state)
{
	(void)state;
	struct bindings wanted = {.count = 0};
	cache_bind(&wanted, 1);
	change(&wanted);
	const struct effect_tunnel *tunnel = expect_tunnel(EFFECT_TUNNEL_SET, 1);
	assert_memory_equal(&tunnel->local.address, one->entry->own, 16);
	assert_memory_equal(&tunnel->peer, &in6addr_any, 16);
	assert_memory_equal(&expect_event(EVENT_BINDING_ADDED, 1)->peer, &in6addr_any, 16);
	one->role.is_direct = true;
	wanted.count = 0;
	change(&wanted);
	assert_memory_equal(&expect_tunnel(EFFECT_TUNNEL_REMOVE, 1)->peer, one->entry->own, 16);
	assert_memory_equal(&expect_event(EVENT_BINDING_REMOVED, 1)->peer, one->entry->own, 16);
}

/* One binding verifies a care-of address for the others. */
static void test_verified(void **state)
{
	(void)state;
	struct bindings wanted = {.count = 0};
	one->verifies = true;
	cache_bind(&wanted, 1)->verified = true;
	cache_bind(&wanted, 2);
	change(&wanted);
	assert_true(expect_tunnel(EFFECT_TUNNEL_SET, 1)->usable);
	expect_event(EVENT_BINDING_ADDED, 1);
	assert_false(expect_tunnel(EFFECT_TUNNEL_SET, 2)->usable);
	/* but not for itself at another address, nor for bindings of the same update */
	cache_bind(&wanted, 3)->care_of = cache_address(11, 1);
	cache_bind(&wanted, 4)->care_of = cache_address(12, 1);
	bindings_find(&wanted, 1)->care_of = cache_address(13, 1);
	bindings_find(&wanted, 1)->verified = false;
	change(&wanted);
	assert_false(expect_tunnel(EFFECT_TUNNEL_SET, 1)->usable);
	expect_event(EVENT_BINDING_MOVED, 1);
	assert_true(expect_tunnel(EFFECT_TUNNEL_SET, 3)->usable);
	expect_event(EVENT_BINDING_ADDED, 3);
	assert_false(expect_tunnel(EFFECT_TUNNEL_SET, 4)->usable);
}

static nanos next(void)
{
	return deadlines_next(&one->cache.deadlines);
}

static void test_next(void **state)
{
	(void)state;
	struct bindings wanted = {.count = 0};
	assert_int_equal(next(), NANOS_NEVER);
	cache_bind(&wanted, 1);
	change(&wanted);
	/* the first Binding Refresh Request */
	assert_int_equal(next(), 90 * NANOS_PER_SECOND);
	wanted.at[0].requests = 2;
	change(&wanted);
	assert_int_equal(next(), 100 * NANOS_PER_SECOND);
	wanted.at[0].expires = NANOS_NEVER;
	change(&wanted);
	assert_int_equal(next(), NANOS_NEVER);
	one->valid_until = 7;
	change(&wanted);
	assert_int_equal(next(), 7);
}

static void expire(nanos now)
{
	one->outbox.count = 0;
	taken = 0;
	binding_entry_expire(&one->cache, cache_time(now), one->entry, &one->outbox);
}

static void test_expiry(void **state)
{
	(void)state;
	struct bindings wanted = {.count = 0};
	cache_bind(&wanted, 1)->expires = 50;
	cache_bind(&wanted, 2);
	change(&wanted);
	expire(49);
	expect_nothing();
	expire(50);
	expect_tunnel(EFFECT_TUNNEL_REMOVE, 1);
	expect_event(EVENT_BINDING_EXPIRED, 1);
	expect_nothing();
	assert_int_equal(one->removed, 1);
	/* all of them, if the role says so */
	one->valid_until = 60;
	binding_entry_schedule(&one->cache, 50, one->entry);
	expire(60);
	expect_tunnel(EFFECT_TUNNEL_REMOVE, 2);
	expect_event(EVENT_BINDING_EXPIRED, 2);
	assert_int_equal(next(), NANOS_NEVER);
}

/* Entries that find no room in the outbox stay due. */
static void test_room(void **state)
{
	(void)state;
	struct bindings wanted = {.count = 0};
	cache_bind(&wanted, 1)->expires = 50;
	change(&wanted);
	one->outbox.count = 0;
	binding_cache_deadline(
		&one->cache, cache_time(50), outbox_room(&one->outbox) + 1, &one->outbox);
	expect_nothing();
	assert_int_equal(next(), 50);
	binding_cache_deadline(
		&one->cache, cache_time(50), outbox_room(&one->outbox), &one->outbox);
	assert_int_equal(one->outbox.count, 2);
	assert_int_equal(one->requests, 0);
	assert_int_equal(next(), NANOS_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_difference),
		TEST(test_peer),
		TEST(test_verified),
		TEST(test_next),
		TEST(test_expiry),
		TEST(test_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
