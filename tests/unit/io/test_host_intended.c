/* SPDX-License-Identifier: BSD-2-Clause */
/* host_intended.c: which intended objects are missing, and in which order they are put back. */
#include "../../../src/io/host/host_intended.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW UINT64_C(100000000000)

static struct in6_addr address(const char *text)
{
	struct in6_addr result = {0};

	assert_int_equal(inet_pton(AF_INET6, text, &result), 1);
	return result;
}

static const struct host_route route = {
	.ifindex = 7,
	.metric = 1,
	.table = 7000,
};

/* What the kernel has, by kind; what is put back adds to it. */
struct kernel {
	unsigned int address, route, rule;
	int refuses;
	char order[4];
};

static struct intended_set set;
static struct kernel kernel;
static unsigned int told;

static int put(void *ctx, const struct intended_key *key, const struct intended_rest *rest)
{
	(void)ctx;
	(void)rest;
	if (kernel.refuses)
		return kernel.refuses;
	strcat(kernel.order, key->kind == HOST_KIND_ADDRESS ? "a"
			     : key->kind == HOST_KIND_ROUTE ? "r"
							    : "u");
	return 0;
}

static void tell(void *ctx, const char *what, const struct put_back *state)
{
	(void)ctx;
	(void)what;
	(void)state;
	told++;
}

static uint64_t compare(uint64_t now, bool has_address, bool has_route, bool has_rule)
{
	const struct in6_addr home = address("2001:db8::5");
	const struct intended_key a = intended_address_key(7, &home, 128);
	const struct intended_key r = intended_route_key(&route);
	const struct intended_key u = intended_rule_key(&(const struct host_rule){
		.source = home, .source_length = 128, .table = 7000, .priority = 10});
	const struct intended_rest nothing = {0}, of_route = intended_route_rest(&route);
	uint64_t again = NANOS_NEVER;

	intended_begin(&set);
	if (has_address)
		intended_seen(&set, &a, &nothing);
	if (has_route)
		intended_seen(&set, &r, &of_route);
	if (has_rule)
		intended_seen(&set, &u, &nothing);
	intended_end(&set);
	intended_put_back(&set, now, put, NULL, tell, NULL, &again);
	return again;
}

static int set_up(void **state)
{
	const struct in6_addr home = address("2001:db8::5");
	const struct intended_key a = intended_address_key(7, &home, 128);
	const struct intended_key r = intended_route_key(&route);
	const struct intended_key u = intended_rule_key(&(const struct host_rule){
		.source = home, .source_length = 128, .table = 7000, .priority = 10});
	const struct intended_rest nothing = {0}, of_route = intended_route_rest(&route);

	(void)state;
	told = 0;
	kernel = (struct kernel){0};
	intended_add(&set, &a, &nothing);
	intended_add(&set, &r, &of_route);
	intended_add(&set, &u, &nothing);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	intended_clear(&set);
	return 0;
}

static void nothing_is_missing(void **state)
{
	(void)state;
	assert_true(compare(NOW, true, true, true) == NANOS_NEVER);
	assert_int_equal(told, 0);
	assert_string_equal(kernel.order, "");
}

static void each_alone(void **state)
{
	(void)state;
	compare(NOW, false, true, true);
	compare(NOW, true, false, true);
	compare(NOW, true, true, false);
	assert_string_equal(kernel.order, "aru");
	assert_int_equal(told, 3);
}

/* A route's preferred source must be there before it. */
static void all_in_the_order_in_which_they_were_set(void **state)
{
	(void)state;
	compare(NOW, false, false, false);
	assert_string_equal(kernel.order, "aru");
}

/* Somebody has replaced the route by another one to the same destination. */
static void changed_is_missing(void **state)
{
	struct host_route other = route;
	const struct intended_key key = intended_route_key(&other);
	uint64_t again = NANOS_NEVER;

	(void)state;
	other.via = address("fe80::9");
	const struct intended_rest rest = intended_route_rest(&other);
	intended_begin(&set);
	intended_seen(&set, &key, &rest);
	intended_end(&set);
	intended_put_back(&set, NOW, put, NULL, tell, NULL, &again);
	assert_string_equal(kernel.order, "aru");
}

static void removed_by_us_is_not_missing(void **state)
{
	const struct intended_key key = intended_route_key(&route);

	(void)state;
	intended_remove(&set, &key);
	compare(NOW, true, false, true);
	assert_string_equal(kernel.order, "");
	assert_false(intended_has(&set, &key));
}

static void refused_stays_missing(void **state)
{
	(void)state;
	kernel.refuses = -EACCES;
	uint64_t again = compare(NOW, true, false, true);
	assert_true(again > NOW && again < NOW + UINT64_C(1000000000));
	/* not before */
	compare(NOW, true, false, true);
	assert_int_equal(told, 1);
	kernel.refuses = 0;
	compare(again, true, false, true);
	assert_string_equal(kernel.order, "r");
}

/* ---- rules of others ---- */

static bool is_before(uint32_t priority, const char *source, uint8_t length)
{
	const struct in6_addr home = address("2001:db8::5");
	struct host_foreign_rule rule = {.priority = priority,
		.table = 100,
		.source = address(source),
		.source_length = length};
	bool before = intended_rule_after(&set, &home, &rule);

	if (before)
		assert_int_equal(rule.our_priority, 10);
	return before;
}

static void rules_that_come_before_ours(void **state)
{
	(void)state;
	assert_true(is_before(5, "::", 0));
	assert_true(is_before(10, "::", 0)); /* the kernel's order among equals is not known here */
	assert_true(is_before(5, "2001:db8::", 64));
	assert_true(is_before(5, "2001:db8::4", 127));
	assert_true(is_before(5, "2001:db8::5", 128));
	assert_false(is_before(11, "::", 0));
	assert_false(is_before(5, "2001:db8::6", 128));
	assert_false(is_before(5, "2001:db8::6", 127));
	assert_false(is_before(5, "2001:db8:1::", 48));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			all_in_the_order_in_which_they_were_set, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed_is_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(removed_by_us_is_not_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused_stays_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rules_that_come_before_ours, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
