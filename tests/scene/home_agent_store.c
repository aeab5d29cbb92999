/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a home agent whose bindings are to be kept, and whose store fails it: nothing is
 * acknowledged that is not kept, and nothing old is accepted for it.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

#include <errno.h>
#include <string.h>

static struct sent ack;

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(scene, &config);
}

static void store_works(struct scene *scene, bool works)
{
	const struct host_event event = {.type = HOST_STORE, .store_works = works};
	scene_tell(scene, &scene->home_agent, &event);
}

static void expect_refused(struct scene *scene, uint8_t status)
{
	const struct effect_event *note = take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
	assert_int_equal(note->status, status);
	expect_ack(scene, status, &ack);
	for (uint16_t i = 0; i < ack.message.bid_count; i++)
		assert_int_equal(ack.message.bid[i].status, 0);
	take_nothing(&scene->home_agent);
}

/* RFC 6275 10.3.1: 130, and what is there goes on */
/* Shows RFC 6275 10.3.1-14. */
static void test_store_is_down(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 2);
	store_works(&scene, false);
	take_note(&scene.home_agent, EVENT_STORE_DOWN, 0);
	store_works(&scene, false);
	take_nothing(&scene.home_agent);

	/* a new one, a refresh, a deletion, one without BID */
	struct update updates[4];
	for (unsigned i = 0; i < 4; i++)
		updates[i] = update_of(&scene, (uint16_t)(2 + i));
	update_bid(&updates[0], 3, CARE_OF_3);
	update_bid_known(&updates[1], 1);
	update_bid_known(&updates[2], 1);
	update_lifetime(&updates[2], 0);
	for (unsigned i = 0; i < 4; i++) {
		update_send(&updates[i]);
		expect_refused(&scene, 130);
	}
	assert_int_equal(drops_of(&scene, DROP_NO_STORE), 4);
	struct binding_list list = bindings_of(&scene);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.at[0].sequence, 1);
	scene_advance(&scene, 600 * NANOS_PER_SECOND);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2);
	take_all(&scene.home_agent);

	store_works(&scene, true);
	take_note(&scene.home_agent, EVENT_STORE_UP, 0);
	store_works(&scene, true);
	take_nothing(&scene.home_agent);
	update_send(&updates[0]);
	expect_added(&scene, 3, CARE_OF_3);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

/* It says nothing to who is not authentic or not fresh, and what is wrong anyhow is said. */
static void test_store_is_down_for_others(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 1);
	store_works(&scene, false);
	take_all(&scene.home_agent);
	struct update update = update_of(&scene, 11);
	update.auth.key[0] ^= 1;
	update_send(&update);
	take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0);
	expect_ack(&scene, 146, &ack);
	update = update_of(&scene, 10);
	update_send(&update);
	expect_refused(&scene, 135);
	assert_int_equal(ack.message.binding_ack.sequence, 10);
	update = update_of(&scene, 11);
	update_bid_known(&update, 5);
	update_send(&update);
	expect_refused(&scene, 167);
	assert_int_equal(drops_of(&scene, DROP_NO_STORE), 0);
	scene_end(&scene);
}

/* It works when nobody has said otherwise, and when it is said at once. */
static void test_store_works(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	store_works(&scene, true);
	take_nothing(&scene.home_agent);
	bind_bids(&scene, 1, 2);
	scene_end(&scene);
}

/* ---- rolled back ---- */

/* The store has the last record. */
static struct host_event kept_of(const struct scene *scene)
{
	return (struct host_event){
		.type = HOST_ROLLBACK, .record = *last_record(&scene->home_agent)};
}

static void test_rolled_back(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct host_event kept = kept_of(&scene);
	nanos expires = bindings_of(&scene).at[0].expires;
	scene_advance(&scene, NANOS_PER_SECOND);

	/* one refreshed, one moved, one new: not kept */
	struct update update = update_of(&scene, 11);
	update_bid_known(&update, 1);
	update_bid(&update, 2, CARE_OF_3);
	update_bid(&update, 3, CARE_OF_3);
	update_send(&update);
	take_all(&scene.home_agent);
	store_works(&scene, false);
	take_note(&scene.home_agent, EVENT_STORE_DOWN, 0);
	scene_tell(&scene, &scene.home_agent, &kept);
	take_tunnel_remove(&scene.home_agent, 3);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 3);
	assert_int_equal(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->expires, expires);
	take_tunnel_set(&scene.home_agent, 2, CARE_OF_2);
	take_note(&scene.home_agent, EVENT_BINDING_MOVED, 2);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 2);
	/* to the same again: nothing */
	scene_tell(&scene, &scene.home_agent, &kept);
	take_nothing(&scene.home_agent);

	/* RFC 6275 9.5.1: what was accepted once is not accepted again */
	store_works(&scene, true);
	take_all(&scene.home_agent);
	update_send(&update);
	expect_refused(&scene, 135);
	assert_int_equal(ack.message.binding_ack.sequence, 11);
	update.message.binding_update.sequence = 12;
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_advance(&scene, 600 * NANOS_PER_SECOND);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* The first update of all was not kept: nothing is bound, and its number counts for ten seconds. */
static void test_rolled_back_to_nothing(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	const struct host_event nothing = {
		.type = HOST_ROLLBACK, .record.home_address = address_of(HOME)};
	scene_tell(&scene, &scene.home_agent, &nothing);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2);
	take_all(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	struct update update = update_of(&scene, 10);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_refused(&scene, 135);
	update.message.binding_update.sequence = 11;
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	scene_end(&scene);
}

/* A deletion that was not kept is none: what was deleted is back. */
static void test_deletion_rolled_back(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct host_event kept = kept_of(&scene);
	struct update update = update_of(&scene, 11);
	update_lifetime(&update, 0);
	update_send(&update);
	take_all(&scene.home_agent);
	scene_tell(&scene, &scene.home_agent, &kept);
	expect_added(&scene, 1, CARE_OF_1);
	expect_added(&scene, 2, CARE_OF_2);
	take_nothing(&scene.home_agent);
	/* for as long as it was granted: the number does not lapse after ten seconds */
	scene_advance(&scene, 20 * NANOS_PER_SECOND);
	update_send(&update);
	expect_refused(&scene, 135);
	/* what has expired meanwhile is not */
	scene_advance(&scene, 600 * NANOS_PER_SECOND);
	take_all(&scene.home_agent);
	scene_tell(&scene, &scene.home_agent, &kept);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 4285 6: the greater timestamp stays, for what is as old or older was answered or is lost */
static void test_timestamp_is_not_rolled_back(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct auth auth = update_auth;
	auth.replay = true;
	struct host_event demand = node_set(HOME, &auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &demand);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_timestamp(&update, scene.now.ntp);
	update_send(&update);
	struct host_event kept = kept_of(&scene);
	update_timestamp(&update, scene.now.ntp + 10);
	update_send(&update);
	take_all(&scene.home_agent);
	scene_tell(&scene, &scene.home_agent, &kept);
	take_all(&scene.home_agent);
	update_send(&update);
	expect_refused(&scene, 144);
	update_timestamp(&update, scene.now.ntp + 11);
	update_send(&update);
	const struct record *record = &take_past(&scene.home_agent, EFFECT_RECORD)->record;
	assert_int_equal(record->timestamp, scene.now.ntp + 11);
	scene_end(&scene);
}

/* What cannot be: another node, both kinds of bindings, more than there may be. */
static void test_rollback_that_cannot_be(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct host_event kept = kept_of(&scene);
	kept.record.home_address = address_of("2001:db8:1::77");
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &kept), -EINVAL);
	kept.record.home_address = address_of(HOME);
	kept.record.count = BINDINGS_MAX + 1;
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &kept), -EINVAL);
	take_nothing(&scene.home_agent);
	kept.record.count = 2;
	kept.record.bindings[1].bid = 0;
	scene_tell(&scene, &scene.home_agent, &kept);
	assert_int_equal(bindings_of(&scene).count, 1);
	assert_int_equal(bindings_of(&scene).at[0].bid, 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store_is_down),
		cmocka_unit_test(test_store_is_down_for_others),
		cmocka_unit_test(test_store_works),
		cmocka_unit_test(test_rolled_back),
		cmocka_unit_test(test_rolled_back_to_nothing),
		cmocka_unit_test(test_deletion_rolled_back),
		cmocka_unit_test(test_timestamp_is_not_rolled_back),
		cmocka_unit_test(test_rollback_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
