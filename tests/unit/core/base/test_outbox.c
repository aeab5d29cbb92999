/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbox.c: effects are handed out zeroed, in order, as many as there is room for.
 */
#include "../../../../src/core/api/effect.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

static struct outbox outbox;

static int free_outbox(void **state)
{
	(void)state;
	outbox_fini(&outbox);
	return 0;
}

static void test_room(void **state)
{
	(void)state;
	assert_int_equal(outbox_room(&outbox), 0);
	assert_int_equal(outbox_reserve(&outbox, 3), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(outbox_room(&outbox), 3 - i);
		assert_ptr_equal(outbox_add(&outbox, EFFECT_EVENT), &outbox.effects[i]);
	}
	assert_int_equal(outbox_room(&outbox), 0);
}

static void test_growing_keeps_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(outbox_reserve(&outbox, 1), 0);
	outbox_add(&outbox, EFFECT_EVENT)->event.bid = 7;
	assert_int_equal(outbox_reserve(&outbox, CALL_EFFECTS_MAX), 0);
	assert_int_equal(outbox.count, 1);
	assert_int_equal(outbox.effects[0].event.bid, 7);
	assert_true(outbox_room(&outbox) >= CALL_EFFECTS_MAX);
}

static void add(enum effect_type type, size_t count)
{
	for (size_t i = 0; i < count; i++)
		outbox_add(&outbox, type);
}

/* One update that changes everything of a mobile node: 8 bindings, 16 prefixes, 64 rules. */
static void test_largest_call(void **state)
{
	(void)state;
	assert_int_equal(outbox_reserve(&outbox, CALL_EFFECTS_MAX), 0);
	add(EFFECT_SUBJECT_SET, 1);
	add(EFFECT_PREFIX_SET, 1 + 16);
	add(EFFECT_TUNNEL_REMOVE, 8);
	add(EFFECT_TUNNEL_SET, 8);
	add(EFFECT_TRAFFIC_SET, 1 + 64);
	add(EFFECT_EVENT, 2 * 8);
	add(EFFECT_SEND, 8 + 2); /* probes of care-of addresses, answer, advertisement */
	add(EFFECT_RECORD, 1);
	add(EFFECT_INTERCEPT, 1);
	assert_int_equal(outbox.count, 127);
}

static void test_nothing_is_left_over(void **state)
{
	(void)state;
	static const struct effect_tunnel no_tunnel;
	static const struct effect_event no_event;
	static const struct record no_record;
	assert_int_equal(outbox_reserve(&outbox, 4), 0);
	memset(outbox.effects, 0xff, 4 * sizeof(*outbox.effects));
	const struct effect *tunnel = outbox_add(&outbox, EFFECT_TUNNEL_SET);
	const struct effect *event = outbox_add(&outbox, EFFECT_EVENT);
	const struct effect *record = outbox_add(&outbox, EFFECT_RECORD);
	const struct effect *send = outbox_add(&outbox, EFFECT_SEND);
	assert_memory_equal(&tunnel->tunnel, &no_tunnel, sizeof(no_tunnel));
	assert_memory_equal(&event->event, &no_event, sizeof(no_event));
	assert_memory_equal(&record->record, &no_record, sizeof(no_record));
	assert_int_equal(send->send.length, 0);
	assert_int_equal(send->send.ifindex, 0);
	assert_int_equal(send->type, EFFECT_SEND);
}

static void test_every_event_has_a_text(void **state)
{
	(void)state;
	for (int type = 0; type < EVENT_TYPES; type++)
		assert_true(strlen(event_text((enum event_type)type)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_room, free_outbox),
		cmocka_unit_test_teardown(test_growing_keeps_what_is_there, free_outbox),
		cmocka_unit_test_teardown(test_largest_call, free_outbox),
		cmocka_unit_test_teardown(test_nothing_is_left_over, free_outbox),
		cmocka_unit_test(test_every_event_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
