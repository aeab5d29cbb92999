/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what the mobile node makes of each status, of a peer that knows no BIDs, and of a home
 * agent that has lost its memory.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct sent sent;

/* Three proven links, of which nothing is acknowledged; the home agent speaks by hand. */
static void begin_with(struct scene *scene, const struct mobile_node_config *config)
{
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(scene, 10 * MS, config, false);
	scene_add_home_agent(scene, &its);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(scene, n);
	/* the second update, with all of them, follows when the first stays unanswered */
	scene_advance(scene, 150 * MS);
	expect_update(scene, &sent);
	expect_update(scene, &sent);
	assert_int_equal(sent.message.bid_count, config->mcoa && config->bulk ? 3 : 1);
	expect_no_update(scene);
	scene_advance(scene, SECOND); /* the rate limit has forgotten it */
	take_all(&scene->mobile_node);
}

static void begin(struct scene *scene)
{
	const struct mobile_node_config config = node_defaults();
	begin_with(scene, &config);
}

static void refuse(struct scene *scene, uint8_t status)
{
	struct reply reply = reply_to(&sent);
	reply.status = status;
	reply_send(scene, &reply);
}

/* One refusal must not keep the node away: again after 1 s, and never more than 10 s apart. */
static void test_refused_for_a_while(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {128, 129, 130, 131, 132, 133, 139, 164, 167, 169, 255};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		begin(&scene);
		nanos wait = SECOND;
		for (unsigned j = 0; j < 8; j++) {
			refuse(&scene, statuses[i]);
			assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), j == 0);
			take_all(&scene.mobile_node);
			scene_advance(&scene, wait - 1);
			expect_no_update(&scene);
			scene_advance(&scene, 1);
			expect_update(&scene, &sent);
			wait = 2 * wait < 10 * SECOND ? 2 * wait : 10 * SECOND;
		}
		struct reply reply = reply_to(&sent);
		reply_send(&scene, &reply);
		assert_true(node_view(&scene, 3).registered);
		assert_int_equal(node_selected(&scene), 1);
		scene_end(&scene);
	}
}

/* What changed is said in spite of the refusal. */
static void test_refusal_does_not_delay_a_loss(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	refuse(&scene, 132);
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 2);
	scene_end(&scene);
}

/* RFC 5648 5.7: 165: again with O; it had O, so it is a refusal like others */
/* Shows RFC 5648 5.7-5. */
static void test_non_mcoa_binding_exists(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct reply reply = reply_to(&sent);
	reply_send(&scene, &reply);
	node_prefer(&scene, 2, 30);
	expect_update(&scene, &sent);
	assert_false(sent.message.binding_update.flags & BU_OVERWRITE);
	refuse(&scene, 165);
	expect_update(&scene, &sent);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	refuse(&scene, 165);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* RFC 5648 5.7: 166: no more BIDs */
/* Shows RFC 5648 5.7-4. */
static void test_mcoa_prohibited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	refuse(&scene, 166);
	assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 1);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 0);
	assert_true(sent.message.has_alternate_care_of);
	scene_end(&scene);
}

/* RFC 5648 5.7: 168: one by one, and none is taken to be registered */
static void test_bulk_prohibited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	refuse(&scene, 168);
	assert_int_equal(notes_ahead(&scene, EVENT_BULK_OFF), 1);
	for (unsigned i = 0; i < 3; i++) {
		scene_advance(&scene, 400 * MS);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 1);
		struct reply reply = reply_to(&sent);
		reply_send(&scene, &reply);
	}
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(node_view(&scene, bid).registered);
	scene_end(&scene);
}

static void test_bulk_prohibited_by_the_core(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config its = home_agent_defaults();
	const struct mobile_node_config config = node_defaults();
	its.bulk = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	scene.home_agent_config.home_agent = its;
	scene_restart(&scene, &scene.home_agent);
	struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &node);
	node_register(&scene, 3);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_end(&scene);
}

/* draft-13 10: such a home agent takes only the care-of address that an update came from. */
static void test_registered_one_by_one_from_each_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	node_begin_with(&scene, 10 * MS, &config, true);
	struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	node.node.verify = VERIFY_NO_BULK;
	scene_tell(&scene, &scene.home_agent, &node);
	node_register(&scene, 3);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_end(&scene);
}

/* The same while the link loses everything: what is tried by others is refused, not for ever. */
static void test_care_of_address_refused_from_elsewhere(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.probe = false;
	config.lifetime = 20;
	node_begin_with(&scene, 10 * MS, &config, true);
	struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	node.node.verify = VERIFY_NO_BULK;
	scene_tell(&scene, &scene.home_agent, &node);
	node_register(&scene, 2);
	scene_cut(&scene, CARE_OF_2, true);
	scene_advance(&scene, 40 * SECOND);
	assert_false(node_view(&scene, 2).registered);
	assert_true(notes_ahead(&scene, EVENT_REFUSED) > 0);
	scene_cut(&scene, CARE_OF_2, false);
	scene_advance(&scene, 20 * SECOND);
	assert_true(node_view(&scene, 2).registered);
	scene_end(&scene);
}

/* Registered one by one, a BID too many is tried again and again; the others are refreshed. */
static void test_refused_bid_does_not_hold_up_others(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	config.lifetime = 20;
	node_begin_with(&scene, 10 * MS, &config, true);
	struct host_event node = node_set(HOME, &update_auth, 2);
	scene_tell(&scene, &scene.home_agent, &node);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(&scene, n);
	scene_advance(&scene, 3 * SECOND);
	for (unsigned i = 0; i < 120; i++) {
		scene_advance(&scene, SECOND);
		assert_int_equal(bindings_of(&scene).count, 2);
	}
	scene_end(&scene);
}

/* RFC 5648 4.4, 5.7: NOTCOMPLETE: each option has its own status */
/* Shows RFC 5648 6.2-20. */
static void test_one_bid_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct reply reply = reply_to(&sent);
	reply.status = 4;
	for (unsigned i = 0; i < reply.bid_count; i++)
		reply.bid_status[i] = reply.bids[i] == 2 ? 164 : 0;
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 1).registered);
	assert_false(node_view(&scene, 2).registered);
	assert_true(node_view(&scene, 3).registered);
	assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 1);
	scene_advance(&scene, SECOND - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 2, CARE_OF_2));
	reply = reply_to(&sent);
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 2).registered);
	scene_end(&scene);
}

static void take_tunnel_remove_of(struct scene *scene, uint16_t bid)
{
	assert_int_equal(take_past(&scene->mobile_node, EFFECT_TUNNEL_REMOVE)->tunnel.bid, bid);
}

/* All three are bound, and another priority of the second is asked for. */
static void begin_bound(struct scene *scene)
{
	begin(scene);
	struct reply reply = reply_to(&sent);
	reply_send(scene, &reply);
	scene_advance(scene, SECOND);
	take_all(&scene->mobile_node);
	node_prefer(scene, 2, 30);
	expect_update(scene, &sent);
	take_all(&scene->mobile_node);
}

static void refuse_second(struct scene *scene, uint8_t status)
{
	struct reply reply = reply_to(&sent);
	reply.status = 4;
	for (unsigned i = 0; i < reply.bid_count; i++)
		reply.bid_status[i] = reply.bids[i] == 2 ? status : 0;
	reply_send(scene, &reply);
}

/*
 * RFC 5648 6.2: what was bound before stays so. The node accepts packets from it until the home
 * agent has acknowledged that it is removed.
 */
static void test_refused_bid_is_removed(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {128, 129, 130, 164, 169};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		begin_bound(&scene);
		refuse_second(&scene, statuses[i]);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 2);
		assert_false(lists(&sent, 2, CARE_OF_2));
		assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
		assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 0);
		struct reply reply = reply_to(&sent);
		reply_send(&scene, &reply);
		take_tunnel_remove_of(&scene, 2);
		scene_advance(&scene, SECOND);
		expect_update(&scene, &sent);
		assert_true(lists(&sent, 2, CARE_OF_2));
		scene_end(&scene);
	}
}

/* 167 says that there is nothing. */
static void test_unknown_bid_is_not_bound(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene);
	refuse_second(&scene, 167);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 1);
	assert_false(node_view(&scene, 2).registered);
	scene_end(&scene);
}

/* RFC 5648 6.2: O removes what it lists, too, unless nothing of the update was accepted. */
static void test_refused_with_overwrite(void **state)
{
	(void)state;
	for (unsigned all = 0; all < 2; all++) {
		struct scene scene;
		begin_bound(&scene);
		struct reply reply = reply_to(&sent);
		reply_send(&scene, &reply);
		scene_advance(&scene, SECOND);
		node_link(&scene, 3, false);
		expect_update(&scene, &sent);
		assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
		take_all(&scene.mobile_node);
		reply = reply_to(&sent);
		reply.status = 4;
		for (unsigned i = 0; i < reply.bid_count; i++)
			reply.bid_status[i] = reply.bids[i] == 2 ? 130 : all ? 128 : 0;
		reply_send(&scene, &reply);
		assert_int_equal(node_view(&scene, 1).registered, true);
		assert_int_equal(node_view(&scene, 2).registered, all);
		scene_end(&scene);
	}
}

/* RFC 5648 5.7: 168: nothing of the update was carried out, so that all stay bound as they were. */
static void test_bulk_prohibited_while_bound(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene);
	refuse(&scene, 168);
	assert_int_equal(notes_ahead(&scene, EVENT_BULK_OFF), 1);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 0);
	scene_end(&scene);
}

/* RFC 5648 4.3: an option of a wrong length says nothing, not even of its BID */
static void test_option_of_wrong_length(void **state)
{
	(void)state;
	for (unsigned wrong = 0; wrong < 2; wrong++) {
		struct scene scene;
		struct mobile_node_config config = node_defaults();
		config.auth.mode = AUTH_MODE_INSECURE_NONE;
		begin_with(&scene, &config);
		struct reply reply = reply_to(&sent);
		for (unsigned i = 0; i < reply.bid_count; i++)
			reply.bid_status[i] = reply.bids[i] == 2 ? 164 : 0;
		reply.shortened = wrong ? 2 : 0;
		reply_send(&scene, &reply);
		assert_true(node_view(&scene, 1).registered);
		assert_int_equal(node_view(&scene, 2).registered, wrong);
		assert_true(node_view(&scene, 3).registered);
		assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 0);
		scene_end(&scene);
	}
}

/* RFC 5648 4.4, 5.7: none accepted, for different reasons: each option is heeded */
static void test_all_bids_refused_differently(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct reply reply = reply_to(&sent);
	reply.status = 4;
	reply.lifetime = 0;
	for (unsigned i = 0; i < reply.bid_count; i++)
		reply.bid_status[i] = reply.bids[i] == 2 ? 168 : 164;
	reply_send(&scene, &reply);
	assert_false(node_view(&scene, 1).registered);
	assert_int_equal(notes_ahead(&scene, EVENT_BULK_OFF), 1);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 1);
	scene_end(&scene);
}

/* RFC 5648 5.7: accepted, and no option echoed: the peer made an ordinary binding of the source */
/* Shows RFC 5648 5.7-2. */
static void test_peer_without_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct reply reply = reply_to(&sent);
	reply.bid_count = 0;
	reply_send(&scene, &reply);
	assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 1);
	assert_true(node_view(&scene, 1).registered);
	assert_int_equal(node_selected(&scene), 1);
	scene_advance(&scene, 10 * SECOND);
	expect_no_update(&scene);
	/* it follows the best path, and comes back with it */
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	struct in6_addr care_of_2 = address_of(CARE_OF_2);
	assert_int_equal(sent.message.bid_count, 0);
	assert_memory_equal(&sent.message.alternate_care_of.address, &care_of_2, sizeof(care_of_2));
	reply = reply_to(&sent);
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 2).registered);
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

static void test_peer_without_bids_is_the_core(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config its = home_agent_defaults();
	const struct mobile_node_config config = node_defaults();
	its.mcoa = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	scene.home_agent_config.home_agent = its;
	scene_restart(&scene, &scene.home_agent);
	struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &node);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(&scene, n);
	scene_advance(&scene, 2 * SECOND);
	assert_int_equal(bindings_of(&scene).count, 1);
	assert_int_equal(node_selected(&scene), 1);
	node_link(&scene, 1, false);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(node_selected(&scene), 2);
	struct in6_addr care_of_2 = address_of(CARE_OF_2);
	assert_memory_equal(&bindings_of(&scene).at[0].care_of, &care_of_2, sizeof(care_of_2));
	scene_end(&scene);
}

/* RFC 4285 6: 144 brings the home agent's clock; at most one attempt a second */
static void test_clock_is_wrong(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.auth.replay = true;
	begin_with(&scene, &config);
	uint64_t first = sent.message.replay.timestamp;
	struct reply reply = reply_to(&sent);
	reply.status = 144;
	reply.timestamp = (first & UINT32_MAX) | (((scene.now.ntp >> 32) + 1000) << 32);
	reply_send(&scene, &reply);
	expect_update(&scene, &sent);
	assert_int_equal((sent.message.replay.timestamp >> 32) - (scene.now.ntp >> 32), 1000);
	reply = reply_to(&sent);
	reply.status = 144;
	reply.timestamp = first;
	reply_send(&scene, &reply);
	expect_no_update(&scene);
	scene_advance(&scene, SECOND);
	expect_update(&scene, &sent);
	scene_end(&scene);
}

/* RFC 4285 6: the timestamp is the one that was sent */
static void test_answer_to_another_time(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.auth.replay = true;
	begin_with(&scene, &config);
	struct reply reply = reply_to(&sent);
	reply_send(&scene, &reply);
	assert_int_equal(node_drops(&scene, DROP_NO_REPLAY_OPTION), 1);
	reply.timestamp = sent.message.replay.timestamp + 1;
	reply_send(&scene, &reply);
	assert_int_equal(node_drops(&scene, DROP_REPLAYED), 1);
	assert_false(node_view(&scene, 1).registered);
	reply.timestamp--;
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* 135 for an update that a later one overtook says nothing of the later one. */
static void test_out_of_window_because_overtaken(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct reply reply = reply_to(&sent);
	reply.status = 135;
	reply.sequence = (uint16_t)(sent.message.binding_update.sequence - 1);
	reply_send(&scene, &reply);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_ACK), 1);
	expect_no_update(&scene);
	reply.sequence = (uint16_t)(sent.message.binding_update.sequence + 500);
	reply_send(&scene, &reply);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.sequence, (uint16_t)(reply.sequence + 1));
	scene_end(&scene);
}

/* What is sent may be what an error is about. */
static void send_something(struct scene *scene)
{
	struct traffic traffic = {.up = true};
	node_traffic(scene, &traffic, 2 * MS);
}

/* RFC 6275 11.3.6, RFC 5648 5.8: nobody signs these, so once a second */
/* Shows RFC 6275 11.3.6-2, 11.7.4-1. */
static void test_asked_to_register_again(void **state)
{
	(void)state;
	for (unsigned error = 0; error < 2; error++) {
		struct scene scene;
		node_begin(&scene, 10 * MS);
		node_register(&scene, 3);
		send_something(&scene);
		for (unsigned i = 0; i < 10; i++) {
			if (error)
				binding_error_arrives(&scene, 1);
			else
				refresh_request_arrives(&scene);
			scene_advance(&scene, 50 * MS);
		}
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 3);
		expect_no_update(&scene);
		assert_int_equal(node_drops(&scene, DROP_RATE_LIMITED), 9);
		assert_int_equal(notes_ahead(&scene, EVENT_REGISTERED), 0);
		scene_end(&scene);
	}
}

/* Shows RFC 6275 11.7.1-23: after 134 nothing is registered again; a stop is still said. */
static void test_duplicate_home_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct reply first = reply_to(&sent);
	scene_advance(&scene, 2 * SECOND);
	expect_update(&scene, &sent);
	struct reply reply = first;
	reply.status = 134;
	reply_send(&scene, &reply);
	refuse(&scene, 134);
	assert_int_equal(notes_ahead(&scene, EVENT_ADDRESS_DUPLICATE), 1);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 3600 * SECOND);
	expect_no_update(&scene);
	node_link(&scene, 1, false);
	node_link(&scene, 1, true);
	scene_advance(&scene, 60 * SECOND);
	expect_no_update(&scene);
	node_stop(&scene);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	refuse(&scene, 133);
	take_past(&scene.mobile_node, EFFECT_STOPPED);
	scene_end(&scene);
}

/*
 * Shows RFC 6275 11.3.6-7: a home agent that never showed that it knows the options is not sent
 * them after a Binding Error 2; one that did is not mistrusted for what anybody could have sent.
 */
static void test_binding_error_2(void **state)
{
	(void)state;
	for (unsigned known = 0; known < 2; known++) {
		struct scene scene;
		begin(&scene);
		if (known) {
			struct reply reply = reply_to(&sent);
			reply_send(&scene, &reply);
			node_prefer(&scene, 1, 7); /* something to wait for */
			expect_update(&scene, &sent);
		}
		take_all(&scene.mobile_node);
		binding_error_arrives(&scene, 2);
		scene_advance(&scene, 5 * SECOND);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, known ? 3 : 0);
		assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), known);
		if (!known) {
			/* nobody signed it: after a minute they are tried again */
			struct reply reply = reply_to(&sent);
			reply_send(&scene, &reply);
			take_all(&scene.mobile_node);
			scene_advance(&scene, 56 * SECOND);
			expect_update(&scene, &sent);
			assert_int_equal(sent.message.bid_count, 3);
		}
		scene_end(&scene);
	}
}

/* An error that is true hastens the update that the next one, which is not, is believed about. */
static void test_errors_one_after_the_other(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct reply reply = reply_to(&sent);
	reply_send(&scene, &reply);
	for (unsigned i = 0; i < 30; i++) {
		take_all(&scene.mobile_node);
		send_something(&scene);
		binding_error_arrives(&scene, 1);
		binding_error_arrives(&scene, 2);
		binding_error_arrives(&scene, 2);
		scene_advance(&scene, 2 * SECOND);
		while (next_update(&scene, &sent)) {
			assert_int_equal(sent.message.bid_count, 3);
			reply = reply_to(&sent);
			reply_send(&scene, &reply);
		}
		assert_int_equal(notes_ahead(&scene, EVENT_FALL_BACK), 0);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_true(node_view(&scene, bid).registered);
	}
	scene_end(&scene);
}

/* Shows RFC 6275 11.3.6-1, 11.3.6-6. */
static void test_other_binding_errors_are_counted(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	binding_error_arrives(&scene, 2);
	assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), 1);
	scene_advance(&scene, SECOND);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* It knows neither bindings nor node at first; then the node. Nothing takes minutes. */
static void test_home_agent_restarts_without_memory(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	scene_restart(&scene, &scene.home_agent);
	struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &node);
	send_something(&scene);
	binding_error_arrives(&scene, 1);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_for_a_while),
		cmocka_unit_test(test_refusal_does_not_delay_a_loss),
		cmocka_unit_test(test_non_mcoa_binding_exists),
		cmocka_unit_test(test_mcoa_prohibited),
		cmocka_unit_test(test_bulk_prohibited),
		cmocka_unit_test(test_bulk_prohibited_by_the_core),
		cmocka_unit_test(test_registered_one_by_one_from_each_care_of_address),
		cmocka_unit_test(test_care_of_address_refused_from_elsewhere),
		cmocka_unit_test(test_refused_bid_does_not_hold_up_others),
		cmocka_unit_test(test_one_bid_refused),
		cmocka_unit_test(test_refused_bid_is_removed),
		cmocka_unit_test(test_unknown_bid_is_not_bound),
		cmocka_unit_test(test_refused_with_overwrite),
		cmocka_unit_test(test_bulk_prohibited_while_bound),
		cmocka_unit_test(test_option_of_wrong_length),
		cmocka_unit_test(test_all_bids_refused_differently),
		cmocka_unit_test(test_peer_without_bids),
		cmocka_unit_test(test_peer_without_bids_is_the_core),
		cmocka_unit_test(test_clock_is_wrong),
		cmocka_unit_test(test_answer_to_another_time),
		cmocka_unit_test(test_out_of_window_because_overtaken),
		cmocka_unit_test(test_asked_to_register_again),
		cmocka_unit_test(test_duplicate_home_address),
		cmocka_unit_test(test_binding_error_2),
		cmocka_unit_test(test_errors_one_after_the_other),
		cmocka_unit_test(test_other_binding_errors_are_counted),
		cmocka_unit_test(test_home_agent_restarts_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
