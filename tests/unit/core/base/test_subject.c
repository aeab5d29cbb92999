/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subject.c: numbers of subjects, and what is told of them and of their traffic.
 */
#include "../../../../src/core/base/subject.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

static struct outbox outbox;
static struct core_base base;
static const struct in6_addr home = {.s6_addr = {0x20, 1, [15] = 9}};
static const struct in6_addr peer = {.s6_addr = {0x20, 1, [15] = 7}};

static int begin(void **state)
{
	(void)state;
	base = (struct core_base){0};
	return 0;
}

static void make_room(void)
{
	assert_int_equal(outbox_reserve(&outbox, CALL_EFFECTS_MAX), 0);
}

static int end(void **state)
{
	(void)state;
	outbox_fini(&outbox);
	return 0;
}

static void test_home_address_is_the_first_prefix(void **state)
{
	(void)state;
	make_room();
	uint32_t number = 0;
	subject_need(&base, &number, SUBJECT_AT_HOME_AGENT, &home, NULL, &outbox);
	assert_int_equal(number, 1);
	assert_int_equal(outbox.count, 2);
	assert_int_equal(outbox.effects[0].type, EFFECT_SUBJECT_SET);
	assert_int_equal(outbox.effects[0].subject.subject, 1);
	assert_int_equal(outbox.effects[0].subject.side, SUBJECT_AT_HOME_AGENT);
	assert_memory_equal(&outbox.effects[0].subject.home_address, &home, sizeof(home));
	assert_int_equal(outbox.effects[1].type, EFFECT_PREFIX_SET);
	assert_int_equal(outbox.effects[1].prefix.subject, 1);
	assert_int_equal(outbox.effects[1].prefix.length, 128);
	assert_memory_equal(&outbox.effects[1].prefix.prefix, &home, sizeof(home));
	/* it is told once */
	subject_need(&base, &number, SUBJECT_AT_HOME_AGENT, &home, NULL, &outbox);
	assert_int_equal(outbox.count, 2);
}

static void test_pair_has_no_prefix(void **state)
{
	(void)state;
	make_room();
	uint32_t number = 0;
	subject_need(&base, &number, SUBJECT_DIRECT, &home, &peer, &outbox);
	assert_int_equal(outbox.count, 1);
	assert_memory_equal(&outbox.effects[0].subject.peer, &peer, sizeof(peer));
}

static void test_numbers_are_not_used_again(void **state)
{
	(void)state;
	make_room();
	uint32_t first = 0, second = 0, third = 0, of_old[2] = {0};
	subject_restore(&base, &of_old[0], 41, SUBJECT_DIRECT, &home, &peer, &outbox);
	subject_restore(&base, &of_old[1], 7, SUBJECT_DIRECT, &home, &peer, &outbox);
	assert_int_equal(of_old[0], 41);
	assert_int_equal(of_old[1], 7);
	assert_int_equal(outbox.count, 2);
	assert_int_equal(outbox.effects[1].subject.subject, 7);
	subject_need(&base, &first, SUBJECT_DIRECT, &home, &peer, &outbox);
	assert_int_equal(first, 42);
	subject_need(&base, &second, SUBJECT_AT_CORRESPONDENT, &home, &peer, &outbox);
	assert_int_equal(second, 43);
	/* 42 and 40 may be new ones'; greater numbers are nobody's */
	uint32_t late = 0;
	subject_restore(&base, &late, 40, SUBJECT_DIRECT, &home, &peer, &outbox);
	assert_int_equal(late, 0);
	subject_restore(&base, &late, 44, SUBJECT_DIRECT, &home, &peer, &outbox);
	assert_int_equal(late, 44);
	outbox.count = 0;
	subject_remove(&first, &outbox);
	assert_int_equal(first, 0);
	assert_int_equal(outbox.count, 1);
	assert_int_equal(outbox.effects[0].type, EFFECT_SUBJECT_REMOVE);
	assert_int_equal(outbox.effects[0].subject.subject, 42);
	subject_remove(&first, &outbox);
	assert_int_equal(outbox.count, 1);
	subject_need(&base, &third, SUBJECT_DIRECT, &home, &peer, &outbox);
	assert_int_equal(third, 45);
}

static void test_traffic(void **state)
{
	(void)state;
	make_room();
	struct effect_traffic *traffic = traffic_set(3, SHARE_AGGREGATE, &outbox);
	traffic_add(traffic, 1, 20);
	traffic_add(traffic, 9, PRIORITY_NONE);
	assert_int_equal(outbox.count, 1);
	assert_int_equal(traffic->subject, 3);
	assert_int_equal(traffic->rule, TRAFFIC_DEFAULT);
	assert_int_equal(traffic->mode, TRAFFIC_AGGREGATE);
	assert_int_equal(traffic->count, 2);
	assert_int_equal(traffic->set[0].tunnel, 1);
	assert_int_equal(traffic->set[0].tier, 20);
	assert_int_equal(traffic->set[1].tunnel, 9);
	assert_int_equal(traffic->set[1].tier, PRIORITY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_home_address_is_the_first_prefix, begin, end),
		cmocka_unit_test_setup_teardown(test_pair_has_no_prefix, begin, end),
		cmocka_unit_test_setup_teardown(test_numbers_are_not_used_again, begin, end),
		cmocka_unit_test_setup_teardown(test_traffic, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
