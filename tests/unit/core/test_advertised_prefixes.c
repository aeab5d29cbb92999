/* SPDX-License-Identifier: BSD-2-Clause */
/* src/core/advertised_prefixes.c: which router packets from an address go to (RFC 8028 3.1). */
#include "../../scene/support/cmocka_scene.h"

#include "../../../src/core/advertised_prefixes.h"

#include <arpa/inet.h>
#include <string.h>

#define SECOND NANOS_PER_SECOND

static struct advertised_prefixes prefixes;

static struct in6_addr address_of(const char *text)
{
	struct in6_addr address;
	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static void advertise(
	const char *router, uint16_t lifetime, const char *prefix, uint8_t length, uint32_t valid)
{
	static struct icmpv6 message;
	const struct in6_addr from = address_of(router);
	message = (struct icmpv6){
		.type = ICMPV6_ROUTER_ADVERTISEMENT,
		.router_lifetime = lifetime,
		.prefixes_count = prefix ? 1 : 0,
	};
	if (prefix)
		message.prefixes[0] = (struct icmpv6_prefix){
			.prefix = address_of(prefix), .length = length, .valid = valid};
	advertised_prefixes_take(&prefixes, &from, &message, 0);
}

/* "::": none */
static void assert_router(const char *address, nanos now, const char *expected)
{
	const struct in6_addr from = address_of(address), wanted = address_of(expected);
	const struct in6_addr router = advertised_prefixes_router(&prefixes, &from, now);
	assert_memory_equal(&router, &wanted, sizeof(router));
}

static int begin(void **state)
{
	(void)state;
	memset(&prefixes, 0, sizeof(prefixes));
	return 0;
}

static void test_each_prefix_has_its_router(void **state)
{
	(void)state;
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 3600);
	advertise("fe80::b", 1800, "2001:db8:b::", 64, 3600);
	assert_router("2001:db8:a::1", 0, "fe80::a");
	assert_router("2001:db8:b::1", 0, "fe80::b");
	assert_router("2001:db8:c::1", 0, "::");
	/* the longest */
	advertise("fe80::c", 1800, "2001:db8:b::80", 121, 3600);
	assert_router("2001:db8:b::81", 0, "fe80::c");
	assert_router("2001:db8:b::1", 0, "fe80::b");
	/* of two equal ones, the first stays */
	advertise("fe80::d", 1800, "2001:db8:a::", 64, 3600);
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 3600);
	assert_router("2001:db8:a::1", 0, "fe80::a");
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 0);
	assert_router("2001:db8:a::1", 0, "fe80::d");
}

static void test_it_ends(void **state)
{
	(void)state;
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 60);
	assert_router("2001:db8:a::1", 60 * SECOND - 1, "fe80::a");
	assert_router("2001:db8:a::1", 60 * SECOND, "::");
	/* RFC 4861 6.3.4: not longer than it is a router */
	advertise("fe80::a", 30, "2001:db8:a::", 64, UINT32_MAX);
	assert_router("2001:db8:a::1", 30 * SECOND - 1, "fe80::a");
	assert_router("2001:db8:a::1", 30 * SECOND, "::");
	advertise("fe80::a", 0, "2001:db8:a::", 64, UINT32_MAX);
	assert_router("2001:db8:a::1", 0, "::");
	assert_int_equal(prefixes.count, 0);
}

static void test_what_is_not_believed(void **state)
{
	(void)state;
	advertise("2001:db8::1", 1800, "2001:db8:a::", 64, 3600);
	advertise("fe80::a", 1800, "fe80::", 64, 3600);
	advertise("fe80::a", 1800, "::", 0, 3600);
	advertise("fe80::a", 1800, "2001:db8:a::", 129, 3600);
	advertise("fe80::a", 1800, NULL, 0, 0);
	assert_int_equal(prefixes.count, 0);
}

/* Anybody on the link can advertise: what is known stays, and no more is kept. */
static void test_a_flood_takes_no_room(void **state)
{
	(void)state;
	char prefix[INET6_ADDRSTRLEN];
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 3600);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(prefix, sizeof(prefix), "2001:db9:%x::", i);
		advertise("fe80::bad", 1800, prefix, 64, 3600);
	}
	assert_int_equal(prefixes.count, ADVERTISED_PREFIXES_MAX);
	assert_router("2001:db8:a::1", 0, "fe80::a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_prefix_has_its_router, begin),
		cmocka_unit_test_setup(test_it_ends, begin),
		cmocka_unit_test_setup(test_what_is_not_believed, begin),
		cmocka_unit_test_setup(test_a_flood_takes_no_room, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
