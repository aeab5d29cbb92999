/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_record.c: which bindings are restored from a record, and what a record holds.
 */
#include "../../../../src/core/binding/binding_record.h"
#include "../../../../src/core/binding/binding_changes.h"
#include "../../../../src/core/base/subject.h"
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#define NOW (10 * NANOS_PER_SECOND)

static struct cache_of_one *one;

static struct record kept(uint16_t bid)
{
	return (struct record){
		.home_address = cache_address(1, 9),
		.timestamp = 77,
		.subject = 12,
		.sequence = 5,
		.count = 1,
		.bindings = {{.care_of = cache_address((uint8_t)(10 + bid), 1),
			.expires = NOW + 41 * NANOS_PER_SECOND,
			.bid = bid,
			.lifetime = 300,
			.priority = 7}},
	};
}

static const struct effect *effect_of(enum effect_type type)
{
	for (size_t i = 0; i < one->outbox.count; i++)
		if (one->outbox.effects[i].type == type)
			return &one->outbox.effects[i];
	return NULL;
}

static bool restore(const struct record *record)
{
	uint8_t before = one->entry->bindings.count;
	one->outbox.count = 0;
	binding_restore(&one->cache, cache_time(NOW), one->entry, 2, record, &one->outbox);
	bool restored = one->entry->bindings.count > before;
	assert_true(restored == (effect_of(EFFECT_TUNNEL_SET) != NULL));
	assert_true(restored == (effect_of(EFFECT_TRAFFIC_SET) != NULL));
	assert_true(restored == (effect_of(EFFECT_EVENT) != NULL));
	return restored;
}

static void test_restored(void **state)
{
	(void)state;
	one = cache_of_one_new();
	const struct record record = kept(3);
	assert_true(restore(&record));
	const struct binding *binding = &one->entry->bindings.at[0];
	assert_int_equal(binding->bid, 3);
	assert_int_equal(binding->lifetime, 300);
	assert_int_equal(binding->priority, 7);
	assert_int_equal(binding->expires, record.bindings[0].expires);
	assert_true(binding->verified);
	assert_int_equal(one->entry->sequence, 5);
	assert_int_equal(one->entry->replay_accepted, 77);
	assert_int_equal(effect_of(EFFECT_EVENT)->event.type, EVENT_BINDING_RESTORED);
	assert_int_equal(effect_of(EFFECT_EVENT)->event.lifetime, 41);
	/* as the same subject */
	assert_int_equal(one->entry->subject, 12);
	assert_int_equal(effect_of(EFFECT_SUBJECT_SET)->subject.subject, 12);
	assert_int_equal(effect_of(EFFECT_TUNNEL_SET)->tunnel.subject, 12);
	cache_of_one_free(one);
}

/* Not even if records say so: two bindings with one number would share a tunnel. */
static void test_no_number_is_given_twice(void **state)
{
	(void)state;
	static const uint16_t recorded[] = {5, 5, 6}, given[] = {5, 6, 7};
	one = cache_of_one_new();
	struct record record = kept(1);
	record.count = 3;
	for (uint16_t i = 0; i < 3; i++) {
		record.bindings[i] = kept((uint16_t)(i + 1)).bindings[0];
		record.bindings[i].tunnel = recorded[i];
	}
	binding_restore(
		&one->cache, cache_time(NOW), one->entry, BINDINGS_MAX, &record, &one->outbox);
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(one->entry->bindings.at[i].tunnel, given[i]);
	/* nor to a binding that is new */
	struct bindings wanted = one->entry->bindings;
	cache_bind(&wanted, 5);
	one->outbox.count = 0;
	binding_entry_change(&one->cache, cache_time(NOW), one->entry, &wanted, &one->outbox);
	assert_int_equal(effect_of(EFFECT_TUNNEL_SET)->tunnel.bid, 5);
	assert_int_equal(effect_of(EFFECT_TUNNEL_SET)->tunnel.tunnel, 8);
	cache_of_one_free(one);
}

static void expect_removed(const struct record *record)
{
	assert_false(restore(record));
	assert_int_equal(one->outbox.count, 1);
	assert_int_equal(one->outbox.effects[0].type, EFFECT_TUNNEL_REMOVE);
}

/* A number that stays in the records of bindings that ended is given to no new subject: after the
 * next restart these records would remove the tunnels of that one. */
static void test_number_of_ended_bindings_is_kept(void **state)
{
	(void)state;
	one = cache_of_one_new();
	struct record record = kept(1);
	uint32_t number = 0;
	record.bindings[0].expires = NOW;
	expect_removed(&record);
	subject_need(one->cache.base, &number, SUBJECT_AT_HOME_AGENT, &record.home_address, NULL,
		&one->outbox);
	assert_int_equal(number, record.subject + 1);
	cache_of_one_free(one);
}

static void test_tunnels_of_a_new_subject_stay(void **state)
{
	(void)state;
	one = cache_of_one_new();
	struct record record = kept(1);
	uint32_t number = 0;
	subject_need(one->cache.base, &number, SUBJECT_AT_HOME_AGENT, &record.home_address, NULL,
		&one->outbox);
	record.bindings[0].expires = NOW;
	record.subject = number;
	assert_false(restore(&record));
	assert_null(effect_of(EFFECT_TUNNEL_REMOVE));
	cache_of_one_free(one);
}

static void test_not_restored(void **state)
{
	(void)state;
	one = cache_of_one_new();
	struct record record = kept(1);
	record.bindings[0].expires = NOW;
	expect_removed(&record);
	one->may_return = false;
	record = kept(1);
	expect_removed(&record);
	one->may_return = true;
	assert_true(restore(&record));
	/* it is there already */
	assert_false(restore(&record));
	/* a binding without BID and others exclude each other */
	record = kept(0);
	expect_removed(&record);
	record = kept(2);
	assert_true(restore(&record));
	record = kept(3);
	expect_removed(&record);
	cache_of_one_free(one);
}

static void test_verified(void **state)
{
	(void)state;
	one = cache_of_one_new();
	struct record record = kept(1);
	one->verifies = true;
	assert_true(restore(&record));
	record = kept(2);
	record.bindings[0].verified = true;
	assert_true(restore(&record));
	assert_false(one->entry->bindings.at[0].verified);
	assert_true(one->entry->bindings.at[1].verified);
	cache_of_one_free(one);
}

/* One record for an entry in a call, with all that is restored from it. */
static void test_recorded(void **state)
{
	(void)state;
	one = cache_of_one_new();
	const struct record before = kept(3);
	assert_true(restore(&before));
	one->outbox.count = 0;
	binding_record(&one->cache, one->entry, &one->outbox);
	one->entry->sequence = 6;
	binding_record(&one->cache, one->entry, &one->outbox);
	assert_int_equal(one->outbox.count, 1);
	const struct record *record = &one->outbox.effects[0].record;
	assert_int_equal(record->sequence, 6);
	assert_int_equal(record->timestamp, 77);
	assert_int_equal(record->subject, 12);
	assert_int_equal(record->count, 1);
	assert_memory_equal(&record->bindings[0].care_of, &before.bindings[0].care_of, 16);
	assert_int_equal(record->bindings[0].lifetime, 300);
	assert_int_equal(record->bindings[0].priority, 7);
	assert_true(record->bindings[0].expires == before.bindings[0].expires);
	cache_of_one_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_no_number_is_given_twice),
		cmocka_unit_test(test_not_restored),
		cmocka_unit_test(test_number_of_ended_bindings_is_kept),
		cmocka_unit_test(test_tunnels_of_a_new_subject_stay),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_recorded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
