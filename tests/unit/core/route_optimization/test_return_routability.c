/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/route_optimization/return_routability.c: RFC 6275 5.2.7, 5.2.9, 11.6.2, 11.8.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/route_optimization/return_routability.h"

#define SECOND NANOS_PER_SECOND
#define START (100 * SECOND)

static struct test test;

static int begin(void **state)
{
	(void)state;
	test = (struct test){.waiting = false};
	return 0;
}

/* RFC 6275 11.8: 1 s, doubling, up to 32 s */
static void test_timeouts(void **state)
{
	(void)state;
	static const unsigned seconds[] = {1, 2, 4, 8, 16, 32, 32, 32};
	nanos now = START;
	for (unsigned i = 0; i < 8; i++) {
		test_sent(&test, i, now);
		assert_int_equal(test.again, now + seconds[i] * SECOND);
		assert_int_equal(test.attempts, i + 1);
		now = test.again;
	}
	test_stop(&test);
	test_sent(&test, 9, now);
	assert_int_equal(test.again, now + SECOND);
}

/* RFC 6275 5.2.9: MAX_RO_FAILURE */
static void test_failure(void **state)
{
	(void)state;
	nanos now = START;
	for (unsigned i = 0; i < 3; i++) {
		assert_false(test_failed(&test, now));
		test_sent(&test, i, now);
		assert_false(test_failed(&test, test.again - 1));
		assert_int_equal(test_failed(&test, test.again), i == 2);
		now = test.again;
	}
	assert_true(test_answered(&test, now, 2, 1, 1));
	assert_false(test_failed(&test, now + 100 * SECOND));
}

/* RFC 6275 11.6.2: the last cookie, once */
static void test_cookies(void **state)
{
	(void)state;
	assert_false(test_answered(&test, START, 0, 1, 1));
	test_sent(&test, 5, START);
	test_sent(&test, 6, START + SECOND);
	assert_false(test_answered(&test, START + SECOND, 5, 1, 1));
	assert_null(test_token(&test, START + SECOND));
	assert_true(test_answered(&test, START + SECOND + 3, 6, 7, 8));
	assert_int_equal(test.took, 3);
	assert_int_equal(test_token(&test, START + SECOND + 3)->index, 7);
	assert_int_equal(test_token(&test, START + SECOND + 3)->value, 8);
	assert_false(test_answered(&test, START + SECOND + 3, 6, 9, 9));
}

/* RFC 6275 5.2.7, 12: MAX_TOKEN_LIFETIME, and time for the update that it authorizes */
static void test_token_lifetime(void **state)
{
	(void)state;
	test_sent(&test, 1, START);
	assert_true(test_answered(&test, START + SECOND, 1, 1, 1));
	assert_non_null(test_token(&test, START + 208 * SECOND - 1));
	assert_null(test_token(&test, START + 208 * SECOND));
}

/* The old token serves until the new one is there. */
static void test_renewed(void **state)
{
	(void)state;
	test_sent(&test, 1, START);
	assert_true(test_answered(&test, START, 1, 1, 11));
	test_sent(&test, 2, START + 180 * SECOND);
	assert_int_equal(test_token(&test, START + 181 * SECOND)->value, 11);
	assert_true(test_answered(&test, START + 182 * SECOND, 2, 2, 22));
	assert_int_equal(test_token(&test, START + 300 * SECOND)->value, 22);
}

/* What nobody signs is listened to each five seconds. */
static void test_disputes(void **state)
{
	(void)state;
	test_sent(&test, 1, START);
	assert_true(test_answered(&test, START, 1, 1, 11));
	assert_true(test_dispute(&test, START));
	assert_null(test_token(&test, START));
	test_sent(&test, 2, START);
	assert_true(test_answered(&test, START, 2, 1, 11));
	assert_false(test_dispute(&test, START + 5 * SECOND - 1));
	assert_non_null(test_token(&test, START + 5 * SECOND - 1));
	assert_true(test_dispute(&test, START + 5 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_timeouts, begin),
		cmocka_unit_test_setup(test_failure, begin),
		cmocka_unit_test_setup(test_cookies, begin),
		cmocka_unit_test_setup(test_token_lifetime, begin),
		cmocka_unit_test_setup(test_renewed, begin),
		cmocka_unit_test_setup(test_disputes, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
