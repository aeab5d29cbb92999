/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/binding/reachability.c: every event in every state, against the picture in
 * reachability.h.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/binding/reachability.h"

#define STAYS REACHABILITIES

/* columns: heard, unanswered, failed */
static const enum reachability table[REACHABILITIES][REACHABILITY_EVENTS] = {
	[REACHABILITY_REACHABLE] = {STAYS, REACHABILITY_DOUBTFUL, REACHABILITY_UNREACHABLE},
	[REACHABILITY_DOUBTFUL] = {REACHABILITY_REACHABLE, STAYS, REACHABILITY_UNREACHABLE},
	[REACHABILITY_UNREACHABLE] = {REACHABILITY_REACHABLE, STAYS, STAYS},
};

static void test_every_event_in_every_state(void **state)
{
	(void)state;
	for (unsigned from = 0; from < REACHABILITIES; from++) {
		for (unsigned event = 0; event < REACHABILITY_EVENTS; event++) {
			enum reachability reachability = from;
			enum reachability next = table[from][event];
			assert_int_equal(reachability_step(&reachability, event), next != STAYS);
			assert_int_equal(reachability, next == STAYS ? from : next);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
