/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: the mobile node tells its rules to a home agent by hand, which keeps the flow bindings as
 * RFC 6089 5.2 demands.
 */
#include "../../src/wire/flow_status.h"
#include "support/cmocka_scene.h"
#include "support/rules.h"

#include <string.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND
#define LARGEST 1280 /* RFC 8200 5 */

struct told_flow {
	uint16_t fid; /* 0: none */
	uint16_t priority;
	struct opt_bid_reference bids;
	struct traffic_selector selector;
};

struct keeper {
	bool mute;              /* does not know RFC 6089 */
	uint8_t refuses[100];   /* status, by FID */
	unsigned updates;       /* received */
	unsigned whole;         /* options in all of them */
	unsigned last_whole;    /* in the last one */
	unsigned last_named;    /* in the summary of the last one */
	unsigned flow_options;  /* of either kind, in all of them */
	uint16_t last_lifetime; /* of the last one */
	size_t longest;         /* octets of a packet */
	struct told_flow at[RULES_MAX];
};

static struct keeper keeper;
static struct sent sent;

static struct told_flow *kept(uint16_t fid)
{
	for (size_t i = 0; i < RULES_MAX; i++)
		if (keeper.at[i].fid == fid)
			return &keeper.at[i];
	return NULL;
}

static unsigned kept_count(void)
{
	unsigned count = 0;
	for (size_t i = 0; i < RULES_MAX; i++)
		count += keeper.at[i].fid != 0;
	return count;
}

static uint16_t named_count(const struct message *message)
{
	return message->flow_summary_count ? message->flow_summary[0].fids_count : 0;
}

static unsigned times_named(const struct message *message, uint16_t fid)
{
	unsigned times = 0;
	for (uint16_t i = 0; i < message->flow_count; i++)
		times += message->flow[i].fid == fid;
	for (uint16_t i = 0; i < named_count(message); i++)
		times += message->flow_summary[0].fids[i] == fid;
	return times;
}

static void answer(struct reply *reply, uint16_t fid, uint8_t status)
{
	reply->flows[reply->flow_count].fid = fid;
	reply->flows[reply->flow_count++].status = status;
}

static void keep(const struct opt_flow *flow, struct reply *reply)
{
	uint8_t status = keeper.refuses[flow->fid];
	const struct flow_options *options = &flow->flow_options;
	struct told_flow *place = kept(flow->fid);
	assert_int_equal(flow->status, 0);
	assert_true(options->has_bid_reference && options->has_traffic_selector);
	assert_int_not_equal(flow->priority, 0);
	answer(reply, flow->fid, status);
	if (status != 0)
		return;
	place = place ? place : kept(0);
	assert_non_null(place);
	for (size_t i = 0; i < RULES_MAX; i++)
		assert_true(&keeper.at[i] == place || keeper.at[i].fid == 0 ||
			    keeper.at[i].priority != flow->priority);
	*place = (struct told_flow){flow->fid, flow->priority, options->bid_reference,
		options->traffic_selector.selector};
}

/* RFC 6089 4.2.1.3, 5.2, 5.2.1, 5.2.3: what must hold of each update */
static void check_update(const struct scene *scene, const struct message *message)
{
	for (uint16_t i = 0; i < message->bid_count; i++)
		assert_in_range(message->bid[i].flags & BID_PRIORITY, 1, BID_PRIORITY);
	assert_true(message->flow_summary_count <= 1);
	for (uint16_t i = 0; i < named_count(message); i++)
		assert_int_equal(times_named(message, message->flow_summary[0].fids[i]), 1);
	for (uint16_t i = 0; i < message->flow_count; i++) {
		const struct opt_bid_reference *reference =
			&message->flow[i].flow_options.bid_reference;
		assert_int_equal(times_named(message, message->flow[i].fid), 1);
		for (uint16_t j = 0; j < reference->bids_count; j++)
			assert_true(node_view(scene, reference->bids[j]).registered);
	}
}

static void serve_update(struct scene *scene)
{
	static const char *const care_of[] = {NULL, CARE_OF_1, CARE_OF_2, CARE_OF_3};
	const struct message *message = &sent.message;
	struct reply reply = reply_to(&sent);
	reply.care_of = care_of[sent.ifindex];
	if (keeper.flow_options > 0 || message->flow_count > 0)
		check_update(scene, message);
	keeper.last_lifetime = message->binding_update.lifetime;
	keeper.updates++;
	keeper.last_whole = message->flow_count;
	keeper.last_named = named_count(message);
	keeper.whole += message->flow_count;
	keeper.flow_options += message->flow_count + message->flow_summary_count;
	if (!keeper.mute) {
		for (size_t i = 0; i < RULES_MAX; i++)
			if (times_named(message, keeper.at[i].fid) == 0)
				memset(&keeper.at[i], 0, sizeof(keeper.at[i]));
		for (uint16_t i = 0; i < keeper.last_named; i++)
			if (!kept(message->flow_summary[0].fids[i]))
				answer(&reply, message->flow_summary[0].fids[i],
					FLOW_FID_NOT_FOUND);
		for (uint16_t i = 0; i < message->flow_count; i++)
			keep(&message->flow[i], &reply);
	}
	reply_send(scene, &reply);
}

/* The length of the packets is looked at before they are taken. */
static void serve(struct scene *scene, nanos duration)
{
	for (nanos end = scene->now.mono + duration; scene->now.mono < end;) {
		scene_advance(scene, 10 * MS);
		const struct actor *node = &scene->mobile_node;
		for (size_t i = node->taken; i < node->done_count; i++)
			if (node->done[i].type == EFFECT_SEND &&
				node->done[i].send.length > keeper.longest)
				keeper.longest = node->done[i].send.length;
		while (next_update(scene, &sent))
			serve_update(scene);
		take_all(&scene->mobile_node);
	}
}

/* The home agent answers a packet of the tunnel by a Binding Error. */
static void loses_bindings(struct scene *scene)
{
	const struct host_event event = {.type = HOST_ACTIVITY,
		.activity = {.bid = 1, .sent = scene->now.mono, .received = scene->now.mono}};
	scene_tell(scene, &scene->mobile_node, &event);
	binding_error_arrives(scene, 1);
}

static void begin_with(struct scene *scene, const struct mobile_node_config *config)
{
	keeper = (struct keeper){.mute = false};
	node_begin_with(scene, 10 * MS, config, false);
	for (unsigned n = 1; n <= NODE_LINKS; n++)
		node_attach(scene, n);
	serve(scene, 2 * SECOND);
	assert_true(node_view(scene, 1).registered && node_view(scene, 3).registered);
	assert_int_equal(keeper.flow_options, 0);
}

static void begin(struct scene *scene)
{
	const struct mobile_node_config config = node_defaults();
	begin_with(scene, &config);
}

static struct policy_rule rule_of(uint16_t number, uint16_t port)
{
	return (struct policy_rule){.number = number,
		.preference = (uint16_t)(100 + number),
		.selector = {.format = TRAFFIC_SELECTOR_IPV6,
			.given = FLOW_BIT(FLOW_SOURCE_PORT),
			.numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] = {port, port}},
		RULE_LINKS_2(2, 1)};
}

struct state_search {
	uint16_t number;
	struct rule_view found;
};

static void look(void *ctx, const struct rule_view *view)
{
	struct state_search *search = ctx;
	if (view->rule->number == search->number)
		search->found = *view;
}

static struct rule_view view_of(const struct scene *scene, uint16_t number)
{
	struct state_search search = {.number = number, .found.state = FLOW_STATES};
	mobile_node_each_rule(core_mobile_node(scene->mobile_node.core, 0), look, &search);
	return search.found;
}

/* A new rule is told whole, and then named as long as it stays as it is. */
/* Shows RFC 6089 4.1-1, 5.2-3, 5.2-4, 5.2.1-1, 5.2.1-2, 5.2.2.1-1, 5.2.2.1-2, 5.2.2.1-3, 5.2.2.1-4,
 * 5.2.2.1-5, 5.2.2.2-1, 5.2.2.2-2, 5.2.2.2-3, 5.2.3-1, 5.2.3-2, 5.2.3-3, 5.2.6-2. */
static void test_told_once(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060);
	rule_set(&scene, &rule);
	assert_int_equal(view_of(&scene, 4).state, FLOW_PENDING);
	serve(&scene, SECOND);
	assert_int_equal(keeper.whole, 1);
	const struct told_flow *binding = kept(4);
	assert_non_null(binding);
	assert_int_equal(binding->priority, 104);
	assert_int_equal(binding->bids.bids_count, 1);
	assert_int_equal(binding->bids.bids[0], 2);
	assert_true(traffic_selector_equal(&binding->selector, &rule.selector));
	assert_int_equal(view_of(&scene, 4).state, FLOW_HELD);
	unsigned updates = keeper.updates;
	serve(&scene, 30 * SECOND);
	assert_int_equal(keeper.updates, updates);
	refresh_request_arrives(&scene);
	serve(&scene, SECOND);
	assert_int_equal(keeper.updates, updates + 1);
	assert_int_equal(keeper.last_named, 1);
	assert_int_equal(keeper.whole, 1);
	rule.preference = 9;
	rule_set(&scene, &rule);
	serve(&scene, SECOND);
	assert_int_equal(kept(4)->priority, 9);
	scene_end(&scene);
}

/* The best link dies: the update that takes its binding away names another one. */
/* Shows RFC 6089 4.2.1.3-2, 5.2.2.1-6, 5.2.2.2-5. */
static void test_best_link_changes(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(4, 5060);
	rule_set(&scene, &rule);
	serve(&scene, SECOND);
	unsigned updates = keeper.updates;
	node_link(&scene, 2, false);
	serve(&scene, SECOND);
	assert_int_equal(keeper.updates, updates + 1);
	assert_int_equal(kept(4)->bids.bids[0], 1);
	scene_end(&scene);
}

/* RFC 6089 5.2.4-1, 5.2.4-2, 5.2.3-6: a rule whose only link is down stays, and is active again
 * when it returns. 5.3.3-3: also if single BIDs are de-registered */
/* Shows RFC 6089 5.3.3-3. */
static void test_inactive(void **state)
{
	(void)state;
	for (int bulk = 0; bulk < 2; bulk++) {
		struct scene scene;
		struct mobile_node_config config = node_defaults();
		config.bulk = bulk;
		begin_with(&scene, &config);
		struct policy_rule rule = rule_of(4, 5060);
		rule.links_count = 1;
		rule_set(&scene, &rule);
		serve(&scene, 3 * SECOND);
		assert_int_equal(kept(4)->bids.bids[0], 2);
		node_link(&scene, 2, false);
		serve(&scene, 3 * SECOND);
		assert_false(node_view(&scene, 2).registered);
		assert_int_equal(keeper.last_named, 1);
		if (!bulk)
			assert_int_equal(keeper.last_lifetime, 0);
		refresh_request_arrives(&scene);
		serve(&scene, 3 * SECOND);
		assert_int_equal(keeper.last_named, 1);
		assert_non_null(kept(4));
		node_link(&scene, 2, true);
		node_address(&scene, 2, CARE_OF_2);
		serve(&scene, 10 * SECOND);
		assert_true(node_view(&scene, 2).registered);
		assert_non_null(kept(4));
		assert_int_equal(keeper.whole, 1);
		assert_int_equal(view_of(&scene, 4).state, FLOW_HELD);
		scene_end(&scene);
	}
}

/* RFC 6089 5.2.1-3: BIDs without BID-PRI are those of RFC 5648, to which no flow binding refers. */
static void test_without_priorities(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bid_priority = false;
	begin_with(&scene, &config);
	const struct policy_rule rule = rule_of(4, 5060);
	rule_set(&scene, &rule);
	serve(&scene, 3 * SECOND);
	refresh_request_arrives(&scene);
	serve(&scene, 3 * SECOND);
	assert_int_equal(keeper.flow_options, 0);
	assert_int_equal(view_of(&scene, 4).state, FLOW_NOT_TOLD);
	scene_end(&scene);
}

/* RFC 6089 5.3.6: several BIDs are copies. */
static void test_redundant(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060);
	rule.mode = POLICY_REDUNDANT;
	rule_set(&scene, &rule);
	serve(&scene, SECOND);
	assert_int_equal(kept(4)->bids.bids_count, 2);
	rule.mode = POLICY_BALANCE;
	rule_set(&scene, &rule);
	serve(&scene, SECOND);
	assert_int_equal(kept(4)->bids.bids_count, 1);
	rule.mode = POLICY_DISCARD;
	rule_set(&scene, &rule);
	serve(&scene, SECOND);
	assert_null(kept(4));
	assert_int_equal(view_of(&scene, 4).state, FLOW_NOT_TOLD);
	scene_end(&scene);
}

/* RFC 6089 4.3: a home agent refuses a flow binding to a BID that is not registered. A rule waits
 * for its link; of two links to send copies by, the one that is there is named. */
static void test_link_that_is_down(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_link(&scene, 2, false);
	serve(&scene, 3 * SECOND);
	struct policy_rule rule = rule_of(4, 5060);
	rule.links_count = 1;
	rule_set(&scene, &rule);
	serve(&scene, 3 * SECOND);
	assert_int_equal(keeper.flow_options, 0);
	rule = rule_of(4, 5060);
	rule.mode = POLICY_REDUNDANT;
	rule_set(&scene, &rule);
	serve(&scene, 3 * SECOND);
	assert_int_equal(kept(4)->bids.bids_count, 1);
	assert_int_not_equal(kept(4)->bids.bids[0], 2);
	node_link(&scene, 2, true);
	node_address(&scene, 2, CARE_OF_2);
	serve(&scene, 10 * SECOND);
	assert_int_equal(kept(4)->bids.bids_count, 2);
	scene_end(&scene);
}

/* RFC 6089 5.3.4: the home agent deletes the flow bindings that an update does not name. */
static void test_deletion(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (uint16_t i = 1; i <= 3; i++) {
		const struct policy_rule rule = rule_of(i, i);
		rule_set(&scene, &rule);
	}
	serve(&scene, 3 * SECOND);
	assert_int_equal(kept_count(), 3);
	rule_remove(&scene, 2);
	serve(&scene, 2 * SECOND);
	assert_int_equal(kept_count(), 2);
	assert_null(kept(2));
	assert_int_equal(keeper.last_named, 2);
	rule_remove(&scene, 1);
	rule_remove(&scene, 3);
	serve(&scene, 2 * SECOND);
	assert_int_equal(kept_count(), 0);
	scene_end(&scene);
}

/* Sixty-four rules with the longest selectors do not fit one packet. */
/* Shows RFC 6089 5.2-1, 5.2-2, 5.2.3-5, 6-1. */
static void test_split(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (uint16_t i = 1; i <= RULES_MAX; i++) {
		struct policy_rule rule = rule_of(i, i);
		rule.selector.given |= FLOW_BIT(FLOW_SOURCE) | FLOW_BIT(FLOW_DESTINATION);
		memset(&rule.selector.addresses[FLOW_SOURCE].last, 0xff, 16);
		memset(&rule.selector.addresses[FLOW_DESTINATION].last, 0xff, 16);
		rule_set(&scene, &rule);
	}
	serve(&scene, 60 * SECOND);
	assert_int_equal(kept_count(), RULES_MAX);
	assert_int_equal(keeper.whole, RULES_MAX);
	assert_true(keeper.longest <= LARGEST);
	/* all preferences change at once */
	for (uint16_t i = RULES_MAX; i >= 1; i--) {
		struct policy_rule rule = rule_of(i, i);
		rule.preference = (uint16_t)(1000 - i);
		rule_set(&scene, &rule);
	}
	serve(&scene, 60 * SECOND);
	assert_int_equal(kept_count(), RULES_MAX);
	for (uint16_t i = 1; i <= RULES_MAX; i++)
		assert_int_equal(kept(i)->priority, 1000 - i);
	assert_true(keeper.longest <= LARGEST);
	scene_end(&scene);
}

/* Two rules change their places: at no time have both the same FID-PRI. */
/* Shows RFC 6089 4.2-3. */
static void test_swap(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule a = rule_of(1, 1);
	struct policy_rule b = rule_of(2, 2);
	rule_set(&scene, &a);
	rule_set(&scene, &b);
	serve(&scene, 2 * SECOND);
	a.preference = 50;
	rule_set(&scene, &a);
	b.preference = 101;
	rule_set(&scene, &b);
	serve(&scene, 2 * SECOND);
	assert_int_equal(kept(1)->priority, 50);
	assert_int_equal(kept(2)->priority, 101);
	scene_end(&scene);
}

/* RFC 6089 4.2: a refusal is shown, and not repeated before the rule changes. */
static void test_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct policy_rule rule = rule_of(4, 5060);
	const struct policy_rule other = rule_of(5, 80);
	keeper.refuses[4] = FLOW_PROHIBITED;
	rule_set(&scene, &other);
	rule_set(&scene, &rule);
	serve(&scene, 60 * SECOND);
	assert_int_equal(keeper.whole, 2);
	assert_int_equal(view_of(&scene, 4).state, FLOW_REFUSED);
	assert_int_equal(view_of(&scene, 4).status, FLOW_PROHIBITED);
	assert_int_equal(view_of(&scene, 5).state, FLOW_HELD);
	keeper.refuses[4] = 0;
	rule.preference = 8;
	rule_set(&scene, &rule);
	serve(&scene, SECOND);
	assert_int_equal(view_of(&scene, 4).state, FLOW_HELD);
	scene_end(&scene);
}

/* Status 131: the home agent has lost a BID that the mobile node takes for registered. As soon as
 * it is registered again, the flow binding is asked for again. */
static void test_bid_not_found(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(4, 5060);
	keeper.refuses[4] = FLOW_BID_NOT_FOUND;
	rule_set(&scene, &rule);
	serve(&scene, 60 * SECOND);
	assert_int_equal(keeper.whole, 1);
	assert_int_equal(view_of(&scene, 4).state, FLOW_REFUSED);
	keeper.refuses[4] = 0;
	refresh_request_arrives(&scene);
	serve(&scene, 2 * SECOND);
	assert_int_equal(keeper.whole, 2);
	assert_int_equal(view_of(&scene, 4).state, FLOW_HELD);
	scene_end(&scene);
}

/* RFC 6089 5.3.3: status 132 for one of the summary, which is sent whole again. */
/* Shows RFC 6089 5.2.3-4. */
static void test_forgotten_flow(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(4, 5060);
	rule_set(&scene, &rule);
	serve(&scene, 3 * SECOND);
	memset(keeper.at, 0, sizeof(keeper.at));
	refresh_request_arrives(&scene);
	serve(&scene, 2 * SECOND);
	assert_int_equal(keeper.whole, 2);
	assert_non_null(kept(4));
	scene_end(&scene);
}

/* No option 45 comes back: the home agent does not know them, and gets no more. */
/* Shows RFC 6089 5.2.6-1. */
static void test_unsupported(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	keeper.mute = true;
	struct policy_rule rule = rule_of(4, 5060);
	rule_set(&scene, &rule);
	serve(&scene, 5 * SECOND);
	assert_int_equal(keeper.whole, 1);
	assert_int_equal(view_of(&scene, 4).state, FLOW_UNSUPPORTED);
	rule.preference = 3;
	rule_set(&scene, &rule);
	node_link(&scene, 2, false);
	serve(&scene, 5 * SECOND);
	assert_int_equal(keeper.flow_options, 1);
	expect_order(&scene, 4, "1");
	/* it is started anew, and knows them now */
	keeper.mute = false;
	loses_bindings(&scene);
	serve(&scene, 5 * SECOND);
	assert_non_null(kept(4));
	assert_int_equal(view_of(&scene, 4).state, FLOW_HELD);
	scene_end(&scene);
}

/* The home agent has lost everything: all rules are told whole. */
static void test_home_agent_restarts(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (uint16_t i = 1; i <= 3; i++) {
		const struct policy_rule rule = rule_of(i, i);
		rule_set(&scene, &rule);
	}
	serve(&scene, 3 * SECOND);
	memset(keeper.at, 0, sizeof(keeper.at));
	unsigned whole = keeper.whole;
	loses_bindings(&scene);
	serve(&scene, 3 * SECOND);
	assert_int_equal(kept_count(), 3);
	assert_int_equal(keeper.whole, whole + 3);
	scene_end(&scene);
}

/* A lost acknowledgement: the option is repeated until it is answered. */
static void test_lost_acknowledgement(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct policy_rule rule = rule_of(4, 5060);
	rule_set(&scene, &rule);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.flow_count, 1);
	serve(&scene, 5 * SECOND);
	assert_int_equal(keeper.whole, 1);
	assert_non_null(kept(4));
	assert_int_equal(view_of(&scene, 4).state, FLOW_HELD);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_best_link_changes),
		cmocka_unit_test(test_inactive),
		cmocka_unit_test(test_without_priorities),
		cmocka_unit_test(test_redundant),
		cmocka_unit_test(test_link_that_is_down),
		cmocka_unit_test(test_deletion),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bid_not_found),
		cmocka_unit_test(test_forgotten_flow),
		cmocka_unit_test(test_unsupported),
		cmocka_unit_test(test_home_agent_restarts),
		cmocka_unit_test(test_lost_acknowledgement),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
