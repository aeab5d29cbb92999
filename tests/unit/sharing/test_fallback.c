/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fallback.c: two bad seconds, not one; and no way back and forth.
 */
#include "unit.h"

#include "../../../src/sharing/fallback.h"

struct scene {
	struct fallback fallback;
	struct fallback_sample sample;
	nanos now;
	unsigned int changes;
};

/* Seconds in which `rate` is delivered, while the best path carries 1,000,000. */
static void pass(struct scene *scene, unsigned int seconds, uint64_t rate)
{
	for (unsigned int i = 0; i < 20 * seconds; i++) {
		const enum fallback_state before = scene->fallback.state;

		scene->now += 50 * MS;
		scene->sample.delivered += rate / 20;
		scene->sample.sent += 40;
		fallback_step(&scene->fallback, scene->now, &scene->sample);
		scene->changes += scene->fallback.state != before;
	}
}

static struct scene scene_of(bool waits)
{
	struct scene scene = {.sample = {.best = 1000000, .waits = waits}, .now = MS};

	fallback_step(&scene.fallback, scene.now, &scene.sample);
	pass(&scene, 1, 1500000);
	return scene;
}

static void test_better_than_the_best(void **state)
{
	struct scene scene = scene_of(true);

	(void)state;
	pass(&scene, 60, 960000);
	assert_int_equal(scene.changes, 0);
}

static void test_worse(void **state)
{
	struct scene scene = scene_of(true);

	(void)state;
	pass(&scene, 1, 900000);
	assert_int_equal(scene.fallback.state, FALLBACK_DOUBT);
	pass(&scene, 1, 1000000);
	assert_int_equal(scene.fallback.state, FALLBACK_ALL);
	pass(&scene, 3, 900000);
	assert_int_equal(scene.fallback.state, FALLBACK_SINGLE);
}

/* Nothing more was to be sent. */
static void test_little_to_send(void **state)
{
	struct scene scene = scene_of(false);

	(void)state;
	pass(&scene, 60, 10000);
	assert_int_equal(scene.changes, 0);
}

/* TCP's window is small because of what comes out of order: nothing waits here. */
static void test_disorder(void **state)
{
	struct scene scene = scene_of(false);

	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		scene.sample.disordered += 5;
		pass(&scene, 1, 500000);
		if (scene.fallback.state == FALLBACK_SINGLE)
			break;
	}
	assert_int_equal(scene.fallback.state, FALLBACK_SINGLE);
}

/* What the queue discards limits TCP as well: nothing waits for long. */
static void test_congested(void **state)
{
	struct scene scene = scene_of(false);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		scene.sample.congested++;
		pass(&scene, 1, 500000);
	}
	assert_int_equal(scene.fallback.state, FALLBACK_SINGLE);
}

/* A host that is late for two seconds tries the best path alone; if better, for 30 seconds. */
static void test_late(void **state)
{
	struct scene scene = scene_of(false);

	(void)state;
	scene.sample.late = true;
	pass(&scene, 1, 1500000);
	assert_int_equal(scene.fallback.state, FALLBACK_ALL);
	pass(&scene, 1, 1500000);
	assert_int_equal(scene.fallback.state, FALLBACK_SINGLE);
	pass(&scene, 3, 2000000);
	assert_int_equal(scene.fallback.state, FALLBACK_BETTER);
	pass(&scene, 29, 2000000);
	assert_int_equal(scene.fallback.state, FALLBACK_BETTER);
	pass(&scene, 1, 2000000);
	assert_int_equal(scene.fallback.state, FALLBACK_ALL);
	pass(&scene, 2, 1500000);
	assert_int_equal(scene.fallback.state, FALLBACK_SINGLE);
	pass(&scene, 3 + 59, 2000000);
	assert_int_equal(scene.fallback.state, FALLBACK_BETTER);
}

/* As long as the rate grows, a late host is no reason. */
static void test_late_and_growing(void **state)
{
	struct scene scene = scene_of(false);
	uint64_t rate = 1500000;

	(void)state;
	scene.sample.late = true;
	for (unsigned int i = 0; i < 10; i++, rate += rate / 5)
		pass(&scene, 1, rate);
	assert_int_equal(scene.changes, 0);
}

/* The best path alone is no better: all paths are used for at least 100 seconds. */
static void test_no_better(void **state)
{
	struct scene scene = scene_of(true);

	(void)state;
	pass(&scene, 14, 900000);
	assert_int_equal(scene.fallback.state, FALLBACK_BACK);
	scene.changes = 0;
	pass(&scene, 100, 900000);
	assert_int_equal(scene.changes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_better_than_the_best),
		cmocka_unit_test(test_worse),
		cmocka_unit_test(test_little_to_send),
		cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_congested),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_late_and_growing),
		cmocka_unit_test(test_no_better),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
