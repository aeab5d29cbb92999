/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/home_use.c: every event in every state, against the picture in home_use.h.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/home_use.h"

#define HOME_BID 7
#define STAYS HOME_USES

/* columns: visit, both, return, sent, acknowledged */
static const enum home_use table[HOME_USES][HOME_USE_EVENTS] = {
	[HOME_USE_NONE] = {STAYS, HOME_USE_BINDING, HOME_USE_RETURNING, STAYS, STAYS},
	[HOME_USE_BINDING] = {HOME_USE_NONE, STAYS, HOME_USE_RETURNING, STAYS, STAYS},
	[HOME_USE_RETURNING] = {HOME_USE_NONE, HOME_USE_BINDING, STAYS, HOME_USE_RETURNING_SENT,
		HOME_USE_RETURNED},
	[HOME_USE_RETURNING_SENT] = {HOME_USE_NONE, HOME_USE_BINDING, STAYS, STAYS,
		HOME_USE_RETURNED},
	[HOME_USE_RETURNED] = {HOME_USE_NONE, HOME_USE_BINDING, STAYS, STAYS, STAYS},
};

static const struct registration_parties parties;
static struct outbox outbox;

static enum home_use after(enum home_use use, enum home_use_event event)
{
	outbox.count = 0;
	assert_int_equal(outbox_reserve(&outbox, 2 * EVENT_RESERVE), 0);
	home_use_step(&use, event, HOME_BID, &parties, &outbox);
	return use;
}

static void test_every_event_in_every_state(void **state)
{
	(void)state;
	for (unsigned use = 0; use < HOME_USES; use++) {
		for (unsigned event = 0; event < HOME_USE_EVENTS; event++) {
			enum home_use next = table[use][event];
			assert_int_equal(after(use, event), next == STAYS ? use : next);
			assert_int_equal(outbox.count, next == HOME_USE_RETURNED);
		}
	}
}

static void test_reports_the_return(void **state)
{
	(void)state;
	after(HOME_USE_RETURNING_SENT, HOME_USE_ACKNOWLEDGED);
	assert_int_equal(outbox.effects[0].event.type, EVENT_RETURNED_HOME);
	assert_int_equal(outbox.effects[0].event.bid, HOME_BID);
}

static void test_is_returning(void **state)
{
	(void)state;
	for (unsigned use = 0; use < HOME_USES; use++)
		assert_int_equal(home_use_is_returning(use),
			use == HOME_USE_RETURNING || use == HOME_USE_RETURNING_SENT);
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
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_reports_the_return),
		cmocka_unit_test(test_is_returning),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
