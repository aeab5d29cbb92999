/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: which care-of address a correspondent gets that can hold one binding only
 * (draft-montavont-mip6-mmi-02 5).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"
#include "support/rules.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct peer peer;

static void begin(struct scene *scene)
{
	peer_begin(scene, &peer, 10 * MS, 3);
	peer.without_bids = true;
}

/* For packets of the prefix of PEER to or from this port; 0: all of them. */
static struct policy_rule rule_of(
	uint16_t number, uint16_t preference, uint16_t port, uint16_t first, uint16_t second)
{
	struct policy_rule rule = {
		.number = number, .preference = preference, RULE_LINKS_2(first, second)};
	struct traffic_selector *selector = &rule.selector;
	selector->format = TRAFFIC_SELECTOR_IPV6;
	selector->given = FLOW_BIT(FLOW_SOURCE);
	selector->addresses[FLOW_SOURCE] =
		(struct address_range){address_of("2001:db8:9::"), address_of("2001:db8:9::ff")};
	if (port != 0)
		selector->given |= FLOW_BIT(FLOW_SOURCE_PORT);
	selector->numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] = (struct number_range){port, port};
	return rule;
}

static void expect_bound(const struct scene *scene, const char *care_of)
{
	assert_int_equal(peer.bindings_count, 1);
	assert_true(peer_binds(&peer, 0, care_of));
	assert_int_equal(peer_view(scene).bindings, 1);
	assert_false(peer_view(scene).mcoa);
}

static void go_on(struct scene *scene)
{
	peer_busy(scene);
	scene_advance(scene, 5 * SECOND);
}

/* The rule that names the peer chooses, not the priorities of the links; another peer is not
 * concerned. */
/* Shows draft-montavont-mip6-mmi-02 5.2-1, 5.2-2. */
static void test_rule_chooses(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_1);
	scene_end(&scene);

	begin(&scene);
	const struct policy_rule rule = rule_of(1, 10, 0, 3, 2);
	rule_set(&scene, &rule);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_3);
	scene_end(&scene);

	begin(&scene);
	struct policy_rule other = rule_of(1, 10, 0, 3, 2);
	other.selector.addresses[FLOW_SOURCE].first = address_of("2001:db8:9::2");
	rule_set(&scene, &other);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_1);
	scene_end(&scene);
}

/* A rule for all packets concerns every correspondent; one for a port alone, of which peer is not
 * known, none. */
/* Shows draft-montavont-mip6-mmi-02 5.2-1. */
static void test_default_rule(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule port = rule_of(1, 10, 5060, 3, 1);
	port.selector.given = FLOW_BIT(FLOW_SOURCE_PORT);
	rule_set(&scene, &port);
	const struct policy_rule all = {.number = 2, .preference = 20, RULE_LINKS_2(2, 1)};
	rule_set(&scene, &all);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_2);
	scene_end(&scene);
}

/* Two rules about the same peer want different links: the one that goes first wins, whichever came
 * first; when the priorities change, the correspondent gets the other care-of address. */
/* Shows draft-montavont-mip6-mmi-02 5.1-1, 5.2-3, 5.3-1, 5.3-2. */
static void test_conflict(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule bulk = rule_of(1, 20, 0, 1, 2);
	struct policy_rule voice = rule_of(2, 10, 5060, 3, 2);
	rule_set(&scene, &bulk);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_1);
	unsigned tests = peer.care_of_tests;
	rule_set(&scene, &voice);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_3);
	assert_true(peer.care_of_tests > tests);
	unsigned updates = peer.updates;
	go_on(&scene);
	assert_int_equal(peer.updates, updates);
	voice.preference = 30;
	rule_set(&scene, &voice);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_1);
	rule_remove(&scene, 1);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_3);
	assert_int_equal(peer.unauthentic, 0);
	scene_end(&scene);
}

/* If the more important rule already has its link, nothing needs to be done (5.3). */
/* Shows draft-montavont-mip6-mmi-02 5.3-3. */
static void test_nothing_to_do(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule first = rule_of(1, 10, 0, 2, 1);
	const struct policy_rule second = rule_of(2, 20, 5060, 3, 1);
	rule_set(&scene, &first);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_2);
	unsigned updates = peer.updates, tests = peer.care_of_tests;
	rule_set(&scene, &second);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_2);
	assert_int_equal(peer.updates, updates);
	assert_int_equal(peer.care_of_tests, tests);
	scene_end(&scene);
}

/* The link fails: the binding moves to the next one of the rule, and back when the link returns. */
/* Shows draft-montavont-mip6-mmi-02 3-1, 3-2. */
static void test_link_fails(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(1, 10, 0, 3, 2);
	rule_set(&scene, &rule);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_3);
	node_link(&scene, 3, false);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_2);
	node_link(&scene, 3, true);
	node_address(&scene, 3, CARE_OF_3);
	go_on(&scene);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_3);
	scene_end(&scene);
}

/* A handover is near: the binding moves before it (3). */
/* Shows draft-montavont-mip6-mmi-02 3-3. */
static void test_link_leaves(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(1, 10, 0, 3, 2);
	rule_set(&scene, &rule);
	go_on(&scene);
	link_hint(&scene, 3, true);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_2);
	scene_end(&scene);
}

/* A rule that discards chooses no link: the next one does. */
static void test_discarding_rule(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule first = rule_of(1, 10, 5060, 3, 2);
	first.mode = POLICY_DISCARD;
	first.links_count = 0;
	const struct policy_rule second = rule_of(2, 20, 0, 2, 1);
	rule_set(&scene, &first);
	rule_set(&scene, &second);
	go_on(&scene);
	expect_bound(&scene, CARE_OF_2);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule_chooses),
		cmocka_unit_test(test_default_rule),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_link_fails),
		cmocka_unit_test(test_link_leaves),
		cmocka_unit_test(test_discarding_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
