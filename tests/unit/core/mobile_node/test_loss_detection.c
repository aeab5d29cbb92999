/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/loss_detection.c: every event in every state, against the picture in
 * loss_detection.h.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/loss_detection.h"

#define STAYS LOSS_DETECTIONS

/* columns: acknowledged, answered, ignored, lost */
static const enum loss_detection table[LOSS_DETECTIONS][LOSS_EVENTS] = {
	[LOSS_UNKNOWN] = {LOSS_REGISTERED, LOSS_ANSWERED, STAYS, STAYS},
	[LOSS_REGISTERED] = {STAYS, LOSS_DETECTABLE, LOSS_IGNORED, LOSS_UNKNOWN},
	[LOSS_IGNORED] = {LOSS_REGISTERED, LOSS_DETECTABLE, STAYS, LOSS_UNKNOWN},
	[LOSS_ANSWERED] = {LOSS_DETECTABLE, STAYS, STAYS, LOSS_UNKNOWN},
	[LOSS_DETECTABLE] = {STAYS, STAYS, STAYS, LOSS_UNKNOWN},
};

static void test_every_event_in_every_state(void **state)
{
	(void)state;
	for (unsigned from = 0; from < LOSS_DETECTIONS; from++) {
		for (unsigned event = 0; event < LOSS_EVENTS; event++) {
			enum loss_detection detection = from;
			enum loss_detection next = table[from][event];
			loss_step(&detection, event);
			assert_int_equal(detection, next == STAYS ? from : next);
		}
	}
}

static void test_questions(void **state)
{
	(void)state;
	static const bool answered[] = {false, false, false, true, true};
	static const bool acknowledged[] = {false, true, true, false, true};
	for (unsigned detection = 0; detection < LOSS_DETECTIONS; detection++) {
		assert_int_equal(loss_has_answered(detection), answered[detection]);
		assert_int_equal(loss_has_acknowledged(detection), acknowledged[detection]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_questions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
