/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/registration_phase.c: every event in every phase, against the picture in
 * registration_phase.h.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/registration_phase.h"

#define STAYS REGISTRATION_PHASES

static const enum registration_phase table[REGISTRATION_PHASES][REGISTRATION_EVENTS] = {
	[REGISTRATION_NEW] =
		{
			[REGISTRATION_SENT] = REGISTRATION_WAITING,
			[REGISTRATION_ANSWERED] = STAYS,
			[REGISTRATION_GIVEN_UP] = STAYS,
			[REGISTRATION_HAS_DUPLICATE] = STAYS,
			[REGISTRATION_STOP] = REGISTRATION_STOPPED,
			[REGISTRATION_OVER] = STAYS,
		},
	[REGISTRATION_WAITING] =
		{
			[REGISTRATION_SENT] = STAYS,
			[REGISTRATION_ANSWERED] = REGISTRATION_IDLE,
			[REGISTRATION_GIVEN_UP] = REGISTRATION_IDLE,
			[REGISTRATION_HAS_DUPLICATE] = REGISTRATION_DUPLICATE,
			[REGISTRATION_STOP] = REGISTRATION_STOPPING,
			[REGISTRATION_OVER] = STAYS,
		},
	[REGISTRATION_IDLE] =
		{
			[REGISTRATION_SENT] = REGISTRATION_WAITING,
			[REGISTRATION_ANSWERED] = STAYS,
			[REGISTRATION_GIVEN_UP] = STAYS,
			[REGISTRATION_HAS_DUPLICATE] = REGISTRATION_DUPLICATE,
			[REGISTRATION_STOP] = REGISTRATION_STOPPING,
			[REGISTRATION_OVER] = STAYS,
		},
	[REGISTRATION_DUPLICATE] =
		{
			[REGISTRATION_SENT] = STAYS,
			[REGISTRATION_ANSWERED] = STAYS,
			[REGISTRATION_GIVEN_UP] = STAYS,
			[REGISTRATION_HAS_DUPLICATE] = STAYS,
			[REGISTRATION_STOP] = REGISTRATION_STOPPING,
			[REGISTRATION_OVER] = STAYS,
		},
	[REGISTRATION_STOPPING] =
		{
			[REGISTRATION_SENT] = REGISTRATION_STOP_SENT,
			[REGISTRATION_ANSWERED] = STAYS,
			[REGISTRATION_GIVEN_UP] = STAYS,
			[REGISTRATION_HAS_DUPLICATE] = STAYS,
			[REGISTRATION_STOP] = STAYS,
			[REGISTRATION_OVER] = REGISTRATION_STOPPED,
		},
	[REGISTRATION_STOP_SENT] =
		{
			[REGISTRATION_SENT] = STAYS,
			[REGISTRATION_ANSWERED] = REGISTRATION_STOPPED,
			[REGISTRATION_GIVEN_UP] = REGISTRATION_STOPPED,
			[REGISTRATION_HAS_DUPLICATE] = STAYS,
			[REGISTRATION_STOP] = STAYS,
			[REGISTRATION_OVER] = REGISTRATION_STOPPED,
		},
	[REGISTRATION_STOPPED] =
		{
			[REGISTRATION_SENT] = STAYS,
			[REGISTRATION_ANSWERED] = STAYS,
			[REGISTRATION_GIVEN_UP] = STAYS,
			[REGISTRATION_HAS_DUPLICATE] = STAYS,
			[REGISTRATION_STOP] = STAYS,
			[REGISTRATION_OVER] = STAYS,
		},
};

static struct outbox outbox;

static const struct registration_parties parties = {
	.home_address.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
	.home_agent.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 2},
};

static enum registration_phase after(enum registration_phase phase, enum registration_event event)
{
	outbox.count = 0;
	assert_int_equal(outbox_reserve(&outbox, 2 * EVENT_RESERVE), 0);
	registration_step(&phase, event, &parties, &outbox);
	return phase;
}

static void test_every_event_in_every_phase(void **state)
{
	(void)state;
	for (unsigned phase = 0; phase < REGISTRATION_PHASES; phase++) {
		for (unsigned event = 0; event < REGISTRATION_EVENTS; event++) {
			enum registration_phase next = table[phase][event];
			assert_int_equal(after(phase, event), next == STAYS ? phase : next);
			if (next == STAYS)
				assert_int_equal(outbox.count, 0);
		}
	}
}

static void test_a_duplicate_is_reported_once(void **state)
{
	(void)state;
	after(REGISTRATION_WAITING, REGISTRATION_HAS_DUPLICATE);
	assert_int_equal(outbox.count, 1);
	const struct effect_event *event = &outbox.effects[0].event;
	assert_int_equal(event->type, EVENT_ADDRESS_DUPLICATE);
	assert_memory_equal(&event->home_address, &parties.home_address, 16);
	assert_memory_equal(&event->peer, &parties.home_agent, 16);
	after(REGISTRATION_DUPLICATE, REGISTRATION_HAS_DUPLICATE);
	assert_int_equal(outbox.count, 0);
}

static void test_what_a_phase_says(void **state)
{
	(void)state;
	for (unsigned phase = 0; phase < REGISTRATION_PHASES; phase++) {
		assert_int_equal(registration_waits(phase),
			phase == REGISTRATION_WAITING || phase == REGISTRATION_STOP_SENT);
		assert_int_equal(registration_stops(phase),
			phase == REGISTRATION_STOPPING || phase == REGISTRATION_STOP_SENT ||
				phase == REGISTRATION_STOPPED);
	}
}

static int end(void **state)
{
	(void)state;
	outbox_fini(&outbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_phase),
		cmocka_unit_test(test_a_duplicate_is_reported_once),
		cmocka_unit_test(test_what_a_phase_says),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
