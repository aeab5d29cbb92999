/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sharing.c, sharing_receive.c: two ends that hand packets to each other at once, and what they do
 * with a peer that begins anew, does not answer, or is not one.
 */
#include "unit.h"

#include "../../../src/sharing/sharing.h"
#include "../../../src/wire/packet.h"

#define PATHS 2

struct side {
	struct sharing *sharing;
	struct side *other;
	unsigned int delivered;
	unsigned int by_path[PATHS + 1];
	unsigned int marked; /* data that says congestion was experienced */
	uint8_t last[SHARING_INNER_MAX];
	bool cut; /* nothing that is sent arrives */
};

static struct side sides[2];
static nanos now;

static void hand_over(void *ctx, uint16_t path, struct octets gre)
{
	struct side *side = ctx;

	assert_in_range(path, 1, PATHS);
	side->by_path[path]++;
	side->marked += gre.length > 500 && (gre.at[GRE_OCTETS + 1] & 0x30) == 0x30;
	if (!side->cut && side->other->sharing)
		sharing_receive(side->other->sharing, now, now, path, gre);
}

static void deliver(void *ctx, struct octets packet)
{
	struct side *side = ctx;

	side->delivered++;
	memcpy(side->last, packet.at, packet.length);
}

static void side_begin(struct side *side, uint32_t instance, enum sharing_mode mode)
{
	const struct sharing_config config = {
		mode, instance, 512, SHARING_HOLD_MAX, IN6ADDR_ANY_INIT};
	const struct sharing_port port = {side, hand_over, deliver};

	assert_int_equal(sharing_new(&config, &port, &side->sharing), 0);
	for (uint16_t i = 1; i <= PATHS; i++)
		assert_int_equal(sharing_path_add(side->sharing, now, i), 0);
}

static void begin(enum sharing_mode mode)
{
	now = NANOS_PER_SECOND;
	memset(sides, 0, sizeof(sides));
	sides[0].other = &sides[1];
	sides[1].other = &sides[0];
	side_begin(&sides[0], 1, mode);
	side_begin(&sides[1], 1, mode);
}

static int end(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		if (sides[i].sharing)
			sharing_free(sides[i].sharing);
	return 0;
}

static void pass(unsigned int ms)
{
	for (; ms > 0; ms--) {
		now += MS;
		for (int i = 0; i < 2; i++)
			if (sides[i].sharing && sharing_deadline(sides[i].sharing) <= now)
				sharing_expire(sides[i].sharing, now);
	}
}

/* Traffic class 0, or ECT(0). */
static void send_packet(uint8_t mark, bool ect)
{
	uint8_t octets[1000] = {0x60, ect ? 0x20 : 0, [6] = 17, [50] = mark};

	sharing_send(sides[0].sharing, now, (struct octets){octets, sizeof(octets)});
}

static void test_delivered(void **state)
{
	(void)state;
	begin(SHARING_AGGREGATE);
	for (uint8_t i = 0; i < 50; i++) {
		send_packet(i, false);
		pass(10);
		assert_int_equal(sides[1].delivered, i + 1);
		assert_int_equal(sides[1].last[50], i);
	}
}

static void test_redundant(void **state)
{
	struct sharing_counters counters;

	(void)state;
	begin(SHARING_REDUNDANT);
	pass(300);
	memset(sides[0].by_path, 0, sizeof(sides[0].by_path));
	for (uint8_t i = 0; i < 50; i++)
		send_packet(i, false);
	assert_int_equal(sides[0].by_path[1], 50);
	assert_int_equal(sides[0].by_path[2], 50);
	assert_int_equal(sides[1].delivered, 50);
	sharing_count(sides[1].sharing, &counters);
	assert_int_equal(counters.duplicates, 50);
}

/* The daemon at either end is restarted: packets flow within the hold time. */
static void test_restart(void **state)
{
	(void)state;
	begin(SHARING_AGGREGATE);
	for (int i = 0; i < 2; i++) {
		send_packet(1, false);
		send_packet(2, false);
		pass(100);
		sharing_free(sides[i].sharing);
		side_begin(&sides[i], 2, SHARING_AGGREGATE);
		sides[1].delivered = 0;
		send_packet(3, false);
		pass(SHARING_HOLD_MAX / MS + 1);
		assert_int_equal(sides[1].last[50], 3);
	}
}

static void test_unanswered(void **state)
{
	(void)state;
	begin(SHARING_AGGREGATE);
	send_packet(1, false);
	pass(2000);
	assert_true(sharing_is_answered(sides[0].sharing, now));
	sides[0].cut = true;
	send_packet(2, false);
	pass(900);
	assert_true(sharing_is_answered(sides[0].sharing, now));
	pass(200);
	assert_false(sharing_is_answered(sides[0].sharing, now));
	sides[0].cut = false;
	send_packet(3, false);
	pass(50);
	assert_true(sharing_is_answered(sides[0].sharing, now));
}

/* More than the paths carry: what waits is bounded; what knows ECN is marked and not discarded. */
static void test_congestion(void **state)
{
	struct sharing_counters with, without;

	(void)state;
	for (int ect = 0; ect < 2; ect++) {
		begin(SHARING_AGGREGATE);
		sides[0].cut = true;
		for (unsigned int i = 0; i < 1000; i++) {
			send_packet(0, ect);
			send_packet(0, ect);
			pass(1);
		}
		sharing_count(sides[0].sharing, ect ? &with : &without);
		assert_true(ect ? sides[0].marked > 5 : sides[0].marked == 0);
		end(NULL);
		sides[0].sharing = sides[1].sharing = NULL;
	}
	assert_true(without.congested > 5);
	assert_in_range(without.sent, 900, 1100);
	assert_true(with.sent >= without.sent);
}

static void test_path_removed(void **state)
{
	(void)state;
	begin(SHARING_AGGREGATE);
	pass(300);
	sharing_path_remove(sides[0].sharing, now, 1);
	sides[0].by_path[1] = 0;
	for (uint8_t i = 0; i < 20; i++) {
		send_packet(i, false);
		pass(10);
	}
	assert_int_equal(sides[0].by_path[1], 0);
	assert_int_equal(sides[1].delivered, 20);
	assert_int_equal(sharing_path_add(sides[0].sharing, now, 1), 0);
	sharing_path_remove(sides[0].sharing, now, 77);
}

/* Nothing is sent for long: nothing is due. */
static void test_quiet(void **state)
{
	(void)state;
	begin(SHARING_AGGREGATE);
	send_packet(1, false);
	pass(12000);
	assert_int_equal(sharing_deadline(sides[0].sharing), NANOS_NEVER);
	assert_int_equal(sharing_deadline(sides[1].sharing), NANOS_NEVER);
}

static void test_no_memory_for_more_paths(void **state)
{
	(void)state;
	begin(SHARING_AGGREGATE);
	for (uint16_t i = 3; i <= 8; i++)
		assert_int_equal(sharing_path_add(sides[0].sharing, now, i), 0);
	assert_int_equal(sharing_path_add(sides[0].sharing, now, 9), -ENOSPC);
	sharing_free(sides[0].sharing);
	sides[0].sharing = NULL;
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_delivered),
		TEST(test_redundant),
		TEST(test_restart),
		TEST(test_unanswered),
		TEST(test_congestion),
		TEST(test_path_removed),
		TEST(test_quiet),
		TEST(test_no_memory_for_more_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
