/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source_limit.c: so many answers a second for each address, and no limit for a network or for all
 * of them, so that forged sources keep nobody from his answers.
 */
#include "../../../../src/core/base/source_limit.h"
#include "../../../scene/support/port.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

static uint64_t seed;
static struct source_limit limit;

static void begin(void)
{
	seed = 3;
	struct core_port port = test_port(&seed);
	source_limit_init(&limit, &port, 200);
}

static struct in6_addr source(uint64_t prefix, uint16_t host)
{
	struct in6_addr address = {.s6_addr = {[14] = (uint8_t)(host >> 8), [15] = (uint8_t)host}};
	memcpy(&address, &prefix, sizeof(prefix));
	return address;
}

/* A burst, then 200 a second. */
static void test_one_address(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	const struct in6_addr from = source(7, 1);
	unsigned count = 0;
	begin();
	for (unsigned i = 0; i < 100000; i++) {
		count += source_limit_allows(&limit, now, &from);
		now += NANOS_PER_SECOND / 10000;
	}
	assert_in_range(count, 2100, 2300);
	now += 3600 * NANOS_PER_SECOND;
	count = 0;
	for (unsigned i = 0; i < 1000; i++)
		count += source_limit_allows(&limit, now, &from);
	assert_int_equal(count, 200);
}

/* Its neighbours have their own. */
static void test_one_network(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 10000; i++) {
		const struct in6_addr from = source(7, (uint16_t)i);
		assert_true(source_limit_allows(&limit, 1000 * NANOS_PER_SECOND, &from));
	}
}

/* Ten seconds of 200,000 a second, and one that asks ten times a second. */
static void test_forged_sources(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	const struct in6_addr real = source(7, 1);
	uint64_t random = 9;
	begin();
	for (unsigned i = 0; i < 2000000; i++) {
		const struct in6_addr forged = source(test_random(&random), 1);
		assert_true(source_limit_allows(&limit, now, &forged));
		if (i % 20000 == 0)
			assert_true(source_limit_allows(&limit, now, &real));
		now += NANOS_PER_SECOND / 200000;
	}
}

/* Who does not know the key cannot find addresses that share another's group. */
static void test_groups_are_secret(void **state)
{
	(void)state;
	nanos now = 1000 * NANOS_PER_SECOND;
	unsigned shared = 0;
	for (unsigned round = 0; round < 200; round++) {
		struct core_port port = test_port(&seed);
		source_limit_init(&limit, &port, 200);
		const struct in6_addr victim = source(round, 1);
		for (uint64_t i = 0; i < 8; i++) {
			const struct in6_addr other =
				i < 4 ? source(round ^ UINT64_C(1) << 16 * i, 1)
				      : source(round, (uint16_t)(1 ^ 1 << 4 * (i - 4)));
			for (unsigned j = 0; j < 200; j++)
				source_limit_allows(&limit, now, &other);
		}
		shared += !source_limit_allows(&limit, now, &victim);
	}
	assert_in_range(shared, 0, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_address),
		cmocka_unit_test(test_one_network),
		cmocka_unit_test(test_forged_sources),
		cmocka_unit_test(test_groups_are_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
