/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/route_optimization/ro_peer.c: every event in every state, against the picture in
 * ro_peer.h.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/route_optimization/ro_peer.h"

#define STAYS ROUTE_STATES

static const enum route_state tried[RO_PEER_EVENTS] = {
	[RO_PEER_TESTS] = ROUTE_TESTING,
	[RO_PEER_REGISTERS] = ROUTE_REGISTERING,
	[RO_PEER_BOUND] = ROUTE_OPTIMIZED,
	[RO_PEER_REFUSED] = ROUTE_REFUSED,
	[RO_PEER_LEFT] = ROUTE_LEAVING,
};
static const enum route_state refused[RO_PEER_EVENTS] = {
	[RO_PEER_TESTS] = STAYS,
	[RO_PEER_REGISTERS] = STAYS,
	[RO_PEER_BOUND] = STAYS,
	[RO_PEER_REFUSED] = STAYS,
	[RO_PEER_LEFT] = ROUTE_LEAVING,
};
static const enum route_state leaving[RO_PEER_EVENTS] = {STAYS, STAYS, STAYS, STAYS, STAYS};

static const enum route_state *const table[ROUTE_STATES] = {
	[ROUTE_TESTING] = tried,
	[ROUTE_REGISTERING] = tried,
	[ROUTE_OPTIMIZED] = tried,
	[ROUTE_REFUSED] = refused,
	[ROUTE_LEAVING] = leaving,
};

static const struct registration_parties parties = {
	.home_address.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
};
static struct ro_peer peer;
static struct outbox outbox;

/* In `state`, with one binding. */
static void begin(enum route_state state, nanos until)
{
	outbox.count = 0;
	assert_int_equal(outbox_reserve(&outbox, 2 * EVENT_RESERVE), 0);
	peer = (struct ro_peer){.address.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 9}};
	ro_bindings_init(&peer.bindings, 0);
	ro_binding_step(ro_binding_add(&peer.bindings, 3), RO_BINDING_ACCEPTED);
	peer.state = state;
	peer.until = until;
	peer.due = NANOS_NEVER;
}

static void step(enum ro_peer_event event, nanos until, uint8_t status)
{
	const struct ro_peer_change change = {&parties, until, status, &outbox};
	ro_peer_step(&peer, event, &change);
}

static void test_every_event_in_every_state(void **unused)
{
	(void)unused;
	for (unsigned state = 0; state < ROUTE_STATES; state++) {
		for (unsigned event = 0; event < RO_PEER_EVENTS; event++) {
			enum route_state next = table[state][event];
			begin(state, 5);
			step(event, 7, 0);
			assert_int_equal(peer.state, next == STAYS ? state : next);
			bool ends = next == ROUTE_REFUSED || next == ROUTE_LEAVING;
			assert_int_equal(peer.until, ends ? 7 : 5);
			assert_int_equal(ro_bindings_any(&peer.bindings), !ends);
			if (!ends)
				assert_int_equal(outbox.count, 0);
		}
	}
}

static void assert_event(size_t i, enum event_type type)
{
	const struct effect_event *event = &outbox.effects[i].event;
	assert_int_equal(event->type, type);
	assert_memory_equal(&event->home_address, &parties.home_address, 16);
	assert_memory_equal(&event->peer, &peer.address, 16);
}

static void test_a_refusal_is_reported_with_its_status(void **unused)
{
	(void)unused;
	begin(ROUTE_OPTIMIZED, 0);
	step(RO_PEER_REFUSED, 7, 129);
	assert_int_equal(outbox.count, 2);
	assert_event(0, EVENT_ROUTE_LOST);
	assert_event(1, EVENT_ROUTE_REFUSED);
	assert_int_equal(outbox.effects[1].event.status, 129);
	assert_int_equal(peer.due, 0);
}

static void test_leaving_reports_what_was_bound(void **unused)
{
	(void)unused;
	begin(ROUTE_OPTIMIZED, 0);
	step(RO_PEER_LEFT, 7, 0);
	assert_int_equal(outbox.count, 1);
	assert_event(0, EVENT_ROUTE_LOST);
	assert_int_equal(peer.due, 0);
}

static void test_event_of_its_bindings(void **unused)
{
	(void)unused;
	begin(ROUTE_TESTING, 0);
	struct ro_binding *binding = ro_binding_find(&peer.bindings, 3);
	assert_int_equal(ro_peer_event_of(&peer), RO_PEER_BOUND);
	ro_binding_step(binding, RO_BINDING_ENDED);
	assert_int_equal(ro_peer_event_of(&peer), RO_PEER_TESTS);
	binding->update.waiting = true;
	assert_int_equal(ro_peer_event_of(&peer), RO_PEER_REGISTERS);
}

static int end(void **unused)
{
	(void)unused;
	outbox_fini(&outbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_a_refusal_is_reported_with_its_status),
		cmocka_unit_test(test_leaving_reports_what_was_bound),
		cmocka_unit_test(test_event_of_its_bindings),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
