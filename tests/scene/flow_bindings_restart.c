/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: flow bindings of a home agent that is started again, or whose store did not keep them.
 */
#include "support/flows.h"
#include "support/update.h"

#include "support/cmocka_scene.h"

#include <errno.h>

static struct sent ack;

/* The flow bindings that the update named before `count` changed, in their order. */
static size_t records_of(struct scene *scene, struct record_flow *ret)
{
	size_t count = 0;
	while (count_ahead(&scene->home_agent, EFFECT_RECORD_FLOW) > 0)
		ret[count++] = take_past(&scene->home_agent, EFFECT_RECORD_FLOW)->record_flow;
	return count;
}

/* FID 7 to BID 1, FID 8 to BIDs 1 and 2. */
static size_t add_two(struct scene *scene, uint16_t sequence, struct record_flow *ret)
{
	struct update update = update_of(scene, sequence);
	update_bid_known(&update, 1);
	flow_add(&update.message, 7, 10, 80, 1, 1);
	flow_add(&update.message, 8, 20, 443, 2, 1, 2);
	update_send(&update);
	return records_of(scene, ret);
}

static void tell_flow(struct scene *scene, const struct record_flow *flow)
{
	const struct host_event event = {.type = HOST_RESTORE_FLOW, .flow = *flow};
	scene_tell(scene, &scene->home_agent, &event);
}

/* Each record says what was there before. */
static void test_records(void **state)
{
	(void)state;
	struct scene scene;
	struct record_flow records[RULES_MAX];
	flows_begin(&scene);
	assert_int_equal(add_two(&scene, 2, records), 2);
	assert_int_equal(records[0].fid, 7);
	assert_int_equal(records[0].flow.priority, 10);
	assert_int_equal(records[0].before.fid, 0);
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 1);
	flow_option(&update.message, 7, 11);
	update_send(&update);
	assert_int_equal(records_of(&scene, records), 2);
	assert_int_equal(records[0].fid, 8);
	assert_int_equal(records[0].flow.fid, 0);
	assert_int_equal(records[0].before.fid, 8);
	assert_int_equal(records[1].before.priority, 10);
	assert_int_equal(records[1].flow.priority, 11);
	/* the same again: nothing */
	update.message.binding_update.sequence = 4;
	update_send(&update);
	assert_int_equal(records_of(&scene, records), 0);
	scene_end(&scene);
}

static void test_started_again(void **state)
{
	(void)state;
	struct scene scene;
	struct record_flow records[RULES_MAX];
	flows_begin(&scene);
	add_two(&scene, 2, records);
	struct host_event memory = restore_event(&scene.home_agent);
	take_all(&scene.home_agent);
	scene_restart(&scene, &scene.home_agent);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &event);
	/* without the bindings it cannot be */
	event = (struct host_event){.type = HOST_RESTORE_FLOW, .flow = records[0]};
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &event), -EINVAL);
	scene_tell(&scene, &scene.home_agent, &memory);
	tell_flow(&scene, &records[0]);
	tell_flow(&scene, &records[1]);
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	expect_rule(flows_rule(&scene, 8), 20, 443, 2, 1, 2);
	assert_int_equal(flows_of(&scene.home_agent).count, 2);
	/* nothing of it is recorded again */
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_RECORD_FLOW), 0);

	/* what was not kept is said, so that the mobile node sends it again */
	take_all(&scene.home_agent);
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 1);
	flow_summary(&update.message, 3, 7, 8, 9);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.flow_count, 1);
	assert_int_equal(flow_status_of(&ack.message, 9), FLOW_FID_NOT_FOUND);
	scene_end(&scene);
}

/* Of another home address, or too much. */
static void test_what_cannot_be(void **state)
{
	(void)state;
	struct scene scene;
	struct record_flow records[RULES_MAX];
	flows_begin(&scene);
	add_two(&scene, 2, records);
	struct host_event event = {.type = HOST_RESTORE_FLOW, .flow = records[0]};
	event.flow.home_address = address_of("2001:db8:1::200");
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &event), -EINVAL);
	event.flow = records[0];
	event.flow.flow.bids_count = BINDINGS_MAX + 1;
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &event), -EINVAL);
	scene_end(&scene);
}

/* The store did not keep an update: the bindings return, and then the flow bindings. */
static void test_rolled_back(void **state)
{
	(void)state;
	struct scene scene;
	struct record_flow first[RULES_MAX], lost[RULES_MAX];
	flows_begin(&scene);
	add_two(&scene, 2, first);
	const struct host_event kept = {
		.type = HOST_ROLLBACK, .record = *last_record(&scene.home_agent)};
	take_all(&scene.home_agent);

	/* all is de-registered; 7 and 8 end */
	struct update update = update_of(&scene, 3);
	update_lifetime(&update, 0);
	update_send(&update);
	size_t count = records_of(&scene, lost);
	assert_int_equal(count, 2);
	scene_tell(&scene, &scene.home_agent, &kept);
	assert_null(flows_rule(&scene, 7));
	while (count-- > 0) {
		lost[count].flow = lost[count].before;
		tell_flow(&scene, &lost[count]);
	}
	expect_rule(flows_rule(&scene, 7), 10, 80, 1, 1);
	expect_rule(flows_rule(&scene, 8), 20, 443, 2, 1, 2);
	take_all(&scene.home_agent);

	/* 7 is new: it goes */
	struct record_flow gone = first[0];
	gone.flow = gone.before;
	tell_flow(&scene, &gone);
	assert_null(flows_rule(&scene, 7));
	tell_flow(&scene, &gone);
	assert_int_equal(flows_of(&scene.home_agent).count, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_started_again),
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_rolled_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
