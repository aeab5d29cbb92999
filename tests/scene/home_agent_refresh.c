/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a home agent asks for what is about to expire. RFC 6275 6.1.2, 9.5.5; RFC 5648 6.4.
 */
#include "support/node.h"

#include "support/cmocka_scene.h"

static struct sent request;

static nanos seconds(unsigned count)
{
	return count * NANOS_PER_SECOND;
}

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	config.refresh_request = true;
	scene_with_home_agent(scene, &config);
}

/* The next effect is a request to this care-of address, as it has to be. */
static void take_request(struct scene *scene, const char *care_of, uint16_t options)
{
	struct in6_addr source = address_of(HOME_AGENT), destination = address_of(care_of);
	struct in6_addr home = address_of(HOME);
	take_message(&scene->home_agent, MH_refresh_request, &request);
	assert_int_equal(request.ifindex, 0);
	assert_memory_equal(&request.packet.source, &source, 16);
	assert_memory_equal(&request.packet.destination, &destination, 16);
	assert_true(request.packet.has_routing);
	assert_memory_equal(&request.packet.routing_address, &home, 16);
	assert_int_equal(request.message.bid_count, options);
	/* RFC 5648 4.3: Length 4, status and H clear */
	for (uint16_t i = 0; i < options; i++) {
		assert_int_equal(request.message.bid[i].care_of.length, 0);
		assert_int_equal(request.message.bid[i].status, 0);
		assert_int_equal(request.message.bid[i].flags, 0);
	}
}

static bool asks_for(uint16_t bid)
{
	for (uint16_t i = 0; i < request.message.bid_count; i++)
		if (request.message.bid[i].bid == bid)
			return true;
	return false;
}

static void until(struct scene *scene, nanos time)
{
	scene_advance(scene, time - scene->now.mono);
}

static void bind_for(struct scene *scene, uint16_t sequence, uint16_t bid, const char *care_of,
	unsigned lifetime)
{
	struct update update = update_of(scene, sequence);
	update_lifetime(&update, lifetime);
	update_bid(&update, bid, care_of);
	update_send(&update);
	take_all(&scene->home_agent);
}

/* Ten seconds before the end, and five; not more often. RFC 5648 6.4: with the BID. */
/* Shows RFC 5648 6.4-1; RFC 6275 9.5.5-1, 9.5.5-2, 6.1-1, 6.1.2-1. */
static void test_one_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_for(&scene, 1, 3, CARE_OF_2, 600);
	nanos expires = scene.now.mono + seconds(600);
	until(&scene, expires - seconds(10) - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	take_request(&scene, CARE_OF_2, 1);
	assert_true(asks_for(3));
	take_nothing(&scene.home_agent);
	until(&scene, expires - seconds(5) - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	take_request(&scene, CARE_OF_2, 1);
	until(&scene, expires - 1);
	take_nothing(&scene.home_agent);
	assert_int_equal(core_counters(scene.home_agent.core)->refresh_requests_sent, 2);
	scene_advance(&scene, 1);
	take_tunnel_remove(&scene.home_agent, 3);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* Of a short lifetime, a quarter before the end. */
static void test_short_lifetime(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_for(&scene, 1, 1, CARE_OF_1, 8);
	nanos expires = scene.now.mono + seconds(8);
	until(&scene, expires - seconds(2) - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	take_request(&scene, CARE_OF_1, 1);
	until(&scene, expires - seconds(1) - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	take_request(&scene, CARE_OF_1, 1);
	scene_end(&scene);
}

/* RFC 6275 9.5.5: it stops when an update comes; and begins again before the next end */
/* Shows RFC 6275 9.5.5-3. */
static void test_refreshed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_for(&scene, 1, 1, CARE_OF_1, 600);
	scene_advance(&scene, seconds(590));
	take_request(&scene, CARE_OF_1, 1);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_send(&update);
	take_all(&scene.home_agent);
	scene_advance(&scene, seconds(590) - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	take_request(&scene, CARE_OF_1, 1);
	scene_advance(&scene, seconds(5));
	take_request(&scene, CARE_OF_1, 1);
	scene_end(&scene);
}

/* RFC 5648 6.4: several BIDs in one, those that are due; by the best binding there is */
/* Shows RFC 5648 6.4-2; RFC 6275 6.1.2-4. */
static void test_several_bindings(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_lifetime(&update, 100);
	update_bid(&update, 1, CARE_OF_1);
	update.message.bid[0].flags = 30;
	update_bid(&update, 2, CARE_OF_2);
	update.message.bid[1].flags = 20;
	update_send(&update);
	bind_for(&scene, 2, 3, CARE_OF_3, 200);
	scene_advance(&scene, seconds(90));
	take_request(&scene, CARE_OF_2, 2);
	assert_true(asks_for(1) && asks_for(2));
	scene_advance(&scene, seconds(5));
	take_request(&scene, CARE_OF_2, 2);
	scene_advance(&scene, seconds(5));
	take_all(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_advance(&scene, seconds(90));
	take_request(&scene, CARE_OF_3, 1);
	assert_true(asks_for(3));
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* Of equals that which lives longer: it leads to where the node is now. */
static void test_by_which_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_for(&scene, 1, 1, CARE_OF_1, 100);
	bind_for(&scene, 2, 2, CARE_OF_2, 200);
	scene_advance(&scene, seconds(90));
	take_request(&scene, CARE_OF_2, 1);
	assert_true(asks_for(1));
	scene_end(&scene);
}

/* RFC 5648 6.4: a binding without BID has no option */
static void test_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_send(&update);
	take_all(&scene.home_agent);
	scene_advance(&scene, seconds(590));
	take_request(&scene, CARE_OF_1, 0);
	scene_end(&scene);
}

static void test_not_wanted(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	bind_for(&scene, 1, 1, CARE_OF_1, 600);
	scene_advance(&scene, seconds(600) - 1);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

static void test_infinite(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	config.refresh_request = true;
	config.lifetime_max = SECONDS_INFINITE;
	scene_with_home_agent(&scene, &config);
	bind_for(&scene, 1, 1, CARE_OF_1, 4 * 0xffff);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* RFC 5648 10: nothing goes to a care-of address that has not answered */
static void test_not_to_what_is_not_verified(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.node.verify = VERIFY_PROBE;
	scene_tell(&scene, &scene.home_agent, &event);
	bind_for(&scene, 1, 1, CARE_OF_1, 600);
	scene_advance(&scene, seconds(600) - 1);
	assert_int_equal(core_counters(scene.home_agent.core)->refresh_requests_sent, 0);
	scene_end(&scene);
}

/* What is found after a restart is asked for, too. */
static void test_restored(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct host_event restored = {
		.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME),
			.count = 1,
			.bindings = {{.care_of = address_of(CARE_OF_1),
				.expires = scene.now.mono + seconds(100),
				.bid = 4,
				.lifetime = 100 / 4,
				.priority = PRIORITY_NONE,
				.verified = true}}},
	};
	scene_tell(&scene, &scene.home_agent, &restored);
	take_all(&scene.home_agent);
	scene_advance(&scene, seconds(90));
	take_request(&scene, CARE_OF_1, 1);
	assert_true(asks_for(4));
	scene_end(&scene);
}

/* RFC 5648 5.8: and the mobile node does what it is asked, though none of its updates came. */
/* Shows RFC 5648 5.8-1; RFC 6275 11.7.4-1, 11.7.4-2, 11.7.4-4. */
static void test_answered_by_the_mobile_node(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	struct home_agent_config its = home_agent_defaults();
	its.refresh_request = true;
	scene_with_home_agent(&scene, &its);
	scene.delay = 10 * NANOS_PER_MS;
	scene_place(&scene, &scene.home_agent, HOME_AGENT, CORE_LINK);
	scene_place(&scene, &scene.mobile_node, CARE_OF_1, 1);
	scene_place(&scene, &scene.mobile_node, CARE_OF_2, 2);
	config.probe = false;
	scene_add_mobile_node(&scene, &config);
	node_register(&scene, 2);
	/* The home agent believes that the end is near, the mobile node does not. */
	struct update update = update_of(&scene, 0);
	struct binding_list list = bindings_of(&scene);
	update.message.binding_update.sequence = (uint16_t)(list.at[0].sequence + 1);
	update_lifetime(&update, 40);
	update_bid_known(&update, 1);
	update_bid_known(&update, 2);
	update_send(&update);
	take_all(&scene.home_agent);
	scene_advance(&scene, seconds(31));
	assert_int_equal(core_counters(scene.home_agent.core)->refresh_requests_sent, 1);
	list = bindings_of(&scene);
	assert_int_equal(list.count, 2);
	assert_true(list.at[0].expires > scene.now.mono + seconds(500));
	assert_true(list.at[1].expires > scene.now.mono + seconds(500));
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_binding),
		cmocka_unit_test(test_short_lifetime),
		cmocka_unit_test(test_refreshed),
		cmocka_unit_test(test_several_bindings),
		cmocka_unit_test(test_by_which_binding),
		cmocka_unit_test(test_without_bid),
		cmocka_unit_test(test_not_wanted),
		cmocka_unit_test(test_infinite),
		cmocka_unit_test(test_not_to_what_is_not_verified),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_answered_by_the_mobile_node),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
