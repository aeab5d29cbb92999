/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a correspondent uses another binding while a care-of address is unreachable.
 * draft-wakikawa-03 3.2, ADR 62.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

#define SECOND NANOS_PER_SECOND

static void begin(struct scene *scene, unsigned bindings)
{
	struct correspondent_config config = correspondent_defaults();
	config.refresh_request = false;
	config.recovery = true;
	correspondent_begin_with(scene, &config);
	bind_routes(scene, 1, bindings);
}

/* Packets still go to the care-of address. */
static void activity(struct scene *scene, uint16_t bid, nanos received)
{
	route_activity(scene, bid, scene->now.mono, received);
}

static enum reachability state_of(struct scene *scene, uint16_t bid)
{
	const struct binding_list list = routes_of(scene);
	return binding_of_bid(&list, bid).reachability;
}

/* The third error of a run, one a second (ADR 38). */
static void fails(struct scene *scene)
{
	route_unreachable(scene, CARE_OF_1, 0);
	take_note(&scene->correspondent, EVENT_CARE_OF_DOUBTFUL, 1);
	assert_int_equal(state_of(scene, 1), REACHABILITY_DOUBTFUL);
	scene_advance(scene, SECOND);
	route_unreachable(scene, CARE_OF_1, 0);
	take_nothing(&scene->correspondent);
	scene_advance(scene, SECOND);
	route_unreachable(scene, CARE_OF_1, 0);
	take_note(&scene->correspondent, EVENT_CARE_OF_UNREACHABLE, 1);
	assert_int_equal(state_of(scene, 1), REACHABILITY_UNREACHABLE);
}

/* Another binding is used, and no binding goes. */
static void test_errors(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	fails(&scene);
	assert_false(take_tunnel_set(&scene.correspondent, 1, CARE_OF_1)->usable);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, 60 * SECOND);
	assert_int_equal(routes_of(&scene).count, 2);
	/* a packet from there */
	activity(&scene, 1, scene.now.mono);
	take_note(&scene.correspondent, EVENT_CARE_OF_REACHABLE, 1);
	assert_true(take_tunnel_set(&scene.correspondent, 1, CARE_OF_1)->usable);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* The only binding is used until it goes (RFC 6275 9.3.4). */
static void test_the_only_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	fails(&scene);
	take_nothing(&scene.correspondent);
	for (unsigned i = 0; i < 8; i++) {
		scene_advance(&scene, SECOND);
		route_unreachable(&scene, CARE_OF_1, 0);
	}
	expect_route_removed(&scene, 1, EVENT_BINDING_UNREACHABLE);
	scene_end(&scene);
}

/* A burst of forged errors, or any while packets come from there, moves nothing. */
static void test_forged_errors(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	for (unsigned i = 0; i < 1000; i++)
		route_unreachable(&scene, CARE_OF_1, 0);
	assert_int_equal(state_of(&scene, 1), REACHABILITY_DOUBTFUL);
	scene_end(&scene);

	begin(&scene, 2);
	for (unsigned i = 0; i < 100; i++) {
		route_unreachable(&scene, CARE_OF_1, scene.now.mono);
		activity(&scene, 1, scene.now.mono);
		assert_int_not_equal(state_of(&scene, 1), REACHABILITY_UNREACHABLE);
		scene_advance(&scene, SECOND);
	}
	scene_end(&scene);
}

/* What came before the failure does not bring it back; after a flap, a packet does so after a
 * minute. */
static void test_flapping(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	nanos before = scene.now.mono;
	fails(&scene);
	take_all(&scene.correspondent);
	activity(&scene, 1, before);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, SECOND);
	nanos heard = scene.now.mono;
	activity(&scene, 1, heard);
	take_note(&scene.correspondent, EVENT_CARE_OF_REACHABLE, 1);
	take_all(&scene.correspondent);
	scene_advance(&scene, 4 * SECOND);
	for (unsigned i = 0; i < 3; i++) {
		route_unreachable(&scene, CARE_OF_1, heard);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(state_of(&scene, 1), REACHABILITY_UNREACHABLE);
	take_all(&scene.correspondent);
	activity(&scene, 1, scene.now.mono);
	scene_advance(&scene, 58 * SECOND);
	assert_int_equal(state_of(&scene, 1), REACHABILITY_UNREACHABLE);
	scene_advance(&scene, 2 * SECOND);
	take_note(&scene.correspondent, EVENT_CARE_OF_REACHABLE, 1);
	assert_true(take_tunnel_set(&scene.correspondent, 1, CARE_OF_1)->usable);
	scene_end(&scene);
}

/* An update that binds it again brings it back (its care-of token came by that address). */
static void test_update(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	fails(&scene);
	take_all(&scene.correspondent);
	scene_advance(&scene, 10 * SECOND);
	struct route_update update = route_update_for(&scene, 10, 1, CARE_OF_1);
	route_update_send(&update);
	assert_int_equal(state_of(&scene, 1), REACHABILITY_REACHABLE);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_the_only_binding),
		cmocka_unit_test(test_forged_errors),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_update),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
