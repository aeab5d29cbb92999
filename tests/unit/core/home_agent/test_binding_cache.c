/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_cache.c: what is put in is found, what is taken out is not, among many.
 */
#include "../../../../src/core/home_agent/binding_cache.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

#define NODES 5000

static struct in6_addr home_address(unsigned number)
{
	struct in6_addr address = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
	memcpy(&address.s6_addr[12], &number, sizeof(number));
	return address;
}

static void test_nodes(void **state)
{
	(void)state;
	struct binding_cache cache = {0};
	for (unsigned i = 0; i < NODES; i++) {
		struct in6_addr address = home_address(i);
		struct node *node;
		assert_null(binding_cache_find(&cache, &address));
		assert_int_equal(binding_cache_add(&cache, &address, &node), 0);
		assert_int_equal(node->bindings.count, 0);
		node->sequence = (uint16_t)i;
	}
	assert_int_equal(binding_cache_count(&cache), NODES);
	for (unsigned i = 0; i < NODES; i += 2) {
		struct in6_addr address = home_address(i);
		binding_cache_remove(&cache, binding_cache_find(&cache, &address));
	}
	assert_int_equal(binding_cache_count(&cache), NODES / 2);
	for (unsigned i = 0; i < NODES; i++) {
		struct in6_addr address = home_address(i);
		const struct node *node = binding_cache_find(&cache, &address);
		assert_int_equal(node != NULL, i % 2);
		if (node)
			assert_int_equal(node->sequence, i);
	}
	binding_cache_fini(&cache);
	assert_int_equal(binding_cache_count(&cache), 0);
}

/* A home agent holds many nodes: the octets of one, with its share of the hash table. */
static void test_size_of_a_node(void **state)
{
	(void)state;
	assert_true(sizeof(struct node) <= 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_size_of_a_node),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
