/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/path_loss.c: which probes count, and what becomes of them.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/path_loss.h"

#define MS NANOS_PER_MS
#define START (10 * NANOS_PER_SECOND)

static struct path_loss loss;

static int begin(void **state)
{
	(void)state;
	path_loss_init(&loss);
	return 0;
}

/* Probes 1 to `count`, each 100 ms after the one before. */
static void send_probes(uint16_t count)
{
	for (uint16_t i = 1; i <= count; i++)
		path_loss_sent(&loss, START + i * 100 * MS, i);
}

static void test_spacing(void **state)
{
	(void)state;
	path_loss_sent(&loss, START, 1);
	path_loss_sent(&loss, START + 100 * MS - 1, 2);
	path_loss_sent(&loss, START + 100 * MS, 3);
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_WAITING), 2);
	assert_true(path_loss_answered(&loss, 2) == NANOS_NEVER);
	assert_true(path_loss_answered(&loss, 3) == START + 100 * MS);
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_ANSWERED), 1);
}

/* A late answer shows that the probe was not lost. */
static void test_lost(void **state)
{
	(void)state;
	send_probes(3);
	assert_false(path_loss_lose(&loss, START + 100 * MS));
	assert_true(path_loss_lose(&loss, START + 300 * MS));
	assert_false(path_loss_lose(&loss, START + 300 * MS));
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_LOST), 2);
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_WAITING), 1);
	path_loss_answered(&loss, 1);
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_LOST), 1);
}

static void test_only_the_last_count(void **state)
{
	(void)state;
	send_probes(PATH_SAMPLES);
	assert_true(path_loss_lose(&loss, NANOS_NEVER));
	path_loss_sent(&loss, START + 60 * NANOS_PER_SECOND, 100);
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_LOST), PATH_SAMPLES - 1);
	assert_true(path_loss_answered(&loss, 1) == NANOS_NEVER);
	path_loss_init(&loss);
	assert_int_equal(path_loss_count(&loss, PATH_OUTCOME_NONE), PATH_SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_spacing, begin),
		cmocka_unit_test_setup(test_lost, begin),
		cmocka_unit_test_setup(test_only_the_last_count, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
