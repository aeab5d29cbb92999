/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * home_prefixes.c: which prefix an address is in, and what can be one.
 */
#include "../../../../src/core/base/home_prefixes.h"

#include "../../../scene/support/cmocka_scene.h"

#include <arpa/inet.h>
#include <errno.h>

static struct in6_addr address(const char *text)
{
	struct in6_addr address;
	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static struct host_prefix prefix(const char *text, uint8_t length, nanos valid_until)
{
	return (struct host_prefix){address(text), length, true, true, valid_until, valid_until};
}

static void begin(struct home_prefixes *prefixes)
{
	struct in6_addr configured = address("2001:db8:1::");
	home_prefixes_init(prefixes, &configured, 64);
}

static nanos valid_until(const struct home_prefixes *prefixes, const char *text)
{
	struct in6_addr wanted = address(text);
	return home_prefixes_valid_until(prefixes, &wanted);
}

static void test_configured(void **state)
{
	(void)state;
	struct home_prefixes prefixes;
	begin(&prefixes);
	assert_int_equal(prefixes.count, 1);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1::5"), NANOS_NEVER);
	assert_int_equal(prefixes.at[0].preferred_until, NANOS_NEVER);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1:1::5"), 0);
	assert_int_equal(valid_until(&prefixes, "2001:db8::5"), 0);
}

static void test_longest(void **state)
{
	(void)state;
	struct home_prefixes prefixes;
	begin(&prefixes);
	struct host_prefix wide = prefix("2001:db8::", 32, 1000);
	struct host_prefix odd = prefix("2001:db8:1:0:8000::", 65, 2000);
	assert_int_equal(home_prefixes_set(&prefixes, &wide), 0);
	assert_int_equal(home_prefixes_set(&prefixes, &odd), 0);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1::5"), NANOS_NEVER);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1:0:ffff::"), 2000);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1:0:7fff:ffff:ffff:ffff"), NANOS_NEVER);
	assert_int_equal(valid_until(&prefixes, "2001:db8:2::5"), 1000);
	assert_int_equal(valid_until(&prefixes, "2001:db9::5"), 0);
}

/* The same prefix and length is the same, whatever stands behind the length. */
static void test_changed_and_removed(void **state)
{
	(void)state;
	struct home_prefixes prefixes;
	begin(&prefixes);
	struct host_prefix again = prefix("2001:db8:1::77", 64, 500);
	assert_int_equal(home_prefixes_set(&prefixes, &again), 0);
	assert_int_equal(prefixes.count, 1);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1::5"), 500);
	struct host_prefix other = prefix("2001:db8:1::", 63, 600);
	assert_int_equal(home_prefixes_remove(&prefixes, &other), -EINVAL);
	assert_int_equal(home_prefixes_set(&prefixes, &other), 0);
	assert_int_equal(home_prefixes_remove(&prefixes, &again), 0);
	assert_int_equal(valid_until(&prefixes, "2001:db8:1::5"), 600);
	assert_int_equal(home_prefixes_remove(&prefixes, &again), -EINVAL);
	assert_int_equal(home_prefixes_remove(&prefixes, &other), 0);
	assert_int_equal(prefixes.count, 0);
}

static void test_full(void **state)
{
	(void)state;
	struct home_prefixes prefixes;
	begin(&prefixes);
	for (unsigned i = 1; i < HOME_PREFIXES_MAX; i++) {
		struct host_prefix next = prefix("2001:db8:ff::", 64, 100);
		next.prefix.s6_addr[7] = (uint8_t)i;
		assert_int_equal(home_prefixes_set(&prefixes, &next), 0);
	}
	struct host_prefix more = prefix("2001:db8:fe::", 64, 100);
	assert_int_equal(home_prefixes_set(&prefixes, &more), -ENOSPC);
	/* what is there may still change */
	struct host_prefix known = prefix("2001:db8:1::", 64, 100);
	assert_int_equal(home_prefixes_set(&prefixes, &known), 0);
	assert_int_equal(prefixes.count, HOME_PREFIXES_MAX);
}

/* RFC 4861 4.6.2 */
static void test_that_cannot_be(void **state)
{
	(void)state;
	struct home_prefixes prefixes;
	begin(&prefixes);
	struct host_prefix bad[] = {prefix("fe80::", 64, 100), prefix("ff02::", 16, 100),
		prefix("2001:db8:2::", 0, 100), prefix("2001:db8:2::", 129, 100),
		prefix("2001:db8:2::", 64, 100)};
	bad[4].preferred_until = 101;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(home_prefixes_set(&prefixes, &bad[i]), -EINVAL);
	assert_int_equal(prefixes.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_changed_and_removed),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
