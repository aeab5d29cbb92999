/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what a mobile node makes of answers without Binding Identifiers, of addresses that are
 * refused, of what nobody signs, and of lifetimes without end.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct sent sent;

static void answer(struct scene *scene, uint8_t status)
{
	struct reply reply = reply_to(&sent);
	reply.status = status;
	reply_send(scene, &reply);
}

static void answer_all(struct scene *scene)
{
	for (unsigned i = 0; i < 20; i++) {
		scene_advance(scene, 100 * MS);
		while (next_update(scene, &sent))
			answer(scene, 0);
	}
	take_all(&scene->mobile_node);
}

/* Three links, registered by hand. */
static void begin_with(struct scene *scene, const struct mobile_node_config *config)
{
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(scene, 10 * MS, config, false);
	scene_add_home_agent(scene, &its);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(scene, n);
	answer_all(scene);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(node_view(scene, bid).registered);
}

static void begin(struct scene *scene)
{
	const struct mobile_node_config config = node_defaults();
	begin_with(scene, &config);
}

/* The next update has changed something, and is not answered. */
static void change(struct scene *scene)
{
	node_prefer(scene, 2, 30);
	expect_update(scene, &sent);
	assert_int_equal(sent.message.bid_count, 3);
}

/* ---- RFC 5648 5.7: no option in the answer ---- */

/* Whatever the status: the peer does not know them. */
static void test_refused_without_bids(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {128, 129, 130, 131, 132, 139, 164, 165, 166};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		begin(&scene);
		change(&scene);
		struct reply reply = reply_to(&sent);
		reply.status = statuses[i];
		reply.bid_count = 0;
		reply_send(&scene, &reply);
		assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 1);
		scene_advance(&scene, SECOND);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 0);
		assert_true(sent.message.has_alternate_care_of);
		answer(&scene, 0);
		/* it is remembered of this home agent */
		scene_advance(&scene, 2 * SECOND);
		node_link(&scene, 1, false);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 0);
		scene_end(&scene);
	}
}

/* RFC 6275 9.5.1, 10.3.1, RFC 4285 6, 8: turned away before its options were looked at */
static void test_turned_away_without_bids(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {133, 135, 144, 145};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		begin(&scene);
		change(&scene);
		struct reply reply = reply_to(&sent);
		reply.status = statuses[i];
		reply.bid_count = 0;
		reply.sequence = (uint16_t)(reply.sequence + (statuses[i] == 135));
		reply_send(&scene, &reply);
		assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 0);
		scene_advance(&scene, SECOND);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 3);
		scene_end(&scene);
	}
}

/*
 * RFC 6275 10.3.2: status 0 and lifetime 0 to a registration. Before it lost its numbers the node
 * had sent a de-registration under this one.
 */
static void test_late_answer_to_a_lost_number(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	change(&scene);
	struct reply reply = reply_to(&sent);
	reply.lifetime = 0;
	reply.bid_count = 0;
	reply_send(&scene, &reply);
	assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 0);
	scene_advance(&scene, SECOND);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 3);
	scene_end(&scene);
}

/*
 * RFC 4285 5.3: 146 is sealed with the key that it says was not used, so it answers what somebody
 * forged, and kept the answer to. Our update is open still, and repeated in time.
 */
static void test_answer_to_a_forgery(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	change(&scene);
	const struct reply good = reply_to(&sent);
	struct reply bad = good;
	bad.status = 146;
	for (unsigned i = 0; i < 3; i++) {
		reply_send(&scene, &bad);
		bad.bid_count = 0;
	}
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_ACK), 3);
	scene_advance(&scene, SECOND - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	assert_int_equal(updates_ahead(&scene), 1);
	bad.sequence++;
	reply_send(&scene, &bad);
	assert_int_equal(notes_ahead(&scene, EVENT_AUTHENTICATION_FAILED), 1);
	assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 0);
	assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 0);
	take_all(&scene.mobile_node);
	reply_send(&scene, &good);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_ACK), 4);
	scene_advance(&scene, 100 * SECOND);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* A removal of one BID was taken for one of everything. */
static void test_removed_without_bids(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	begin_with(&scene, &config);
	node_link(&scene, 3, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	struct reply reply = reply_to(&sent);
	reply.bid_count = 0;
	reply_send(&scene, &reply);
	assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 1);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 0);
	assert_int_not_equal(sent.message.binding_update.lifetime, 0);
	scene_end(&scene);
}

/* ---- statuses of one BID ---- */

static void answer_bid(struct scene *scene, uint16_t bid, uint8_t status)
{
	struct reply reply = reply_to(&sent);
	reply.status = 4;
	for (unsigned i = 0; i < reply.bid_count; i++)
		if (reply.bids[i] == bid)
			reply.bid_status[i] = status;
	reply_send(scene, &reply);
}

/* RFC 6275 6.1.8: 174: not again with that address; with another one */
static void test_invalid_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_address_gone(&scene, 1, CARE_OF_1);
	expect_update(&scene, &sent);
	answer(&scene, 0);
	answer_all(&scene);
	node_address(&scene, 1, CARE_OF_1);
	scene_advance(&scene, 100 * MS);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1));
	answer_bid(&scene, 1, 174);
	assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 1);
	answer_all(&scene);
	scene_advance(&scene, 400 * SECOND);
	expect_no_update(&scene);
	assert_true(node_view(&scene, 2).registered);
	node_address(&scene, 1, CARE_OF_1_NEW);
	scene_advance(&scene, 100 * MS);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1_NEW));
	answer(&scene, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* Link 1's address is refused. */
static void refuse_first(struct scene *scene)
{
	begin(scene);
	node_address_gone(scene, 1, CARE_OF_1);
	expect_update(scene, &sent);
	answer(scene, 0);
	answer_all(scene);
	node_address(scene, 1, CARE_OF_1);
	scene_advance(scene, 100 * MS);
	expect_update(scene, &sent);
	answer_bid(scene, 1, 174);
	take_all(&scene->mobile_node);
}

/* Until it is listed again; the others are refreshed meanwhile. */
static nanos time_until_listed(struct scene *scene)
{
	nanos begun = scene->now.mono;
	while (scene->now.mono < begun + 3600 * SECOND) {
		scene_advance(scene, 10 * MS);
		while (next_update(scene, &sent)) {
			if (lists(&sent, 1, CARE_OF_1))
				return scene->now.mono - begun;
			answer(scene, 0);
		}
	}
	fail_msg("never");
	return NANOS_NEVER;
}

static void test_refused_address_is_tried_again(void **state)
{
	(void)state;
	struct scene scene;
	refuse_first(&scene);
	assert_in_range(time_until_listed(&scene), 600 * SECOND, 601 * SECOND);
	answer_bid(&scene, 1, 174);
	assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 0);
	assert_in_range(time_until_listed(&scene), 600 * SECOND, 601 * SECOND);
	answer(&scene, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

static void test_refused_address_is_tried_on_link_up(void **state)
{
	(void)state;
	struct scene scene;
	refuse_first(&scene);
	scene_advance(&scene, 5 * SECOND);
	node_link(&scene, 1, false);
	node_link(&scene, 1, true);
	assert_in_range(time_until_listed(&scene), 0, SECOND);
	answer(&scene, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* The same of the whole, which has one. */
static void test_only_care_of_address_is_invalid(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(&scene, 10 * MS, &config, false);
	scene_add_home_agent(&scene, &its);
	node_attach(&scene, 1);
	expect_update(&scene, &sent);
	answer(&scene, 174);
	scene_advance(&scene, 60 * SECOND);
	expect_no_update(&scene);
	node_address(&scene, 1, CARE_OF_1_NEW);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1_NEW));
	scene_end(&scene);
}

/*
 * Registered from itself, and refused where it did not come from: somebody has altered the source
 * of the update, and must not cost more than the one.
 */
static void test_invalid_care_of_address_of_another_source(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	begin_with(&scene, &config);
	node_address_gone(&scene, 1, CARE_OF_1);
	answer_all(&scene);
	node_address(&scene, 1, CARE_OF_1);
	scene_advance(&scene, 100 * MS);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1));
	struct reply reply = reply_to(&sent);
	reply.status = 174;
	reply.care_of = CARE_OF_2;
	reply_send(&scene, &reply);
	scene_advance(&scene, 2 * SECOND);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1));
	scene_end(&scene);
}

/* RFC 5648 5.7: 167 on a refresh: again, with the care-of address. Shows RFC 5648 5.7-6. */
static void test_unknown_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	scene_advance(&scene, 449 * SECOND);
	expect_update(&scene, &sent);
	take_all(&scene.mobile_node);
	answer_bid(&scene, 2, 167);
	assert_false(node_view(&scene, 2).registered);
	assert_true(node_view(&scene, 1).registered);
	scene_advance(&scene, SECOND);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 2, CARE_OF_2));
	answer(&scene, 0);
	assert_true(node_view(&scene, 2).registered);
	scene_end(&scene);
}

/* RFC 5648 5.7, 6.2: 133 and 167 on a removal: there was nothing */
static void test_removed_what_was_not_there(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {133, 167};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		struct mobile_node_config config = node_defaults();
		config.bulk = false;
		begin_with(&scene, &config);
		node_link(&scene, 3, false);
		expect_update(&scene, &sent);
		answer(&scene, statuses[i]);
		scene_advance(&scene, 20 * SECOND);
		expect_no_update(&scene);
		assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 0);
		scene_end(&scene);
	}
}

/* RFC 6275 11.7.3: 1 is as good as 0 for the binding */
static void test_accepted_but_prefix_discovery_needed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	change(&scene);
	answer(&scene, 1);
	assert_int_equal(node_view(&scene, 2).priority, 30);
	scene_advance(&scene, 15 * MS); /* until this home agent finds itself asked by a stranger */
	expect_no_update(&scene);
	scene_end(&scene);
}

/* ---- RFC 5648 5.1, 5.8 ---- */

/* The care-of address need not be in a refresh; it always is. */
static void test_refresh_has_care_of_addresses(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	scene_advance(&scene, 455 * SECOND);
	expect_update(&scene, &sent);
	assert_false(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_true(lists(&sent, 1, CARE_OF_1));
	assert_true(lists(&sent, 2, CARE_OF_2));
	assert_true(lists(&sent, 3, CARE_OF_3));
	scene_end(&scene);
}

/* RFC 5648 5.8: at least for the BID that was asked for; without any, for all */
static void test_refresh_request(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	begin_with(&scene, &config);
	refresh_request_of_arrives(&scene, 2);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 2, CARE_OF_2));
	answer(&scene, 0);
	scene_advance(&scene, 10 * SECOND);
	expect_no_update(&scene);
	refresh_request_of_arrives(&scene, 77); /* no such binding: RFC 6275 11.7.4 */
	scene_advance(&scene, 10 * SECOND);
	expect_no_update(&scene);
	refresh_request_arrives(&scene);
	unsigned seen = 0;
	for (unsigned i = 0; i < 20; i++) {
		while (next_update(&scene, &sent)) {
			seen += 1u << 4 * (sent.message.bid[0].bid - 1);
			answer(&scene, 0);
		}
		scene_advance(&scene, 100 * MS);
	}
	assert_int_equal(seen, 0x111); /* each once */
	scene_advance(&scene, 10 * SECOND);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* In bulk the others are refreshed with it. */
static void test_refresh_request_in_bulk(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	refresh_request_of_arrives(&scene, 2);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 3);
	answer(&scene, 0);
	scene_advance(&scene, 10 * SECOND);
	expect_no_update(&scene);
	scene_end(&scene);
}

/*
 * RFC 6275 11.8: a request that crosses the refresh that it asks for costs no update, so that
 * MAX_UPDATE_RATE leaves room for a better link, and that a true one is believed afterwards.
 */
static void request_crosses(bool answered)
{
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	config.lifetime = 40;
	begin_with(&scene, &config);
	node_link(&scene, 1, false);
	node_link(&scene, 3, false);
	answer_all(&scene);
	while (!next_update(&scene, &sent))
		scene_advance(&scene, 100 * MS);
	assert_true(lists(&sent, 2, CARE_OF_2));
	if (!answered)
		refresh_request_of_arrives(&scene, 2);
	answer(&scene, 0);
	scene_advance(&scene, 20 * MS);
	if (answered)
		refresh_request_of_arrives(&scene, 2);
	scene_advance(&scene, 80 * MS);
	expect_no_update(&scene);
	node_attach(&scene, 1);
	scene_advance(&scene, 100 * MS);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1));
	answer(&scene, 0);
	scene_advance(&scene, SECOND);
	expect_no_update(&scene);
	refresh_request_of_arrives(&scene, 2);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 2, CARE_OF_2));
	scene_end(&scene);
}

static void test_refresh_request_crosses(void **state)
{
	(void)state;
	request_crosses(false);
	request_crosses(true);
}

/* ---- RFC 6275 11.3.6: status 2; see also mobile_node_refusals.c ---- */

/* Whoever forges it must know when an answer is expected. */
static void test_unexpected_error_changes_nothing(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	binding_error_arrives(&scene, 2);
	assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), 1);
	change(&scene);
	assert_int_equal(sent.message.bid_count, 3);
	scene_end(&scene);
}

/* ---- lifetimes without end ---- */

static void test_infinite_lifetime(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	const struct home_agent_config its = home_agent_defaults();
	config.lifetime = SECONDS_INFINITE;
	config.probe = false;
	node_begin_with(&scene, 10 * MS, &config, false);
	scene_add_home_agent(&scene, &its);
	node_attach(&scene, 1);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, LIFETIME_INFINITE);
	answer(&scene, 0);
	assert_true(node_view(&scene, 1).expires == NANOS_NEVER);
	assert_true(core_next_deadline(scene.mobile_node.core) == NANOS_NEVER);
	scene_advance(&scene, 1000 * 86400 * SECOND);
	expect_no_update(&scene);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* RFC 6275 6.2.4: advice is heeded all the same, and so is a shorter grant */
static void test_infinite_lifetime_with_advice(void **state)
{
	(void)state;
	for (unsigned advised = 0; advised < 2; advised++) {
		struct scene scene;
		struct mobile_node_config config = node_defaults();
		const struct home_agent_config its = home_agent_defaults();
		config.lifetime = SECONDS_INFINITE;
		node_begin_with(&scene, 10 * MS, &config, false);
		scene_add_home_agent(&scene, &its);
		node_attach(&scene, 1);
		expect_update(&scene, &sent);
		struct reply reply = reply_to(&sent);
		if (advised)
			reply.advice = 25; /* 100 s */
		else
			reply.lifetime = 100; /* 400 s, of which three quarters */
		reply_send(&scene, &reply);
		scene_advance(&scene, (advised ? 100 : 300) * SECOND - 1);
		expect_no_update(&scene);
		scene_advance(&scene, 1);
		expect_update(&scene, &sent);
		scene_end(&scene);
	}
}

static void add_binding(void *ctx, const struct binding_view *view)
{
	struct binding_list *list = ctx;
	list->at[list->count++] = *view;
}

/* A binding that was granted for ever is restored; one of the home link is not, since the node may
 * be at another now. */
static void test_infinite_binding_is_restored(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	node_begin_with(&scene, 10 * MS, &config, false);
	const struct host_event event = {
		.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME),
			.home_agent = address_of(HOME_AGENT),
			.count = 2,
			.bindings = {{.care_of = address_of(CARE_OF_1),
					     .expires = NANOS_NEVER,
					     .bid = 1,
					     .priority = 10},
				{.care_of = address_of(HOME),
					.expires = NANOS_NEVER,
					.bid = 2,
					.priority = 10,
					.home = true}}},
	};
	scene_tell(&scene, &scene.mobile_node, &event);
	struct binding_list list = {0};
	core_each_binding(scene.mobile_node.core, add_binding, &list);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].bid, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_without_bids),
		cmocka_unit_test(test_turned_away_without_bids),
		cmocka_unit_test(test_late_answer_to_a_lost_number),
		cmocka_unit_test(test_answer_to_a_forgery),
		cmocka_unit_test(test_removed_without_bids),
		cmocka_unit_test(test_invalid_care_of_address),
		cmocka_unit_test(test_refused_address_is_tried_again),
		cmocka_unit_test(test_refused_address_is_tried_on_link_up),
		cmocka_unit_test(test_only_care_of_address_is_invalid),
		cmocka_unit_test(test_invalid_care_of_address_of_another_source),
		cmocka_unit_test(test_unknown_care_of_address),
		cmocka_unit_test(test_removed_what_was_not_there),
		cmocka_unit_test(test_accepted_but_prefix_discovery_needed),
		cmocka_unit_test(test_refresh_has_care_of_addresses),
		cmocka_unit_test(test_refresh_request),
		cmocka_unit_test(test_refresh_request_in_bulk),
		cmocka_unit_test(test_refresh_request_crosses),
		cmocka_unit_test(test_unexpected_error_changes_nothing),
		cmocka_unit_test(test_infinite_lifetime),
		cmocka_unit_test(test_infinite_lifetime_with_advice),
		cmocka_unit_test(test_infinite_binding_is_restored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
