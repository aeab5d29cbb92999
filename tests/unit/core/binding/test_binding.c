/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding.c: bindings are found by BID and by care-of address, and the best of them is chosen.
 */
#include "../../../../src/core/binding/binding.h"

#include "../../../scene/support/cmocka_scene.h"

static struct in6_addr care_of(uint8_t number)
{
	return (struct in6_addr){.s6_addr = {0x20, 1, 0xd, 0xb8, 0, number, [15] = 7}};
}

static void test_add_and_remove(void **state)
{
	(void)state;
	struct bindings bindings = {.count = 0};
	assert_int_equal(bindings_first_expiry(&bindings), NANOS_NEVER);
	for (uint16_t bid = 1; bid <= BINDINGS_MAX; bid++)
		bindings_add(&bindings, bid)->expires = 100u - bid;
	assert_int_equal(bindings_first_expiry(&bindings), 100 - BINDINGS_MAX);
	bindings_remove(&bindings, bindings_find(&bindings, BINDINGS_MAX));
	bindings_remove(&bindings, bindings_find(&bindings, 1));
	assert_int_equal(bindings.count, BINDINGS_MAX - 2);
	assert_null(bindings_find(&bindings, 1));
	assert_null(bindings_find(&bindings, 0));
	for (uint16_t bid = 2; bid < BINDINGS_MAX; bid++)
		assert_int_equal(bindings_find(&bindings, bid)->expires, 100 - bid);
	assert_int_equal(bindings_first_expiry(&bindings), 101 - BINDINGS_MAX);
}

static void test_at(void **state)
{
	(void)state;
	struct bindings bindings = {.count = 0};
	struct in6_addr first = care_of(1), second = care_of(2);
	bindings_add(&bindings, 4)->care_of = first;
	assert_int_equal(bindings_at(&bindings, &first)->bid, 4);
	assert_null(bindings_at(&bindings, &second));
}

static struct binding *add(struct bindings *bindings, uint16_t bid, uint8_t priority, nanos expires)
{
	struct binding *binding = bindings_add(bindings, bid);
	binding->priority = priority;
	binding->expires = expires;
	binding->verified = true;
	return binding;
}

static void test_best(void **state)
{
	(void)state;
	struct bindings bindings = {.count = 0};
	assert_null(bindings_best(&bindings, true));
	assert_null(bindings_home(&bindings));
	add(&bindings, 1, 2, 100)->home = true;
	add(&bindings, 2, 7, 50);
	add(&bindings, 3, 7, 60);
	add(&bindings, 4, 1, 100)->verified = false;
	assert_int_equal(bindings_home(&bindings)->bid, 1);
	assert_int_equal(bindings_best(&bindings, true)->bid, 1);
	assert_int_equal(bindings_best(&bindings, false)->bid, 3);
}

static void test_seconds_left(void **state)
{
	(void)state;
	struct binding binding = {.expires = 5 * NANOS_PER_SECOND - 1};
	assert_int_equal(binding_seconds_left(&binding, 2 * NANOS_PER_SECOND), 2);
	binding.expires = NANOS_NEVER;
	assert_int_equal(binding_seconds_left(&binding, 2), SECONDS_INFINITE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_at),
		cmocka_unit_test(test_best),
		cmocka_unit_test(test_seconds_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
