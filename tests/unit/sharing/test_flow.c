/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow.c: one connection, one flow; connections spread over the flows.
 */
#include "unit.h"

#include "../../../src/sharing/flow.h"

static uint8_t flow(uint8_t next_header, uint16_t source_port, uint8_t later)
{
	uint8_t octets[60] = {0x60, [6] = next_header, [8] = 0x20, [24] = 0x20};

	octets[7] = later; /* hop limit */
	octets[40] = (uint8_t)(source_port >> 8);
	octets[41] = (uint8_t)source_port;
	octets[50] = later;
	return flow_of((struct octets){octets, sizeof(octets)});
}

static void test_connection(void **state)
{
	(void)state;
	assert_int_equal(flow(6, 1000, 0), flow(6, 1000, 9));
	assert_int_equal(flow(58, 1000, 0), flow(58, 1001, 0));
}

static void test_spread(void **state)
{
	unsigned int counts[256] = {0};

	(void)state;
	for (uint16_t port = 0; port < 25500; port++)
		counts[flow(17, port, 0)]++;
	assert_int_equal(counts[GRE_CONTROL_FLOW], 0);
	for (unsigned int i = 0; i < GRE_FLOWS; i++)
		assert_in_range(counts[i], 40, 200);
}

static void test_short(void **state)
{
	const uint8_t octets[60] = {0x60, [6] = 6};

	(void)state;
	for (size_t length = 0; length < sizeof(octets); length++)
		assert_true(flow_of((struct octets){octets, length}) < GRE_FLOWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connection),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
