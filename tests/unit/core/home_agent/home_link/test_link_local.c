/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * link_local.c: the link-local address of a home address, and when an update asks for it (RFC 6275
 * 10.3.1, L).
 */
#include "../../../../../src/core/home_agent/home_link/link_local.h"

#include "../../../../scene/support/cmocka_scene.h"

static const struct in6_addr home_address = {.s6_addr = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 9}};

static void test_derived(void **state)
{
	(void)state;
	const struct in6_addr expected = {.s6_addr = {0xfe, 0x80, [15] = 9}};
	const struct in6_addr derived = link_local_of(&home_address);
	assert_memory_equal(&derived, &expected, sizeof(expected));
}

static bool wanted(uint16_t flags, uint8_t prefix_length)
{
	struct home_prefixes prefixes;
	struct message message;
	const struct home_link home = {.prefixes = &prefixes};
	const struct binding_entry entry = {.home_address = home_address};
	home_prefixes_init(&prefixes, &home_address, prefix_length);
	message_init(&message, MH_binding_update);
	message.binding_update.flags = flags;
	return link_local_wanted(&home, &entry, &message);
}

/* Interface identifiers have 64 bits (RFC 4291 2.5.1). */
static void test_wanted(void **state)
{
	(void)state;
	assert_true(wanted(BU_LINK_LOCAL, 64));
	assert_false(wanted(0, 64));
	assert_false(wanted(BU_LINK_LOCAL, 56));
	assert_false(wanted(BU_LINK_LOCAL, 128));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derived),
		cmocka_unit_test(test_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
