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

static void begin(void)
{
	one = NULL;
	one = cache_of_one_new();
	taken = 0;
}

static int end(void **state)
{
	(void)state;
	if (one)
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

/* Subjects, prefixes, traffic and records are looked at by tests of their own. */
static bool is_of_tunnels_and_events(const struct effect *effect)
{
	return effect->type < EFFECT_SUBJECT_SET || effect->type > EFFECT_RECORD;
}

static void pass_subject(void)
{
	while (taken < one->outbox.count && !is_of_tunnels_and_events(&one->outbox.effects[taken]))
		taken++;
}

static const struct effect_tunnel *expect_tunnel(enum effect_type type, uint16_t bid)
{
	pass_subject();
	assert_true(taken < one->outbox.count);
	const struct effect *effect = &one->outbox.effects[taken++];
	assert_int_equal(effect->type, type);
	assert_int_equal(effect->tunnel.bid, bid);
	return &effect->tunnel;
}

static const struct effect_event *expect_event(enum event_type type, uint16_t bid)
{
	pass_subject();
	assert_true(taken < one->outbox.count);
	const struct effect *effect = &one->outbox.effects[taken++];
	assert_int_equal(effect->type, EFFECT_EVENT);
	assert_int_equal(effect->event.type, type);
	assert_int_equal(effect->event.bid, bid);
	return &effect->event;
}

static void expect_nothing(void)
{
	pass_subject();
	assert_int_equal(taken, one->outbox.count);
}

static size_t count_of(enum effect_type type)
{
	size_t count = 0;
	for (size_t i = 0; i < one->outbox.count; i++)
		count += one->outbox.effects[i].type == type;
	return count;
}

static const struct effect *last(enum effect_type type)
{
	size_t i = one->outbox.count;
	while (i-- > 0)
		if (one->outbox.effects[i].type == type)
			return &one->outbox.effects[i];
	fail_msg("no effect %d", type);
	return NULL;
}

static uint8_t tier_told(uint16_t tunnel)
{
	const struct effect_traffic *traffic = &last(EFFECT_TRAFFIC_SET)->traffic;
	for (uint8_t i = 0; i < traffic->count; i++)
		if (traffic->set[i].tunnel == tunnel)
			return traffic->set[i].tier;
	return TIER_NONE;
}

static void test_difference(void **state)
{
	(void)state;
	begin();
	struct bindings wanted = {.count = 0};
	for (uint16_t bid = 1; bid <= 4; bid++)
		cache_bind(&wanted, bid);
	change(&wanted);
	for (uint16_t bid = 1; bid <= 4; bid++) {
		assert_true(expect_tunnel(EFFECT_TUNNEL_SET, bid)->usable);
		assert_int_equal(expect_event(EVENT_BINDING_ADDED, bid)->lifetime, 100);
	}
	expect_nothing();

	/* 1 stays, 2 moves, 3 has another preference: another tier; 4 goes, 5 comes */
	bindings_remove(&wanted, bindings_find(&wanted, 4));
	bindings_find(&wanted, 2)->care_of = cache_address(20, 1);
	bindings_find(&wanted, 3)->priority = 1;
	cache_bind(&wanted, 5);
	change(&wanted);
	expect_tunnel(EFFECT_TUNNEL_REMOVE, 4);
	assert_int_equal(expect_event(EVENT_BINDING_REMOVED, 4)->lifetime, 0);
	expect_tunnel(EFFECT_TUNNEL_SET, 2);
	expect_event(EVENT_BINDING_MOVED, 2);
	expect_tunnel(EFFECT_TUNNEL_SET, 5);
	expect_event(EVENT_BINDING_ADDED, 5);
	expect_nothing();
	assert_int_equal(tier_told(3), 1);
	change(&wanted);
	expect_nothing();
}

/* The subject is there as long as it has tunnels, which have its number; traffic follows the
 * priorities. */
static void test_subject_and_traffic(void **state)
{
	(void)state;
	begin();
	struct bindings wanted = {.count = 0};
	cache_bind(&wanted, 1);
	cache_bind(&wanted, 2)->priority = 4;
	change(&wanted);
	const uint32_t number = one->outbox.effects[0].subject.subject;
	assert_int_equal(one->outbox.effects[0].type, EFFECT_SUBJECT_SET);
	assert_int_equal(one->outbox.effects[1].type, EFFECT_PREFIX_SET);
	assert_int_not_equal(number, 0);
	assert_int_equal(last(EFFECT_TUNNEL_SET)->tunnel.subject, number);
	assert_int_equal(last(EFFECT_TUNNEL_SET)->tunnel.tunnel, 2);
	assert_int_equal(count_of(EFFECT_TRAFFIC_SET), 1);
	const struct effect_traffic *traffic = &last(EFFECT_TRAFFIC_SET)->traffic;
	assert_int_equal(traffic->subject, number);
	assert_int_equal(traffic->count, 2);
	assert_int_equal(traffic->set[0].tunnel, 1);
	assert_int_equal(traffic->set[0].tier, wanted.at[0].priority);
	assert_int_equal(traffic->set[1].tunnel, 2);
	assert_int_equal(traffic->set[1].tier, 4);
	/* another lifetime is no other order, another priority is */
	bindings_find(&wanted, 1)->expires++;
	change(&wanted);
	assert_int_equal(count_of(EFFECT_TUNNEL_SET), 1);
	assert_int_equal(count_of(EFFECT_SUBJECT_SET) + count_of(EFFECT_TRAFFIC_SET), 0);
	bindings_find(&wanted, 1)->priority = 3;
	change(&wanted);
	assert_int_equal(last(EFFECT_TRAFFIC_SET)->traffic.set[0].tier, 3);
	bindings_remove(&wanted, bindings_find(&wanted, 2));
	change(&wanted);
	assert_int_equal(count_of(EFFECT_SUBJECT_REMOVE), 0);
	wanted.count = 0;
	change(&wanted);
	/* after all else that is about the subject */
	assert_ptr_equal(last(EFFECT_SUBJECT_REMOVE), &one->outbox.effects[one->outbox.count - 2]);
	assert_ptr_equal(last(EFFECT_RECORD), &one->outbox.effects[one->outbox.count - 1]);
	assert_int_equal(last(EFFECT_SUBJECT_REMOVE)->subject.subject, number);
	/* the next one has another number */
	cache_bind(&wanted, 1);
	change(&wanted);
	assert_int_not_equal(last(EFFECT_SUBJECT_SET)->subject.subject, number);
}

static uint16_t number_told(uint16_t bid)
{
	for (size_t i = 0; i < one->outbox.count; i++) {
		const struct effect *effect = &one->outbox.effects[i];
		if (effect->type == EFFECT_TUNNEL_SET && effect->tunnel.bid == bid)
			return effect->tunnel.tunnel;
	}
	fail_msg("no tunnel of BID %u", bid);
	return 0;
}

/* A binding keeps the number of its tunnel. A new one gets its BID, or the next that is free. */
static void test_numbers(void **state)
{
	(void)state;
	begin();
	struct bindings wanted = {.count = 0};
	cache_bind(&wanted, 1);
	change(&wanted);
	assert_int_equal(number_told(1), 1);
	one->entry->bindings.at[0].tunnel = 5; /* as a record of an earlier daemon may say */
	bindings_find(&wanted, 1)->expires++;
	change(&wanted);
	assert_int_equal(number_told(1), 5);
	cache_bind(&wanted, 5);
	cache_bind(&wanted, 6);
	change(&wanted);
	assert_int_equal(number_told(5), 6);
	assert_int_equal(number_told(6), 7);
	assert_int_equal(tier_told(5), PRIORITY_NONE);
	assert_int_equal(tier_told(6), PRIORITY_NONE);
	assert_int_equal(tier_told(7), PRIORITY_NONE);
	const struct record *record = &last(EFFECT_RECORD)->record;
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(record->bindings[i].tunnel, 5 + i);
	/* a number that was removed in the same call is not given again */
	bindings_remove(&wanted, bindings_find(&wanted, 6));
	cache_bind(&wanted, 7);
	change(&wanted);
	assert_int_equal(expect_tunnel(EFFECT_TUNNEL_REMOVE, 6)->tunnel, 7);
	assert_int_equal(number_told(7), 8);
}

/* Route optimization names the node's own address; a home agent is named by nothing. */
static void test_peer(void **state)
{
	(void)state;
	begin();
	struct bindings wanted = {.count = 0};
	cache_bind(&wanted, 1);
	change(&wanted);
	const struct effect_tunnel *tunnel = expect_tunnel(EFFECT_TUNNEL_SET, 1);
	assert_memory_equal(&tunnel->local.address, one->entry->own, 16);
	assert_memory_equal(&last(EFFECT_SUBJECT_SET)->subject.peer, &in6addr_any, 16);
	assert_memory_equal(&expect_event(EVENT_BINDING_ADDED, 1)->peer, &in6addr_any, 16);
	one->role.is_direct = true;
	wanted.count = 0;
	change(&wanted);
	expect_tunnel(EFFECT_TUNNEL_REMOVE, 1);
	assert_memory_equal(&expect_event(EVENT_BINDING_REMOVED, 1)->peer, one->entry->own, 16);
	cache_bind(&wanted, 1);
	change(&wanted);
	const struct effect_subject *subject = &last(EFFECT_SUBJECT_SET)->subject;
	assert_memory_equal(&subject->peer, one->entry->own, 16);
	assert_int_equal(expect_tunnel(EFFECT_TUNNEL_SET, 1)->subject, subject->subject);
}

/* One binding verifies a care-of address for the others. */
static void test_verified(void **state)
{
	(void)state;
	begin();
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
	begin();
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
	begin();
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
	begin();
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
	assert_int_equal(one->outbox.count, 4);
	assert_int_equal(one->requests, 0);
	assert_int_equal(next(), NANOS_NEVER);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_difference),
		TEST(test_subject_and_traffic),
		TEST(test_numbers),
		TEST(test_peer),
		TEST(test_verified),
		TEST(test_next),
		TEST(test_expiry),
		TEST(test_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
