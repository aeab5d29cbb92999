/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * repair.c: what is sent again, by whose word, and how long copies stay.
 */
#include "unit.h"

#include "../../../src/sharing/repair.h"

#define PACKETS 8

static struct repair repair;
static struct packet_list unused, again;
static struct shared_packet packets[PACKETS];
static struct sharing_path paths[SHARING_PATHS_MAX];

/* Packets 0, 1, ... were sent in turn by paths 0 and 1, one each millisecond. */
static void begin(void)
{
	memset(&repair, 0, sizeof(repair));
	memset(&unused, 0, sizeof(unused));
	memset(&again, 0, sizeof(again));
	memset(packets, 0, sizeof(packets));
	memset(paths, 0, sizeof(paths));
	for (uint32_t i = 0; i < PACKETS; i++) {
		packets[i].sequence = i;
		packets[i].path = i % 2;
		packets[i].order = i / 2 + 1;
		packets[i].sent = (i + 1) * 10 * MS;
		repair_keep(&repair, &packets[i]);
	}
}

/* The path has delivered packet `last`. */
static void arrived(uint32_t last)
{
	struct sharing_path *path = &paths[last % 2];

	path->arrived = packets[last].order;
	path->arrived_sent = packets[last].sent;
}

static unsigned int missing(uint8_t bits)
{
	return repair_missing(&repair, &(const struct flow_missing){0, 1, 0, &bits}, paths, &again);
}

static void test_missing(void **state)
{
	(void)state;
	begin();
	arrived(4);
	/* 1 and 3 may still be on their way by path 1. */
	assert_int_equal(missing(0x0e), 1);
	assert_ptr_equal(again.first, &packets[2]);
	/* It is to be sent again already. */
	assert_int_equal(missing(0x0e), 0);
	arrived(5);
	assert_int_equal(missing(0x0e), 2);
	assert_int_equal(again.count, 3);
}

static void test_copy_is_lost(void **state)
{
	(void)state;
	begin();
	arrived(4);
	for (unsigned int i = 0; i < REPAIR_TRIES; i++) {
		assert_int_equal(missing(0x04), 1);
		packet_remove(&again, &packets[2]);
		packets[2].path = 1;
		packets[2].order = 10 + i;
		packets[2].sent = (2 + i) * NANOS_PER_SECOND;
		repair_keep(&repair, &packets[2]);
		assert_int_equal(missing(0x04), 0);
		paths[1].arrived = 11 + i;
		paths[1].arrived_sent = packets[2].sent + NANOS_PER_SECOND / 2;
	}
	assert_int_equal(missing(0x04), 0);
}

static void test_silent(void **state)
{
	(void)state;
	begin();
	arrived(3);
	assert_int_equal(repair_silent(&repair, 1, &paths[1], &again), 2);
	assert_ptr_equal(again.first, &packets[5]);
	assert_ptr_equal(again.last, &packets[7]);
}

static void test_expire(void **state)
{
	(void)state;
	begin();
	repair_expire(&repair, &unused, 35 * MS, false);
	assert_int_equal(unused.count, 3);
	repair_expire(&repair, &unused, 0, true);
	assert_int_equal(unused.count, 4);
	arrived(6);
	arrived(7);
	assert_int_equal(missing(0xff), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_copy_is_lost),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_expire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
