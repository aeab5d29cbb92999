/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: flow bindings at a correspondent, in updates that return routability protects (RFC 6089
 * 5.3).
 */
#include "support/flows.h"
#include "support/route.h"

#include "support/cmocka_scene.h"

static struct sent ack;

static void begin(struct scene *scene, bool flow_bindings)
{
	struct correspondent_config config = correspondent_defaults();
	config.flow_bindings = flow_bindings;
	correspondent_begin_with(scene, &config);
}

static void send_accepted(struct scene *scene, struct route_update *update)
{
	route_update_send(update);
	take_past(&scene->correspondent, EFFECT_RECORD);
	while (count_ahead(&scene->correspondent, EFFECT_RECORD_FLOW) > 0)
		take_past(&scene->correspondent, EFFECT_RECORD_FLOW);
	expect_route_ack(scene, update, 0, &ack);
	take_all(&scene->correspondent);
}

static const struct effect_traffic *rule(const struct scene *scene, uint16_t fid)
{
	return flow_rule(&scene->correspondent, HOME, CORRESPONDENT, fid);
}

/* Shows RFC 6089 5.3-1, 5.3.2.1-6, 5.3.5-1. */
static void test_added(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	flow_add(&update.message, 8, 11, 80, 1, 2);
	send_accepted(&scene, &update);
	assert_int_equal(flow_status_of(&ack.message, 7), FLOW_ACCEPTED);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_BID_NOT_FOUND);
	expect_rule(rule(&scene, 7), 10, 80, 1, 1);

	update = route_update_for(&scene, 2, 2, CARE_OF_2);
	flow_summary(&update.message, 2, 7, 8);
	flow_add(&update.message, 9, 11, 443, 2, 1, 2);
	send_accepted(&scene, &update);
	assert_int_equal(ack.message.flow_count, 2);
	assert_int_equal(flow_status_of(&ack.message, 8), FLOW_FID_NOT_FOUND);
	assert_int_equal(flow_status_of(&ack.message, 9), FLOW_ACCEPTED);
	expect_rule(rule(&scene, 7), 10, 80, 1, 1);
	expect_rule(rule(&scene, 9), 11, 443, 2, 1, 2);
	assert_int_equal(flows_of(&scene.correspondent).count, 2);
	scene_end(&scene);
}

/* An update that is not authentic changes nothing. */
static void test_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	send_accepted(&scene, &update);
	update = route_update_for(&scene, 2, 1, CARE_OF_1);
	update.forged = true;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	expect_rule(rule(&scene, 7), 10, 80, 1, 1);
	scene_end(&scene);
}

/* A de-registration finds no binding, or ends all. */
static void test_deleted(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, true);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	send_accepted(&scene, &update);
	update = route_update_for(&scene, 2, 1, CARE_OF_1);
	route_update_delete(&update);
	flow_summary(&update.message, 1, 7);
	route_update_send(&update);
	take_all(&scene.correspondent);
	assert_int_equal(flows_of(&scene.correspondent).count, 0);
	scene_end(&scene);
}

static void test_switched_off(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, false);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	send_accepted(&scene, &update);
	assert_int_equal(ack.message.flow_count, 0);
	assert_int_equal(flows_of(&scene.correspondent).count, 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_switched_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
