/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_cache.c: entries that are added are found, those that are removed are not, among many;
 * and how long the sequence number of an entry counts.
 */
#include "cache_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

#define ENTRIES 5000

static struct in6_addr numbered(unsigned number)
{
	struct in6_addr address = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 1}};
	memcpy(&address.s6_addr[12], &number, sizeof(number));
	return address;
}

static void add(struct binding_cache *cache, unsigned number)
{
	struct binding_entry *entry = binding_entry_new(sizeof(*entry));
	assert_non_null(entry);
	entry->home_address = numbered(number);
	entry->sequence = (uint16_t)number;
	assert_int_equal(binding_cache_add(cache, entry, &entry->home_address, 16), 0);
}

static struct binding_entry *find(const struct binding_cache *cache, unsigned number)
{
	struct in6_addr address = numbered(number);
	return binding_cache_find(cache, &address, sizeof(address));
}

static void test_entries(void **state)
{
	(void)state;
	struct cache_of_one *one = cache_of_one_new();
	struct binding_cache *cache = &one->cache;
	for (unsigned i = 0; i < ENTRIES; i++) {
		assert_null(find(cache, i));
		add(cache, i);
	}
	assert_int_equal(binding_cache_count(cache), ENTRIES + 1);
	for (unsigned i = 0; i < ENTRIES; i += 2)
		binding_cache_remove(cache, find(cache, i));
	assert_int_equal(binding_cache_count(cache), ENTRIES / 2 + 1);
	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct binding_entry *entry = find(cache, i);
		assert_int_equal(entry != NULL, i % 2);
		if (entry)
			assert_int_equal(entry->sequence, i);
	}
	cache_of_one_free(one);
}

/* RFC 6275 9.5.1: while there is a binding; without, until a time */
static void test_sequence(void **state)
{
	(void)state;
	struct binding_entry entry = {.sequence_until = 0};
	assert_false(binding_entry_has_sequence(&entry, 0));
	entry.sequence_until = 10;
	assert_true(binding_entry_has_sequence(&entry, 9));
	assert_false(binding_entry_has_sequence(&entry, 10));
	cache_bind(&entry.bindings, 1);
	assert_true(binding_entry_has_sequence(&entry, 10));
}

static void look(void *ctx, const struct binding_view *view)
{
	*(struct binding_view *)ctx = *view;
}

/* Only route optimization has a peer. */
static void test_view(void **state)
{
	(void)state;
	struct cache_of_one *one = cache_of_one_new();
	struct binding_view view = {.bid = 0};
	one->entry->sequence = 7;
	cache_bind(&one->entry->bindings, 3)->verified = true;
	binding_cache_each(&one->cache, look, &view);
	assert_int_equal(view.bid, 3);
	assert_int_equal(view.sequence, 7);
	assert_true(view.verified);
	assert_memory_equal(&view.home_address, &one->entry->home_address, 16);
	assert_memory_equal(&view.peer, &in6addr_any, 16);
	one->role.is_direct = true;
	binding_cache_each(&one->cache, look, &view);
	assert_memory_equal(&view.peer, one->entry->own, 16);
	cache_of_one_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_view),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
