/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6275 3.1: which addresses are unicast routable. */
#include "support.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(global_and_unique_local_are_routable),
		cmocka_unit_test(the_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
