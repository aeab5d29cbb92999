/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: ICMPv6 Destination Unreachable about packets to a care-of address, at a correspondent.
 * RFC 6275 9.3.4, 8.2; ADR 38.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

#define SECOND NANOS_PER_SECOND
#define MS NANOS_PER_MS

static struct sent request;

static struct correspondent_config quiet(void)
{
	struct correspondent_config config = correspondent_defaults();
	config.refresh_request = false;
	return config;
}

static void begin(struct scene *scene)
{
	const struct correspondent_config config = quiet();
	correspondent_begin_with(scene, &config);
	bind_routes(scene, 1, 2);
}

static void for_seconds(struct scene *scene, unsigned seconds, nanos interval)
{
	nanos end = scene->now.mono + seconds * SECOND;
	while (scene->now.mono < end) {
		route_unreachable(scene, CARE_OF_1, 0);
		scene_advance(scene, interval);
	}
}

/* Only that BID's binding goes; packets then leave by the other one. */
/* Shows RFC 6275 9.3.4-2. */
static void test_persistent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for_seconds(&scene, 10, SECOND);
	take_nothing(&scene.correspondent);
	route_unreachable(&scene, CARE_OF_1, 0);
	expect_route_removed(&scene, 1, EVENT_BINDING_UNREACHABLE);
	take_nothing(&scene.correspondent);
	struct binding_list list = routes_of(&scene);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].bid, 2);
	/* an old update is not new because of that */
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	route_update_send(&update);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* TCP retransmits after 1, 2, 4, 8 s. */
static void test_few_packets(void **state)
{
	(void)state;
	static const unsigned after[] = {1, 2, 4, 8};
	struct scene scene;
	begin(&scene);
	route_unreachable(&scene, CARE_OF_1, 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(routes_of(&scene).count, 2);
		scene_advance(&scene, after[i] * SECOND);
		route_unreachable(&scene, CARE_OF_1, 0);
	}
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* The last one: packets go by the home agent. */
static void test_the_only_binding(void **state)
{
	(void)state;
	const struct correspondent_config config = quiet();
	struct scene scene;
	correspondent_begin_with(&scene, &config);
	bind_routes(&scene, 1, 1);
	for_seconds(&scene, 11, SECOND);
	expect_route_removed(&scene, 1, EVENT_BINDING_UNREACHABLE);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* A burst, however large, is not persistent. */
static void test_burst(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for_seconds(&scene, 9, MS);
	assert_int_equal(routes_of(&scene).count, 2);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* Nor are errors between which there is a long pause. */
static void test_errors_far_apart(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for_seconds(&scene, 300, 31 * SECOND);
	assert_int_equal(routes_of(&scene).count, 2);
	scene_end(&scene);
}

/* A packet from the care-of address ends the run. */
static void test_something_comes_from_there(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 300; i++) {
		nanos heard = scene.now.mono - scene.now.mono % (5 * SECOND);
		route_unreachable(&scene, CARE_OF_1, heard);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(routes_of(&scene).count, 2);
	scene_end(&scene);
}

/* So does an update that binds it again. */
static void test_bound_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (uint16_t i = 0; i < 10; i++) {
		for_seconds(&scene, 9, SECOND);
		struct route_update update =
			route_update_for(&scene, (uint16_t)(10 + i), 1, CARE_OF_1);
		route_update_send(&update);
		take_all(&scene.correspondent);
	}
	assert_int_equal(routes_of(&scene).count, 2);
	scene_end(&scene);
}

/* Another address than one that is bound, another home address, another address of ours. */
static void test_about_nothing(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct host_event event = {
		.type = HOST_UNREACHABLE,
		.unreachable = {.home_address = address_of(OTHER_HOME),
			.peer = address_of(CORRESPONDENT),
			.care_of = address_of(CARE_OF_1)},
	};
	for (unsigned i = 0; i < 20; i++) {
		route_unreachable(&scene, CARE_OF_3, 0);
		core_host(scene.correspondent.core, scene.now, &event, &scene.outbox);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(routes_of(&scene).count, 2);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* Before the binding goes, the mobile node is asked at its home address (9.5.5), once in a run. */
static void test_mobile_node_is_asked(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME);
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	for_seconds(&scene, 9, SECOND);
	take_route_message(&scene, MH_refresh_request, &request);
	assert_memory_equal(&request.packet.destination, &home, 16);
	assert_false(request.packet.has_routing);
	assert_int_equal(request.message.bid_count, 1);
	assert_int_equal(request.message.bid[0].bid, 1);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_persistent),
		cmocka_unit_test(test_few_packets),
		cmocka_unit_test(test_the_only_binding),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_errors_far_apart),
		cmocka_unit_test(test_something_comes_from_there),
		cmocka_unit_test(test_bound_again),
		cmocka_unit_test(test_about_nothing),
		cmocka_unit_test(test_mobile_node_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
