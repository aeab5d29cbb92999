/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate_limit.c: a burst, then so many a second, for each address, network, site, and for all
 * (RFC 4443 2.4 (f)).
 */
#include "../../../../src/core/base/rate_limit.h"
#include "../../../scene/support/port.h"

#include "../../../scene/support/cmocka_scene.h"

static uint64_t seed;
static struct rate_limit limit;

static void begin(void)
{
	seed = 3;
	struct core_port port = test_port(&seed);
	rate_limit_init(&limit, &port, 1000);
}

static struct in6_addr of_site(uint16_t site, uint16_t prefix, uint16_t identifier)
{
	struct in6_addr address = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
	address.s6_addr[4] = (uint8_t)(site >> 8);
	address.s6_addr[5] = (uint8_t)site;
	address.s6_addr[6] = (uint8_t)(prefix >> 8);
	address.s6_addr[7] = (uint8_t)prefix;
	address.s6_addr[14] = (uint8_t)(identifier >> 8);
	address.s6_addr[15] = (uint8_t)identifier;
	return address;
}

static struct in6_addr peer(uint16_t prefix, uint16_t identifier)
{
	return of_site(0, prefix, identifier);
}

/* How many of `tries` are allowed, a millisecond after each other. */
static unsigned allowed(nanos *now, unsigned tries, struct in6_addr from)
{
	unsigned count = 0;
	for (unsigned i = 0; i < tries; i++) {
		*now += NANOS_PER_MS;
		count += rate_limit_allows(&limit, *now, &from);
	}
	return count;
}

static void test_one_peer(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	begin();
	assert_int_equal(allowed(&now, 10, peer(1, 1)), 10);       /* the burst */
	assert_in_range(allowed(&now, 10000, peer(1, 1)), 49, 51); /* five a second */
	now += 3600 * NANOS_PER_SECOND;
	assert_int_equal(allowed(&now, 10, peer(1, 1)), 10); /* no more saved up */
	assert_in_range(allowed(&now, 1000, peer(1, 1)), 4, 6);
}

/* Fourteen nodes of one network ask in the same second: all are answered. */
static void test_many_nodes_of_one_network(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	begin();
	for (unsigned second = 0; second < 10; second++) {
		for (uint16_t i = 0; i < 14; i++) {
			struct in6_addr from = peer(1, i);
			assert_true(rate_limit_allows(&limit, now, &from));
		}
		now += NANOS_PER_SECOND;
	}
}

/* An attacker chooses the interface identifier: 50 a second for all of a network. */
static void test_network_counts(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	unsigned count = 0;
	begin();
	for (uint16_t i = 0; i < 1000; i++) {
		struct in6_addr from = peer(1, i);
		count += rate_limit_allows(&limit, now, &from);
	}
	assert_int_equal(count, 50);
	struct in6_addr other = peer(2, 1);
	assert_true(rate_limit_allows(&limit, now, &other));
}

/* An attacker with 65,536 networks of one site: 100 a second, and other sites are answered. */
static void test_site_counts(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	unsigned count = 0, answered = 0;
	begin();
	for (uint32_t i = 0; i < 60000; i++) {
		struct in6_addr from = peer((uint16_t)i, 1);
		count += rate_limit_allows(&limit, now, &from);
	}
	assert_int_equal(count, 100);
	for (uint16_t i = 1; i <= 50; i++) {
		struct in6_addr from = of_site(i, 0, 1);
		answered += rate_limit_allows(&limit, now, &from);
	}
	/* one of 256 shares its bucket */
	assert_in_range(answered, 48, 50);
}

/* However many sources: 1000 at once, and 1000 a second. */
static void test_all_together(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	unsigned count = 0;
	begin();
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 60000; i++) {
			struct in6_addr from = of_site((uint16_t)i, 0, 1);
			count += rate_limit_allows(&limit, now, &from);
		}
		assert_int_equal(count, 1000 + 500 * round);
		now += NANOS_PER_SECOND / 2;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_peer),
		cmocka_unit_test(test_many_nodes_of_one_network),
		cmocka_unit_test(test_network_counts),
		cmocka_unit_test(test_site_counts),
		cmocka_unit_test(test_all_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
