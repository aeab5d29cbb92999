/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6275 3.1: which addresses are unicast routable; RFC 4291 2.7.1, RFC 2464 7, RFC 2526 2: which
 * addresses others lead to. */
#include "support.h"

#include "../../../src/wire/icmpv6.h"

static void global_and_unique_local_are_routable(void **state)
{
	static const char *const routable[] = {"2001:db8::1", "2001:db8:1::100", "fd00::1",
		"fc00::1", "2002:c000:201::1", "64:ff9b::c000:201"};

	(void)state;
	for (size_t i = 0; i < sizeof(routable) / sizeof(*routable); i++) {
		struct in6_addr tested = address(routable[i]);
		assert_true(address_is_unicast_routable(&tested));
	}
}

static void the_others_are_not(void **state)
{
	static const char *const others[] = {"::", "::1", "ff02::1", "ff0e::1", "ff05::2",
		"fe80::1", "febf::1", "::ffff:192.0.2.1", "::192.0.2.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct in6_addr tested = address(others[i]);
		assert_false(address_is_unicast_routable(&tested));
	}
}

/* RFC 4291 2.7.1: the example of the document */
static void solicited_node(void **state)
{
	struct in6_addr node = address("4037::1:800:200e:8c6c");
	struct in6_addr group = address_solicited_node(&node);

	(void)state;
	assert_address(&group, "ff02::1:ff0e:8c6c");
}

/* RFC 2464 7: 33:33, and the last four octets */
static void multicast_link_layer(void **state)
{
	struct in6_addr group = address("ff02::1:ff0e:8c6c");
	uint8_t actual[ICMPV6_LINK_LAYER_OCTETS];
	static const uint8_t expected[] = {0x33, 0x33, 0xff, 0x0e, 0x8c, 0x6c};

	(void)state;
	address_multicast_link_layer(&group, actual);
	assert_memory_equal(actual, expected, sizeof(expected));
}

/* RFC 2526 2, its figures: EUI-64 interface identifiers, and others; 126 is Mobile IPv6's */
static void home_agents_anycast(void **state)
{
	static const struct {
		uint8_t length;
		const char *expected;
	} cases[] = {
		{64, "2001:db8:1:2:fdff:ffff:ffff:fffe"},
		{48, "2001:db8:1:ffff:ffff:ffff:ffff:fffe"},
		{96, "2001:db8:1:2:3:4:ffff:fffe"},
		{100, "2001:db8:1:2:3:4:5fff:fffe"},
		{121, "2001:db8:1:2:3:4:5678:9afe"},
		{128, "2001:db8:1:2:3:4:5678:9abc"},
		{255, "2001:db8:1:2:3:4:5678:9abc"},
	};
	struct in6_addr prefix = address("2001:db8:1:2:3:4:5678:9abc");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct in6_addr actual = address_home_agents_anycast(&prefix, cases[i].length);
		assert_address(&actual, cases[i].expected);
	}
}

static void in_prefix(void **state)
{
	struct in6_addr prefix = address("2001:db8:8000::");

	(void)state;
	/* the first bit that differs */
	for (unsigned int bit = 0; bit < 128; bit++) {
		struct in6_addr other = prefix;
		other.s6_addr[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		for (unsigned int length = 0; length <= 128; length++)
			assert_int_equal(
				address_in_prefix(&other, &prefix, (uint8_t)length), length <= bit);
	}
	assert_true(address_in_prefix(&prefix, &prefix, 128));
	assert_false(address_in_prefix(&prefix, &prefix, 129));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(global_and_unique_local_are_routable),
		cmocka_unit_test(the_others_are_not),
		cmocka_unit_test(solicited_node),
		cmocka_unit_test(multicast_link_layer),
		cmocka_unit_test(home_agents_anycast),
		cmocka_unit_test(in_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
