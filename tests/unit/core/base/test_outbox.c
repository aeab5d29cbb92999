/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbox.c: effects are handed out zeroed, in order, as many as there is room for.
 */
#include "../../../../src/core/api/effect.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

static struct outbox outbox;

static void test_room(void **state)
{
	(void)state;
	outbox.count = 0;
	for (size_t i = 0; i < OUTBOX_MAX; i++) {
		assert_int_equal(outbox_room(&outbox), OUTBOX_MAX - i);
		assert_ptr_equal(outbox_add(&outbox, EFFECT_EVENT), &outbox.effects[i]);
	}
	assert_int_equal(outbox_room(&outbox), 0);
}

static void test_nothing_is_left_over(void **state)
{
	(void)state;
	static const struct effect_tunnel no_tunnel;
	static const struct effect_event no_note;
	static const struct effect_node no_node;
	memset(&outbox, 0xff, sizeof(outbox));
	outbox.count = 0;
	const struct effect *tunnel = outbox_add(&outbox, EFFECT_TUNNEL_SET);
	const struct effect *note = outbox_add(&outbox, EFFECT_EVENT);
	const struct effect *node = outbox_add(&outbox, EFFECT_NODE_SET);
	const struct effect *send = outbox_add(&outbox, EFFECT_SEND);
	assert_memory_equal(&tunnel->tunnel, &no_tunnel, sizeof(no_tunnel));
	assert_memory_equal(&note->event, &no_note, sizeof(no_note));
	assert_memory_equal(&node->node, &no_node, sizeof(no_node));
	assert_int_equal(send->send.length, 0);
	assert_int_equal(send->send.ifindex, 0);
	assert_int_equal(send->type, EFFECT_SEND);
}

static void test_every_note_has_a_text(void **state)
{
	(void)state;
	for (int type = 0; type < EVENT_TYPES; type++)
		assert_true(strlen(event_text((enum event_type)type)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_nothing_is_left_over),
		cmocka_unit_test(test_every_note_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
