/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue_limit.c: RFC 8289 5: a wait above the target is congestion after an interval of 100 ms, and
 * then ever more often.
 */
#include "unit.h"

#include "../../../src/sharing/queue_limit.h"

#define TARGET (20 * MS)

/* How many of the packets, one each millisecond, meet congestion. */
static unsigned int congested(struct queue_limit *limit, nanos *now, nanos wait, unsigned int ms)
{
	unsigned int count = 0;

	for (; ms > 0; ms--, *now += MS)
		count += queue_limit_admit(limit, *now, wait, TARGET) == QUEUE_CONGESTED;
	return count;
}

static void test_below_the_target(void **state)
{
	struct queue_limit limit = {0};
	nanos now = NANOS_PER_SECOND;

	(void)state;
	assert_int_equal(congested(&limit, &now, TARGET - 1, 1000), 0);
}

static void test_short_excess(void **state)
{
	struct queue_limit limit = {0};
	nanos now = NANOS_PER_SECOND;

	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(congested(&limit, &now, 2 * TARGET, 100), 0);
		assert_int_equal(congested(&limit, &now, 0, 1), 0);
	}
}

static void test_long_excess(void **state)
{
	struct queue_limit limit = {0};
	nanos now = NANOS_PER_SECOND;

	(void)state;
	assert_int_equal(congested(&limit, &now, 2 * TARGET, 101), 1);
	/* 100, 71, 58, 50 ms between them */
	assert_int_equal(congested(&limit, &now, 2 * TARGET, 280), 4);
	assert_true(congested(&limit, &now, 2 * TARGET, 1000) > 30);
	assert_int_equal(congested(&limit, &now, 0, 10), 0);
}

static void test_full(void **state)
{
	struct queue_limit limit = {0};

	(void)state;
	assert_int_equal(queue_limit_admit(&limit, 1, 10 * TARGET, TARGET), QUEUE_FULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_below_the_target),
		cmocka_unit_test(test_short_excess),
		cmocka_unit_test(test_long_excess),
		cmocka_unit_test(test_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
