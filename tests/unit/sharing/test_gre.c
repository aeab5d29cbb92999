/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gre.c: RFC 2784, RFC 2890. The octets are those that scapy 2.5 writes for
 * GRE(key_present=1, seqnum_present=1, proto=0x86dd, key=0x0102032a, seqence_number=7).
 */
#include "unit.h"

#include "../../../src/sharing/gre.h"

static const uint8_t written[] = {
	0x30, 0x00, 0x86, 0xdd, 0x01, 0x02, 0x03, 0x2a, 0x00, 0x00, 0x00, 0x07, 0x60, 0x01};

static void test_encode(void **state)
{
	uint8_t octets[GRE_OCTETS];
	struct builder builder = builder_over(octets, sizeof(octets));

	(void)state;
	gre_encode(&(const struct gre){GRE_IPV6, 0x2a, 0x010203, 7}, &builder);
	assert_false(builder.failed);
	assert_int_equal(builder_length(&builder), GRE_OCTETS);
	assert_memory_equal(octets, written, GRE_OCTETS);
}

static void test_decode(void **state)
{
	struct octets payload;
	struct gre gre;

	(void)state;
	assert_true(gre_decode((struct octets){written, sizeof(written)}, &gre, &payload));
	assert_int_equal(gre.protocol, GRE_IPV6);
	assert_int_equal(gre.instance, 0x010203);
	assert_int_equal(gre.flow, 0x2a);
	assert_int_equal(gre.sequence, 7);
	assert_ptr_equal(payload.at, written + GRE_OCTETS);
	assert_int_equal(payload.length, 2);
}

/* Every other octet of the header's first four is another form of GRE, or another protocol. */
static void test_other_forms(void **state)
{
	struct octets payload;
	struct gre gre;

	(void)state;
	for (size_t length = 0; length < GRE_OCTETS; length++)
		assert_false(gre_decode((struct octets){written, length}, &gre, &payload));
	for (size_t bit = 0; bit < 32; bit++) {
		uint8_t octets[sizeof(written)];

		memcpy(octets, written, sizeof(octets));
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(gre_decode((struct octets){octets, sizeof(octets)}, &gre, &payload));
	}
}

/* Messages have their flow, and data has another. */
static void test_messages(void **state)
{
	uint8_t octets[sizeof(written)];
	struct octets payload;
	struct gre gre;

	(void)state;
	memcpy(octets, written, sizeof(octets));
	octets[7] = GRE_CONTROL_FLOW;
	assert_false(gre_decode((struct octets){octets, sizeof(octets)}, &gre, &payload));
	octets[2] = 0x88;
	octets[3] = 0xb5;
	assert_true(gre_decode((struct octets){octets, sizeof(octets)}, &gre, &payload));
	octets[7] = 0;
	assert_false(gre_decode((struct octets){octets, sizeof(octets)}, &gre, &payload));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_other_forms),
		cmocka_unit_test(test_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
