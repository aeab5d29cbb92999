/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path.c: the pace, reports of what was sent, silence and the return from it.
 */
#include "unit.h"

#include "../../../src/sharing/path.h"

static struct sharing_path path;
static nanos now;
static uint32_t received;
static uint32_t sent;

static int begin(void **state)
{
	(void)state;
	now = NANOS_PER_SECOND;
	received = sent = 0;
	return sharing_path_init(&path, 9, now);
}

static int end(void **state)
{
	(void)state;
	sharing_path_fini(&path);
	return 0;
}

static void send_packets(unsigned int count)
{
	for (; count > 0; count--)
		sharing_path_sent(&path, now, 3, sent++, 1000);
}

static bool report(uint32_t sequence, nanos sent_before)
{
	received += 1000;
	return sharing_path_reported(&path, now,
		&(const struct path_report){9, 3, sequence, 0, 0, received},
		(int64_t)((now - sent_before) / 1000));
}

/* 500,000 octets in a second to begin with: 2 ms for each packet. A late sender makes up for 30 ms,
 * but not for the time in which there was nothing to send. */
static void test_pace(void **state)
{
	(void)state;
	send_packets(1);
	assert_int_equal(path.next, now + 2 * MS);
	now += 10 * MS;
	send_packets(6);
	assert_int_equal(path.next, now + 4 * MS);
	now += NANOS_PER_SECOND;
	send_packets(1);
	assert_int_equal(path.next, now - 28 * MS);
	path.idle = true;
	send_packets(1);
	assert_int_equal(path.next, now + 2 * MS);
}

static void test_reported(void **state)
{
	(void)state;
	send_packets(3);
	now += 20 * MS;
	assert_false(report(77, 10 * MS));
	assert_true(report(1, 10 * MS));
	assert_int_equal(path.rate.round_trip, 20 * MS);
	assert_int_equal(path.arrived, 2);
	assert_int_not_equal(path.since, 0);
	/* An older one that was overtaken. */
	assert_false(report(0, 10 * MS));
	assert_int_equal(path.arrived, 2);
	assert_true(report(2, 10 * MS));
	assert_int_equal(path.since, 0);
}

static void test_lost(void **state)
{
	(void)state;
	send_packets(1);
	now += 2 * MS;
	send_packets(1);
	now += 20 * MS;
	assert_false(sharing_path_has_lost(&path, 1, now - 22 * MS));
	report(1, 10 * MS);
	assert_true(sharing_path_has_lost(&path, 1, now - 22 * MS));
	assert_false(sharing_path_has_lost(&path, 2, now - 20 * MS));
}

/* Silent at most 150 ms after the round trip. */
static void test_silence(void **state)
{
	(void)state;
	assert_int_equal(sharing_path_silent_at(&path), NANOS_NEVER);
	send_packets(1);
	now += 20 * MS;
	report(0, 10 * MS);
	assert_int_equal(sharing_path_silent_at(&path), NANOS_NEVER);
	now += NANOS_PER_SECOND;
	send_packets(2);
	assert_in_range(sharing_path_silent_at(&path), now + 20 * MS, now + 170 * MS);
	sharing_path_enter_silent(&path, now);
	assert_int_equal(path.probe_at, now);
	now += 50 * MS;
	report(2, 10 * MS);
	assert_int_equal(path.state, PATH_SILENT);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(path.state, PATH_SILENT);
		send_packets(1);
		assert_int_equal(path.probe_at, now + PATH_PROBE_SILENT);
		now += 20 * MS;
		report(sent - 1, 10 * MS);
	}
	assert_int_equal(path.state, PATH_ACTIVE);
	assert_int_equal(path.rate.rate, PATH_RATE_FIRST / 2);
}

/* More packets than there are marks: the report is of one that is not known any more. */
static void test_marks(void **state)
{
	(void)state;
	send_packets(PATH_MARKS + 1);
	now += 20 * MS;
	assert_false(report(0, 10 * MS));
	assert_true(report(1, 10 * MS));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pace),
		TEST(test_reported),
		TEST(test_lost),
		TEST(test_silence),
		TEST(test_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
