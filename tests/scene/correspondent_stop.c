/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a correspondent stops, and says so to whom it has bound: RFC 6275 6.1.9, 9.3.3, 11.3.6.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

static struct sent error;

static void stop(struct scene *scene)
{
	const struct host_event event = {.type = HOST_STOP};
	scene_tell(scene, correspondent_of(scene), &event);
}

/* RFC 6275 9.3.3: directly to the care-of address, with the home address */
static void expect_told(struct scene *scene, const struct in6_addr *home, const char *care_of)
{
	struct in6_addr destination = address_of(care_of);
	take_route_message(scene, MH_binding_error, &error);
	assert_memory_equal(&error.packet.destination, &destination, 16);
	assert_false(error.packet.has_routing || error.packet.has_home_address);
	assert_int_equal(error.message.binding_error.status, 1);
	assert_memory_equal(&error.message.binding_error.home_address, home, 16);
}

static void test_nobody_to_tell(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	stop(&scene);
	take(&scene.correspondent, EFFECT_STOPPED);
	take_nothing(&scene.correspondent);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* Each care-of address, as each of them would be told when a packet came from it. */
static void test_each_care_of_address_is_told(void **state)
{
	(void)state;
	struct scene scene;
	const struct in6_addr home = address_of(HOME);
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	stop(&scene);
	expect_told(&scene, &home, CARE_OF_1);
	take_tunnel_remove(&scene.correspondent, 1);
	expect_told(&scene, &home, CARE_OF_2);
	take_tunnel_remove(&scene.correspondent, 2);
	take(&scene.correspondent, EFFECT_STOPPED);
	take_nothing(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* Who comes back before it is gone is not bound again. */
static void test_nothing_is_begun(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = route_update_for(&scene, 1, 0, CARE_OF_1);
	stop(&scene);
	take(&scene.correspondent, EFFECT_STOPPED);
	route_update_send(&update);
	struct question question = question_of(&scene, MH_home_test_init, HOME);
	question_send(&question);
	take_nothing(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* More than one call has room for: each of them, and only then it has stopped. */
static void test_many_are_told(void **state)
{
	(void)state;
	struct scene scene;
	char home[] = "2001:db8:1::1000";
	correspondent_begin(&scene);
	for (unsigned i = 0; i < 150; i++) {
		snprintf(home, sizeof(home), "2001:db8:1::1%03x", i);
		struct route_update update = route_update_of(
			&scene, 1, ask_home(&scene, home), ask_care_of(&scene, CARE_OF_1));
		update.home_address = address_of(home);
		route_update_send(&update);
		take_all(&scene.correspondent);
	}
	stop(&scene);
	scene_advance(&scene, 0);
	assert_int_equal(count_ahead(&scene.correspondent, EFFECT_SEND), 150);
	assert_int_equal(count_ahead(&scene.correspondent, EFFECT_TUNNEL_REMOVE), 150);
	for (unsigned i = 0; i < 150; i++)
		take_past(&scene.correspondent, EFFECT_SEND);
	take_past(&scene.correspondent, EFFECT_STOPPED);
	take_nothing(&scene.correspondent);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* One that is a mobile node itself needs its home agent for that, and leaves it afterwards. */
static void test_mobile_one_tells_by_its_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	struct sent update;
	const struct in6_addr home = address_of(HOME);
	mobile_correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	stop(&scene);
	take_nothing(&scene.mobile_node);
	scene_advance(&scene, 0);
	expect_told(&scene, &home, CARE_OF_1);
	take_tunnel_remove(&scene.mobile_node, 1);
	take_past(&scene.mobile_node, EFFECT_RECORD);
	take_message(&scene.mobile_node, MH_binding_update, &update);
	assert_int_equal(update.message.binding_update.lifetime, 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_to_tell),
		cmocka_unit_test(test_each_care_of_address_is_told),
		cmocka_unit_test(test_nothing_is_begun),
		cmocka_unit_test(test_many_are_told),
		cmocka_unit_test(test_mobile_one_tells_by_its_home_agent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
