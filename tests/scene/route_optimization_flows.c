/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a mobile node tells a correspondent of its rules (RFC 6089 5.2, ADR 66); three cores, no
 * packet by hand.
 */
#include "support/cmocka_scene.h"
#include "support/flows.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/route.h"
#include "support/rules.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static void begin_with(struct scene *scene, bool flow_bindings, bool mcoa, uint8_t bindings_max)
{
	const struct mobile_node_config config = peer_node_defaults();
	struct correspondent_config its = correspondent_defaults();
	its.flow_bindings = flow_bindings;
	its.mcoa = mcoa;
	its.bindings_max = bindings_max;
	node_begin_with(scene, 10 * MS, &config, true);
	scene_add_correspondent(scene, &its);
	scene_place(scene, &scene->home_agent, HOME, CORE_LINK);
	scene_place(scene, &scene->correspondent, PEER, PEER_LINK);
	scene->forwards = true;
	node_register(scene, 3);
}

static struct policy_rule rule_of(uint16_t number, uint16_t port, uint16_t first, uint16_t second)
{
	return (struct policy_rule){.number = number,
		.preference = (uint16_t)(100 + number),
		.selector = {.format = TRAFFIC_SELECTOR_IPV6,
			.given = FLOW_BIT(FLOW_SOURCE_PORT),
			.numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] = {port, port}},
		RULE_LINKS_2(first, second)};
}

/* With traffic all the time. */
static void advance(struct scene *scene, nanos duration)
{
	for (nanos end = scene->now.mono + duration; scene->now.mono < end;) {
		peer_active(scene);
		scene_advance(scene, 100 * MS);
	}
}

static const struct effect_traffic *theirs(const struct scene *scene, uint16_t fid)
{
	return flow_rule(&scene->correspondent, HOME, PEER, fid);
}

/* False, too, if it was not told of the rule: memory may have failed there. */
static bool theirs_goes_by(const struct scene *scene, uint16_t fid, uint16_t tunnel)
{
	const struct effect_traffic *rule = theirs(scene, fid);
	return rule && rule->set[0].tunnel == tunnel;
}

static uint64_t updates(const struct scene *scene)
{
	return core_counters(scene->correspondent.core)->updates_accepted;
}

static void begin(struct scene *scene)
{
	begin_with(scene, true, true, NODE_LINKS);
	const struct policy_rule rule = rule_of(4, 5060, 2, 1);
	rule_set(scene, &rule);
	scene_advance(scene, SECOND);
	peer_busy(scene);
	advance(scene, SECOND);
}

/* The updates that bind also tell of the rules: no further update is sent. */
static void test_told_with_bindings(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 2);
	advance(&scene, 60 * SECOND);
	assert_int_equal(updates(&scene), 3);
	scene_end(&scene);
}

/* A changed rule, and one that is gone: one update each. */
static void test_told_of_changes(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	uint64_t before = updates(&scene);
	struct policy_rule rule = rule_of(4, 5060, 3, 1);
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 3);
	assert_int_equal(updates(&scene), before + 1);
	rule = rule_of(4, 5061, 3, 1);
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	expect_rule(theirs(&scene, 4), 104, 5061, 1, 3);
	rule.preference = 204;
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	expect_rule(theirs(&scene, 4), 204, 5061, 1, 3);
	assert_int_equal(updates(&scene), before + 3);
	rule = rule_of(5, 7000, 1, 2);
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	expect_rule(theirs(&scene, 5), 105, 7000, 1, 1);
	expect_rule(theirs(&scene, 4), 204, 5061, 1, 3);
	rule_remove(&scene, 4);
	advance(&scene, SECOND);
	assert_null(theirs(&scene, 4));
	expect_rule(theirs(&scene, 5), 105, 7000, 1, 1);
	rule_remove(&scene, 5);
	advance(&scene, SECOND);
	assert_int_equal(flows_of(&scene.correspondent).count, 0);
	assert_int_equal(updates(&scene), before + 6);
	scene_end(&scene);
}

/* The link of the rule goes: packets come by its next one, and return. The update that removes the
 * binding tells of it. */
static void test_link_goes_and_returns(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const uint64_t before = updates(&scene);
	node_link(&scene, 2, false);
	advance(&scene, 2 * SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 1);
	assert_int_equal(updates(&scene), before + 1);
	node_link(&scene, 2, true);
	for (unsigned i = 0; i < 60 && !theirs_goes_by(&scene, 4, 2); i++)
		advance(&scene, SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 2);
	scene_end(&scene);
}

/* Only what an option can say: no rule that rejects, and no rule for another interface. */
static void test_what_is_not_told(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(5, 7000, 1, 2);
	rule.mode = POLICY_REJECT;
	rule_set(&scene, &rule);
	rule = rule_of(6, 7001, 1, 2);
	rule.interface = 77;
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	assert_int_equal(flows_of(&scene.correspondent).count, 1);
	scene_end(&scene);
}

/* Nor a rule whose only link may not carry its packets, bound or not. */
static void test_link_that_is_not_used(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060, 2, 1);
	rule.links_count = 1;
	rule.strict = rule.unmetered = true;
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 2);
	const struct host_event event = {.type = HOST_LINK_SET,
		.link = {.bid = 2, .priority = 20, .up = true, .ifindex = 2, .metered = true}};
	scene_tell(&scene, &scene.mobile_node, &event);
	advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 2));
	assert_null(theirs(&scene, 4));
	scene_end(&scene);
}

/* RFC 6089 5.3.2.1: a flow binding to a BID that the correspondent does not bind would be refused.
 * It is told of the rule's next link, and not of a rule without. */
static void test_link_that_is_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, true, true, 2);
	struct policy_rule rule = rule_of(4, 5060, 3, 1);
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	peer_busy(&scene);
	advance(&scene, 2 * SECOND);
	assert_false(peer_usable(&scene, 3));
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 1);
	rule.links_count = 1;
	rule_set(&scene, &rule);
	advance(&scene, SECOND);
	assert_null(theirs(&scene, 4));
	scene_end(&scene);
}

/* A rule whose only link goes is not told. */
static void test_link_without_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060, 2, 1);
	rule.links_count = 1;
	rule.strict = true;
	rule_set(&scene, &rule);
	node_link(&scene, 2, false);
	advance(&scene, 2 * SECOND);
	assert_null(theirs(&scene, 4));
	assert_int_equal(core_counters(scene.correspondent.core)->updates_refused, 0);
	scene_end(&scene);
}

/* A correspondent that does not answer the options gets them once. */
static void test_it_knows_no_flow_bindings(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, false, true, NODE_LINKS);
	struct policy_rule rule = rule_of(4, 5060, 2, 1);
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	peer_busy(&scene);
	advance(&scene, SECOND);
	const uint64_t before = updates(&scene);
	assert_int_equal(before, 3);
	rule = rule_of(4, 5060, 3, 1);
	rule_set(&scene, &rule);
	advance(&scene, 5 * SECOND);
	assert_int_equal(updates(&scene), before);
	scene_end(&scene);
}

/* None of the updates to PEER tells of a rule. Returns how many there are that were not taken. */
static unsigned updates_without_rules(struct scene *scene)
{
	struct sent sent;
	struct packet outer;
	unsigned count = 0;
	while (host_sent(scene, MH_binding_update, &sent, &outer)) {
		if (!same_address(&sent.packet.destination, PEER))
			continue;
		assert_int_equal(sent.message.flow_count, 0);
		count++;
	}
	return count;
}

/* RFC 6089 4.2: a flow binding needs BIDs. */
static void test_it_knows_no_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, true, false, NODE_LINKS);
	struct policy_rule rule = rule_of(4, 5060, 2, 1);
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	peer_busy(&scene);
	advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 0));
	const uint64_t before = updates(&scene);
	rule = rule_of(4, 5060, 3, 1);
	rule_set(&scene, &rule);
	advance(&scene, 5 * SECOND);
	assert_int_equal(updates(&scene), before);
	assert_int_equal(flows_of(&scene.correspondent).count, 0);
	take_all(&scene.mobile_node);
	node_link(&scene, 1, false);
	advance(&scene, 5 * SECOND);
	assert_true(updates_without_rules(&scene) > 0);
	scene_end(&scene);
}

/* The update that tells of the rule is lost, and PEER is cut. */
static void lose_update(struct scene *scene, const struct policy_rule *rule)
{
	take_all(&scene->mobile_node);
	rule_set(scene, rule);
	assert_int_equal(updates_ahead(scene), 0);
	scene_cut(scene, PEER, true);
	advance(scene, 500 * MS);
	assert_true(updates_ahead(scene) > 0);
	expect_rule(theirs(scene, 4), 104, 5060, 1, 2);
}

static void test_lost_update(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(4, 5060, 3, 1);
	lose_update(&scene, &rule);
	scene_cut(&scene, PEER, false);
	advance(&scene, 5 * SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 3);
	scene_end(&scene);
}

/* Updates that are lost are repeated, until the correspondent has the last rule. */
static void test_changes_while_updates_are_lost(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060, 3, 1);
	lose_update(&scene, &rule);
	rule = rule_of(4, 5060, 2, 3);
	rule_set(&scene, &rule);
	advance(&scene, 200 * MS);
	rule = rule_of(4, 5060, 1, 3);
	rule_set(&scene, &rule);
	scene_cut(&scene, PEER, false);
	advance(&scene, 5 * SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 1);
	scene_end(&scene);
}

/* The correspondent has accepted what is not wanted any more, and its answer is lost. */
static void test_lost_acknowledgement(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060, 3, 1);
	take_all(&scene.mobile_node);
	rule_set(&scene, &rule);
	for (unsigned i = 0; i < 1000 && updates_ahead(&scene) == 0; i++)
		scene_advance(&scene, MS);
	for (unsigned i = 0; i < 3; i++)
		scene_cut(&scene, (const char *[]){CARE_OF_1, CARE_OF_2, CARE_OF_3}[i], true);
	for (unsigned i = 0; i < 1000 && !theirs_goes_by(&scene, 4, 3); i++)
		scene_advance(&scene, MS);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 3);
	for (unsigned i = 0; i < 3; i++)
		scene_cut(&scene, (const char *[]){CARE_OF_1, CARE_OF_2, CARE_OF_3}[i], false);
	rule = rule_of(4, 5060, 2, 1);
	rule_set(&scene, &rule);
	advance(&scene, 5 * SECOND);
	expect_rule(theirs(&scene, 4), 104, 5060, 1, 2);
	scene_end(&scene);
}

/* More rules than one update holds: those that go first. */
static void test_too_many_for_one_update(void **state)
{
	(void)state;
	struct scene scene;
	begin_with(&scene, true, true, NODE_LINKS);
	for (uint16_t i = 1; i <= RULES_MAX; i++) {
		const struct policy_rule rule = rule_of(i, (uint16_t)(1000 + i), 2, 1);
		rule_set(&scene, &rule);
	}
	scene_advance(&scene, 5 * SECOND);
	peer_busy(&scene);
	advance(&scene, 2 * SECOND);
	const size_t told = flows_of(&scene.correspondent).count;
	assert_in_range(told, 20, RULES_MAX - 1);
	for (uint16_t i = 1; i <= told; i++)
		expect_rule(theirs(&scene, i), (uint16_t)(100 + i), (uint16_t)(1000 + i), 1, 2);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told_with_bindings),
		cmocka_unit_test(test_told_of_changes),
		cmocka_unit_test(test_link_goes_and_returns),
		cmocka_unit_test(test_what_is_not_told),
		cmocka_unit_test(test_link_that_is_not_used),
		cmocka_unit_test(test_link_that_is_refused),
		cmocka_unit_test(test_link_without_binding),
		cmocka_unit_test(test_it_knows_no_flow_bindings),
		cmocka_unit_test(test_it_knows_no_bids),
		cmocka_unit_test(test_lost_update),
		cmocka_unit_test(test_changes_while_updates_are_lost),
		cmocka_unit_test(test_lost_acknowledgement),
		cmocka_unit_test(test_too_many_for_one_update),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
