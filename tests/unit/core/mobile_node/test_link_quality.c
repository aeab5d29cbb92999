/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/link_quality.c: the least delay of the last minutes, and overload.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/link_quality.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static void test_least_delay(void **state)
{
	(void)state;
	struct least_delay least = {0};
	nanos start = 1000 * SECOND;
	assert_true(least_delay_get(&least) == 0);
	least_delay_add(&least, 0, start);
	assert_true(least_delay_get(&least) == 0);
	least_delay_add(&least, 30 * MS, start);
	least_delay_add(&least, 20 * MS, start + SECOND);
	least_delay_add(&least, 40 * MS, start + 2 * SECOND);
	assert_true(least_delay_get(&least) == 20 * MS);
	least_delay_add(&least, 40 * MS, start + 61 * SECOND);
	assert_true(least_delay_get(&least) == 20 * MS);
	least_delay_add(&least, 40 * MS, start + 122 * SECOND);
	assert_true(least_delay_get(&least) == 40 * MS);
	least_delay_add(&least, 50 * MS, start + 1000 * SECOND);
	assert_true(least_delay_get(&least) == 50 * MS);
}

static void test_overload(void **state)
{
	(void)state;
	struct link_quality link = {.delay = 50 * MS, .least = 20 * MS};
	assert_false(link_quality_is_overloaded(&link));
	link.delay += 1;
	assert_true(link_quality_is_overloaded(&link));
	link = (struct link_quality){.loss_percent = 10};
	assert_false(link_quality_is_overloaded(&link));
	link.loss_percent = 11;
	assert_true(link_quality_is_overloaded(&link));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least_delay),
		cmocka_unit_test(test_overload),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
