/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_restoration.c: which bindings come back, and with what.
 */
#include "../../../../src/core/binding/binding_restoration.h"
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#define NOW (10 * NANOS_PER_SECOND)

static struct cache_of_one *one;

static void begin(void)
{
	one = NULL;
	one = cache_of_one_new();
}

static int end(void **state)
{
	(void)state;
	if (one)
		cache_of_one_free(one);
	return 0;
}

static struct effect_tunnel kept_tunnel(uint16_t bid)
{
	return (struct effect_tunnel){
		.home_address = cache_address(1, 9),
		.remote.address = cache_address((uint8_t)(10 + bid), 1),
		.expires = NOW + 41 * NANOS_PER_SECOND,
		.bid = bid,
		.priority = 7,
	};
}

static bool restore(const struct effect_tunnel *kept)
{
	uint8_t before = one->entry->bindings.count;
	one->outbox.count = 0;
	binding_restore(&one->cache, cache_time(NOW), one->entry, 2, kept, &one->outbox);
	bool restored = one->entry->bindings.count > before;
	bool first = restored && before == 0;
	assert_int_equal(one->outbox.count, first ? 3 : 1);
	if (first) {
		assert_int_equal(one->outbox.effects[0].type, EFFECT_SUBJECT_SET);
		assert_int_equal(one->outbox.effects[1].type, EFFECT_PREFIX_SET);
	}
	assert_int_equal(one->outbox.effects[first ? 2 : 0].type,
		restored ? EFFECT_EVENT : EFFECT_TUNNEL_REMOVE);
	return restored;
}

static void test_restored(void **state)
{
	(void)state;
	begin();
	const struct effect_tunnel kept = kept_tunnel(3);
	assert_true(restore(&kept));
	const struct binding *binding = &one->entry->bindings.at[0];
	assert_int_equal(binding->bid, 3);
	assert_int_equal(binding->lifetime, 10);
	assert_int_equal(binding->priority, 7);
	assert_int_equal(binding->expires, kept.expires);
	assert_true(binding->verified);
	assert_int_equal(one->outbox.effects[2].event.type, EVENT_BINDING_RESTORED);
	assert_int_equal(one->outbox.effects[2].event.lifetime, 41);
	assert_int_equal(deadlines_next(&one->cache.deadlines), NOW + 31 * NANOS_PER_SECOND);
}

static void test_not_restored(void **state)
{
	(void)state;
	begin();
	struct effect_tunnel kept = kept_tunnel(1);
	kept.expires = NOW;
	assert_false(restore(&kept));
	one->may_return = false;
	kept = kept_tunnel(1);
	assert_false(restore(&kept));
	one->may_return = true;
	assert_true(restore(&kept));
	assert_false(restore(&kept));
	/* a binding without BID and others exclude each other */
	kept = kept_tunnel(0);
	assert_false(restore(&kept));
	kept = kept_tunnel(2);
	assert_true(restore(&kept));
	kept = kept_tunnel(3);
	assert_false(restore(&kept));
}

/* Only a tunnel that was usable belongs to a verified care-of address. */
static void test_verified(void **state)
{
	(void)state;
	begin();
	struct effect_tunnel kept = kept_tunnel(1);
	one->verifies = true;
	assert_true(restore(&kept));
	kept = kept_tunnel(2);
	kept.usable = true;
	assert_true(restore(&kept));
	assert_false(one->entry->bindings.at[0].verified);
	assert_true(one->entry->bindings.at[1].verified);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restored),
		TEST(test_not_restored),
		TEST(test_verified),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
