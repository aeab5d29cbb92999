/* SPDX-License-Identifier: BSD-2-Clause */
/* put_back.c: when an object is put back, when all are compared. The time is an argument. */
#include "../../../src/io/host/put_back.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define START (100 * SECOND)

static void first_removals_are_put_back_at_once(void **state)
{
	struct put_back object = {.missing = true};

	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		assert_true(put_back_when(&object) <= START);
		put_back_tried(&object, START + i * 100 * MS, 0);
		assert_false(object.missing);
	}
	assert_int_equal(object.times, 20);
}

/* If somebody removes it as fast as it comes back, it comes back four times a second. */
static void fight_slows_down(void **state)
{
	struct put_back object = {.missing = true};
	uint64_t now = START;
	uint32_t told = 0;

	(void)state;
	while (now < START + 60 * SECOND) {
		now = put_back_when(&object) > now ? put_back_when(&object) : now;
		put_back_tried(&object, now, 0);
		told += put_back_to_be_told(&object);
	}
	assert_in_range(object.times, 240, 270);
	assert_in_range(told, 8, 13);
	/* within a second of the removal */
	assert_true(put_back_when(&object) <= now + SECOND);
}

static void calm_forgets_the_fight(void **state)
{
	struct put_back object = {.missing = true};

	(void)state;
	for (int i = 0; i < 30; i++)
		put_back_tried(&object, START, 0);
	assert_true(put_back_when(&object) > START);
	put_back_tried(&object, START + 11 * SECOND, 0);
	assert_int_equal(put_back_when(&object), 0);
	assert_true(put_back_to_be_told(&object));
}

static void refused_is_tried_again_later_and_later(void **state)
{
	struct put_back object = {.missing = true};
	uint64_t now = START, gap = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		put_back_tried(&object, now, -13);
		assert_true(object.missing);
		assert_true(put_back_when(&object) - now >= gap);
		gap = put_back_when(&object) - now;
		now = put_back_when(&object);
	}
	assert_int_equal(gap, 5 * SECOND);
	assert_int_equal(object.times, 0);
	put_back_tried(&object, now, 0);
	assert_false(object.missing);
}

/* Its interface may return at any time, and go again. */
static void object_of_a_gone_interface_does_not_wait_longer_and_longer(void **state)
{
	struct put_back object = {.missing = true};
	nanos now = START;

	(void)state;
	for (int i = 0; i < 20; i++) {
		put_back_tried(&object, now, -ENODEV);
		assert_true(object.missing);
		assert_in_range(put_back_when(&object) - now, 1, 100 * MS);
		now = put_back_when(&object);
	}
	assert_int_equal(object.times, 0);
}

static void once_a_minute_without_a_notification(void **state)
{
	struct comparison comparison;

	(void)state;
	comparison_init(&comparison, START);
	assert_int_equal(comparison.due, START + 60 * SECOND);
	comparison_done(&comparison, START + 60 * SECOND, START + 60 * SECOND + MS, NANOS_NEVER);
	assert_int_equal(comparison.due, START + 120 * SECOND + MS);
}

/* Many notifications, one comparison. */
static void soon_after_a_notification(void **state)
{
	struct comparison comparison;

	(void)state;
	comparison_init(&comparison, START);
	comparison_hint(&comparison, START + SECOND);
	assert_int_equal(comparison.due, START + SECOND + 5 * MS);
	comparison_hint(&comparison, START + SECOND + 2 * MS);
	assert_int_equal(comparison.due, START + SECOND + 5 * MS);
}

/* However large the host's tables are, and however often they change. */
static void takes_a_tenth_of_the_time(void **state)
{
	static const uint64_t durations[] = {MS, 30 * MS, 150 * MS, 800 * MS, 9 * SECOND};

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		struct comparison comparison;
		const uint64_t took = durations[i], end = START + 600 * SECOND;
		uint64_t now = START, spent = 0;

		comparison_init(&comparison, now);
		while (now < end) {
			comparison_hint(&comparison, now);
			assert_true(comparison.due <= now + 10 * took + 20 * MS);
			now = comparison.due;
			comparison_done(&comparison, now, now + took, NANOS_NEVER);
			spent += took;
			now += took;
		}
		assert_true(spent <= (now - START) / 10 + took);
	}
}

/* Somebody changes rules all the time: each dump is interrupted, and is to be repeated at once. */
static void repeated_ones_take_a_tenth_too(void **state)
{
	struct comparison comparison;

	(void)state;
	comparison_init(&comparison, START);
	comparison_done(&comparison, START, START + 40 * MS, START);
	assert_int_equal(comparison.due, START + 400 * MS);
}

static void comes_again_for_what_has_to_wait(void **state)
{
	struct comparison comparison;

	(void)state;
	comparison_init(&comparison, START);
	comparison_done(&comparison, START, START + MS, START + 400 * MS);
	assert_int_equal(comparison.due, START + 400 * MS);
	/* but never in a circle */
	comparison_done(&comparison, START, START + MS, 0);
	assert_int_equal(comparison.due, START + 21 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_removals_are_put_back_at_once),
		cmocka_unit_test(fight_slows_down),
		cmocka_unit_test(calm_forgets_the_fight),
		cmocka_unit_test(refused_is_tried_again_later_and_later),
		cmocka_unit_test(object_of_a_gone_interface_does_not_wait_longer_and_longer),
		cmocka_unit_test(once_a_minute_without_a_notification),
		cmocka_unit_test(soon_after_a_notification),
		cmocka_unit_test(takes_a_tenth_of_the_time),
		cmocka_unit_test(repeated_ones_take_a_tenth_too),
		cmocka_unit_test(comes_again_for_what_has_to_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
