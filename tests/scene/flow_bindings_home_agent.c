/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: flow bindings at the home agent, by RFC 6089 4 and 5.3.
 */
#include "support/at_home.h"
#include "support/flows.h"
#include "support/update.h"

#include "support/cmocka_scene.h"

#define SECOND NANOS_PER_SECOND
#define HOME_BID 9

static struct sent ack;

/* It is accepted; the acknowledgement is in `ack`. */
static void send_accepted(struct scene *scene, const struct update *update)
{
	update_send(update);
	take_past(&scene->home_agent, EFFECT_RECORD);
	const struct effect *effect = &scene->home_agent.done[scene->home_agent.done_count - 1];
	assert_int_equal(effect->type, EFFECT_SEND);
	expect_after(&scene->home_agent, effect, EFFECT_RECORD_FLOW);
	while (count_ahead(&scene->home_agent, EFFECT_RECORD_FLOW) > 0)
		take_past(&scene->home_agent, EFFECT_RECORD_FLOW);
	expect_ack(scene, 0, &ack);
	take_all(&scene->home_agent);
}

/* FID 7 to BID 1, FID 8 to BIDs 1 and 2. */
static void add_two(struct scene *scene, uint16_t sequence)
{
	struct update update = refresh_of_three(scene, sequence);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	flow_add(&update.message, 8, 20, 443, 2, 1, 2);
	send_accepted(scene, &update);
	assert_int_equal(ack.message.flow_count, 2);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_ACCEPTED);
}

/* RFC 6089 5.3.2.1, 5.3.6: one BID, or a copy to each; in the order of FID-PRI */
/* Shows RFC 6089 4.2.1.4-4, 4.3-4, 5.2-1, 5.3.2.1-6, 5.3.2.1-7, 5.3.2.1-8, 5.3.2.1-9, 5.3.2.1-10,
 * 5.3.5-1, 5.3.5-3, 5.3.5-6, 5.3.6-4. */
static void test_added(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	expect_rule(flows_rule(&scene, 8), 20, 443, 2, 1, 2);
	assert_int_equal(ack.message.flow[0].priority, 10);
	struct flow_list list = flows_of(&scene.home_agent);
	assert_int_equal(list.count, 2);
	assert_true(list.at[0].active);
	scene_end(&scene);
}

/* The answers are copies; the Status of what came does not matter. */
/* Shows RFC 6089 4.2-5, 5.3.5-2. */
static void test_copied(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	flow_add(&update.message, 8, 20, 443, 2, 4, 2); /* BID 4 is not bound */
	update.message.flow[0].status = FLOW_MALFORMED;
	update.message.flow[1].status = FLOW_PROHIBITED;
	send_accepted(&scene, &update);
	assert_int_equal(ack.message.flow_count, 2);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_BID_NOT_FOUND);
	for (unsigned i = 0; i < 2; i++) {
		const struct opt_flow *sent = &update.message.flow[i], *copy = &ack.message.flow[i];
		assert_int_equal(copy->fid, sent->fid);
		assert_int_equal(copy->priority, sent->priority);
		assert_true(copy->flow_options.has_bid_reference);
		assert_int_equal(copy->flow_options.bid_reference.bids_count,
			sent->flow_options.bid_reference.bids_count);
		assert_int_equal(copy->flow_options.bid_reference.bids[0],
			sent->flow_options.bid_reference.bids[0]);
		assert_true(copy->flow_options.has_traffic_selector);
		assert_true(traffic_selector_equal(&copy->flow_options.traffic_selector.selector,
			&sent->flow_options.traffic_selector.selector));
	}
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	scene_end(&scene);
}

/* RFC 6089 5.3.1: the BIDs of the update come first. */
/* Shows RFC 6089 5.3.1-1. */
static void test_with_a_new_bid(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 9, CARE_OF_3);
	flow_add(&update.message, 7, 10, 80, 1, 9);
	send_accepted(&scene, &update);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 9);
	scene_end(&scene);
}

/* What is wrong with one option is no concern of the others, nor of the bindings. */
/* Shows RFC 6089 4.2-1, 4.2-2, 4.2-4, 5.3.2-2, 5.3.2.1-1, 5.3.2.1-2, 5.3.2.1-3, 5.3.2.1-4,
 * 5.3.2.1-5, 5.3.5-4. */
static void test_refused(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	flow_bids(flow_option(&update.message, 1, 1), 1, 1);   /* no selector */
	flow_selector(flow_option(&update.message, 2, 2), 80); /* no BIDs */
	flow_add(&update.message, 3, 3, 80, 2, 1, 4);          /* BID 4 is not bound */
	flow_add(&update.message, 4, 4, 80, 1, 0);             /* BID 0 is reserved */
	flow_add(&update.message, 5, 0, 80, 1, 1);             /* FID-PRI 0 */
	flow_add(&update.message, 0, 6, 80, 1, 1);             /* FID 0 */
	flow_add(&update.message, 7, 7, 80, 1, 1);
	flow_add(&update.message, 8, 7, 80, 1, 1); /* FID-PRI 7 again */
	flow_add(&update.message, 9, 9, 80, 1, 1);
	update.message.flow[8].flow_options.traffic_selector.selector.format = 77;
	flow_add(&update.message, 10, 10, 80, 1, 1);
	update.message.flow[9]
		.flow_options.traffic_selector.selector.numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES]
		.last = 79;
	flow_selector(flow_option(&update.message, 11, 11), 80); /* its format comes first */
	update.message.flow[10].flow_options.traffic_selector.selector.format = 77;
	send_accepted(&scene, &update);
	static const uint8_t expected[] = {130, 130, 131, 131, 130, 130, 0, 130, 133, 130, 133};
	assert_int_equal(ack.message.flow_count, sizeof(expected));
	for (uint16_t i = 0; i < sizeof(expected); i++)
		assert_int_equal(ack.message.flow[i].status, expected[i]);
	assert_int_equal(flows_of(&scene.home_agent).count, 1);
	expect_rule(flows_rule(&scene, 7), 7, 80, 1, 1);
	scene_end(&scene);
}

/* RFC 6089 5.3.2: of two options with the same FID all are rejected. */
/* Shows RFC 6089 4.3-1, 5.3.2-1. */
static void test_same_fid_twice(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	flow_add(&update.message, 8, 11, 80, 1, 1);
	flow_add(&update.message, 7, 12, 80, 1, 1);
	send_accepted(&scene, &update);
	assert_int_equal(ack.message.flow_count, 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(ack.message.flow[i].status, FLOW_REJECTED);
	assert_int_equal(flows_of(&scene.home_agent).count, 0);
	scene_end(&scene);
}

/* RFC 6089 5.3.2.2: what is left out stays, but for FID-PRI. */
/* Shows RFC 6089 5.3.2.2-1, 5.3.2.2-2, 5.3.2.2-3, 5.3.2.2-4, 5.3.2.2-5, 5.3.2.2-6, 5.3.2.2-7. */
static void test_updated(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	struct update update = refresh_of_three(&scene, 3);
	flow_bids(flow_option(&update.message, 7, 20), 2, 3, 2);
	flow_selector(flow_option(&update.message, 8, 10), 22); /* the priorities change places */
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_ACCEPTED);
	expect_rule(flows_rule(&scene, 7), 20, 80, 2, 3, 2);
	expect_rule(flows_rule(&scene, 8), 10, 22, 2, 1, 2);

	/* a rejected option leaves the entry, and its priority */
	update = refresh_of_three(&scene, 4);
	flow_bids(flow_option(&update.message, 7, 30), 1, 4);
	flow_option(&update.message, 8, 20);
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_BID_NOT_FOUND);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_MALFORMED);
	expect_rule(flows_rule(&scene, 7), 20, 80, 2, 3, 2);
	expect_rule(flows_rule(&scene, 8), 10, 22, 2, 1, 2);
	scene_end(&scene);
}

/* RFC 6089 5.3.3, 5.3.4: named in a summary it stays, named nowhere it ends. */
/* Shows RFC 6089 4.2.2-1, 5.2.3-7, 5.3.3-1, 5.3.3-2, 5.3.3-4, 5.3.4-1. */
static void test_summary(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	struct update update = refresh_of_three(&scene, 3);
	flow_summary(&update.message, 2, 5, 5);
	flow_summary(&update.message, 2, 8, 5);
	send_accepted(&scene, &update);
	assert_int_equal(ack.message.flow_count, 1);
	assert_int_equal(flow_status_of(&ack.message, 5), FLOW_FID_NOT_FOUND);
	assert_null(flows_rule(&scene, 7));
	expect_rule(flows_rule(&scene, 8), 20, 443, 2, 1, 2);

	/* an update without flow options names none */
	update = refresh_of_three(&scene, 4);
	send_accepted(&scene, &update);
	assert_int_equal(ack.message.flow_count, 0);
	assert_null(flows_rule(&scene, 8));
	assert_int_equal(flows_of(&scene.home_agent).count, 0);
	scene_end(&scene);
}

/* RFC 6089 4.3, 5.3.4: without a bound BID it is inactive, and active again when one is back. */
/* Shows RFC 6089 4.3-5, 4.3-6, 5.3.1-2, 5.3.1-3, 5.3.1-4, 5.3.6-5. */
static void test_inactive(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	struct update update = update_of(&scene, 3);
	update_lifetime(&update, 0);
	update_bid_known(&update, 1);
	flow_summary(&update.message, 2, 7, 8);
	send_accepted(&scene, &update);
	assert_null(flows_rule(&scene, 7));
	expect_rule(flows_rule(&scene, 8), 20, 443, 1, 2);
	struct flow_list list = flows_of(&scene.home_agent);
	assert_int_equal(list.count, 2);
	assert_false(list.at[0].active);
	assert_true(list.at[1].active);

	update = update_of(&scene, 4);
	update_bid(&update, 1, CARE_OF_1);
	flow_summary(&update.message, 2, 7, 8);
	send_accepted(&scene, &update);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	expect_rule(flows_rule(&scene, 8), 20, 443, 2, 1, 2);

	/* an inactive one that is named nowhere ends, too */
	update = update_of(&scene, 5);
	update_lifetime(&update, 0);
	update_bid_known(&update, 1);
	flow_summary(&update.message, 1, 7);
	send_accepted(&scene, &update);
	update = update_of(&scene, 6);
	update_bid_known(&update, 2);
	send_accepted(&scene, &update);
	assert_int_equal(flows_of(&scene.home_agent).count, 0);
	scene_end(&scene);
}

/* A BID that expires is gone as well. */
/* Shows RFC 6089 4.3-7. */
static void test_a_bid_expires(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	scene_advance(&scene, 300 * SECOND);
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 2);
	flow_summary(&update.message, 2, 7, 8);
	send_accepted(&scene, &update);
	scene_advance(&scene, 300 * SECOND);
	assert_null(flows_rule(&scene, 7));
	expect_rule(flows_rule(&scene, 8), 20, 443, 1, 2);
	assert_int_equal(flows_of(&scene.home_agent).count, 2);
	scene_advance(&scene, 300 * SECOND);
	assert_int_equal(flows_of(&scene.home_agent).count, 0);
	scene_end(&scene);
}

/* RFC 6275 10.3.2: the de-registration of all bindings ends all flow bindings. */
/* Shows RFC 6089 5.2.5-1, 5.3.3-5. */
static void test_deregistered(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	struct update update = update_of(&scene, 3);
	update_lifetime(&update, 0);
	flow_summary(&update.message, 2, 7, 8);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_RECORD_FLOW), 2);
	take_all(&scene.home_agent);
	assert_int_equal(flows_of(&scene.home_agent).count, 0);
	bind_bids(&scene, 4, 3);
	update = refresh_of_three(&scene, 5);
	flow_summary(&update.message, 2, 7, 8);
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_FID_NOT_FOUND);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_FID_NOT_FOUND);
	scene_end(&scene);
}

/* A flow of the home link: its tunnel has no encapsulation. */
/* Shows RFC 6089 5.2.5-2. */
static void test_home_link(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.flow_bindings = true;
	config.dad_ms = 0;
	home_link_begin(&scene, &config);
	bind_bids(&scene, 1, 1);
	scene_advance(&scene, 5 * SECOND);
	struct update update = update_of(&scene, 2);
	update_at_home(&update);
	update_bid_home(&update, HOME_BID);
	update_link_layer(&update, mobile_node_mac);
	flow_add(&update.message, 7, 10, 80, 1, HOME_BID);
	update_send_home(&update);
	scene_advance(&scene, 5 * SECOND);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, HOME_BID);
	assert_true(flows_of(&scene.home_agent).at[0].active);
	scene_end(&scene);
}

/* Neither an update that is not authentic nor one that is refused changes a flow binding. */
static void test_refused_updates_change_nothing(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 5);
	struct update update = refresh_of_three(&scene, 6);
	update.auth.key[0] ^= 1;
	update_send(&update);
	update = refresh_of_three(&scene, 5);
	update_send(&update);
	update = update_of(&scene, 6);
	update_bid_known(&update, 9);
	flow_add(&update.message, 9, 9, 9, 1, 1);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_RECORD_FLOW), 0);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	expect_rule(flows_rule(&scene, 8), 20, 443, 2, 1, 2);
	assert_int_equal(flows_of(&scene.home_agent).count, 2);
	scene_end(&scene);
}

/* RFC 6089 4.2: 128. Those from before stay as long as they are named. */
/* Shows RFC 6089 5.3.5-5. */
static void test_prohibited(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	add_two(&scene, 2);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.node.flows_prohibited = true;
	scene_tell(&scene, &scene.home_agent, &event);
	struct update update = refresh_of_three(&scene, 3);
	flow_option(&update.message, 7, 11);
	flow_add(&update.message, 9, 9, 9, 1, 1);
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_PROHIBITED);
	assert_int_equal(flow_status_of(&ack.message, 9), FLOW_PROHIBITED);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	assert_int_equal(flows_of(&scene.home_agent).count, 1);
	scene_end(&scene);
}

/* RFC 6089 5.3.2-3: a home agent that does not know flow bindings says nothing of them. */
static void test_switched_off(void **state)
{
	(void)state;
	for (int without_mcoa = 0; without_mcoa < 2; without_mcoa++) {
		struct scene scene;
		struct home_agent_config config = home_agent_defaults();
		config.flow_bindings = without_mcoa;
		config.mcoa = !without_mcoa;
		scene_with_home_agent(&scene, &config);
		struct update update = update_of(&scene, 2);
		update_bid(&update, 1, CARE_OF_1);
		flow_add(&update.message, 7, 10, 80, 1, 1);
		flow_summary(&update.message, 1, 8);
		update_send(&update);
		take_past(&scene.home_agent, EFFECT_RECORD);
		expect_ack(&scene, 0, &ack);
		assert_int_equal(ack.message.flow_count, 0);
		assert_int_equal(flows_of(&scene.home_agent).count, 0);
		scene_end(&scene);
	}
}

static void summarize_13(struct message *message, uint16_t fid)
{
	struct opt_flow_summary *summary = &message->flow_summary[message->flow_summary_count++];
	summary->fids_count = 13;
	for (uint16_t i = 0; i < 13; i++)
		summary->fids[i] = (uint16_t)(fid + i);
}

/* No more than RULES_MAX: 129. */
static void test_too_many(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	for (uint16_t part = 0; part < 5; part++) {
		struct update update = refresh_of_three(&scene, (uint16_t)(2 + part));
		/* RFC 6089 5.2.3: in several options */
		for (uint16_t i = 0; i < part; i++)
			summarize_13(&update.message, (uint16_t)(1 + 13 * i));
		for (uint16_t i = 13 * part; i < 13 * (part + 1); i++)
			flow_add(&update.message, (uint16_t)(1 + i), (uint16_t)(1 + i), i, 1, 1);
		send_accepted(&scene, &update);
	}
	assert_int_equal(flow_status_of(&ack.message, 64), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 65), FLOW_REJECTED);
	assert_int_equal(flows_of(&scene.home_agent).count, RULES_MAX);
	scene_end(&scene);
}

/* The address ranges may need 1,024 prefixes in all: 129. */
static void test_too_many_prefixes(void **state)
{
	(void)state;
	struct scene scene;
	flows_begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	for (uint16_t fid = 1; fid <= 5; fid++) {
		flow_add(&update.message, fid, fid, 80, 1, 1);
		struct traffic_selector *selector =
			&update.message.flow[fid - 1].flow_options.traffic_selector.selector;
		selector->given |= FLOW_BIT(FLOW_SOURCE);
		/* 254 prefixes: all addresses but the first and the last */
		selector->addresses[FLOW_SOURCE].first = address_of("::1");
		selector->addresses[FLOW_SOURCE].last =
			address_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	}
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 4), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 5), FLOW_REJECTED);
	assert_int_equal(flows_of(&scene.home_agent).count, 4);

	/* one that needs fewer makes place */
	update = refresh_of_three(&scene, 3);
	flow_selector(flow_option(&update.message, 1, 1), 22);
	flow_summary(&update.message, 3, 2, 3, 4);
	update.message.flow_count++;
	update.message.flow[1] = (struct opt_flow){.fid = 5, .priority = 5};
	update.message.flow[1].flow_options = update.message.flow[0].flow_options;
	flow_bids(&update.message.flow[1], 1, 2);
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 1), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 5), FLOW_ACCEPTED);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_copied),
		cmocka_unit_test(test_home_link),
		cmocka_unit_test(test_with_a_new_bid),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_same_fid_twice),
		cmocka_unit_test(test_updated),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_inactive),
		cmocka_unit_test(test_a_bid_expires),
		cmocka_unit_test(test_deregistered),
		cmocka_unit_test(test_refused_updates_change_nothing),
		cmocka_unit_test(test_prohibited),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_too_many_prefixes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
