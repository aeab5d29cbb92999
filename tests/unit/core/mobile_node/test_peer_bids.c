/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/peer_bids.c: every event in every state, against the picture in peer_bids.h.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/peer_bids.h"

static const struct {
	enum peer_bids next;
	bool falls_back;
} table[PEER_BIDS_STATES][PEER_BIDS_EVENTS] = {
	[PEER_BIDS_ASSUMED] =
		{
			[PEER_BIDS_SIGNED] = {PEER_BIDS_CONFIRMED, false},
			[PEER_BIDS_FALL_BACK] = {PEER_BIDS_LACKING, true},
		},
	[PEER_BIDS_CONFIRMED] =
		{
			[PEER_BIDS_SIGNED] = {PEER_BIDS_CONFIRMED, false},
			[PEER_BIDS_FALL_BACK] = {PEER_BIDS_PROHIBITED, true},
		},
	[PEER_BIDS_LACKING] =
		{
			[PEER_BIDS_SIGNED] = {PEER_BIDS_PROHIBITED, false},
			[PEER_BIDS_FALL_BACK] = {PEER_BIDS_LACKING, false},
		},
	[PEER_BIDS_PROHIBITED] =
		{
			[PEER_BIDS_SIGNED] = {PEER_BIDS_PROHIBITED, false},
			[PEER_BIDS_FALL_BACK] = {PEER_BIDS_PROHIBITED, false},
		},
};

static void test_every_event_in_every_state(void **state)
{
	(void)state;
	for (unsigned from = 0; from < PEER_BIDS_STATES; from++) {
		for (unsigned event = 0; event < PEER_BIDS_EVENTS; event++) {
			enum peer_bids bids = from;
			assert_int_equal(
				peer_bids_step(&bids, event), table[from][event].falls_back);
			assert_int_equal(bids, table[from][event].next);
		}
	}
}

static void test_used_and_known(void **state)
{
	(void)state;
	assert_true(peer_bids_used(PEER_BIDS_ASSUMED) && !peer_bids_known(PEER_BIDS_ASSUMED));
	assert_true(peer_bids_used(PEER_BIDS_CONFIRMED) && peer_bids_known(PEER_BIDS_CONFIRMED));
	assert_true(!peer_bids_used(PEER_BIDS_LACKING) && !peer_bids_known(PEER_BIDS_LACKING));
	assert_true(!peer_bids_used(PEER_BIDS_PROHIBITED));
	assert_true(peer_bids_known(PEER_BIDS_PROHIBITED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_used_and_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
