/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Home Agents List (RFC 6275 10.1, 10.5.1).
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/base/home_agents_list.h"

#define SECOND NANOS_PER_SECOND
#define NOW (1000 * SECOND)

static struct in6_addr numbered(uint8_t first, uint8_t second, uint8_t number)
{
	return (struct in6_addr){.s6_addr = {first, second, [15] = number}};
}

static struct in6_addr router(uint8_t number)
{
	return numbered(0xfe, 0x80, number);
}

static struct in6_addr address(uint8_t number)
{
	return numbered(0x20, 0x01, number);
}

static struct icmpv6 advertisement_of(uint8_t number, uint16_t lifetime)
{
	struct icmpv6 message = {
		.type = ICMPV6_ROUTER_ADVERTISEMENT,
		.home_agent = true,
		.has_home_agent_information = true,
		.preference = 5,
		.home_agent_lifetime = lifetime,
		.router_lifetime = 9000,
		.prefixes_count = 1,
	};
	message.prefixes[0].prefix = address(number);
	message.prefixes[0].length = 64;
	message.prefixes[0].router = true;
	message.prefixes[0].valid = SECONDS_INFINITE;
	return message;
}

static void hear(
	struct home_agents_list *list, nanos now, uint8_t from, uint8_t number, uint16_t lifetime)
{
	const struct in6_addr source = router(from);
	const struct icmpv6 message = advertisement_of(number, lifetime);
	const struct in6_addr prefix = address(0);
	struct home_prefixes prefixes;
	home_prefixes_init(&prefixes, &prefix, 64);
	home_agents_list_hear(list, &prefixes, now, &source, &message);
}

static void test_entry(void **state)
{
	(void)state;
	struct home_agents_list list = {0};
	const struct in6_addr from = router(1), wanted = address(1);
	hear(&list, NOW, 1, 1, 100);
	assert_int_equal(list.count, 1);
	assert_memory_equal(&list.at[0].router, &from, sizeof(from));
	assert_memory_equal(&list.at[0].address, &wanted, sizeof(wanted));
	assert_int_equal(list.at[0].preference, 5);
	assert_true(list.at[0].until == NOW + 100 * SECOND);
	/* the same again: no second entry */
	hear(&list, NOW + SECOND, 1, 1, 200);
	assert_int_equal(list.count, 1);
	assert_true(list.at[0].until == NOW + 201 * SECOND);
}

/* Each at its time, whatever its place. */
static void test_expiry(void **state)
{
	(void)state;
	struct home_agents_list list = {0};
	hear(&list, NOW, 1, 1, 300);
	hear(&list, NOW, 2, 2, 100);
	hear(&list, NOW, 3, 3, 200);
	home_agents_list_expire(&list, NOW + 100 * SECOND - 1);
	assert_int_equal(list.count, 3);
	home_agents_list_expire(&list, NOW + 100 * SECOND);
	assert_int_equal(list.count, 2);
	home_agents_list_expire(&list, NOW + 200 * SECOND);
	assert_int_equal(list.count, 1);
	assert_true(list.at[0].until == NOW + 300 * SECOND);
	home_agents_list_expire(&list, NOW + 300 * SECOND);
	assert_int_equal(list.count, 0);
}

/* What one router takes back are its own addresses. */
static void test_taken_back(void **state)
{
	(void)state;
	struct home_agents_list list = {0};
	hear(&list, NOW, 1, 1, 100);
	hear(&list, NOW, 1, 2, 100);
	hear(&list, NOW, 2, 3, 100);
	hear(&list, NOW, 1, 1, 0);
	const struct in6_addr left = router(2);
	assert_int_equal(list.count, 1);
	assert_memory_equal(&list.at[0].router, &left, sizeof(left));
}

/* A forger cannot make it longer, nor push out whom it has; whose time is over makes room. */
static void test_full(void **state)
{
	(void)state;
	struct home_agents_list list = {0};
	for (unsigned i = 0; i < HOME_AGENTS_LIST_MAX; i++)
		hear(&list, NOW, (uint8_t)(i + 1), (uint8_t)(i + 1), i == 7 ? 50 : 100);
	hear(&list, NOW, 200, 200, 100);
	assert_int_equal(list.count, HOME_AGENTS_LIST_MAX);
	const struct in6_addr late = address(200);
	for (unsigned i = 0; i < HOME_AGENTS_LIST_MAX; i++)
		assert_memory_not_equal(&list.at[i].address, &late, sizeof(late));
	hear(&list, NOW, 1, 1, 500);
	assert_true(list.at[0].until == NOW + 500 * SECOND);
	hear(&list, NOW + 50 * SECOND, 200, 200, 100);
	assert_int_equal(list.count, HOME_AGENTS_LIST_MAX);
	assert_memory_equal(&list.at[HOME_AGENTS_LIST_MAX - 1].address, &late, sizeof(late));
}

/* One router has all places: each other router gets one, of the preference that counts least. */
static void test_one_router_does_not_fill_it(void **state)
{
	(void)state;
	struct home_agents_list list = {0};
	for (unsigned i = 0; i < HOME_AGENTS_LIST_MAX; i++)
		hear(&list, NOW, 1, (uint8_t)(i + 1), i == 7 ? 50 : 100);
	assert_int_equal(list.count, HOME_AGENTS_LIST_MAX);
	hear(&list, NOW, 2, 200, 100);
	assert_int_equal(list.count, HOME_AGENTS_LIST_MAX);
	const struct in6_addr second = address(200), soonest = address(8), other = router(2);
	unsigned found = 0;
	for (unsigned i = 0; i < HOME_AGENTS_LIST_MAX; i++) {
		found += IN6_ARE_ADDR_EQUAL(&list.at[i].address, &second) ? 1 : 0;
		assert_false(IN6_ARE_ADDR_EQUAL(&list.at[i].address, &soonest));
	}
	assert_int_equal(found, 1);
	/* whatever the first goes on to say, of this address too, the second stays */
	for (unsigned i = 0; i < 250; i++)
		hear(&list, NOW, 1, (uint8_t)(i + 1), 65535);
	found = 0;
	for (unsigned i = 0; i < HOME_AGENTS_LIST_MAX; i++)
		found += IN6_ARE_ADDR_EQUAL(&list.at[i].router, &other) ? 1 : 0;
	assert_int_equal(found, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_one_router_does_not_fill_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
