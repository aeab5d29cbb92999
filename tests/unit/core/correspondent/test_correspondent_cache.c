/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * correspondent_cache.c: a bounded number of entries, of which those without bindings go first, and
 * are remembered as long as they have to be (RFC 6275 5.2.8, 9.6).
 */
#include "../../../../src/core/binding/binding_changes.h"
#include "../../../../src/core/binding/binding_role.h"
#include "../../../../src/core/correspondent/correspondent_cache.h"
#include "../../../scene/support/port.h"

#include "../../../scene/support/cmocka_scene.h"

#include <errno.h>
#include <string.h>

#define ENTRIES 3000

static uint64_t seed = 1;
static struct correspondent_cache cache;
static struct core_base base;

static void removed(struct binding_entry *entry, uint16_t bid)
{
	(void)entry, (void)bid;
}

static bool scheduled(void *self, nanos now, struct binding_entry *entry)
{
	return correspondent_cache_reconcile(self, entry, now);
}

static const struct binding_role role = {.removed = removed, .scheduled = scheduled};

static struct in6_addr address(unsigned number)
{
	struct in6_addr ret = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
	memcpy(&ret.s6_addr[12], &number, sizeof(number));
	return ret;
}

static void begin(uint32_t max)
{
	base.port = test_port(&seed);
	correspondent_cache_init(&cache, &role, &cache, &base, max);
}

static struct binding_entry *find(unsigned home, unsigned own)
{
	const struct in6_addr a = address(home), b = address(own);
	return correspondent_cache_find(&cache, &a, &b);
}

static int add(unsigned home, unsigned own, struct binding_entry **ret)
{
	const struct in6_addr a = address(home), b = address(own);
	return correspondent_cache_add(&cache, &a, &b, ret);
}

/* One with a binding until `until`. */
static struct binding_entry *bound(unsigned home, nanos until)
{
	struct binding_entry *entry = NULL;
	assert_int_equal(add(home, 0, &entry), 0);
	bindings_add(&entry->bindings, 1)->expires = until;
	binding_entry_schedule(&cache.bindings, 0, entry);
	return entry;
}

static void unbind(struct binding_entry *entry, nanos remembered_until, nanos now)
{
	entry->bindings.count = 0;
	entry->sequence_until = remembered_until;
	binding_entry_schedule(&cache.bindings, now, entry);
}

static void test_pairs(void **state)
{
	(void)state;
	begin(2 * ENTRIES);
	for (unsigned i = 0; i < 2 * ENTRIES; i++) {
		struct binding_entry *entry = NULL;
		assert_null(find(i / 2, i % 2));
		assert_int_equal(add(i / 2, i % 2, &entry), 0);
		entry->sequence = (uint16_t)i;
	}
	for (unsigned i = 0; i < 2 * ENTRIES; i += 3)
		correspondent_cache_remove(&cache, find(i / 2, i % 2));
	for (unsigned i = 0; i < 2 * ENTRIES; i++) {
		const struct binding_entry *entry = find(i / 2, i % 2);
		assert_int_equal(entry != NULL, i % 3 != 0);
		if (entry)
			assert_int_equal(entry->sequence, i);
	}
	correspondent_cache_fini(&cache);
}

static void test_deadlines(void **state)
{
	(void)state;
	begin(10);
	assert_int_equal(correspondent_cache_next(&cache), NANOS_NEVER);
	struct binding_entry *a = bound(1, 50), *b = bound(2, 40);
	assert_int_equal(correspondent_cache_next(&cache), 40);
	assert_ptr_equal(binding_cache_first(&cache.bindings), b);
	unbind(b, 45, 40);
	assert_ptr_equal(binding_cache_first(&cache.bindings), a);
	assert_int_equal(correspondent_cache_next(&cache), 45);
	correspondent_cache_forget(&cache, 44);
	assert_non_null(find(2, 0));
	correspondent_cache_forget(&cache, 45);
	assert_null(find(2, 0));
	assert_int_equal(correspondent_cache_next(&cache), 50);
	/* Nothing to be remembered: it goes at once. */
	unbind(a, 50, 50);
	assert_null(find(1, 0));
	assert_int_equal(correspondent_cache_next(&cache), NANOS_NEVER);
	correspondent_cache_fini(&cache);
}

/* One that is bound again is not forgotten. */
static void test_bound_again(void **state)
{
	(void)state;
	begin(10);
	struct binding_entry *entry = bound(1, 50);
	unbind(entry, 100, 10);
	bindings_add(&entry->bindings, 1)->expires = 200;
	binding_entry_schedule(&cache.bindings, 20, entry);
	correspondent_cache_forget(&cache, 150);
	assert_ptr_equal(find(1, 0), entry);
	assert_int_equal(correspondent_cache_next(&cache), 200);
	correspondent_cache_fini(&cache);
}

static nanos forgotten_until(unsigned home)
{
	const struct in6_addr a = address(home), b = address(0);
	return correspondent_cache_forgotten_until(&cache, &a, &b);
}

/* Never more than `max`; that which is to be forgotten first makes room, and its nonces with it. */
static void test_full(void **state)
{
	(void)state;
	struct binding_entry *entry = NULL;
	begin(3);
	struct binding_entry *a = bound(1, 1000), *b = bound(2, 1000);
	bound(3, 1000);
	assert_int_equal(add(4, 0, &entry), -ENOSPC);
	assert_null(entry);
	unbind(a, 300, 10);
	unbind(b, 200, 10);
	bound(4, 1000);
	assert_null(find(2, 0));
	assert_non_null(find(1, 0));
	assert_int_equal(forgotten_until(2), 200);
	assert_int_equal(forgotten_until(1), 0);
	bound(5, 1000);
	assert_null(find(1, 0));
	assert_int_equal(forgotten_until(1), 300);
	assert_int_equal(forgotten_until(2), 200);
	assert_int_equal(cache.forgotten_last, 300);
	assert_int_equal(add(6, 0, &entry), -ENOSPC);
	assert_non_null(find(3, 0));
	assert_non_null(find(4, 0));
	assert_non_null(find(5, 0));
	correspondent_cache_fini(&cache);
}

/* However many are forgotten, and in whatever order: none of them counts before its time, and of
 * who was never here few have to wait. */
static void test_forgotten(void **state)
{
	(void)state;
	unsigned hindered = 0;
	begin(1);
	for (unsigned i = 0; i < ENTRIES; i++)
		unbind(bound(i, 1000), 100 + i % 7, 10);
	for (unsigned i = 0; i < ENTRIES - 1; i++)
		assert_true(forgotten_until(i) >= 100 + i % 7);
	for (unsigned i = ENTRIES; i < 2 * ENTRIES; i++)
		hindered += forgotten_until(i) > 0;
	/* 1 - (1 - 1/16384)^3000, 17 in a hundred */
	assert_in_range(hindered, ENTRIES * 13 / 100, ENTRIES * 21 / 100);
	correspondent_cache_fini(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_bound_again),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
