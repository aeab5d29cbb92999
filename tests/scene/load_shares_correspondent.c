/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: the Load Balancing options of draft-montavont-mip6-mmi-02 7 at a correspondent, in
 * updates by hand that return routability protects.
 */
#include "support/route.h"
#include "support/shares.h"

#include "../../src/core/base/status.h"
#include "support/cmocka_scene.h"

static struct sent ack;

static void begin(struct scene *scene, uint8_t option)
{
	struct correspondent_config config = correspondent_defaults();
	scene_load_balancing_option = option;
	correspondent_begin_with(scene, &config);
}

static void send_accepted(struct scene *scene, struct route_update *update)
{
	route_update_send(update);
	take_past(&scene->correspondent, EFFECT_RECORD);
	expect_route_ack(scene, update, STATUS_ACCEPTED, &ack);
	take_all(&scene->correspondent);
}

static void expect(const struct scene *scene, const char *shares)
{
	expect_shares(&scene->correspondent, HOME, CORRESPONDENT, shares);
}

/* Each care-of address is bound by an update of its own; the last one says what each is for. */
/* Shows draft-montavont-mip6-mmi-02 7.1-2, 7.3.2-1, 7.3.3-1. */
static void test_shares(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, LOAD_BALANCING_OPTION);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	share_add(&update.message, 1, 1, 15, CARE_OF_1);
	send_accepted(&scene, &update);
	expect(&scene, "1:15");
	update = route_update_for(&scene, 2, 2, CARE_OF_2);
	share_add(&update.message, 1, 1, 5, CARE_OF_1);
	share_add(&update.message, 2, 1, 10, CARE_OF_2);
	send_accepted(&scene, &update);
	expect(&scene, "1:5 2:10");
	scene_end(&scene);
}

/*
 * An attacker that owns one care-of address names that of a victim: no care-of test has proved it.
 * The update is refused, and nothing is sent there.
 */
/* Shows draft-montavont-mip6-mmi-02 7.3.3-2. */
static void test_unproved(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, LOAD_BALANCING_OPTION);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	share_add(&update.message, 1, 1, 1, CARE_OF_1);
	share_add(&update.message, 2, 1, 14, CARE_OF_2);
	route_update_send(&update);
	expect_route_refused(&scene, &update, STATUS_MCOA_UNKNOWN_CARE_OF);
	take_nothing(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 0);
	/* nor under the identifier of its own address, nor of its own update */
	update = route_update_for(&scene, 2, 1, CARE_OF_1);
	share_add(&update.message, 1, 0, 15, CARE_OF_2);
	route_update_send(&update);
	expect_route_refused(&scene, &update, STATUS_MCOA_UNKNOWN_CARE_OF);
	update = route_update_for(&scene, 3, 1, CARE_OF_1);
	share_add(&update.message, 0, 0, 15, CARE_OF_2);
	route_update_send(&update);
	expect_route_refused(&scene, &update, STATUS_MCOA_MALFORMED);
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* An option does not make a binding last longer than its own proof. */
static void test_expired(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, LOAD_BALANCING_OPTION);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	route_update_lifetime(&update, 40);
	send_accepted(&scene, &update);
	update = route_update_for(&scene, 2, 2, CARE_OF_2);
	share_add(&update.message, 1, 1, 5, CARE_OF_1);
	share_add(&update.message, 2, 1, 10, CARE_OF_2);
	send_accepted(&scene, &update);
	scene_advance(&scene, 41 * NANOS_PER_SECOND);
	take_all(&scene.correspondent);
	expect(&scene, "2:10");
	update = route_update_for(&scene, 3, 2, CARE_OF_2);
	share_add(&update.message, 1, 1, 5, CARE_OF_1);
	share_add(&update.message, 2, 1, 10, CARE_OF_2);
	route_update_send(&update);
	expect_route_refused(&scene, &update, STATUS_MCOA_UNKNOWN_CARE_OF);
	scene_end(&scene);
}

static void test_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, LOAD_BALANCING_OPTION);
	bind_routes(&scene, 1, 2);
	expect(&scene, "1 2");
	struct route_update update = route_update_for(&scene, 3, 1, CARE_OF_1);
	share_add(&update.message, 2, 1, 15, CARE_OF_2);
	update.forged = true;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	expect(&scene, "1 2");
	scene_end(&scene);
}

/* A correspondent without the number skips the option. */
static void test_unknown(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 0);
	bind_routes(&scene, 1, 2);
	struct route_update update = route_update_for(&scene, 3, 1, CARE_OF_1);
	share_add(&update.message, 1, 1, 15, CARE_OF_1);
	share_add(&update.message, 9, 1, 15, CARE_OF_3);
	send_accepted(&scene, &update);
	expect(&scene, "1 2");
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_unproved),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
