/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/node_phase.c: every event in every phase, against the picture in
 * node_phase.h, and what follows from a new phase.
 */
#include "../../../scene/support/cmocka_scene.h"

#include "../../../../src/core/mobile_node/mobile_node.h"

#include <string.h>

#define STAYS NODE_PHASES

/* columns: stop, has de-registered */
static const enum node_phase table[NODE_PHASES][NODE_EVENTS] = {
	[NODE_RUNS] = {NODE_STOPPING, STAYS},
	[NODE_STOPPING] = {STAYS, NODE_STOPPED},
	[NODE_STOPPED] = {STAYS, STAYS},
};

static unsigned stops; /* of route optimization */
static struct outbox outbox;

static void count_stop(struct route_optimization *ro, struct outbox *unused)
{
	(void)ro;
	(void)unused;
	stops++;
}

/* A mobile node with one tunnel, and route optimization. */
static void after(struct mobile_node *ret, enum node_phase phase, enum node_event event)
{
	static const struct ro_functions functions = {.stop = count_stop};
	static uint8_t routes;
	memset(ret, 0, sizeof(*ret));
	ret->phase = phase;
	ret->ro = &functions;
	ret->routes = (struct route_optimization *)&routes;
	ret->registration.home = HOME_USE_BINDING;
	ret->tunnels.subject = 1;
	ret->tunnels.count = 1;
	ret->tunnels.at[0].bid = 7;
	stops = 0;
	outbox.count = 0;
	assert_int_equal(outbox_reserve(&outbox, BINDINGS_MAX + 2), 0);
	node_phase_step(ret, event, &outbox);
}

static void test_every_event_in_every_phase(void **state)
{
	(void)state;
	static struct mobile_node node;
	for (unsigned phase = 0; phase < NODE_PHASES; phase++) {
		for (unsigned event = 0; event < NODE_EVENTS; event++) {
			enum node_phase next = table[phase][event];
			after(&node, phase, event);
			assert_int_equal(node.phase, next == STAYS ? phase : next);
			assert_int_equal(stops, next == NODE_STOPPING);
			assert_int_equal(node.tunnels.count, next != NODE_STOPPED);
			assert_int_equal(node.registration.home,
				next == NODE_STOPPED ? HOME_USE_NONE : HOME_USE_BINDING);
		}
	}
}

static void test_removes_the_tunnels(void **state)
{
	(void)state;
	static struct mobile_node node;
	after(&node, NODE_STOPPING, NODE_HAS_DEREGISTERED);
	assert_int_equal(outbox.effects[0].type, EFFECT_TUNNEL_REMOVE);
	assert_int_equal(outbox.effects[0].tunnel.bid, 7);
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
		cmocka_unit_test(test_removes_the_tunnels),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
