/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.c: what is written is read again; what is cut or claims too much is refused.
 */
#include "unit.h"

#include "../../../src/sharing/report.h"

static const uint8_t bits[] = {0x05, 0x80};

static size_t write_report(uint8_t *octets, size_t capacity)
{
	struct builder builder = builder_over(octets, capacity);
	const struct report report = {
		.subject = {.s6_addr = {0x20, 1, [15] = 9}},
		.type = REPORT_RECEIVED,
		.hold = 12345,
		.instance = 0xabcdef,
		.delivered = 1u << 31,
		.disordered = 9,
		.paths_count = 2,
		.flows_count = 1,
		.paths = {{1, 2, 3, 4, 5, 6}, {500, 254, 0xffffffff, 7, 8, 9}},
		.flows = {{17, sizeof(bits), 1000, bits}},
	};

	report_encode(&report, &builder);
	assert_false(builder.failed);
	assert_int_equal(builder_length(&builder),
		REPORT_FIXED_OCTETS + 2 * REPORT_PATH_OCTETS + REPORT_FLOW_OCTETS + sizeof(bits));
	return builder_length(&builder);
}

static void test_there_and_back(void **state)
{
	uint8_t octets[REPORT_OCTETS_MAX];
	struct report report;
	const size_t length = write_report(octets, sizeof(octets));

	(void)state;
	assert_true(report_decode((struct octets){octets, length}, &report));
	assert_int_equal(report.type, REPORT_RECEIVED);
	assert_int_equal(report.subject.s6_addr[0], 0x20);
	assert_int_equal(report.subject.s6_addr[15], 9);
	assert_int_equal(report.hold, 12345);
	assert_int_equal(report.instance, 0xabcdef);
	assert_int_equal(report.delivered, 1u << 31);
	assert_int_equal(report.disordered, 9);
	assert_int_equal(report.paths_count, 2);
	assert_int_equal(report.paths[1].path, 500);
	assert_int_equal(report.paths[1].flow, 254);
	assert_int_equal(report.paths[1].sequence, 0xffffffff);
	assert_int_equal(report.paths[1].arrived, 7);
	assert_int_equal(report.paths[1].packets, 8);
	assert_int_equal(report.paths[1].octets, 9);
	assert_int_equal(report.flows[0].flow, 17);
	assert_int_equal(report.flows[0].first, 1000);
	assert_int_equal(report.flows[0].octets, sizeof(bits));
	assert_memory_equal(report.flows[0].bits, bits, sizeof(bits));
}

static void test_cut(void **state)
{
	uint8_t octets[REPORT_OCTETS_MAX];
	const size_t length = write_report(octets, sizeof(octets));
	struct report report;

	(void)state;
	for (size_t i = 0; i < length; i++)
		assert_false(report_decode((struct octets){octets, i}, &report));
}

static void test_too_many(void **state)
{
	uint8_t octets[REPORT_OCTETS_MAX] = {[16] = REPORT_RECEIVED};
	struct report report;

	(void)state;
	assert_true(report_decode((struct octets){octets, sizeof(octets)}, &report));
	octets[17] = SHARING_PATHS_MAX + 1;
	assert_false(report_decode((struct octets){octets, sizeof(octets)}, &report));
	octets[17] = 0;
	octets[18] = REPORT_FLOWS_MAX + 1;
	assert_false(report_decode((struct octets){octets, sizeof(octets)}, &report));
	octets[18] = 1;
	octets[REPORT_FIXED_OCTETS + 2] = REPORT_MISSING_BITS / 8 / 256;
	octets[REPORT_FIXED_OCTETS + 3] = 1;
	assert_false(report_decode((struct octets){octets, sizeof(octets)}, &report));
	octets[16] = REPORT_RECEIVED + 1;
	octets[18] = 0;
	assert_false(report_decode((struct octets){octets, sizeof(octets)}, &report));
}

static void test_probe(void **state)
{
	uint8_t octets[24];
	struct builder builder = builder_over(octets, sizeof(octets));
	struct report report;

	(void)state;
	report_encode(&(const struct report){.type = REPORT_PROBE, .hold = 77}, &builder);
	assert_false(builder.failed);
	assert_true(report_decode((struct octets){octets, builder_length(&builder)}, &report));
	assert_int_equal(report.type, REPORT_PROBE);
	assert_int_equal(report.hold, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_probe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
