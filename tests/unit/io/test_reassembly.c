/* SPDX-License-Identifier: BSD-2-Clause */
/* reassembly.c: RFC 8200 4.5, RFC 5722, RFC 6946, RFC 3168 5.3. The time is an argument. */
#include "../../../src/io/dataplane/reassembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define NOW (1000 * NANOS_PER_SECOND)
#define PAYLOAD 1280
#define MORE true
#define LAST false

static struct reassembly *reassembly;
static uint8_t fragment[4096], whole[REASSEMBLED_OCTETS_MAX];
static uint8_t first_octet, ecn, source;
static uint32_t identification;
static nanos now;

static void fill(void *ctx, void *to, size_t length)
{
	(void)ctx;
	memset(to, 0x5a, length);
}

static int set_up(void **state)
{
	static const struct core_port port = {.random = fill};

	(void)state;
	now = NOW;
	ecn = 0;
	source = 1;
	first_octet = 0;
	identification = 0xdeadbeef;
	return reassembly_new(&port, &reassembly);
}

static int tear_down(void **state)
{
	(void)state;
	reassembly_free(reassembly);
	return 0;
}

/* RFC 8200 3, 4.5: octets `at` to `end` of the payload, whose octet i is first_octet + i. */
static size_t add(unsigned int at, unsigned int end, bool more)
{
	const unsigned int length = 8 + end - at;
	const uint8_t headers[] = {0x60, (uint8_t)(ecn << 4), 0, 0, (uint8_t)(length >> 8),
		(uint8_t)length, 44, 60, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		source, 0x20, 1, 0xd, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 41, 0,
		(uint8_t)(at >> 8), (uint8_t)(at | more), (uint8_t)(identification >> 24),
		(uint8_t)(identification >> 16), (uint8_t)(identification >> 8),
		(uint8_t)identification};

	memcpy(fragment, headers, sizeof(headers));
	for (unsigned int i = at; i < end; i++)
		fragment[48 + i - at] = (uint8_t)(first_octet + i);
	return reassembly_add(reassembly, now, (struct octets){fragment, 40 + length}, whole);
}

static void assert_whole(size_t length, unsigned int payload)
{
	const uint8_t header[] = {0x60, (uint8_t)(ecn << 4), 0, 0, (uint8_t)(payload >> 8),
		(uint8_t)payload, 41, 60, 0x20, 1, 0xd, 0xb8};

	assert_int_equal(length, 40 + payload);
	assert_memory_equal(whole, header, sizeof(header));
	assert_int_equal(whole[23], source);
	for (unsigned int i = 0; i < payload; i++)
		assert_int_equal(whole[40 + i], (uint8_t)(first_octet + i));
}

static void in_order_and_not(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1232, MORE), 0);
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	assert_whole(add(0, 1232, MORE), PAYLOAD);
	assert_int_equal(add(1000, PAYLOAD, LAST), 0);
	assert_int_equal(add(8, 1000, MORE), 0);
	assert_whole(add(0, 8, MORE), PAYLOAD);
}

static void up_to_what_is_to_be_accepted(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1448, MORE), 0);
	assert_whole(add(1448, 1500, LAST), 1500);
	assert_int_equal(add(0, 1448, MORE), 0);
	assert_int_equal(add(1448, 1501, LAST), 0);
	identification++;
	assert_int_equal(add(65528, 65535, LAST), 0);
	assert_int_equal(add(0, 8, MORE), 0);
}

static void many_pieces(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 15; i++)
		assert_int_equal(add(80 * i, 80 * i + 80, MORE), 0);
	assert_whole(add(1200, PAYLOAD, LAST), PAYLOAD);
	/* more fragments than a packet may have */
	for (unsigned int i = 0; i < 160; i++)
		assert_int_equal(add(8 * i, 8 * i + 8, i < 159), 0);
}

static void duplicates_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1232, MORE), 0);
	assert_int_equal(add(0, 1232, MORE), 0);
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
}

/* RFC 5722 4: with all that still comes. */
static void overlapping_fragments_discard_the_packet(void **state)
{
	static const struct {
		unsigned int at, end;
		bool more;
	} others[] = {{0, 1224, MORE}, {0, 1240, MORE}, {8, 16, MORE}, {1224, PAYLOAD, LAST},
		{1224, 1240, MORE}, {0, PAYLOAD, MORE}};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		identification++;
		assert_int_equal(add(0, 1232, MORE), 0);
		first_octet = 99;
		assert_int_equal(add(others[i].at, others[i].end, others[i].more), 0);
		first_octet = 0;
		assert_int_equal(add(1232, PAYLOAD, LAST), 0);
		assert_int_equal(add(0, 1232, MORE), 0);
	}
}

/* What overlaps is as long as what is missing: by their lengths alone, the packet is whole. */
static void overlapping_fragments_fill_no_hole(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1224, MORE), 0);
	assert_int_equal(add(8, 16, MORE), 0);
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	identification++;
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	assert_int_equal(add(1224, 1240, MORE), 0);
	assert_int_equal(add(0, 1216, MORE), 0);
	identification++;
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	assert_int_equal(add(0, 640, MORE), 0);
	assert_int_equal(add(632, 1224, MORE), 0);
}

static void fragments_agree_on_the_end(void **state)
{
	(void)state;
	assert_int_equal(add(1240, PAYLOAD, LAST), 0);
	assert_int_equal(add(1280, 1300, LAST), 0);
	assert_int_equal(add(0, 1240, MORE), 0);
	identification++;
	assert_int_equal(add(1240, 1248, MORE), 0);
	assert_int_equal(add(1232, 1240, LAST), 0);
	assert_int_equal(add(0, 1232, MORE), 0);
}

static void other_fragments_have_whole_units(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1236, MORE), 0);
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	assert_int_equal(add(0, 1232, MORE), 0);
}

static void packets_are_not_mixed(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1232, MORE), 0);
	identification++;
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	identification--;
	source++;
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	source--;
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
}

/* RFC 6946 4: whatever else has its Identification. */
static void atomic_fragments_stand_alone(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1232, MORE), 0);
	assert_whole(add(0, 100, LAST), 100);
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
}

/* As a queue does that sends small packets first. */
static void last_fragments_overtake_many_firsts(void **state)
{
	(void)state;
	for (int i = 0; i < 128; i++, identification++)
		assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	identification = 0xdeadbeef;
	for (int i = 0; i < 128; i++, identification++)
		assert_whole(add(0, 1232, MORE), PAYLOAD);
}

static void too_late(void **state)
{
	(void)state;
	assert_int_equal(add(0, 1232, MORE), 0);
	now += 60 * NANOS_PER_SECOND + 1;
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	assert_whole(add(0, 1232, MORE), PAYLOAD);
}

static void congestion_of_any_fragment_counts(void **state)
{
	(void)state;
	ecn = 2;
	assert_int_equal(add(0, 1232, MORE), 0);
	ecn = 3;
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
	/* a packet that cannot say so */
	ecn = 0;
	assert_int_equal(add(0, 1232, MORE), 0);
	ecn = 3;
	assert_int_equal(add(1232, PAYLOAD, LAST), 0);
	ecn = 1;
	assert_int_equal(add(0, 1232, MORE), 0);
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
}

/* First fragments without end take a source's places, and its only. */
static void flood_of_one_source(void **state)
{
	(void)state;
	for (source = 2; source < 200; source++)
		for (int i = 0; i < 4; i++, identification++)
			assert_int_equal(add(0, 1232, MORE), 0);
	source = 1;
	for (int i = 0; i < 100000; i++) {
		identification++;
		assert_int_equal(add(0, 1232, MORE), 0);
	}
	/* it still gets its own through */
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
	identification = 0xdeadbeef;
	for (source = 2; source < 200; source++)
		for (int i = 0; i < 4; i++, identification++)
			assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
}

static void broken_ones(void **state)
{
	(void)state;
	add(0, 1232, MORE);
	for (size_t length = 0; length < 40 + 8 + 1232; length++)
		assert_int_equal(
			reassembly_add(reassembly, now, (struct octets){fragment, length}, whole),
			0);
	fragment[4] = fragment[5] = 0;
	assert_int_equal(
		reassembly_add(reassembly, now, (struct octets){fragment, 1280}, whole), 0);
	assert_int_equal(add(0, 0, LAST), 0);
	assert_whole(add(1232, PAYLOAD, LAST), PAYLOAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_order_and_not),
		TEST(up_to_what_is_to_be_accepted),
		TEST(many_pieces),
		TEST(duplicates_are_ignored),
		TEST(overlapping_fragments_discard_the_packet),
		TEST(overlapping_fragments_fill_no_hole),
		TEST(fragments_agree_on_the_end),
		TEST(other_fragments_have_whole_units),
		TEST(packets_are_not_mixed),
		TEST(atomic_fragments_stand_alone),
		TEST(last_fragments_overtake_many_firsts),
		TEST(too_late),
		TEST(congestion_of_any_fragment_counts),
		TEST(flood_of_one_source),
		TEST(broken_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
