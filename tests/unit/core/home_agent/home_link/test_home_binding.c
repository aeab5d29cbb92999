/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * home_binding.c: which link-layer address of a message is usable (RFC 5568 6.4.4).
 */
#include "../../../../../src/core/home_agent/home_link/home_binding.h"

#include "../../../../scene/support/cmocka_scene.h"

static bool usable(uint8_t code, const uint8_t *octets, uint8_t length)
{
	struct message message;
	uint8_t ret[LINK_LAYER_OCTETS];
	message_init(&message, MH_binding_update);
	message.has_link_layer_address = true;
	message.link_layer_address.code = code;
	message.link_layer_address.address = (struct octets){octets, length};
	if (!home_binding_link_layer(&message, ret))
		return false;
	assert_memory_equal(ret, octets, sizeof(ret));
	return true;
}

static void test_link_layer(void **state)
{
	(void)state;
	static const uint8_t own[] = {2, 0, 0, 0, 0, 7}, group[] = {3, 0, 0, 0, 0, 7}, none[6];
	struct message without;
	uint8_t ret[LINK_LAYER_OCTETS];
	assert_true(usable(2, own, 6));
	assert_false(usable(1, own, 6)); /* not the mobile node's own */
	assert_false(usable(2, own, 5));
	assert_false(usable(2, group, 6));
	assert_false(usable(2, none, 6));
	message_init(&without, MH_binding_update);
	assert_false(home_binding_link_layer(&without, ret));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_link_layer)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
