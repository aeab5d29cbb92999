/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: Binding Identifier options at the home agent, each by RFC 5648 6.2 and 4.4.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

static struct sent ack;

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(scene, &config);
}

static void expect_refused(struct scene *scene, uint8_t status)
{
	const struct effect_event *note = take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
	assert_int_equal(note->status, status);
	expect_ack(scene, status, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	take_nothing(&scene->home_agent);
}

static void expect_not_complete(struct scene *scene)
{
	take_past(&scene->home_agent, EFFECT_RECORD);
	expect_ack(scene, 4, &ack);
	take_nothing(&scene->home_agent);
}

/* RFC 5648 5.3, 6.2 */
/* Shows RFC 5648 3-3, 3-5, 6.1-1, 6.2-15, 6.2-16, 6.2-21, 5.7-1, 4.3-10; draft-13 6.2-1. */
static void test_bulk(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_overwrite(&update);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	expect_added(&scene, 2, CARE_OF_2);
	expect_added(&scene, 3, CARE_OF_3);
	expect_node_set(&scene, 1);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);
	assert_int_equal(ack.message.bid_count, 3);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_int_equal(bid_status(&ack, bid), 0);
	scene_end(&scene);
}

/* RFC 5648 6.2: O removes all bindings, and with it those of other BIDs */
static void test_overwrite(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	struct update update = update_of(&scene, 2);
	update_overwrite(&update);
	update_bid(&update, 2, CARE_OF_2);
	update_bid(&update, 5, CARE_OF_1);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	take_tunnel_remove(&scene.home_agent, 3);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 3);
	expect_added(&scene, 5, CARE_OF_1);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 5648 6.2: if nothing comes in the place of what O would remove, it stays */
static void test_overwrite_is_atomic(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	struct update update = update_of(&scene, 2);
	update_overwrite(&update);
	update_bid_known(&update, 9);
	update_send(&update);
	expect_refused(&scene, 167);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_end(&scene);
}

/* RFC 5648 6.2: care-of addresses are retrieved first, what O removes is removed after that */
static void test_overwrite_with_known_bid(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	scene_advance(&scene, NANOS_PER_SECOND);
	struct update update = update_of(&scene, 2);
	update_overwrite(&update);
	update_bid_known(&update, 2);
	update_bid(&update, 4, CARE_OF_1);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	take_tunnel_remove(&scene.home_agent, 3);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 3);
	take_tunnel_set(&scene.home_agent, 2, CARE_OF_2);
	expect_added(&scene, 4, CARE_OF_1);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* RFC 5648 6.2: with and without care-of address in one bulk, each by its own length */
/* Shows RFC 5648 6.2-11, 6.2-3. */
static void test_mixed_lengths(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 2);
	scene_advance(&scene, NANOS_PER_SECOND);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_bid(&update, 2, CARE_OF_3);
	update_bid_known(&update, 7);
	update_bid(&update, 3, CARE_OF_2);
	update_send(&update);
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	take_tunnel_set(&scene.home_agent, 2, CARE_OF_3);
	take_note(&scene.home_agent, EVENT_BINDING_MOVED, 2);
	expect_added(&scene, 3, CARE_OF_2);
	expect_not_complete(&scene);
	assert_int_equal(ack.message.bid_count, 4);
	assert_int_equal(bid_status(&ack, 1), 0);
	assert_int_equal(bid_status(&ack, 2), 0);
	assert_int_equal(bid_status(&ack, 7), 167);
	assert_int_equal(bid_status(&ack, 3), 0);
	scene_end(&scene);
}

/* RFC 5648 6.2 */
/* Shows RFC 5648 6.2-12. */
static void test_unknown_bid_without_care_of(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 1);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 9);
	update_send(&update);
	expect_refused(&scene, 167);
	/* RFC 5648 6.2, last paragraph: what is in the acknowledgement is not in the option */
	assert_int_equal(bid_status(&ack, 9), 0);

	update.message.binding_update.sequence = 3;
	update_bid_known(&update, 1);
	update_send(&update);
	expect_not_complete(&scene);
	assert_int_equal(bid_status(&ack, 9), 167);
	assert_int_equal(bid_status(&ack, 1), 0);
	assert_int_equal(ack.message.binding_ack.lifetime, 150);
	scene_end(&scene);
}

/* RFC 5648 6.2: O clear, and there is a binding without BID */
static void test_binding_without_bid_exists(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_send(&update);
	take_all(&scene.home_agent);

	update = update_of(&scene, 2);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_refused(&scene, 165);
	assert_int_equal(bindings_of(&scene).at[0].bid, 0);

	update_overwrite(&update);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 0);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 0);
	expect_added(&scene, 1, CARE_OF_1);
	scene_end(&scene);
}

/* RFC 5648 6.2: care-of addresses that cannot be one, refused option by option */
/* Shows RFC 5648 6.2-6; RFC 6275 6.1.7-10. */
static void test_bad_care_of_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"ff02::1", "ff0e::1", "fe80::1", "::1", "::", "::ffff:192.0.2.1", "::192.0.2.1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scene scene;
		begin(&scene);
		bind_bids(&scene, 1, 1);
		struct update update = update_of(&scene, 2);
		update_bid(&update, 2, bad[i]);
		update_send(&update);
		expect_refused(&scene, 164);

		/* the others of the bulk are bound */
		update.message.binding_update.sequence = 3;
		update_bid(&update, 3, CARE_OF_3);
		update_send(&update);
		expect_added(&scene, 3, CARE_OF_3);
		expect_not_complete(&scene);
		assert_int_equal(bid_status(&ack, 2), 164);
		assert_int_equal(bid_status(&ack, 3), 0);
		assert_int_equal(bindings_of(&scene).count, 2);
		scene_end(&scene);
	}
}

/* RFC 5648 8: not spoken yet */
static void test_ipv4_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update.message.bid[0].care_of.length = 4;
	update_send(&update);
	expect_refused(&scene, 164);
	scene_end(&scene);
}

/* RFC 5648 4.3: BID 0 is reserved; it must not touch the binding without BID either */
/* Shows RFC 5648 4.3-5. */
static void test_bid_zero(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 0, CARE_OF_1);
	update_send(&update);
	expect_refused(&scene, 164);

	update = update_of(&scene, 2);
	update_send(&update);
	take_all(&scene.home_agent);
	update = update_of(&scene, 3);
	update_bid_known(&update, 0);
	update_lifetime(&update, 0);
	update_send(&update);
	expect_refused(&scene, 164);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* Shows RFC 5648 4.3-6: Status means nothing in an update. */
static void test_status_in_an_update(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update.message.bid[0].status = 164;
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	expect_node_set(&scene, 1);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(bid_status(&ack, 1), 0);
	scene_end(&scene);
}

static void test_duplicate_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 1);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 2, CARE_OF_2);
	update_bid(&update, 3, CARE_OF_3);
	update_bid(&update, 2, CARE_OF_1);
	update_send(&update);
	expect_refused(&scene, 164);
	assert_int_equal(ack.message.bid_count, 3);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* RFC 5648 5.6: not supported; RFC 5648 4.4 */
static void test_home_and_foreign(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 1);
	struct update update = update_of(&scene, 2);
	update.source = address_of(HOME);
	update.without_home_address = true;
	update_bid(&update, 2, HOME);
	update.message.bid[0].flags = BID_HOME;
	update_send(&update);
	expect_refused(&scene, 169);
	assert_false(ack.packet.has_routing);
	/* RFC 5648 4.3: H is only in updates */
	assert_int_equal(ack.message.bid[0].flags, 0);

	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	expect_added(&scene, 3, CARE_OF_3);
	expect_not_complete(&scene);
	assert_int_equal(bid_status(&ack, 2), 169);
	scene_end(&scene);
}

/* RFC 5648 6.2: lifetime zero deletes the BIDs named; O does not matter */
/* Shows RFC 5648 6.2-8. */
static void test_delete_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	struct update update = update_of(&scene, 2);
	update_lifetime(&update, 0);
	update_overwrite(&update);
	update_bid_known(&update, 1);
	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	take_tunnel_remove(&scene.home_agent, 3);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 3);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	assert_int_equal(ack.message.bid_count, 2);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 1);

	/* one that is not there */
	update = update_of(&scene, 3);
	update_lifetime(&update, 0);
	update_bid_known(&update, 3);
	update_send(&update);
	expect_refused(&scene, 133);

	update.message.binding_update.sequence = 4;
	update_bid_known(&update, 2);
	update_send(&update);
	expect_not_complete(&scene);
	assert_int_equal(bid_status(&ack, 3), 133);
	assert_int_equal(bid_status(&ack, 2), 0);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 6275 9.5.2: more than this node may have */
/* Shows draft-13 10-3; RFC 6275 10.3.1-8, 9.5.4-3, 9.5.4-6. */
static void test_too_many_bindings(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct host_event event = node_set(HOME, &update_auth, 2);
	scene_tell(&scene, &scene.home_agent, &event);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	expect_added(&scene, 2, CARE_OF_2);
	expect_not_complete(&scene);
	assert_int_equal(bid_status(&ack, 3), 130);

	/* One that is there may still move. */
	update = update_of(&scene, 2);
	update_bid(&update, 2, CARE_OF_3);
	update_send(&update);
	take_tunnel_set(&scene.home_agent, 2, CARE_OF_3);
	scene_end(&scene);
}

/* RFC 5648 4.4 */
static void test_bulk_prohibited(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	config.bulk = false;
	scene_with_home_agent(&scene, &config);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	take_all(&scene.home_agent);
	update_bid(&update, 2, CARE_OF_2);
	update.message.binding_update.sequence = 2;
	update_send(&update);
	expect_refused(&scene, 168);
	assert_int_equal(ack.message.bid_count, 2);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* Refused for different reasons: each option says its own, and nothing changes. */
/* Shows RFC 5648 6.2-19, 6.2-20. */
static void test_all_refused_differently(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 1);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 8);
	update_bid(&update, 9, "ff02::1");
	update_send(&update);
	expect_refused(&scene, 4);
	assert_int_equal(bid_status(&ack, 8), 167);
	assert_int_equal(bid_status(&ack, 9), 164);
	assert_int_equal(bindings_of(&scene).count, 1);

	/* The number was not accepted, hence not spent. */
	update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

/* RFC 6089 4.1: 1 to 127, lower is preferred; none given goes last. Copied to the answer. */
/* Shows RFC 6089 5.1.1-1, 5.2.1-4, 5.3.1-5, 5.3.5-7. */
static void test_priority(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update.message.bid[0].flags = 5;
	update_send(&update);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	assert_int_equal(tier_of(&scene.home_agent, tunnel), 5);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, 1);
	tunnel = take_tunnel_set(&scene.home_agent, 2, CARE_OF_2);
	assert_int_equal(tier_of(&scene.home_agent, tunnel), PRIORITY_NONE);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.bid[0].flags, 5);
	assert_int_equal(ack.message.bid[1].flags, 0);
	scene_end(&scene);
}

/*
 * RFC 5648 6.2: a length other than 4, 8 and 20 refuses the whole update, though only if it is
 * authentic. What the option then leaves of its address reads as padding or as unknown options.
 */
/* Shows RFC 5648 6.2-4. */
static void test_option_of_wrong_length(void **state)
{
	(void)state;
	static const uint8_t lengths[] = {0, 1, 2, 3, 5, 7, 9, 10, 16, 17, 18, 19, 22};
	for (size_t i = 0; i < sizeof(lengths); i++) {
		struct scene scene;
		begin(&scene);
		struct update update = update_of(&scene, 1);
		update_bid(&update, 1, "2001:db8::100");
		update.malformed = true;
		update.bid_length = lengths[i];
		update_send(&update);
		expect_refused(&scene, 164);
		/* RFC 5648 6.2: copied, as far as it was there */
		assert_int_equal(ack.message.bid_count, 1);
		assert_int_equal(ack.message.bid[0].bid, lengths[i] < 2 ? 0 : 1);
		assert_int_equal(ack.message.bid[0].status, 0);
		assert_int_equal(bindings_of(&scene).count, 0);

		update.auth.key[0] ^= 1;
		update_send(&update);
		take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0);
		expect_ack(&scene, 146, &ack);
		scene_end(&scene);
	}
}

/* RFC 5648 6.2: one such option, and nothing of the others is done; before any other reason */
static void test_one_of_many_has_wrong_length(void **state)
{
	(void)state;
	for (unsigned bulk = 0; bulk < 2; bulk++) {
		struct scene scene;
		struct home_agent_config config = home_agent_defaults();
		config.bulk = bulk;
		scene_with_home_agent(&scene, &config);
		bind_bids(&scene, 1, 1);
		struct update update = update_of(&scene, 2);
		update_overwrite(&update);
		update_bid(&update, 1, "2001:db8::100");
		update_bid(&update, 2, CARE_OF_2);
		update.malformed = true;
		update.bid_length = 19;
		update_send(&update);
		expect_refused(&scene, 164);
		assert_int_equal(ack.message.bid_count, 2);
		assert_int_equal(ack.message.bid[0].bid, 1);
		assert_int_equal(ack.message.bid[1].bid, 2);
		struct in6_addr care_of = address_of(CARE_OF_1);
		assert_int_equal(bindings_of(&scene).count, 1);
		assert_memory_equal(&bindings_of(&scene).at[0].care_of, &care_of, 16);
		/* a deletion too */
		update.message.binding_update.sequence = 3;
		update_lifetime(&update, 0);
		update_send(&update);
		expect_refused(&scene, 164);
		assert_int_equal(bindings_of(&scene).count, 1);
		scene_end(&scene);
	}
}

/* RFC 5648 4.1: two BIDs may have one care-of address */
static void test_one_care_of_two_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	expect_added(&scene, 2, CARE_OF_1);
	scene_end(&scene);
}

/* As many options as a packet holds: every one is answered, as long as the answer fits. */
static void test_many_options(void **state)
{
	(void)state;
	static const struct {
		uint16_t count, echoed;
		uint8_t status;
	} cases[] = {{200, 200, 167}, {220, 220, 167}, {221, 0, 164}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		struct home_agent_config config = home_agent_defaults();
		config.refresh_interval = 100;
		scene_with_home_agent(&scene, &config);
		struct update update = update_of(&scene, 1);
		update_timestamp(&update, scene.now.ntp);
		for (uint16_t bid = 1; bid <= cases[i].count; bid++)
			update_bid_known(&update, bid);
		update_send(&update);
		expect_refused(&scene, cases[i].status);
		assert_int_equal(ack.message.bid_count, cases[i].echoed);
		scene_end(&scene);
	}
}

/* Forty with an address: eight are bound, and the answer still fits. */
static void test_more_options_than_bindings(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	for (uint16_t bid = 1; bid <= 40; bid++) {
		struct in6_addr care_of = address_of(CARE_OF_1);
		care_of.s6_addr[15] = (uint8_t)bid;
		update_bid_address(&update, bid, care_of);
	}
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_SET), BINDINGS_MAX);
	expect_not_complete(&scene);
	assert_int_equal(bid_status(&ack, BINDINGS_MAX), 0);
	assert_int_equal(bid_status(&ack, BINDINGS_MAX + 1), 130);
	assert_int_equal(bindings_of(&scene).count, BINDINGS_MAX);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_overwrite),
		cmocka_unit_test(test_overwrite_is_atomic),
		cmocka_unit_test(test_overwrite_with_known_bid),
		cmocka_unit_test(test_mixed_lengths),
		cmocka_unit_test(test_unknown_bid_without_care_of),
		cmocka_unit_test(test_binding_without_bid_exists),
		cmocka_unit_test(test_bad_care_of_addresses),
		cmocka_unit_test(test_ipv4_care_of_address),
		cmocka_unit_test(test_bid_zero),
		cmocka_unit_test(test_status_in_an_update),
		cmocka_unit_test(test_duplicate_bids),
		cmocka_unit_test(test_home_and_foreign),
		cmocka_unit_test(test_delete_bids),
		cmocka_unit_test(test_too_many_bindings),
		cmocka_unit_test(test_bulk_prohibited),
		cmocka_unit_test(test_all_refused_differently),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_option_of_wrong_length),
		cmocka_unit_test(test_one_of_many_has_wrong_length),
		cmocka_unit_test(test_one_care_of_two_bids),
		cmocka_unit_test(test_many_options),
		cmocka_unit_test(test_more_options_than_bindings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
