/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a mobile node whose policy shares its flows tells the shares by the Load Balancing
 * options of draft-montavont-mip6-mmi-02 7.3, to a home agent and to a correspondent.
 */
#include "support/cmocka_scene.h"
#include "support/flows.h"
#include "support/peer.h"
#include "support/route.h"
#include "support/rules.h"
#include "support/shares.h"

#include "../../src/core/base/status.h"

#include <errno.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND
#define LARGEST 1200 /* RFC 8200 5: 1280, less the encapsulation of IPsec */

static struct sent sent;

/* Three links, a home agent and a correspondent, all of which know the option. */
static void begin_with(struct scene *scene, const struct mobile_node_config *config)
{
	struct correspondent_config its = correspondent_defaults();
	its.flow_bindings = true;
	scene_load_balancing_option = LOAD_BALANCING_OPTION;
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	node_begin_with(scene, 10 * MS, config, true);
	scene->home_agent_config.home_agent.flow_bindings = true;
	scene_restart(scene, &scene->home_agent);
	scene_tell(scene, &scene->home_agent, &node);
	scene_add_correspondent(scene, &its);
	scene_place(scene, &scene->home_agent, HOME, CORE_LINK);
	scene_place(scene, &scene->correspondent, PEER, PEER_LINK);
	scene->forwards = true;
	node_register(scene, 3);
}

static void begin(struct scene *scene)
{
	const struct mobile_node_config config = peer_node_defaults();
	begin_with(scene, &config);
}

/* By the weights 2 and 1. */
static struct policy_rule balance(void)
{
	return (struct policy_rule){.number = 1,
		.preference = 100,
		.mode = POLICY_BALANCE,
		.links_count = 2,
		.links = {{1, 2}, {2, 1}}};
}

static void name_peer(struct policy_rule *rule, const char *address)
{
	struct address_range *range = &rule->selector.addresses[FLOW_SOURCE];
	rule->selector.format = TRAFFIC_SELECTOR_IPV6;
	rule->selector.given = FLOW_BIT(FLOW_SOURCE);
	range->first = range->last = address_of(address);
}

static void expect_home_agent(const struct scene *scene, const char *shares)
{
	expect_shares(&scene->home_agent, HOME, "::", shares);
}

static void expect_correspondent(const struct scene *scene, const char *shares)
{
	expect_shares(&scene->correspondent, HOME, PEER, shares);
}

/* The last Binding Update that was sent; the transcript is taken. */
static void take_last_update(struct scene *scene)
{
	bool any = false;
	while (next_update(scene, &sent))
		any = true;
	assert_true(any);
	take_all(&scene->mobile_node);
}

/* The next update to the correspondent from `*at` on in the transcript. */
static bool next_to_peer(const struct scene *scene, size_t *at)
{
	const struct actor *node = &scene->mobile_node;
	const struct in6_addr peer = address_of(PEER);
	for (; *at < node->done_count; (*at)++) {
		const struct effect_send *send = &node->done[*at].send;
		if (node->done[*at].type == EFFECT_SEND &&
			packet_decode(send->octets, send->length, &sent.packet) == WIRE_OK &&
			IN6_ARE_ADDR_EQUAL(&sent.packet.destination, &peer) &&
			packet_message(scene_dialect(), &sent.packet, &sent.message) == WIRE_OK &&
			sent.message.type == MH_binding_update) {
			(*at)++;
			return true;
		}
	}
	return false;
}

/* Its only flow binding is to this BID. */
static void expect_bid(const struct message *message, uint16_t bid)
{
	assert_int_equal(message->flow_count, 1);
	assert_int_equal(message->flow[0].flow_options.bid_reference.bids_count, 1);
	assert_int_equal(message->flow[0].flow_options.bid_reference.bids[0], bid);
}

/* One update has all options. It is sent only when the policy changes. */
/* Shows draft-montavont-mip6-mmi-02 7.3-4, 7.3-5, 7.3.2-3. */
static void test_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	expect_home_agent(&scene, "1 2 3");
	struct policy_rule rule = balance();
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	expect_update(&scene, &sent);
	expect_no_update(&scene);
	expect_options(&sent.message, "1:1/10 2:1/5");
	expect_home_agent(&scene, "1:10 2:5 3");
	scene_advance(&scene, 30 * SECOND);
	expect_no_update(&scene);
	rule.links[1].weight = 6;
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	expect_home_agent(&scene, "1:4 2:11 3");
	rule_remove(&scene, 1);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	expect_options(&sent.message, "");
	expect_home_agent(&scene, "1 2 3");
	scene_end(&scene);
}

/* A link that dies leaves its share to the others, and gets it back. */
static void test_link_dies(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = balance();
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	node_link(&scene, 1, false);
	scene_advance(&scene, SECOND);
	expect_home_agent(&scene, "2:15 3");
	node_link(&scene, 1, true);
	node_address(&scene, 1, CARE_OF_1);
	scene_advance(&scene, 5 * SECOND);
	expect_home_agent(&scene, "1:10 2:5 3");
	scene_end(&scene);
}

/* Sent by links 1 and 2, received by link 3. */
/* Shows draft-montavont-mip6-mmi-02 7.3.1-1, 7.3.2-3. */
static void test_asymmetric(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = balance();
	rule.receive_count = 1;
	rule.receive[0] = (struct policy_link){3, 1};
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	expect_options(&sent.message, "1:1/0 2:1/0 3:0/15");
	expect_home_agent(&scene, "3:15 1 2");
	expect_order(&scene, 1, "1+2");
	/* the link to receive by dies: the priorities count, until it is back */
	node_link(&scene, 3, false);
	scene_advance(&scene, SECOND);
	expect_home_agent(&scene, "1 2");
	scene_end(&scene);
}

/* BIDs one by one: each update says the shares of what is bound by then. */
static void test_one_by_one(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.bulk = false;
	begin_with(&scene, &config);
	const struct policy_rule rule = balance();
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	assert_int_equal(sent.message.bid_count, 1);
	expect_options(&sent.message, "1:1/10 2:1/5");
	expect_home_agent(&scene, "1:10 2:5 3");
	assert_int_equal(core_counters(scene.home_agent.core)->updates_refused, 0);
	scene_end(&scene);
}

/* The shares of all packets are no flow binding (RFC 6089 would name one link of them). */
static void test_no_flow_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = balance();
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	assert_int_equal(sent.message.flow_count, 0);
	assert_int_equal(sent.message.flow_summary_count, 0);
	/* nor is a rule that becomes one of them */
	rule.number = 2;
	rule.preference = 50;
	rule.mode = POLICY_STANDBY;
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	assert_int_equal(sent.message.flow_count, 1);
	expect_options(&sent.message, "");
	rule.mode = POLICY_BALANCE;
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	assert_int_equal(sent.message.flow_count, 0);
	expect_options(&sent.message, "1:1/10 2:1/5");
	scene_end(&scene);
}

/* Links 4 to 8. */
static void attach_more(struct scene *scene)
{
	for (unsigned n = 4; n <= BINDINGS_MAX; n++) {
		char care_of[] = "2001:db8:40::100";
		care_of[10] = (char)('0' + n);
		scene_place(scene, &scene->mobile_node, care_of, n);
		node_link(scene, n, true);
		node_address(scene, (uint16_t)n, care_of);
	}
	scene_advance(scene, 2 * SECOND);
	take_all(&scene->mobile_node);
}

/* Many flow bindings and the options fit a packet of 1280 octets together, also inside of IPsec. */
static void test_length(void **state)
{
	(void)state;
	struct scene scene;
	size_t longest = 0;
	begin(&scene);
	attach_more(&scene);
	struct policy_rule rule = balance();
	rule.preference = 1000;
	rule.links_count = 0;
	rule_set(&scene, &rule);
	for (uint16_t i = 2; i <= RULES_MAX; i++) {
		struct policy_rule other = {.number = i, .preference = i, RULE_LINKS_2(2, 1)};
		name_peer(&other, "2001:db8:77::1");
		other.selector.addresses[FLOW_SOURCE].last.s6_addr[15] = (uint8_t)i;
		rule_set(&scene, &other);
	}
	for (unsigned i = 0; i < 400; i++) {
		scene_advance(&scene, 10 * MS);
		const struct actor *node = &scene.mobile_node;
		for (size_t at = node->taken; at < node->done_count; at++)
			if (node->done[at].type == EFFECT_SEND &&
				node->done[at].send.length > longest)
				longest = node->done[at].send.length;
		take_all(&scene.mobile_node);
	}
	assert_true(longest > LARGEST * 3 / 4);
	assert_true(longest <= LARGEST);
	expect_home_agent(&scene, "1:2 2:2 3:2 4:2 5:2 6:2 7:2 8:2");
	scene_end(&scene);
}

/* A correspondent is told of care-of addresses that its care-of tests have shown, and no others. */
/* Shows draft-montavont-mip6-mmi-02 7.3-4, 7.3.3-1, 7.3.3-2. */
static void test_correspondent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = balance();
	name_peer(&rule, PEER);
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	take_last_update(&scene);
	expect_bid(&sent.message, 1);
	size_t at = scene.mobile_node.done_count;
	peer_busy(&scene);
	scene_advance(&scene, 55 * MS);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(next_to_peer(&scene, &at));
		const uint16_t bid = sent.message.bid[0].bid;
		expect_options(&sent.message, bid == 1 ? "1:1/15" : bid == 2 ? "2:1/15" : "");
	}
	scene_advance(&scene, 5 * SECOND);
	assert_true(next_to_peer(&scene, &at));
	expect_options(&sent.message, "1:1/10 2:1/5");
	assert_false(next_to_peer(&scene, &at));
	expect_correspondent(&scene, "1:10 2:5 3");
	assert_int_equal(core_counters(scene.correspondent.core)->updates_refused, 0);
	scene_advance(&scene, 30 * SECOND);
	assert_false(next_to_peer(&scene, &at));
	/* nor does it get a flow binding, which would name one of the links */
	assert_null(flow_rule(&scene.correspondent, HOME, PEER, 1));
	/* the home agent is told by flow bindings: the rule is about one peer */
	expect_home_agent(&scene, "1 2 3");
	/* another policy; the flow binding names the link to receive by */
	rule.receive_count = 1;
	rule.receive[0] = (struct policy_link){3, 1};
	take_all(&scene.mobile_node);
	rule_set(&scene, &rule);
	expect_update(&scene, &sent);
	expect_bid(&sent.message, 3);
	peer_busy(&scene);
	scene_advance(&scene, 5 * SECOND);
	expect_correspondent(&scene, "3:15 1 2");
	rule_remove(&scene, 1);
	scene_advance(&scene, 5 * SECOND);
	expect_correspondent(&scene, "1 2 3");
	scene_end(&scene);
}

/* A link dies: the correspondent is told the shares of those that are left. */
static void test_correspondent_moves(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = balance();
	rule_set(&scene, &rule);
	peer_busy(&scene);
	scene_advance(&scene, 5 * SECOND);
	expect_correspondent(&scene, "1:10 2:5 3");
	node_link(&scene, 1, false);
	peer_busy(&scene);
	scene_advance(&scene, 5 * SECOND);
	expect_correspondent(&scene, "2:15 3");
	scene_end(&scene);
}

/* Neither end is configured: no option is sent. */
static void test_off(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = peer_node_defaults();
	scene_load_balancing_option = 0;
	node_begin_with(&scene, 10 * MS, &config, true);
	node_register(&scene, 3);
	const struct policy_rule rule = balance();
	rule_set(&scene, &rule);
	scene_advance(&scene, SECOND);
	while (next_update(&scene, &sent))
		expect_options(&sent.message, "");
	expect_home_agent(&scene, "1 2 3");
	scene_end(&scene);
}

/* A home agent by hand refuses the update for its options: it is sent without them. */
static void test_refused(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	scene_load_balancing_option = LOAD_BALANCING_OPTION;
	node_begin_with(&scene, 10 * MS, &config, false);
	const unsigned links = 2;
	for (unsigned n = 1; n <= links; n++)
		node_attach(&scene, n);
	const struct policy_rule rule = balance();
	unsigned with = 0, without = 0;
	rule_set(&scene, &rule);
	for (unsigned i = 0; i < 200; i++) {
		scene_advance(&scene, 10 * MS);
		while (next_update(&scene, &sent)) {
			struct reply reply = reply_to(&sent);
			bool refuses = sent.message.load_balancing_count > 0;
			reply.care_of = sent.ifindex == 1 ? CARE_OF_1 : CARE_OF_2;
			with += refuses;
			without += !refuses;
			if (refuses) {
				reply.status = STATUS_MCOA_MALFORMED;
				reply.lifetime = 0;
			}
			reply_send(&scene, &reply);
		}
		take_all(&scene.mobile_node);
	}
	assert_int_equal(with, 1);
	assert_true(without >= 1);
	assert_true(node_view(&scene, 1).registered && node_view(&scene, 2).registered);
	scene_end(&scene);
}

/* A rule that no option can say is an error. */
static void test_rules(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = balance();
	rule.receive_count = 1;
	rule.receive[0] = (struct policy_link){3, 0};
	assert_int_equal(rule_set_result(&scene, &rule), -EINVAL);
	rule.receive[0] = (struct policy_link){9, 1};
	assert_int_equal(rule_set_result(&scene, &rule), -EINVAL);
	rule.receive[0] = (struct policy_link){3, 1};
	rule.mode = POLICY_STANDBY;
	assert_int_equal(rule_set_result(&scene, &rule), -EINVAL);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_agent),
		cmocka_unit_test(test_link_dies),
		cmocka_unit_test(test_asymmetric),
		cmocka_unit_test(test_one_by_one),
		cmocka_unit_test(test_no_flow_binding),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_correspondent),
		cmocka_unit_test(test_correspondent_moves),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
