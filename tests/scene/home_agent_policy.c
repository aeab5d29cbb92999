/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what a home agent refuses because its operator wants it so, for each node, and care-of
 * addresses that it does not tunnel to. RFC 5648 4.4, 6.2, 10; draft-13 10; RFC 6275 9.5.2.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

static struct sent ack;

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(scene, &config);
}

static void configure(struct scene *scene, const struct host_node *policy)
{
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.node.mcoa_prohibited = policy->mcoa_prohibited;
	event.node.bulk_prohibited = policy->bulk_prohibited;
	event.node.verify = policy->verify;
	if (policy->bindings_max)
		event.node.bindings_max = policy->bindings_max;
	scene_tell(scene, &scene->home_agent, &event);
}

/* RFC 5648 6.2: the status is the acknowledgement's, every option is in it, and says zero. */
static void expect_refused(struct scene *scene, uint8_t status, uint16_t options)
{
	const struct effect_event *note = take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
	assert_int_equal(note->status, status);
	expect_ack(scene, status, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	assert_int_equal(ack.message.bid_count, options);
	for (uint16_t i = 0; i < options; i++)
		assert_int_equal(ack.message.bid[i].status, 0);
	take_nothing(&scene->home_agent);
}

static void expect_accepted(struct scene *scene)
{
	take_past(&scene->home_agent, EFFECT_RECORD);
	expect_ack(scene, 0, &ack);
	take_nothing(&scene->home_agent);
}

/* RFC 5648 4.4: 166, whatever the number of options */
static void test_mcoa_prohibited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	configure(&scene, &(struct host_node){.mcoa_prohibited = true});
	struct update update = update_of(&scene, 1);
	update_overwrite(&update);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_refused(&scene, 166, 1);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	expect_refused(&scene, 166, 2);
	assert_int_equal(bindings_of(&scene).count, 0);

	/* RFC 5648 5.7: what the mobile node does then is served */
	update = update_of(&scene, 2);
	update_send(&update);
	expect_added(&scene, 0, CARE_OF_1);
	expect_accepted(&scene);
	update = update_of(&scene, 3);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_refused(&scene, 166, 1);
	assert_int_equal(bindings_of(&scene).at[0].bid, 0);
	scene_end(&scene);
}

/* RFC 5648 4.4: registration is prohibited; what was bound before may go, and does not come back */
static void test_mcoa_prohibited_later(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	configure(&scene, &(struct host_node){.mcoa_prohibited = true});
	take_nothing(&scene.home_agent);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_send(&update);
	expect_refused(&scene, 166, 1);
	update_lifetime(&update, 0);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	expect_accepted(&scene);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* RFC 5648 4.4, 5.7: 168 for this node, and nothing of the bulk is bound; one by one it may */
static void test_bulk_prohibited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	configure(&scene, &(struct host_node){.bulk_prohibited = true});
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	expect_refused(&scene, 168, 2);
	assert_int_equal(bindings_of(&scene).count, 0);
	for (uint16_t bid = 1; bid <= 2; bid++) {
		update = update_of(&scene, bid);
		update_bid(&update, bid, CARE_OF_2);
		update_send(&update);
		expect_added(&scene, bid, CARE_OF_2);
		expect_accepted(&scene);
	}
	/* another node is not concerned */
	struct host_event other = node_set("2001:db8:1::101", &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &other);
	update = update_of(&scene, 1);
	update.home_address = address_of("2001:db8:1::101");
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	assert_int_equal(bindings_of(&scene).count, 4);
	scene_end(&scene);
}

/*
 * RFC 5648 10: a care-of address comes by an update from itself; a bulk may refresh such, and
 * brings none of its own.
 */
/* Shows draft-13 10-2. */
static void test_bulk_of_what_is_not_proved(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	configure(&scene, &(struct host_node){.verify = VERIFY_NO_BULK});
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	expect_refused(&scene, 168, 2);

	update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	expect_accepted(&scene);
	/* not where it is */
	update = update_of(&scene, 2);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	expect_refused(&scene, 174, 1);
	update.source = address_of(CARE_OF_2);
	update_send(&update);
	expect_added(&scene, 2, CARE_OF_2);
	expect_accepted(&scene);

	scene_advance(&scene, NANOS_PER_SECOND);
	update = update_of(&scene, 3);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_SET), 2);
	expect_accepted(&scene);
	update.message.binding_update.sequence = 4;
	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	expect_refused(&scene, 168, 3);
	update_lifetime(&update, 0);
	update.message.bid_count = 2;
	update_send(&update);
	expect_accepted(&scene);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* The same without BID: the alternate care-of address is one that nothing has come from. */
static void test_alternate_that_is_not_proved(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	configure(&scene, &(struct host_node){.verify = VERIFY_NO_BULK});
	struct update update = update_of(&scene, 1);
	update.message.has_alternate_care_of = true;
	update.message.alternate_care_of.address = address_of(CARE_OF_2);
	update_send(&update);
	expect_refused(&scene, 174, 0);
	update.message.alternate_care_of.address = address_of(CARE_OF_1);
	update_send(&update);
	expect_added(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

/* ---- draft-13 10: packets must not go round between home agents ---- */

static const char *const at_home[] = {HOME_AGENT, HOME, "2001:db8:1::", "2001:db8:1::2",
	"2001:db8:1:0:ffff:ffff:ffff:ffff", "2001:db8:77::5"};

static void second_prefix(struct scene *scene)
{
	const struct host_event event = {
		.type = HOST_PREFIX_SET,
		.prefix = {address_of("2001:db8:77::"), 64, true, true, NANOS_NEVER, NANOS_NEVER},
	};
	scene_tell(scene, &scene->home_agent, &event);
}

/* draft-13 10, RFC 6275 6.1.8: 174 in the option, the others of the bulk are bound */
static void test_care_of_at_home(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(at_home) / sizeof(at_home[0]); i++) {
		struct scene scene;
		begin(&scene);
		second_prefix(&scene);
		bind_bids(&scene, 1, 1);
		struct update update = update_of(&scene, 2);
		update_bid(&update, 1, at_home[i]);
		update_send(&update);
		expect_refused(&scene, 174, 1);

		update.message.binding_update.sequence = 3;
		update_bid(&update, 3, CARE_OF_3);
		update_send(&update);
		expect_added(&scene, 3, CARE_OF_3);
		take_past(&scene.home_agent, EFFECT_RECORD);
		expect_ack(&scene, 4, &ack);
		assert_int_equal(bid_status(&ack, 1), 174);
		assert_int_equal(bid_status(&ack, 3), 0);
		/* where it was before */
		assert_int_equal(bindings_of(&scene).count, 2);
		struct in6_addr care_of_1 = address_of(CARE_OF_1);
		assert_memory_equal(&bindings_of(&scene).at[0].care_of, &care_of_1, 16);
		scene_end(&scene);
	}
}

/* draft-13 10: the same by RFC 6275's update; the home address itself deletes (RFC 6275 9.5.1) */
static void test_care_of_at_home_without_bid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(at_home) / sizeof(at_home[0]); i++) {
		struct in6_addr care_of = address_of(at_home[i]), home = address_of(HOME);
		if (IN6_ARE_ADDR_EQUAL(&care_of, &home))
			continue;
		struct scene scene;
		begin(&scene);
		second_prefix(&scene);
		struct update update = update_of(&scene, 1);
		update.message.has_alternate_care_of = true;
		update.message.alternate_care_of.address = care_of;
		update_send(&update);
		expect_refused(&scene, 174, 0);
		/* the source is the care-of address */
		update = update_of(&scene, 1);
		update.source = care_of;
		update_send(&update);
		expect_refused(&scene, 174, 0);
		assert_int_equal(bindings_of(&scene).count, 0);
		scene_end(&scene);
	}
}

/* RFC 5648 5.4: what is deleted may be deleted from home */
static void test_update_from_home(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 2);
	struct update update = update_of(&scene, 2);
	update.source = address_of(HOME);
	update.without_home_address = true;
	update_lifetime(&update, 0);
	update_bid(&update, 1, HOME);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	expect_accepted(&scene);
	/* another care-of address, told from the home prefix */
	update = update_of(&scene, 3);
	update.source = address_of("2001:db8:1::2");
	update_bid(&update, 1, CARE_OF_3);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_3);
	expect_accepted(&scene);
	scene_end(&scene);
}

/* ---- RFC 6275 9.5.2: 130 beyond what the node may have ---- */

static void test_limit_with_overwrite(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	configure(&scene, &(struct host_node){.bindings_max = 2});
	bind_bids(&scene, 1, 2);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	expect_refused(&scene, 130, 1);
	/* O makes room */
	update_overwrite(&update);
	update_bid(&update, 4, CARE_OF_1);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	take_tunnel_remove(&scene.home_agent, 2);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 2);
	expect_added(&scene, 3, CARE_OF_3);
	expect_added(&scene, 4, CARE_OF_1);
	expect_accepted(&scene);
	/* for as many as there may be */
	update.message.binding_update.sequence = 3;
	update_bid(&update, 5, CARE_OF_2);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 4, &ack);
	assert_int_equal(bid_status(&ack, 3), 0);
	assert_int_equal(bid_status(&ack, 4), 0);
	assert_int_equal(bid_status(&ack, 5), 130);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* The limit was lowered: what is there stays and may be refreshed, nothing is added. */
static void test_limit_lowered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	configure(&scene, &(struct host_node){.bindings_max = 1});
	take_nothing(&scene.home_agent);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 3, CARE_OF_1);
	update_bid(&update, 4, CARE_OF_2);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 4, &ack);
	assert_int_equal(bid_status(&ack, 3), 0);
	assert_int_equal(bid_status(&ack, 4), 130);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_end(&scene);
}

/* One without BID takes the place of all, however many there are. */
static void test_limit_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 3);
	configure(&scene, &(struct host_node){.bindings_max = 1});
	struct update update = update_of(&scene, 2);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 3);
	expect_accepted(&scene);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mcoa_prohibited),
		cmocka_unit_test(test_mcoa_prohibited_later),
		cmocka_unit_test(test_bulk_prohibited),
		cmocka_unit_test(test_bulk_of_what_is_not_proved),
		cmocka_unit_test(test_alternate_that_is_not_proved),
		cmocka_unit_test(test_care_of_at_home),
		cmocka_unit_test(test_care_of_at_home_without_bid),
		cmocka_unit_test(test_update_from_home),
		cmocka_unit_test(test_limit_with_overwrite),
		cmocka_unit_test(test_limit_lowered),
		cmocka_unit_test(test_limit_without_bid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
