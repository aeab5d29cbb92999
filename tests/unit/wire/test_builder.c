/* SPDX-License-Identifier: BSD-2-Clause */
/* The writing half of cursor.h. */
#include "support.h"

#include <string.h>

static void writes_in_network_order(void **state)
{
	uint8_t octets[64];
	struct builder out = builder_over(octets, sizeof(octets));
	struct in6_addr written = address("2001:db8::1");

	(void)state;
	builder_u8(&out, 0x01);
	builder_u16(&out, 0x0203);
	builder_u32(&out, 0x04050607);
	builder_u64(&out, 0x08090a0b0c0d0e0f);
	builder_address(&out, &written);
	builder_octets(&out, (const uint8_t[]){0xaa, 0xbb}, 2);
	builder_octets(&out, NULL, 3);
	assert_false(out.failed);
	assert_octets((struct octets){octets, builder_length(&out)},
		"0102030405060708090a0b0c0d0e0f"
		"20010db8000000000000000000000001aabb000000");
}

static void stays_failed_and_writes_nothing_more(void **state)
{
	uint8_t octets[4];
	struct builder out = builder_over(octets, 3);

	(void)state;
	memset(octets, 0xee, sizeof(octets));
	builder_u16(&out, 0x0102);
	builder_u32(&out, 0xffffffff);
	assert_true(out.failed);
	builder_u8(&out, 0xff);
	builder_octets(&out, NULL, 0);
	builder_octets(&out, NULL, SIZE_MAX);
	assert_int_equal(builder_length(&out), 2);
	assert_octets((struct octets){octets, 4}, "0102eeee");
}

static void fills_to_the_last_octet(void **state)
{
	uint8_t octets[2];
	struct builder out = builder_over(octets, 2);

	(void)state;
	builder_u16(&out, 0x0102);
	builder_octets(&out, NULL, 0);
	assert_false(out.failed);
	builder_u8(&out, 3);
	assert_true(out.failed);
}

static void nothing_holds_nothing(void **state)
{
	struct builder out = builder_over(NULL, 0);

	(void)state;
	builder_octets(&out, NULL, 0);
	assert_false(out.failed);
	assert_int_equal(builder_length(&out), 0);
	builder_u8(&out, 0);
	assert_true(out.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_in_network_order),
		cmocka_unit_test(stays_failed_and_writes_nothing_more),
		cmocka_unit_test(fills_to_the_last_octet),
		cmocka_unit_test(nothing_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
