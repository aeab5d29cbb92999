/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/base/message_rate.h: RFC 6275 11.8, 12: MAX_UPDATE_RATE.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/base/message_rate.h"

#define START (100 * NANOS_PER_SECOND)

static void test_three_within_a_second(void **state)
{
	(void)state;
	struct message_rate rate = {0};
	for (unsigned i = 0; i < 3; i++) {
		assert_true(message_rate_at(&rate, true) <= START + i);
		message_rate_count(&rate, START + i);
	}
	assert_int_equal(message_rate_at(&rate, true), START + NANOS_PER_SECOND);
	message_rate_count(&rate, START + NANOS_PER_SECOND);
	assert_int_equal(message_rate_at(&rate, true), START + 1 + NANOS_PER_SECOND);
}

/* The last one is kept for what cannot wait. */
static void test_two_that_can_wait(void **state)
{
	(void)state;
	struct message_rate rate = {0};
	for (unsigned i = 0; i < 2; i++) {
		assert_true(message_rate_at(&rate, false) <= START + i);
		message_rate_count(&rate, START + i);
	}
	assert_int_equal(message_rate_at(&rate, false), START + NANOS_PER_SECOND);
	assert_true(message_rate_at(&rate, true) <= START + 1);
	message_rate_count(&rate, START + 2);
	assert_int_equal(message_rate_at(&rate, true), START + NANOS_PER_SECOND);
	assert_int_equal(message_rate_at(&rate, false), START + 1 + NANOS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_within_a_second),
		cmocka_unit_test(test_two_that_can_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
