/* SPDX-License-Identifier: BSD-2-Clause */
/* src/core/mobile_node/advertised_prefixes.c: which router packets from an address go to (RFC
 * 8028 3.1). */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/link.h"

#include <arpa/inet.h>
#include <string.h>

#define SECOND NANOS_PER_SECOND

static struct advertised_prefixes prefixes;
static struct in6_addr own_address;
static struct own_addresses own;

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
	advertised_prefixes_take(&prefixes, &from, &message, &own, 0);
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
	own = (struct own_addresses){NULL, 0};
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

/* Prefixes 2001:db9:`first`:: and on, each from `router`, or each from a router of its own: NULL.
 */
static void flood(const char *router, unsigned first, unsigned count)
{
	char prefix[INET6_ADDRSTRLEN], source[INET6_ADDRSTRLEN];
	for (unsigned i = first; i < first + count; i++) {
		snprintf(prefix, sizeof(prefix), "2001:db9:%x::", i);
		snprintf(source, sizeof(source), "fe80::bad:%x", i);
		advertise(router ? router : source, 1800, prefix, 64, 3600);
	}
}

/* Anybody on the link can advertise: one router pushes out no other, and no more is kept. */
static void test_one_router_pushes_out_no_other(void **state)
{
	(void)state;
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 3600);
	flood("fe80::bad", 0, 1000);
	assert_int_equal(prefixes.count, ADVERTISED_PREFIXES_MAX);
	assert_router("2001:db8:a::1", 0, "fe80::a");
	/* nor does it keep another one out that comes later */
	advertise("fe80::b", 1800, "2001:db8:b::", 64, 3600);
	assert_int_equal(prefixes.count, ADVERTISED_PREFIXES_MAX);
	assert_router("2001:db8:b::1", 0, "fe80::b");
	assert_router("2001:db8:a::1", 0, "fe80::a");
}

/* With as many router addresses as it likes: what an own address is in stays. */
static void test_what_an_own_address_is_in_stays(void **state)
{
	(void)state;
	own_address = address_of("2001:db8:a::1");
	own = (struct own_addresses){&own_address, 1};
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 3600);
	flood(NULL, 0, 1000);
	assert_int_equal(prefixes.count, ADVERTISED_PREFIXES_MAX);
	assert_router("2001:db8:a::1", 0, "fe80::a");
	/* what comes later has a place, as no address is in the oldest */
	advertise("fe80::b", 1800, "2001:db8:b::", 64, 3600);
	assert_router("2001:db8:b::1", 0, "fe80::b");
	/* the address has changed */
	own_address = address_of("2001:db8:b::1");
	flood(NULL, 1000, 1000);
	assert_router("2001:db8:b::1", 0, "fe80::b");
	assert_router("2001:db8:a::1", 0, "::");
}

/* As many own addresses as a link has, all in prefixes of an attacker (RFC 4862), and an attacker's
 * routers for each: the next router has a place. */
static void test_there_is_a_place_for_the_next(void **state)
{
	(void)state;
	struct in6_addr addresses[LINK_CANDIDATES_MAX];
	own = (struct own_addresses){addresses, LINK_CANDIDATES_MAX};
	for (unsigned i = 0; i < LINK_CANDIDATES_MAX; i++) {
		char text[INET6_ADDRSTRLEN];
		snprintf(text, sizeof(text), "2001:db9:%x::1", i);
		addresses[i] = address_of(text);
	}
	for (unsigned i = 0; i < 20; i++)
		flood(NULL, 0, LINK_CANDIDATES_MAX);
	for (unsigned i = 0; i < 100; i++) {
		char source[INET6_ADDRSTRLEN];
		snprintf(source, sizeof(source), "fe80::bad:%x", 0x1000 + i);
		advertise(source, 1800, "2001:db9::", 64, 3600);
	}
	assert_int_equal(prefixes.count, ADVERTISED_PREFIXES_MAX);
	advertise("fe80::a", 1800, "2001:db8:a::", 64, 3600);
	assert_router("2001:db8:a::1", 0, "fe80::a");
	assert_router("2001:db9::1", 0, "fe80::bad:0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_prefix_has_its_router, begin),
		cmocka_unit_test_setup(test_it_ends, begin),
		cmocka_unit_test_setup(test_what_is_not_believed, begin),
		cmocka_unit_test_setup(test_one_router_pushes_out_no_other, begin),
		cmocka_unit_test_setup(test_what_an_own_address_is_in_stays, begin),
		cmocka_unit_test_setup(test_there_is_a_place_for_the_next, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
