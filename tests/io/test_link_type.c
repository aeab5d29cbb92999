/* SPDX-License-Identifier: BSD-2-Clause */
/* src/io/dataplane/link_type.c: on which types of links the tc programs work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../src/io/dataplane/link_type.h"

#include <errno.h>

/* Numbers of linux/if_arp.h, as /sys/class/net/NAME/type shows them. */
static void test_without_link_header(void **state)
{
	static const uint16_t types[] = {512, 519, 768, 769, 776, 778, 823, 65534};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_int_equal(link_type_header(types[i]), 0);
	assert_int_equal(link_type_header(1), 14);
}

static void test_refused(void **state)
{
	static const uint16_t types[] = {0, 32, 280, 513, 772, 801, 804, 825, 4711, 65535};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_int_equal(link_type_header(types[i]), -EPROTONOSUPPORT);
}

static void assert_refusal(uint16_t type, const char *expected)
{
	char text[96];

	link_type_refusal(type, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void test_refused_by_name(void **state)
{
	(void)state;
	assert_refusal(280, "links of type CAN (280) are not supported");
	assert_refusal(32, "links of type InfiniBand (32) are not supported");
	assert_refusal(804, "links of type IEEE 802.15.4 (804) are not supported");
	assert_refusal(4711, "links of type unknown (4711) are not supported");
}

/* Before 5.14 what comes out of the kernel's tunnels has a link header of unknown size. */
static void test_tunnels_need_a_newer_kernel(void **state)
{
	static const uint16_t tunnels[] = {768, 769, 776, 778, 823};
	char text[96];

	(void)state;
	for (size_t i = 0; i < sizeof(tunnels) / sizeof(*tunnels); i++) {
		assert_int_equal(
			link_type_header_of(tunnels[i], KERNEL(5U, 10U)), -EPROTONOSUPPORT);
		assert_int_equal(link_type_header_of(tunnels[i], KERNEL(5U, 14U)), 0);
		assert_int_equal(link_type_header_of(tunnels[i], KERNEL(6U, 1U)), 0);
	}
	assert_int_equal(link_type_header_of(65534, KERNEL(5U, 10U)), 0);
	assert_int_equal(link_type_header_of(1, KERNEL(5U, 10U)), 14);
	link_type_refusal_of(776, KERNEL(5U, 10U), text, sizeof(text));
	assert_string_equal(text, "links of type sit (776) need Linux 5.14 or newer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_link_header),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_by_name),
		cmocka_unit_test(test_tunnels_need_a_newer_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
