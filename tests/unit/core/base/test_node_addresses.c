/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses are this node's, and which of them are home addresses.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/base/node_addresses.h"

static struct in6_addr address(uint8_t last)
{
	return (struct in6_addr){.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = last}};
}

static bool send_nothing(void *ctx, const struct packet_envelope *envelope, struct octets payload,
	struct outbox *outbox)
{
	(void)ctx, (void)envelope, (void)payload, (void)outbox;
	return false;
}

/* A home agent and as many mobile nodes as a core may have. */
static void test_addresses(void **state)
{
	(void)state;
	struct node_addresses addresses = {0};
	int nodes[MOBILE_NODES_MAX];
	struct in6_addr one = address(0);
	assert_null(node_addresses_find(&addresses, &one));
	node_addresses_add(&addresses, &one, NULL, NULL);
	for (uint8_t i = 0; i < MOBILE_NODES_MAX; i++) {
		struct in6_addr home = address((uint8_t)(i + 1));
		node_addresses_add(&addresses, &home, send_nothing, &nodes[i]);
	}
	assert_int_equal(addresses.homes, MOBILE_NODES_MAX);
	assert_non_null(node_addresses_find(&addresses, &one));
	assert_null(node_addresses_home(&addresses, &one));
	for (uint8_t i = 0; i < MOBILE_NODES_MAX; i++) {
		struct in6_addr home = address((uint8_t)(i + 1));
		assert_ptr_equal(node_addresses_find(&addresses, &home)->ctx, &nodes[i]);
		assert_ptr_equal(node_addresses_home(&addresses, &home)->ctx, &nodes[i]);
	}
	struct in6_addr other = address(MOBILE_NODES_MAX + 1);
	assert_null(node_addresses_find(&addresses, &other));
	assert_null(node_addresses_home(&addresses, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
