/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: how long a correspondent's bindings live, when it asks for them, and what is left of them
 * over a restart. RFC 6275 5.2.6, 9.5.2, 9.5.5, 9.6; RFC 5648 6.4.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"
#include "support/port.h"

#include <errno.h>

#define SECOND NANOS_PER_SECOND

static struct sent ack;
static struct sent request;

static struct route_update update_for(struct scene *scene, uint16_t sequence, unsigned lifetime)
{
	struct route_update update = route_update_for(scene, sequence, 1, CARE_OF_1);
	route_update_lifetime(&update, lifetime);
	return update;
}

static void bind_for(struct scene *scene, uint16_t sequence, unsigned lifetime)
{
	struct route_update update = update_for(scene, sequence, lifetime);
	route_update_send(&update);
	take_all(correspondent_of(scene));
}

/* RFC 6275 5.2.6, 12: MAX_RR_BINDING_LIFETIME; 9.5.2: never more than is asked for */
/* Shows RFC 6275 5.2.6-1, 6.1.7-7, 9.1-3, 9.5.2-2, 9.5.2-3. */
static void test_granted(void **state)
{
	(void)state;
	static const struct {
		uint32_t max;
		unsigned asked;
		unsigned granted;
	} cases[] = {{0, 600, 420}, {0, 4 * 0xffff, 420}, {0, 420, 420}, {0, 416, 416}, {0, 4, 4},
		{100, 420, 100}, {100, 60, 60}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		struct correspondent_config config = correspondent_defaults();
		config.lifetime_max = cases[i].max;
		correspondent_begin_with(&scene, &config);
		struct route_update update = update_for(&scene, 1, cases[i].asked);
		route_update_send(&update);
		nanos expires = expect_route_tunnel(&scene, 1, CARE_OF_1)->expires;
		assert_int_equal(expires, scene.now.mono + cases[i].granted * SECOND);
		take_past(&scene.correspondent, EFFECT_RECORD);
		expect_route_ack(&scene, &update, 0, &ack);
		assert_int_equal(4 * ack.message.binding_ack.lifetime, cases[i].granted);
		scene_end(&scene);
	}
}

static int result_of(const struct correspondent_config *config)
{
	struct core_port port = {0};
	struct scene scene;
	correspondent_begin(&scene);
	struct core_config wanted = scene.correspondent_config;
	struct core *core = NULL;
	wanted.correspondent = *config;
	port = test_port(&scene.seed);
	int result = core_new(&wanted, &port, &core);
	core_free(core);
	scene_end(&scene);
	return result;
}

static void test_configuration(void **state)
{
	(void)state;
	struct correspondent_config config = correspondent_defaults();
	assert_int_equal(result_of(&config), 0);
	config.lifetime_max = 421;
	assert_int_equal(result_of(&config), -EINVAL);
	config.lifetime_max = 3;
	assert_int_equal(result_of(&config), -EINVAL);
	config.lifetime_max = 420;
	config.bindings_max = BINDINGS_MAX + 1;
	assert_int_equal(result_of(&config), -EINVAL);
}

/* RFC 6275 9.6: each at its own time */
/* Shows RFC 6275 6.1.7-14, 6.1.8-4, 9.1-6, 9.5.2-4, 9.6-1. */
static void test_expiry(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_for(&scene, 1, 100);
	struct route_update update = update_for(&scene, 2, 200);
	update.message.bid[0].bid = 2;
	route_update_send(&update);
	take_all(&scene.correspondent);
	scene_advance(&scene, 100 * SECOND - 1);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, 1);
	expect_route_removed(&scene, 1, EVENT_BINDING_EXPIRED);
	take_nothing(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_advance(&scene, 100 * SECOND);
	expect_route_removed(&scene, 2, EVENT_BINDING_EXPIRED);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_advance(&scene, 240 * SECOND);
	take_nothing(&scene.correspondent);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* One BID after the other, while the sequence number is remembered: nothing grows. */
static void test_many_expire(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	for (uint16_t bid = 1; bid <= 50; bid++) {
		struct route_update update = update_for(&scene, bid, 4);
		update.message.bid[0].bid = bid;
		route_update_send(&update);
		expect_route_added(&scene, bid, CARE_OF_1);
		take_all(&scene.correspondent);
		scene_advance(&scene, 4 * SECOND);
		expect_route_removed(&scene, bid, EVENT_BINDING_EXPIRED);
	}
	scene_end(&scene);
}

/* A deadline that is late: what has expired does not count. */
static void test_expired_but_not_removed(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_for(&scene, 1, 40);
	scene.now.mono += 50 * SECOND;
	struct route_update update = update_for(&scene, 2, 100);
	update.message.bid[0].care_of.length = 0;
	route_update_send(&update);
	expect_route_removed(&scene, 1, EVENT_BINDING_EXPIRED);
	expect_route_refused(&scene, &update, 167);
	scene_end(&scene);
}

/* ---- Binding Refresh Requests ---- */

/* RFC 6275 9.5.5: to the home address, without its bindings (6.1) */
static void take_request(struct scene *scene, uint16_t options)
{
	struct in6_addr home = address_of(HOME);
	take_route_message(scene, MH_refresh_request, &request);
	assert_memory_equal(&request.packet.destination, &home, 16);
	assert_false(request.packet.has_routing);
	assert_int_equal(request.message.bid_count, options);
	for (uint16_t i = 0; i < options; i++)
		assert_int_equal(request.message.bid[i].care_of.length, 0);
}

/* RFC 6275 9.5.5, RFC 5648 6.4: twice at most, with the BIDs that are about to expire */
/* Shows RFC 5648 6.4-1, 6.4-2; RFC 6275 6.1-1, 6.1.2-4, 6.1-3, 9.5.5-1, 9.5.5-2. */
static void test_refresh_request(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	struct token care_of = ask_care_of(&scene, CARE_OF_3);
	struct route_update update = route_update_of(&scene, 3, ask_home(&scene, HOME), care_of);
	route_update_lifetime(&update, 420);
	route_update_bid(&update, 3, NULL);
	route_update_from(&update, CARE_OF_3);
	update.message.bid[0].care_of = (struct care_of){16, address_of(CARE_OF_3)};
	route_update_send(&update);
	take_all(&scene.correspondent);
	scene_advance(&scene, 390 * SECOND - 1);
	route_activity(&scene, 1, scene.now.mono - SECOND, 0);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, 1);
	take_request(&scene, 2);
	assert_int_equal(request.message.bid[0].bid, 1);
	assert_int_equal(request.message.bid[1].bid, 2);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, 5 * SECOND);
	take_request(&scene, 2);
	scene_advance(&scene, 5 * SECOND - 1);
	take_nothing(&scene.correspondent);
	assert_int_equal(core_counters(scene.correspondent.core)->refresh_requests_sent, 2);
	scene_end(&scene);
}

/* RFC 6275 9.5.5: one that has been refreshed is not asked for */
/* Shows RFC 6275 9.5.5-3. */
static void test_refreshed(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_for(&scene, 1, 400);
	scene_advance(&scene, 390 * SECOND - 1);
	route_activity(&scene, 1, 0, scene.now.mono - SECOND);
	bind_for(&scene, 2, 400);
	scene_advance(&scene, 11 * SECOND);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, 390 * SECOND - 11 * SECOND);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* RFC 6275 9.1, 9.5.5: only one that is in active use */
static void test_not_in_use(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_for(&scene, 1, 400);
	route_activity(&scene, 1, scene.now.mono, scene.now.mono);
	scene_advance(&scene, 400 * SECOND - 1);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
	/* Just after the machine was started, too. */
	correspondent_begin(&scene);
	scene.now.mono = SECOND;
	bind_for(&scene, 1, 40);
	scene_advance(&scene, 40 * SECOND - 1);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* Use that begins between the two requests */
static void test_used_late(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_for(&scene, 1, 400);
	scene_advance(&scene, 392 * SECOND);
	take_nothing(&scene.correspondent);
	route_activity(&scene, 1, scene.now.mono, 0);
	scene_advance(&scene, 4 * SECOND);
	take_request(&scene, 1);
	scene_end(&scene);
}

static void test_request_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = update_for(&scene, 1, 400);
	update.message.bid_count = 0;
	route_update_send(&update);
	take_all(&scene.correspondent);
	scene_advance(&scene, 389 * SECOND);
	route_activity(&scene, 1, scene.now.mono, 0);
	scene_advance(&scene, SECOND);
	take_request(&scene, 0);
	scene_end(&scene);
}

static void test_requests_not_wanted(void **state)
{
	(void)state;
	struct scene scene;
	const struct correspondent_config config = {.mcoa = true};
	correspondent_begin_with(&scene, &config);
	bind_for(&scene, 1, 400);
	scene_advance(&scene, 389 * SECOND);
	route_activity(&scene, 1, scene.now.mono, 0);
	scene_advance(&scene, 11 * SECOND - 1);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* ---- restart ---- */

static struct host_event kept_binding(struct scene *scene, uint16_t bid, unsigned seconds)
{
	return (struct host_event){
		.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME),
			.peer = address_of(CORRESPONDENT),
			.sequence = 40,
			.count = 1,
			.bindings = {{.care_of = address_of(CARE_OF_1),
				.expires = scene->now.mono + seconds * SECOND,
				.bid = bid,
				.priority = 20,
				.verified = true}}},
	};
}

/* Bindings go on where they were, the number counts, and the mobile node may refresh. */
static void test_restored(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct host_event event;
	for (uint16_t bid = 1; bid <= 2; bid++) {
		event = kept_binding(&scene, bid, 100 * bid);
		scene_tell(&scene, &scene.correspondent, &event);
		expect_route_tunnel(&scene, bid, CARE_OF_1);
		take_note(&scene.correspondent, EVENT_BINDING_RESTORED, bid);
	}
	take_nothing(&scene.correspondent);
	struct binding_list list = routes_of(&scene);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.at[0].sequence, 40);
	assert_int_equal(list.at[0].priority, 20);
	struct route_update update = update_for(&scene, 40, 400);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 135, &ack);
	update = update_for(&scene, 41, 400);
	update.message.bid[0].care_of.length = 0;
	route_update_send(&update);
	expect_route_tunnel(&scene, 1, CARE_OF_1);
	take_all(&scene.correspondent);
	scene_advance(&scene, 200 * SECOND);
	expect_route_removed(&scene, 2, EVENT_BINDING_EXPIRED);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* A number alone is not kept for long. */
static void test_node_without_bindings(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct host_event event = kept_binding(&scene, 1, 100);
	event.record.count = 0;
	scene_tell(&scene, &scene.correspondent, &event);
	scene_advance(&scene, 60 * SECOND);
	take_nothing(&scene.correspondent);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

static void expect_forgotten(struct scene *scene, const struct host_event *event)
{
	scene_tell(scene, &scene->correspondent, event);
	const struct effect_tunnel *tunnel =
		&take(&scene->correspondent, EFFECT_TUNNEL_REMOVE)->tunnel;
	assert_int_equal(tunnel->bid, event->record.bindings[0].bid);
	assert_int_equal(tunnel->subject, event->record.subject);
	assert_int_equal(tunnel->tunnel, event->record.bindings[0].tunnel);
	take_nothing(&scene->correspondent);
}

/* What cannot be a binding of ours is taken from the data plane. */
static void test_not_restored(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct host_event event = kept_binding(&scene, 1, 0);
	expect_forgotten(&scene, &event);
	event = kept_binding(&scene, 1, 421);
	expect_forgotten(&scene, &event);
	event = kept_binding(&scene, 1, 100);
	scene_tell(&scene, &scene.correspondent, &event);
	take_all(&scene.correspondent);
	event.record.bindings[0].bid = 0;
	expect_forgotten(&scene, &event);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

static void test_not_restored_for_want_of_room(void **state)
{
	(void)state;
	struct scene scene;
	struct correspondent_config config = correspondent_defaults();
	config.nodes_max = 1;
	config.bindings_max = 1;
	correspondent_begin_with(&scene, &config);
	struct host_event event = kept_binding(&scene, 1, 100);
	scene_tell(&scene, &scene.correspondent, &event);
	take_all(&scene.correspondent);
	event.record.bindings[0].bid = 2;
	expect_forgotten(&scene, &event);
	event.record.home_address = address_of(OTHER_HOME);
	expect_forgotten(&scene, &event);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_granted),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_many_expire),
		cmocka_unit_test(test_expired_but_not_removed),
		cmocka_unit_test(test_refresh_request),
		cmocka_unit_test(test_refreshed),
		cmocka_unit_test(test_not_in_use),
		cmocka_unit_test(test_used_late),
		cmocka_unit_test(test_request_without_bid),
		cmocka_unit_test(test_requests_not_wanted),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_node_without_bindings),
		cmocka_unit_test(test_not_restored),
		cmocka_unit_test(test_not_restored_for_want_of_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
