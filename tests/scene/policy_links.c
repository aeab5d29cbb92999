/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: in which order the rules of a mobile node use its links (ADR 60).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"
#include "support/rules.h"

#include <errno.h>
#include <string.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

/* What each link can carry, as its host says; 0: not known. */
static uint64_t rates[NODE_LINKS + 1];

/* Three links with a round trip of 20 ms. */
static void begin(struct scene *scene)
{
	memset(rates, 0, sizeof(rates));
	node_begin(scene, 10 * MS);
	node_register(scene, 3);
	scene_advance(scene, 20 * SECOND);
	take_all(&scene->mobile_node);
}

/* Streams by all links keep their paths measured. */
static void pass(struct scene *scene, nanos duration)
{
	for (nanos end = scene->now.mono + duration; scene->now.mono < end;) {
		for (uint16_t bid = 1; bid <= NODE_LINKS; bid++) {
			const struct host_event event = {.type = HOST_ACTIVITY,
				.activity = {.bid = bid,
					.sent = scene->now.mono,
					.received = scene->now.mono,
					.rate = rates[bid]}};
			if (node_view(scene, bid).ifindex != 0)
				scene_tell(scene, &scene->mobile_node, &event);
		}
		scene_advance(scene, 50 * MS);
		take_all(&scene->mobile_node);
	}
}

static struct policy_rule rule_of(enum policy_mode mode)
{
	return (struct policy_rule){
		.number = 1, .preference = 7, .mode = (uint8_t)mode, RULE_LINKS_2(2, 1)};
}

/* The order of the rule, not that of the priorities; an unchanged rule tells nothing. */
static void test_standby(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_STANDBY);
	rule.selector = (struct traffic_selector){.format = TRAFFIC_SELECTOR_IPV6,
		.given = FLOW_BIT(FLOW_PROTOCOL),
		.numbers[FLOW_PROTOCOL - FLOW_ADDRESSES] = {17, 17}};
	rule.interface = 5;
	rule_set(&scene, &rule);
	const struct effect_traffic *told = rule_told(&scene, 1);
	assert_int_equal(told->mode, TRAFFIC_FIRST);
	assert_int_equal(told->preference, 7);
	assert_int_equal(told->interface, 5);
	assert_true(traffic_selector_equal(&told->selector, &rule.selector));
	expect_order(&scene, 1, "2 1");
	take_all(&scene.mobile_node);
	rule_set(&scene, &rule);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TRAFFIC_SET), 0);
	scene_cut(&scene, CARE_OF_2, true);
	pass(&scene, SECOND);
	expect_order(&scene, 1, "1"); /* the tunnel has gone with its binding */
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_PATH);
	scene_cut(&scene, CARE_OF_2, false);
	pass(&scene, 10 * SECOND);
	expect_order(&scene, 1, "2 1");
	rule_remove(&scene, 1);
	assert_null(rule_told(&scene, 1));
	scene_end(&scene);
}

static void test_all_links(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	rule_set(&scene, &(struct policy_rule){.number = 9, .preference = 1});
	expect_order(&scene, 9, "1 2 3");
	node_prefer(&scene, 3, 1);
	expect_order(&scene, 9, "3 1 2");
	scene_end(&scene);
}

static void test_modes(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_BALANCE);
	rule.links[0].weight = 5;
	rule.links[1].weight = 3;
	rule_set(&scene, &rule);
	expect_order(&scene, 1, "1+2");
	const struct effect_traffic *told = rule_told(&scene, 1);
	assert_int_equal(told->mode, TRAFFIC_FIRST);
	assert_int_equal(told->set[0].weight + 10 * told->set[1].weight, 35);
	rule.mode = POLICY_AGGREGATE;
	rule_set(&scene, &rule);
	assert_int_equal(rule_told(&scene, 1)->mode, TRAFFIC_AGGREGATE);
	expect_order(&scene, 1, "1+2");
	rule.mode = POLICY_REDUNDANT;
	rule_set(&scene, &rule);
	assert_int_equal(rule_told(&scene, 1)->mode, TRAFFIC_DUPLICATE);
	rule.mode = POLICY_REJECT;
	rule_set(&scene, &rule);
	assert_int_equal(rule_told(&scene, 1)->mode, TRAFFIC_REJECT);
	assert_int_equal(rule_told(&scene, 1)->count, 0);
	rule.mode = POLICY_DISCARD;
	rule_set(&scene, &rule);
	assert_int_equal(rule_told(&scene, 1)->mode, TRAFFIC_DISCARD);
	scene_end(&scene);
}

static void test_invalid(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule good = rule_of(POLICY_STANDBY);
	struct policy_rule bad = good;
	bad.links[1].bid = 77;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	bad.links[1].bid = bad.links[0].bid;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	bad = good;
	bad.number = 0;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	bad = good;
	bad.preference = 0;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	bad = good;
	bad.mode = POLICY_MODES;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	bad = good;
	bad.selector.format = TRAFFIC_SELECTOR_IPV6;
	bad.selector.given = FLOW_BIT(FLOW_SOURCE_PORT);
	bad.selector.numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] = (struct number_range){5, 4};
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	bad = rule_of(POLICY_BALANCE);
	bad.links[1].weight = 0;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	rule_set(&scene, &good);
	bad = good;
	bad.number = 2;
	assert_int_equal(rule_set_result(&scene, &bad), -EINVAL);
	for (uint16_t i = 2; i <= RULES_MAX; i++)
		rule_set(&scene, &(struct policy_rule){.number = i, .preference = i + 100});
	assert_int_equal(
		rule_set_result(&scene, &(struct policy_rule){.number = 99, .preference = 99}),
		-ENOSPC);
	const struct host_event none = {.type = HOST_POLICY_REMOVE, .policy.number = 99};
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &none), -EINVAL);
	scene_end(&scene);
}

/* The link of the least delay; another one must be better by a fifth and 5 ms for two seconds. */
static void test_smallest_delay(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	scene_slow(&scene, CARE_OF_1, 20 * MS);
	scene_slow(&scene, CARE_OF_2, 5 * MS);
	pass(&scene, 20 * SECOND);
	struct policy_rule rule = rule_of(POLICY_SMALLEST_DELAY);
	rule_set(&scene, &rule);
	pass(&scene, 5 * SECOND);
	expect_order(&scene, 1, "2 1");
	scene_slow(&scene, CARE_OF_1, 4 * MS); /* better, but not clearly */
	pass(&scene, 60 * SECOND);
	expect_order(&scene, 1, "2 1");
	scene_slow(&scene, CARE_OF_1, 0);
	scene_slow(&scene, CARE_OF_2, 30 * MS);
	pass(&scene, 60 * SECOND);
	expect_order(&scene, 1, "1 2");
	scene_end(&scene);
}

/* A link that fails a condition comes after the others, or is not used by a strict rule. */
static void test_conditions(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_STANDBY);
	rule.delay_max_us = 50000;
	rule_set(&scene, &rule);
	scene_slow(&scene, CARE_OF_2, 40 * MS);
	pass(&scene, 30 * SECOND);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_DELAY);
	rule.strict = true;
	rule_set(&scene, &rule);
	expect_order(&scene, 1, "1");
	scene_slow(&scene, CARE_OF_1, 40 * MS);
	pass(&scene, 30 * SECOND);
	expect_order(&scene, 1, "");
	scene_slow(&scene, CARE_OF_2, 0);
	pass(&scene, 60 * SECOND);
	expect_order(&scene, 1, "2");
	rule = rule_of(POLICY_STANDBY);
	rule.rate_min = 2000000;
	rule_set(&scene, &rule);
	pass(&scene, 60 * SECOND);
	expect_order(&scene, 1, "2 1");
	const struct host_event slow = {
		.type = HOST_ACTIVITY, .activity = {.bid = 2, .rate = 1000000}};
	scene_tell(&scene, &scene.mobile_node, &slow);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_RATE);
	scene_end(&scene);
}

/* A rate that is not known meets the condition; one that was too low is enough again when it is a
 * quarter more, and after the hold-down. */
static void test_rate_min(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_STANDBY);
	rule.rate_min = 2000000;
	rule_set(&scene, &rule);
	pass(&scene, 5 * SECOND);
	expect_order(&scene, 1, "2 1");
	rates[2] = 2000000;
	pass(&scene, SECOND);
	expect_order(&scene, 1, "2 1");
	rates[2] = 1999999;
	pass(&scene, 50 * MS);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_RATE);
	rates[2] = 2499999;
	pass(&scene, 30 * SECOND);
	expect_order(&scene, 1, "1 2");
	rates[2] = 2500000;
	pass(&scene, 1500 * MS);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_RETURNING);
	pass(&scene, SECOND);
	expect_order(&scene, 1, "2 1");
	/* a rule with `strict` does not use the link, until its rate is forgotten */
	rule.strict = true;
	rule_set(&scene, &rule);
	rates[2] = 1000000;
	pass(&scene, SECOND);
	expect_order(&scene, 1, "1");
	rates[2] = 0;
	pass(&scene, 100 * SECOND);
	expect_order(&scene, 1, "2 1");
	scene_end(&scene);
}

/* The activity of a route-optimized path says nothing of the link's rate. */
static void test_rate_of_the_link_only(void **state)
{
	(void)state;
	struct scene scene;
	static struct peer peer;
	peer_begin(&scene, &peer, 10 * MS, 3);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	struct policy_rule rule = rule_of(POLICY_STANDBY);
	rule.rate_min = 2000000;
	rule_set(&scene, &rule);
	const struct host_event slow = {
		.type = HOST_ACTIVITY, .activity = {.bid = 2, .rate = 1000000}};
	scene_tell(&scene, &scene.mobile_node, &slow);
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_RATE);
	peer_activity(&scene, 2, 0, 0);
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_RATE);
	scene_end(&scene);
}

static void test_metered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_BALANCE);
	rule.unmetered = true;
	rule_set(&scene, &rule);
	struct host_event event = {.type = HOST_LINK_SET,
		.link = {.bid = 2, .priority = 20, .up = true, .ifindex = 2, .metered = true}};
	scene_tell(&scene, &scene.mobile_node, &event);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(rule_reason(&scene, 1, 2), LINK_REASON_METERED);
	event.link.metered = false;
	scene_tell(&scene, &scene.mobile_node, &event);
	expect_order(&scene, 1, "1+2");
	scene_end(&scene);
}

/* The second link shares the flows while the first one queues them. */
static void test_priority(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_PRIORITY);
	rule_set(&scene, &rule);
	pass(&scene, 5 * SECOND);
	expect_order(&scene, 1, "2 1");
	scene_slow(&scene, CARE_OF_2, 50 * MS);
	pass(&scene, 20 * SECOND);
	expect_order(&scene, 1, "1+2");
	scene_slow(&scene, CARE_OF_2, 0);
	pass(&scene, 60 * SECOND);
	expect_order(&scene, 1, "2 1");
	scene_end(&scene);
}

/* draft-montavont-mip6-mmi-02 3: flows leave the link before it is lost, and return afterwards. */
static void test_leaving(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	rule_set(&scene, &(struct policy_rule){.number = 1, .preference = 1, RULE_LINKS_2(1, 2)});
	assert_int_equal(node_selected(&scene), 1);
	link_hint(&scene, 1, true);
	expect_order(&scene, 1, "2 1");
	assert_int_equal(rule_reason(&scene, 1, 1), LINK_REASON_LEAVING);
	assert_int_equal(node_selected(&scene), 2);
	link_hint(&scene, 1, false);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(node_selected(&scene), 1);
	link_hint(&scene, 1, true);
	scene_advance(&scene, 30 * SECOND);
	expect_order(&scene, 1, "2 1");
	node_address_gone(&scene, 1, CARE_OF_1);
	scene_advance(&scene, 100 * MS);
	node_address(&scene, 1, CARE_OF_1_NEW);
	scene_place(&scene, &scene.mobile_node, CARE_OF_1_NEW, 1);
	scene_advance(&scene, SECOND);
	expect_order(&scene, 1, "2 1");
	scene_advance(&scene, 1500 * MS);
	expect_order(&scene, 1, "1 2");
	assert_int_equal(node_selected(&scene), 1);
	assert_false(node_view(&scene, 1).leaving);
	scene_end(&scene);
}

/* The only link is used although it is about to be lost. */
static void test_only_link_is_leaving(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	link_hint(&scene, 1, true);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* In whichever minute of ten, a link that is good for a second and bad for a second. */
static void flap(enum policy_mode mode, uint32_t delay_max_us, nanos good, nanos bad, bool slow)
{
	struct scene scene;
	nanos moved[1000] = {0};
	unsigned moves = 0;
	begin(&scene);
	struct policy_rule rule = rule_of(mode);
	rule.delay_max_us = delay_max_us;
	scene_slow(&scene, CARE_OF_1, 10 * MS);
	pass(&scene, 20 * SECOND);
	rule_set(&scene, &rule);
	uint16_t before = rule_sends_by(&scene, 1);
	for (nanos end = scene.now.mono + 600 * SECOND; scene.now.mono < end;) {
		for (unsigned phase = 0; phase < 2; phase++) {
			if (slow)
				scene_slow(&scene, CARE_OF_2, phase ? 0 : 60 * MS);
			else
				scene_cut(&scene, CARE_OF_2, phase == 0);
			for (nanos to = scene.now.mono + (phase ? good : bad);
				scene.now.mono < to;) {
				pass(&scene, 50 * MS);
				uint16_t now = rule_sends_by(&scene, 1);
				if (now != before && moves < 1000)
					moved[moves++] = scene.now.mono;
				before = now;
			}
		}
	}
	printf("mode %d, good %u ms, bad %u ms: %u moves in ten minutes\n", mode,
		(unsigned)(good / MS), (unsigned)(bad / MS), moves);
	for (unsigned i = 4; i < moves; i++)
		assert_true(moved[i] > moved[i - 4] + 60 * SECOND - 100 * MS);
	scene_end(&scene);
}

/* A rule that fills its link finds it too slow, leaves it, and forgets that a minute later: in no
 * minute of an hour more than four moves. */
static void test_slow_link_is_tried_again(void **state)
{
	(void)state;
	struct scene scene;
	nanos moved[1000] = {0};
	unsigned moves = 0;
	begin(&scene);
	struct policy_rule rule = rule_of(POLICY_STANDBY);
	rule.rate_min = 2000000;
	rule_set(&scene, &rule);
	nanos since = scene.now.mono, full = 0;
	uint16_t before = rule_sends_by(&scene, 1);
	for (nanos end = scene.now.mono + 3600 * SECOND; scene.now.mono < end;) {
		if (before == 2 && scene.now.mono >= since + 3 * SECOND)
			full = scene.now.mono;
		rates[2] = full != 0 && scene.now.mono < full + 60 * SECOND ? 1000000 : 0;
		pass(&scene, 250 * MS);
		uint16_t now = rule_sends_by(&scene, 1);
		if (now != before) {
			since = scene.now.mono;
			moved[moves++] = since;
		}
		before = now;
	}
	printf("%u moves in an hour\n", moves);
	for (unsigned i = 4; i < moves; i++)
		assert_true(moved[i] > moved[i - 4] + 60 * SECOND);
	assert_in_range(moves, 10, 120);
	scene_end(&scene);
}

static void test_flapping_path(void **state)
{
	(void)state;
	flap(POLICY_STANDBY, 0, SECOND, SECOND, false);
	flap(POLICY_STANDBY, 0, 13 * SECOND, SECOND, false);
	flap(POLICY_SMALLEST_DELAY, 0, SECOND, SECOND, false);
}

static void test_flapping_delay(void **state)
{
	(void)state;
	flap(POLICY_SMALLEST_DELAY, 0, 4 * SECOND, 4 * SECOND, true);
	flap(POLICY_SMALLEST_DELAY, 0, 10 * SECOND, 10 * SECOND, true);
	flap(POLICY_STANDBY, 60000, SECOND, SECOND, true);
	flap(POLICY_STANDBY, 60000, 5 * SECOND, 5 * SECOND, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standby),
		cmocka_unit_test(test_all_links),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_smallest_delay),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_rate_min),
		cmocka_unit_test(test_rate_of_the_link_only),
		cmocka_unit_test(test_metered),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_only_link_is_leaving),
		cmocka_unit_test(test_slow_link_is_tried_again),
		cmocka_unit_test(test_flapping_path),
		cmocka_unit_test(test_flapping_delay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
