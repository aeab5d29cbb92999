/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deadlines.c against the plainest queue there is: an array that is searched.
 */
#include "../../../../src/core/base/deadlines.h"
#include "../../../scene/support/port.h"

#include "../../../scene/support/cmocka_scene.h"

#include <stdlib.h>

#define COUNT 200

static nanos least(const nanos *times)
{
	nanos first = NANOS_NEVER;
	for (size_t i = 0; i < COUNT; i++)
		if (times[i] < first)
			first = times[i];
	return first;
}

static void test_first_is_always_the_least(void **state)
{
	(void)state;
	static struct deadline deadlines[COUNT];
	static nanos times[COUNT];
	struct deadlines queue = {0};
	uint64_t seed = 5;
	assert_int_equal(deadlines_reserve(&queue, COUNT), 0);
	for (size_t i = 0; i < COUNT; i++)
		times[i] = NANOS_NEVER;
	for (unsigned step = 0; step < 100000; step++) {
		size_t i = test_random(&seed) % COUNT;
		/* few different times, so that equal ones meet; a third of them taken out */
		times[i] = test_random(&seed) % 3 ? test_random(&seed) % 64 : NANOS_NEVER;
		deadlines_set(&queue, &deadlines[i], times[i]);
		assert_int_equal(deadlines_next(&queue), least(times));
		const struct deadline *first = deadlines_first(&queue);
		if (first)
			assert_int_equal(times[first - deadlines], least(times));
	}
	deadlines_fini(&queue);
}

/* Taken out from the front, they come in order. */
static void test_sorts(void **state)
{
	(void)state;
	static struct deadline deadlines[COUNT];
	struct deadlines queue = {0};
	uint64_t seed = 6;
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(deadlines_reserve(&queue, i + 1), 0);
		deadlines_set(&queue, &deadlines[i], test_random(&seed) >> 1);
	}
	nanos last = 0;
	for (size_t i = 0; i < COUNT; i++) {
		struct deadline *first = deadlines_first(&queue);
		assert_non_null(first);
		assert_true(first->at >= last);
		last = first->at;
		deadlines_set(&queue, first, NANOS_NEVER);
		assert_int_equal(first->place, 0);
	}
	assert_null(deadlines_first(&queue));
	assert_int_equal(deadlines_next(&queue), NANOS_NEVER);
	deadlines_fini(&queue);
}

/* Setting what is not in the queue to never is nothing. */
static void test_never(void **state)
{
	(void)state;
	struct deadlines queue = {0};
	struct deadline deadline = {0};
	deadlines_set(&queue, &deadline, NANOS_NEVER);
	assert_null(deadlines_first(&queue));
	deadlines_fini(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_is_always_the_least),
		cmocka_unit_test(test_sorts),
		cmocka_unit_test(test_never),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
