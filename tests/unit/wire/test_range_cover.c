/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of values as prefixes. */
#include "support.h"

#include "../../../src/wire/range_cover.h"

#include <string.h>

#define PREFIXES_MAX 300

struct prefixes {
	size_t count;
	struct {
		uint8_t value[RANGE_COVER_OCTETS_MAX];
		unsigned length;
	} at[PREFIXES_MAX];
};

static void append(void *ctx, const uint8_t *value, unsigned length)
{
	struct prefixes *prefixes = ctx;

	assert_true(prefixes->count < PREFIXES_MAX);
	memcpy(prefixes->at[prefixes->count].value, value, RANGE_COVER_OCTETS_MAX);
	prefixes->at[prefixes->count++].length = length;
}

static struct prefixes cover_16(uint16_t first, uint16_t last)
{
	const uint8_t a[] = {(uint8_t)(first >> 8), (uint8_t)first};
	const uint8_t b[] = {(uint8_t)(last >> 8), (uint8_t)last};
	struct prefixes ret = {0};

	size_t count = range_cover(a, b, 16, append, &ret);

	assert_int_equal(count, ret.count);
	return ret;
}

static uint16_t value_16(const struct prefixes *prefixes, size_t n)
{
	return (uint16_t)(prefixes->at[n].value[0] << 8 | prefixes->at[n].value[1]);
}

static void test_all_is_one_prefix(void **state)
{
	struct prefixes all = cover_16(0, UINT16_MAX);

	(void)state;
	assert_int_equal(all.count, 1);
	assert_int_equal(all.at[0].length, 0);
}

static void test_one_value(void **state)
{
	struct prefixes one = cover_16(443, 443);

	(void)state;
	assert_int_equal(one.count, 1);
	assert_int_equal(one.at[0].length, 16);
	assert_int_equal(value_16(&one, 0), 443);
}

/* 1024 to 65535: the ports that are not well known, as firewalls write them */
static void test_example(void **state)
{
	struct prefixes high = cover_16(1024, UINT16_MAX);

	(void)state;
	assert_int_equal(high.count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(value_16(&high, i), 1024 << i);
		assert_int_equal(high.at[i].length, 6 - i);
	}
}

/* The longest list: nothing at either end makes up a pair. */
static void test_worst(void **state)
{
	(void)state;
	assert_int_equal(cover_16(1, 65534).count, 30);
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(cover_16(2, 1).count, 0);
}

/* Each value of the range is in one prefix, each other one in none; and no two prefixes are halves
 * of one, so there are no fewer. */
static void check(uint16_t first, uint16_t last)
{
	struct prefixes prefixes = cover_16(first, last);
	uint32_t next = first;

	for (size_t i = 0; i < prefixes.count; i++) {
		uint32_t size = 1u << (16 - prefixes.at[i].length);
		assert_int_equal(value_16(&prefixes, i), next);
		assert_int_equal(next % size, 0);
		if (i > 0 && prefixes.at[i - 1].length == prefixes.at[i].length)
			assert_int_not_equal((next - size) % (2 * size), 0);
		next += size;
	}
	assert_int_equal(next, last + 1u);
}

static void test_any_range(void **state)
{
	uint32_t random = 12345;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		uint16_t a = (uint16_t)(random >> 16);
		random = random * 1664525 + 1013904223;
		uint16_t b = (uint16_t)(random >> 16);
		check(a < b ? a : b, a < b ? b : a);
	}
}

static void test_addresses(void **state)
{
	struct in6_addr first = address("2001:db8:c::"), last = address("2001:db8:d::");
	struct prefixes prefixes = {0};

	(void)state;
	assert_int_equal(range_cover(first.s6_addr, last.s6_addr, 128, append, &prefixes), 2);
	assert_memory_equal(prefixes.at[0].value, &first, sizeof(first));
	assert_int_equal(prefixes.at[0].length, 48);
	assert_memory_equal(prefixes.at[1].value, &last, sizeof(last));
	assert_int_equal(prefixes.at[1].length, 128);
}

/* RFC 6088 3: the traffic class counts by its six high bits */
static void test_bits_that_do_not_count(void **state)
{
	const uint8_t first = 0xb6, last = 0xb9;
	struct prefixes prefixes = {0};

	(void)state;
	assert_int_equal(range_cover(&first, &last, 6, append, &prefixes), 2);
	assert_int_equal(prefixes.at[0].value[0], 0xb4);
	assert_int_equal(prefixes.at[0].length, 6);
	assert_int_equal(prefixes.at[1].value[0], 0xb8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_one_prefix),
		cmocka_unit_test(test_one_value),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_worst),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_any_range),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_bits_that_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
