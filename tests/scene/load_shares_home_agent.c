/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: the Load Balancing options of draft-montavont-mip6-mmi-02 7 at the home agent, in updates
 * by hand.
 */
#include "support/port.h"
#include "support/shares.h"
#include "support/update.h"

#include "../../src/core/base/status.h"
#include "support/cmocka_scene.h"

#include <errno.h>

static struct sent ack;

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	scene_load_balancing_option = LOAD_BALANCING_OPTION;
	scene_with_home_agent(scene, &config);
	bind_bids(scene, 1, 3);
}

static void send_accepted(struct scene *scene, const struct update *update)
{
	update_send(update);
	take_past(&scene->home_agent, EFFECT_RECORD);
	expect_ack(scene, STATUS_ACCEPTED, &ack);
	take_all(&scene->home_agent);
}

static void send_refused(struct scene *scene, const struct update *update, uint8_t status)
{
	update_send(update);
	take_past(&scene->home_agent, EFFECT_EVENT);
	expect_ack(scene, status, &ack);
	take_nothing(&scene->home_agent);
}

static void share(struct scene *scene, uint16_t sequence)
{
	struct update update = refresh_of_three(scene, sequence);
	share_add(&update.message, 1, 1, 10, CARE_OF_1);
	share_add(&update.message, 2, 0, 5, CARE_OF_2);
	send_accepted(scene, &update);
}

static uint8_t share_of(const struct scene *scene, uint16_t bid)
{
	const struct binding_list list = bindings_of(scene);
	return binding_of_bid(&list, bid).share;
}

/* The destinations share the flows by D; a care-of address without D comes after them. */
/* Shows draft-montavont-mip6-mmi-02 7.1-1, 7.1-2, 7.2-1, 7.2-2, 7.3.2-1. */
static void test_shares(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	expect_shares(&scene.home_agent, HOME, "::", "1 2 3");
	share(&scene, 2);
	expect_shares(&scene.home_agent, HOME, "::", "1:10 2:5 3");
	assert_int_equal(share_of(&scene, 1), 10);
	assert_int_equal(share_of(&scene, 3), 0);
	/* the options of an update are all of the shares */
	struct update update = refresh_of_three(&scene, 3);
	share_add(&update.message, 3, 1, 15, CARE_OF_3);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "3:15 1 2");
	/* without any, the priorities count again */
	update = refresh_of_three(&scene, 4);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "1 2 3");
	scene_end(&scene);
}

/* An update about one BID may say the shares of all. */
static void test_by_one_bid(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 3);
	share_add(&update.message, 2, 1, 1, CARE_OF_2);
	share_add(&update.message, 3, 1, 2, CARE_OF_3);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "2:1 3:2 1");
	scene_end(&scene);
}

/* Sent by one link, received by another: with D only, packets go to the destinations alone; with S
 * only, to the source of the update. */
/* Shows draft-montavont-mip6-mmi-02 7.3-2, 7.3-3. */
static void test_asymmetric(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	share_add(&update.message, 2, 0, 15, CARE_OF_2);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "2:15 1 3");
	update = refresh_of_three(&scene, 3);
	share_add(&update.message, 2, 1, 0, CARE_OF_2);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "1:15 2 3");
	scene_end(&scene);
}

/* CoA ID 0 is the source of the update. */
/* Shows draft-montavont-mip6-mmi-02 7.1-3. */
static void test_source(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	share_add(&update.message, 0, 1, 3, CARE_OF_1);
	share_add(&update.message, 2, 1, 12, CARE_OF_2);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "1:3 2:12 3");
	scene_end(&scene);
}

/* Malformed options, or an address that is not bound, refuse the update: nothing changes. */
/* Shows draft-montavont-mip6-mmi-02 7.3.2-2. */
static void test_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	share(&scene, 2);
	static const struct {
		uint8_t id, source, destination;
		const char *care_of;
		uint8_t status;
	} wrong[] = {
		{1, 0, 0, CARE_OF_1, STATUS_MCOA_MALFORMED},
		{0, 1, 1, CARE_OF_2, STATUS_MCOA_MALFORMED},
		{2, 1, 1, CARE_OF_2, STATUS_MCOA_MALFORMED}, /* twice */
		{1, 1, 1, CARE_OF_2, STATUS_MCOA_UNKNOWN_CARE_OF},
		{9, 1, 1, CARE_OF_3, STATUS_MCOA_UNKNOWN_CARE_OF},
		{9, 1, 1, "2001:db8:bad::1", STATUS_MCOA_UNKNOWN_CARE_OF},
		{9, 1, 1, "ff02::1", STATUS_MCOA_UNKNOWN_CARE_OF},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct update update = refresh_of_three(&scene, 3);
		share_add(&update.message, wrong[i].id, wrong[i].source, wrong[i].destination,
			wrong[i].care_of);
		if (wrong[i].id == 2)
			share_add(&update.message, 2, 0, 7, CARE_OF_2);
		send_refused(&scene, &update, wrong[i].status);
		expect_shares(&scene.home_agent, HOME, "::", "1:10 2:5 3");
	}
	scene_end(&scene);
}

/* An update that is not authentic changes nothing. */
static void test_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	share(&scene, 2);
	struct update update = refresh_of_three(&scene, 3);
	share_add(&update.message, 3, 1, 15, CARE_OF_3);
	update.auth.key[0] ^= 1;
	update_send(&update);
	take_all(&scene.home_agent);
	expect_shares(&scene.home_agent, HOME, "::", "1:10 2:5 3");
	scene_end(&scene);
}

/* A binding that goes leaves its share to the others. */
static void test_deregistered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	share(&scene, 2);
	struct update update = update_of(&scene, 3);
	update_lifetime(&update, 0);
	update_bid_known(&update, 1);
	send_accepted(&scene, &update);
	expect_shares(&scene.home_agent, HOME, "::", "2:5 3");
	scene_end(&scene);
}

/* In a bulk that is accepted in part, options about what was refused say nothing. */
static void test_in_part(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = refresh_of_three(&scene, 2);
	update_bid(&update, 4, HOME);
	share_add(&update.message, 1, 1, 9, CARE_OF_1);
	share_add(&update.message, 4, 1, 6, HOME);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, STATUS_MCOA_NOT_COMPLETE, &ack);
	take_all(&scene.home_agent);
	expect_shares(&scene.home_agent, HOME, "::", "1:9 2 3");
	scene_end(&scene);
}

static void restart(struct scene *scene, const struct host_event *memory)
{
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_restart(scene, &scene->home_agent);
	scene_tell(scene, &scene->home_agent, &node);
	scene_tell(scene, &scene->home_agent, memory);
	take_all(&scene->home_agent);
}

/* After a restart the flows are shared as before. */
static void test_restart(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	share(&scene, 2);
	const struct host_event memory = restore_event(&scene.home_agent);
	restart(&scene, &memory);
	expect_shares(&scene.home_agent, HOME, "::", "1:10 2:5 3");
	/* and by the priorities, when the option is switched off */
	scene.home_agent_config.load_balancing_option = 0;
	restart(&scene, &memory);
	expect_shares(&scene.home_agent, HOME, "::", "1 2 3");
	assert_int_equal(share_of(&scene, 1), 0);
	scene_end(&scene);
}

/* Without the number the option is one that is not known: it is skipped. */
static void test_unknown(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_load_balancing_option = 0;
	scene_with_home_agent(&scene, &config);
	bind_bids(&scene, 1, 3);
	share(&scene, 2);
	expect_shares(&scene.home_agent, HOME, "::", "1 2 3");
	struct update update = refresh_of_three(&scene, 3);
	share_add(&update.message, 1, 0, 0, CARE_OF_1);
	send_accepted(&scene, &update);
	scene_end(&scene);
}

/* The number of another option, or of padding, makes no core. */
static void test_number_taken(void **state)
{
	(void)state;
	static const uint8_t taken[] = {1, 3, OPTION_bid, 45};
	uint64_t seed = 1;
	struct core_port port = test_port(&seed);
	struct core_config config = {.dialect = &dialect_rfc5648,
		.is_home_agent = true,
		.home_agent = home_agent_defaults()};
	for (size_t i = 0; i < sizeof(taken); i++) {
		struct core *core;
		config.load_balancing_option = taken[i];
		assert_int_equal(core_new(&config, &port, &core), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_by_one_bid),
		cmocka_unit_test(test_asymmetric),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_deregistered),
		cmocka_unit_test(test_in_part),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_number_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
