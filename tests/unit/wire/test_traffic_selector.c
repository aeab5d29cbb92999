/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6088 3: which packets a traffic selector is for. */
#include "support.h"

#include "../../../src/wire/traffic_selector.h"

/* A voice packet to the mobile node. */
static struct flow_key packet(void)
{
	return (struct flow_key){
		.format = TRAFFIC_SELECTOR_IPV6,
		.known = (uint16_t)((1u << FLOW_FIELDS) - 1 - FLOW_BIT(FLOW_SPI)),
		.addresses = {address("2001:db8:c::1"), address("2001:db8:100::100")},
		.numbers = {0, 0x12345, 5060, 16384, 0xb8, 17},
	};
}

static struct traffic_selector any(void)
{
	return (struct traffic_selector){.format = TRAFFIC_SELECTOR_IPV6};
}

static void give(
	struct traffic_selector *selector, enum flow_field field, uint32_t first, uint32_t last)
{
	selector->given |= (uint16_t)FLOW_BIT(field);
	selector->numbers[field - FLOW_ADDRESSES] = (struct number_range){first, last};
}

static void give_addresses(struct traffic_selector *selector, enum flow_field field,
	const char *first, const char *last)
{
	selector->given |= (uint16_t)FLOW_BIT(field);
	selector->addresses[field] = (struct address_range){address(first), address(last)};
}

static bool matches(const struct traffic_selector *selector)
{
	struct flow_key key = packet();

	return traffic_selector_matches(selector, &key);
}

/* 3.2: a flag that is not set: the field is not there, and does not count */
static void test_no_field_matches_all(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	assert_true(matches(&selector));
	selector.format = 0;
	assert_true(matches(&selector));
}

static void test_family(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	selector.format = TRAFFIC_SELECTOR_IPV4;
	assert_false(matches(&selector));
}

/* 3.2: start and end are in the range */
static void test_ranges_are_inclusive(void **state)
{
	static const struct {
		enum flow_field field;
		uint32_t value;
	} fields[] = {{FLOW_LABEL, 0x12345}, {FLOW_SOURCE_PORT, 5060},
		{FLOW_DESTINATION_PORT, 16384}, {FLOW_PROTOCOL, 17}};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct traffic_selector selector = any();
		give(&selector, fields[i].field, fields[i].value, fields[i].value);
		assert_true(matches(&selector));
		give(&selector, fields[i].field, fields[i].value - 1, fields[i].value + 1);
		assert_true(matches(&selector));
		give(&selector, fields[i].field, fields[i].value + 1, fields[i].value + 2);
		assert_false(matches(&selector));
		give(&selector, fields[i].field, fields[i].value - 2, fields[i].value - 1);
		assert_false(matches(&selector));
	}
}

static void test_addresses(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	give_addresses(&selector, FLOW_SOURCE, "2001:db8:c::", "2001:db8:c:ffff::");
	assert_true(matches(&selector));
	give_addresses(&selector, FLOW_SOURCE, "2001:db8:c::1", "2001:db8:c::1");
	assert_true(matches(&selector));
	give_addresses(&selector, FLOW_SOURCE, "2001:db8:c::2", "2001:db8:d::");
	assert_false(matches(&selector));
	give_addresses(&selector, FLOW_SOURCE, "2001:db8:b::", "2001:db8:c::");
	assert_false(matches(&selector));
	selector = any();
	give_addresses(&selector, FLOW_DESTINATION, "2001:db8:c::1", "2001:db8:c::1");
	assert_false(matches(&selector));
}

/* All of the fields that are given must match. */
static void test_all_fields_count(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	give(&selector, FLOW_PROTOCOL, 17, 17);
	give(&selector, FLOW_SOURCE_PORT, 5060, 5061);
	assert_true(matches(&selector));
	give(&selector, FLOW_PROTOCOL, 6, 6);
	assert_false(matches(&selector));
}

/* 3.1, 3.2: the two low bits of the traffic class are ECN's */
static void test_congestion_bits_do_not_count(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	give(&selector, FLOW_TRAFFIC_CLASS, 0xba, 0xbb);
	assert_true(matches(&selector));
	give(&selector, FLOW_TRAFFIC_CLASS, 0xbc, 0xbc);
	assert_false(matches(&selector));
}

/* RFC 8200 3: a flow label has 20 bits */
static void test_flow_label_has_20_bits(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	give(&selector, FLOW_LABEL, 0xf12345, 0xf12345);
	assert_true(matches(&selector));
}

/* A fragment behind the first one: whether it matches cannot be known. */
static void test_field_that_the_packet_has_not(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	give(&selector, FLOW_SPI, 0, UINT32_MAX);
	assert_false(matches(&selector));
}

static void test_reverse(void **state)
{
	struct flow_key there = packet();
	there.known &= (uint16_t)~FLOW_BIT(FLOW_SOURCE_PORT);
	struct flow_key back = flow_key_reverse(&there);
	struct flow_key again = flow_key_reverse(&back);

	(void)state;
	assert_address(&back.addresses[FLOW_SOURCE], "2001:db8:100::100");
	assert_address(&back.addresses[FLOW_DESTINATION], "2001:db8:c::1");
	assert_int_equal(back.numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES], 16384);
	assert_int_equal(back.numbers[FLOW_DESTINATION_PORT - FLOW_ADDRESSES], 5060);
	assert_true(back.known & FLOW_BIT(FLOW_SOURCE_PORT));
	assert_false(back.known & FLOW_BIT(FLOW_DESTINATION_PORT));
	assert_memory_equal(&again, &there, sizeof(there));
}

static void test_valid(void **state)
{
	struct traffic_selector selector = any();

	(void)state;
	assert_true(traffic_selector_is_valid(&selector));
	give(&selector, FLOW_SOURCE_PORT, 2, 1);
	assert_false(traffic_selector_is_valid(&selector));
	give(&selector, FLOW_SOURCE_PORT, 1, 1);
	assert_true(traffic_selector_is_valid(&selector));
	give_addresses(&selector, FLOW_SOURCE, "2001:db8::1", "2001:db8::");
	assert_false(traffic_selector_is_valid(&selector));
}

static void test_equal(void **state)
{
	struct traffic_selector a = any(), b = any();

	(void)state;
	/* of fields that are not given, nothing counts */
	b.numbers[0] = (struct number_range){1, 2};
	assert_true(traffic_selector_equal(&a, &b));
	give(&a, FLOW_PROTOCOL, 6, 6);
	assert_false(traffic_selector_equal(&a, &b));
	give(&b, FLOW_PROTOCOL, 6, 7);
	assert_false(traffic_selector_equal(&a, &b));
	give(&b, FLOW_PROTOCOL, 6, 6);
	assert_true(traffic_selector_equal(&a, &b));
	give_addresses(&a, FLOW_SOURCE, "::1", "::2");
	give_addresses(&b, FLOW_SOURCE, "::1", "::3");
	assert_false(traffic_selector_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_field_matches_all),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_ranges_are_inclusive),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_all_fields_count),
		cmocka_unit_test(test_congestion_bits_do_not_count),
		cmocka_unit_test(test_flow_label_has_20_bits),
		cmocka_unit_test(test_field_that_the_packet_has_not),
		cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
