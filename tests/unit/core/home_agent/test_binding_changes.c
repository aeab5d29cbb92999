/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding_changes.c: the difference between two sets of bindings, as effects; and when the node is
 * due next.
 */
#include "../agent_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

static struct outbox outbox;
static size_t taken;

static struct home_agent *begin(enum verify verify)
{
	outbox.count = 0;
	taken = 0;
	return agent_new(verify);
}

static void change(struct home_agent *agent, const struct bindings *wanted)
{
	outbox.count = 0;
	taken = 0;
	node_change_bindings(agent, agent_time(0), agent_node(agent), wanted, &outbox);
}

static const struct effect_tunnel *expect_tunnel(enum effect_type type, uint16_t bid)
{
	assert_true(taken < outbox.count);
	const struct effect *effect = &outbox.effects[taken++];
	assert_int_equal(effect->type, type);
	assert_int_equal(effect->tunnel.bid, bid);
	return &effect->tunnel;
}

static void expect_note(enum event_type type, uint16_t bid)
{
	assert_true(taken < outbox.count);
	const struct effect *effect = &outbox.effects[taken++];
	assert_int_equal(effect->type, EFFECT_EVENT);
	assert_int_equal(effect->event.type, type);
	assert_int_equal(effect->event.bid, bid);
}

static void test_difference(void **state)
{
	(void)state;
	struct home_agent *agent = begin(VERIFY_OFF);
	struct bindings wanted = {.count = 0};
	for (uint16_t bid = 1; bid <= 4; bid++)
		agent_bind(&wanted, bid, agent_address((uint8_t)(10 + bid), 1));
	change(agent, &wanted);
	for (uint16_t bid = 1; bid <= 4; bid++) {
		assert_true(expect_tunnel(EFFECT_TUNNEL_SET, bid)->usable);
		expect_note(EVENT_BINDING_ADDED, bid);
	}
	assert_int_equal(taken, outbox.count);

	/* 1 stays, 2 moves, 3 has another preference, 4 goes, 5 comes */
	bindings_remove(&wanted, bindings_find(&wanted, 4));
	bindings_find(&wanted, 2)->care_of = agent_address(20, 1);
	bindings_find(&wanted, 3)->priority = 1;
	agent_bind(&wanted, 5, agent_address(15, 1));
	change(agent, &wanted);
	expect_tunnel(EFFECT_TUNNEL_REMOVE, 4);
	expect_note(EVENT_BINDING_REMOVED, 4);
	expect_tunnel(EFFECT_TUNNEL_SET, 2);
	expect_note(EVENT_BINDING_MOVED, 2);
	assert_int_equal(expect_tunnel(EFFECT_TUNNEL_SET, 3)->priority, 1);
	expect_tunnel(EFFECT_TUNNEL_SET, 5);
	expect_note(EVENT_BINDING_ADDED, 5);
	assert_int_equal(taken, outbox.count);
	change(agent, &wanted);
	assert_int_equal(outbox.count, 0);
	agent_free(agent);
}

/* What one binding has shown of an address, the others need not show. */
static void test_verified(void **state)
{
	(void)state;
	struct home_agent *agent = begin(VERIFY_PROBE);
	struct bindings wanted = {.count = 0};
	agent_bind(&wanted, 1, agent_address(11, 1))->verified = true;
	agent_bind(&wanted, 2, agent_address(12, 1));
	change(agent, &wanted);
	assert_true(expect_tunnel(EFFECT_TUNNEL_SET, 1)->usable);
	expect_note(EVENT_BINDING_ADDED, 1);
	assert_false(expect_tunnel(EFFECT_TUNNEL_SET, 2)->usable);
	/* not of itself, nor of what comes with it */
	agent_bind(&wanted, 3, agent_address(11, 1));
	agent_bind(&wanted, 4, agent_address(12, 1));
	bindings_find(&wanted, 1)->care_of = agent_address(13, 1);
	bindings_find(&wanted, 1)->verified = false;
	change(agent, &wanted);
	assert_false(expect_tunnel(EFFECT_TUNNEL_SET, 1)->usable);
	expect_note(EVENT_BINDING_MOVED, 1);
	assert_true(expect_tunnel(EFFECT_TUNNEL_SET, 3)->usable);
	expect_note(EVENT_BINDING_ADDED, 3);
	assert_false(expect_tunnel(EFFECT_TUNNEL_SET, 4)->usable);
	agent_free(agent);
}

static void test_next(void **state)
{
	(void)state;
	struct home_agent *agent = begin(VERIFY_OFF);
	struct bindings wanted = {.count = 0};
	assert_int_equal(home_agent_role.next_deadline(agent), NANOS_NEVER);
	agent_bind(&wanted, 1, agent_address(11, 1));
	change(agent, &wanted);
	/* the first Binding Refresh Request */
	assert_int_equal(home_agent_role.next_deadline(agent), 90 * NANOS_PER_SECOND);
	wanted.at[0].requests = 2;
	change(agent, &wanted);
	assert_int_equal(home_agent_role.next_deadline(agent), 100 * NANOS_PER_SECOND);
	wanted.at[0].expires = NANOS_NEVER;
	change(agent, &wanted);
	assert_int_equal(home_agent_role.next_deadline(agent), NANOS_NEVER);
	/* the prefix */
	const struct host_event event = {
		.type = HOST_PREFIX_SET,
		.prefix = {agent_address(1, 0), 64, true, true, 7, 7},
	};
	assert_int_equal(home_agent_role.host(agent, agent_time(0), &event, &outbox), 0);
	assert_int_equal(home_agent_role.next_deadline(agent), 7);
	agent_free(agent);
}

static int make_outbox(void **state)
{
	(void)state;
	return outbox_reserve(&outbox, CALL_EFFECTS_MAX);
}

static int free_outbox(void **state)
{
	(void)state;
	outbox_fini(&outbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_next),
	};
	return cmocka_run_group_tests(tests, make_outbox, free_outbox);
}
