/* SPDX-License-Identifier: BSD-2-Clause */
/* The reading half of cursor.h. */
#include "support.h"

static void reads_in_network_order(void **state)
{
	struct octets octets = hex("0102030405060708090a0b0c0d0e0f");
	struct cursor in = cursor_over(octets.at, octets.length);

	(void)state;
	assert_int_equal(cursor_u8(&in), 0x01);
	assert_int_equal(cursor_u16(&in), 0x0203);
	assert_int_equal(cursor_u32(&in), 0x04050607);
	assert_int_equal(cursor_u64(&in), 0x08090a0b0c0d0e0f);
	assert_int_equal(cursor_left(&in), 0);
	assert_false(in.failed);
	release(octets);
}

static void stays_failed_and_yields_zeros(void **state)
{
	struct octets octets = hex("010203");
	struct cursor in = cursor_over(octets.at, octets.length);
	struct in6_addr read = address("::1");

	(void)state;
	assert_int_equal(cursor_u32(&in), 0);
	assert_true(in.failed);
	assert_int_equal(cursor_left(&in), 0);
	assert_int_equal(cursor_u8(&in), 0);
	cursor_address(&in, &read);
	assert_address(&read, "::");
	assert_int_equal(cursor_octets(&in, 1).length, 0);
	assert_int_equal(cursor_octets(&in, 0).length, 0);
	assert_true(cursor_sub(&in, 0).failed);
	release(octets);
}

static void reads_addresses_and_views(void **state)
{
	struct octets octets = hex("20010db8000000000000000000000001aabbcc");
	struct cursor in = cursor_over(octets.at, octets.length);
	struct in6_addr read;

	(void)state;
	cursor_address(&in, &read);
	assert_address(&read, "2001:db8::1");
	assert_octets(cursor_octets(&in, 3), "aabbcc");
	assert_false(in.failed);
	assert_int_equal(cursor_octets(&in, 1).length, 0);
	assert_true(in.failed);
	release(octets);
}

static void a_sub_cursor_ends_at_its_own_length(void **state)
{
	struct octets octets = hex("01020304");
	struct cursor in = cursor_over(octets.at, octets.length);
	struct cursor sub = cursor_sub(&in, 2);

	(void)state;
	assert_int_equal(cursor_left(&sub), 2);
	assert_int_equal(cursor_u32(&sub), 0);
	assert_true(sub.failed);
	assert_false(in.failed);
	assert_int_equal(cursor_u16(&in), 0x0304);
	release(octets);
}

static void a_sub_cursor_past_the_end_fails_both(void **state)
{
	struct octets octets = hex("0102");
	struct cursor in = cursor_over(octets.at, octets.length);
	struct cursor sub = cursor_sub(&in, 3);

	(void)state;
	assert_true(in.failed);
	assert_true(sub.failed);
	assert_int_equal(cursor_u8(&sub), 0);
	release(octets);
}

static void a_huge_length_does_not_wrap(void **state)
{
	struct octets octets = hex("0102");
	struct cursor in = cursor_over(octets.at, octets.length);

	(void)state;
	assert_int_equal(cursor_octets(&in, SIZE_MAX).length, 0);
	assert_true(in.failed);
	release(octets);
}

static void nothing_is_no_octets(void **state)
{
	struct cursor in = cursor_over(NULL, 0);

	(void)state;
	assert_int_equal(cursor_left(&in), 0);
	assert_int_equal(cursor_octets(&in, 0).length, 0);
	assert_false(in.failed);
	assert_int_equal(cursor_u8(&in), 0);
	assert_true(in.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_network_order),
		cmocka_unit_test(stays_failed_and_yields_zeros),
		cmocka_unit_test(reads_addresses_and_views),
		cmocka_unit_test(a_sub_cursor_ends_at_its_own_length),
		cmocka_unit_test(a_sub_cursor_past_the_end_fails_both),
		cmocka_unit_test(a_huge_length_does_not_wrap),
		cmocka_unit_test(nothing_is_no_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
