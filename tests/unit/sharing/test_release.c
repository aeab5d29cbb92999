/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * release.c: order, holes, the hold time, duplicates, late packets, memory.
 */
#include "unit.h"

#include "../../../src/sharing/release.h"

#define HOLD (50 * MS)
#define FLOW 7

static struct release release;
static char delivered[256];

static void note(void *ctx, struct octets packet)
{
	const size_t length = strlen(delivered);

	(void)ctx;
	assert_true(length + 1 < sizeof(delivered));
	delivered[length] = (char)packet.at[0];
	delivered[length + 1] = 0;
}

static int begin(void **state)
{
	(void)state;
	delivered[0] = 0;
	return release_init(&release, 4, HOLD, note, NULL);
}

static int end(void **state)
{
	(void)state;
	release_fini(&release);
	return 0;
}

static bool add(nanos now, uint8_t path, uint32_t sequence, char name)
{
	return release_add(
		&release, now, path, FLOW, sequence, (struct octets){(const uint8_t *)&name, 1});
}

static void test_in_order(void **state)
{
	(void)state;
	assert_false(add(1, 0, 0, 'a'));
	assert_true(add(1, 0, 2, 'c'));
	assert_false(add(1, 1, 1, 'b'));
	assert_string_equal(delivered, "abc");
	assert_int_equal(release_deadline(&release), NANOS_NEVER);
}

static void test_flows_apart(void **state)
{
	const uint8_t other = 'x';

	(void)state;
	add(1, 0, 1, 'b');
	release_add(&release, 1, 0, FLOW + 1, 0, (struct octets){&other, 1});
	assert_string_equal(delivered, "x");
}

static void test_hold_time(void **state)
{
	(void)state;
	add(10 * MS, 0, 1, 'b');
	add(20 * MS, 1, 3, 'd');
	release.repair = HOLD;
	assert_int_equal(release_deadline(&release), 10 * MS + HOLD);
	release_expire(&release, 10 * MS + HOLD - 1);
	assert_string_equal(delivered, "");
	release_expire(&release, 10 * MS + HOLD);
	assert_string_equal(delivered, "b");
	release_expire(&release, 20 * MS + HOLD);
	assert_string_equal(delivered, "bd");
	assert_int_equal(release.given_up, 2);
}

/* Every path has delivered beyond the gap: what is missing is lost, unless its copy comes soon. */
static void test_lost_on_all_paths(void **state)
{
	(void)state;
	release.repair = 15 * MS;
	add(1 * MS, 0, 0, 'a');
	add(1 * MS, 1, 1, 'b');
	add(2 * MS, 0, 3, 'd');
	assert_int_equal(release_deadline(&release), 2 * MS + HOLD);
	add(5 * MS, 1, 4, 'e');
	assert_int_equal(release_deadline(&release), 20 * MS);
	release_expire(&release, 20 * MS);
	assert_string_equal(delivered, "abde");
}

static void test_copy_in_time(void **state)
{
	(void)state;
	release.repair = 15 * MS;
	add(1 * MS, 0, 1, 'b');
	add(10 * MS, 0, 0, 'a');
	release_expire(&release, NANOS_PER_SECOND);
	assert_string_equal(delivered, "ab");
	assert_int_equal(release.given_up, 0);
}

static void test_late_and_twice(void **state)
{
	(void)state;
	add(1 * MS, 0, 1, 'b');
	add(1 * MS, 1, 1, 'B');
	release_expire(&release, NANOS_PER_SECOND);
	add(NANOS_PER_SECOND, 1, 0, 'a');
	add(NANOS_PER_SECOND, 0, 0, 'A');
	assert_string_equal(delivered, "ba");
	assert_int_equal(release.late, 1);
	assert_int_equal(release.duplicates, 2);
}

/* There is no memory for a fifth: the oldest leaves, with all that is before it. */
static void test_memory(void **state)
{
	(void)state;
	add(1, 0, 4, 'e');
	add(2, 0, 3, 'd');
	add(3, 0, 6, 'g');
	add(4, 0, 8, 'i');
	assert_string_equal(delivered, "");
	add(5, 0, 10, 'k');
	assert_string_equal(delivered, "de");
}

static void test_numbers_wrap(void **state)
{
	(void)state;
	add(1, 0, 0x7fffffff, 'a');
	add(1, 0, 0xfffffffe, 'b');
	add(1, 0, 0xffffffff, 'c');
	add(1, 0, 1, 'e');
	add(1, 0, 0, 'd');
	assert_string_equal(delivered, "abcde");
}

static void test_restart(void **state)
{
	(void)state;
	add(1, 0, 5, 'f');
	release_restart(&release);
	add(2, 0, 0, 'a');
	assert_string_equal(delivered, "fa");
}

static void test_missing(void **state)
{
	struct report report = {0};
	uint8_t bits[64];

	(void)state;
	add(1, 0, 0, 'a');
	add(1, 0, 3, 'd');
	add(1, 0, 10, 'k');
	release_missing(&release, &report, bits, sizeof(bits));
	assert_int_equal(report.flows_count, 1);
	assert_int_equal(report.flows[0].flow, FLOW);
	assert_int_equal(report.flows[0].first, 1);
	assert_int_equal(report.flows[0].octets, 2);
	assert_int_equal(report.flows[0].bits[0], 0xfb);
	assert_int_equal(report.flows[0].bits[1], 0x01);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_order),
		TEST(test_flows_apart),
		TEST(test_hold_time),
		TEST(test_lost_on_all_paths),
		TEST(test_copy_in_time),
		TEST(test_late_and_twice),
		TEST(test_memory),
		TEST(test_numbers_wrap),
		TEST(test_restart),
		TEST(test_missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
