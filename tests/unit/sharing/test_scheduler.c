/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scheduler.c: earliest delivery. Path 0 carries 10 packets in 10 ms with a delay of 10 ms, path 1
 * as many with a delay of 30 ms.
 */
#include "unit.h"

#include "../../../src/sharing/scheduler.h"

#define PACKET 1500
#define RATE 1500000
#define NOW NANOS_PER_SECOND

static struct sharing_path paths[SHARING_PATHS_MAX];
static struct shared_packet packets[64];
static struct scheduler scheduler;
static struct path_order order;

static void begin(unsigned int queued)
{
	memset(paths, 0, sizeof(paths));
	memset(&scheduler, 0, sizeof(scheduler));
	for (unsigned int i = 0; i < 2; i++)
		paths[i] = (struct sharing_path){.state = PATH_ACTIVE,
			.rate = {.rate = RATE, .gain = 100, .delay = i ? 30000 : 10000}};
	for (unsigned int i = 0; i < queued; i++) {
		packets[i].length = PACKET;
		packets[i].sequence = i;
		packet_append(&scheduler.queue, &packets[i]);
	}
	path_order_make(paths, 100000, -1, &order);
}

static int next(uint8_t *ret_path, nanos *ret_next)
{
	struct shared_packet *packet =
		scheduler_next(&scheduler, NOW, paths, &order, ret_path, ret_next);

	return packet ? (int)packet->sequence : -1;
}

static void test_fast_path_first(void **state)
{
	nanos wake;
	uint8_t path;

	(void)state;
	begin(1);
	assert_int_equal(next(&path, &wake), 0);
	assert_int_equal(path, 0);
}

/* The slow path would be later by 20 ms, that is 20 packets: it is used for what is behind them. */
static void test_slow_path_helps(void **state)
{
	nanos wake;
	uint8_t path;

	(void)state;
	begin(40);
	paths[0].next = NOW + MS;
	assert_int_equal(next(&path, &wake), 19);
	assert_int_equal(path, 1);
}

static void test_slow_path_does_not_help(void **state)
{
	nanos wake;
	uint8_t path;

	(void)state;
	begin(18);
	paths[0].next = NOW + MS;
	assert_int_equal(next(&path, &wake), -1);
	assert_int_equal(wake, NOW + MS);
	assert_true(paths[1].rate.starved);
	assert_false(paths[0].rate.starved);
}

static void test_no_more_than_pace(void **state)
{
	nanos wake;
	uint8_t path;

	(void)state;
	begin(64);
	paths[0].next = NOW + 3 * MS;
	paths[1].next = NOW + 2 * MS;
	assert_int_equal(next(&path, &wake), -1);
	assert_int_equal(wake, NOW + 2 * MS);
}

/* A copy goes before the queue, and by the path that delivers it first. */
static void test_repair(void **state)
{
	struct shared_packet copy = {.length = PACKET, .sequence = 77};
	nanos wake;
	uint8_t path;

	(void)state;
	begin(40);
	packet_append(&scheduler.repairs, &copy);
	assert_int_equal(next(&path, &wake), 77);
	assert_int_equal(path, 0);
	packet_append(&scheduler.repairs, &copy);
	paths[0].next = NOW + 5 * MS;
	assert_int_equal(next(&path, &wake), 15);
	assert_int_equal(path, 1);
	paths[0].next = NOW + 50 * MS;
	assert_int_equal(next(&path, &wake), 77);
	assert_int_equal(path, 1);
}

static void test_order(void **state)
{
	(void)state;
	begin(0);
	paths[4] = (struct sharing_path){
		.state = PATH_ACTIVE, .rate = {.rate = RATE, .gain = 100, .delay = 200000}};
	paths[5] = (struct sharing_path){
		.state = PATH_SILENT, .rate = {.rate = RATE, .gain = 100, .delay = 1}};
	paths[6] = (struct sharing_path){
		.state = PATH_ACTIVE, .rate = {.rate = RATE, .gain = 100, .delay = 5000}};
	path_order_make(paths, 100000, -1, &order);
	assert_int_equal(order.count, 3);
	assert_int_equal(order.at[0], 6);
	assert_int_equal(order.at[1], 0);
	assert_int_equal(order.at[2], 1);
	assert_int_equal(path_order_spread(&order), 25000);
	assert_int_equal(order.rate, 3 * RATE);
	path_order_make(paths, 100000, 4, &order);
	assert_int_equal(order.count, 1);
	assert_int_equal(order.at[0], 4);
}

static void test_wait(void **state)
{
	(void)state;
	begin(30);
	assert_int_equal(scheduler_wait(&scheduler, &order), 15 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast_path_first),
		cmocka_unit_test(test_slow_path_helps),
		cmocka_unit_test(test_slow_path_does_not_help),
		cmocka_unit_test(test_no_more_than_pace),
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
