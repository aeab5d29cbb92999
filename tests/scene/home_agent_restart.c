/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: nodes that come and go with the configuration, a home agent that is killed and started
 * again, and many nodes whose bindings expire at once.
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

/* kill -9, and start again after a while. */
static struct host_event kill_and_start(struct scene *scene, nanos pause)
{
	struct host_event memory = restore_event(&scene->home_agent);
	take_all(&scene->home_agent);
	scene_restart(scene, &scene->home_agent);
	scene_advance(scene, pause);
	return memory;
}

static void configure(struct scene *scene)
{
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &event);
}

/* HOME is bound by the update, which has a Timestamp option; the home agent is killed, started
 * again and told its configuration. Returns what it remembers. */
static struct host_event kill_after_timestamp(
	struct scene *scene, bool replay, struct update *ret_update)
{
	struct auth auth = update_auth;
	auth.replay = replay;
	const struct host_event demand = node_set(HOME, &auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &demand);
	struct update update = update_of(scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_timestamp(&update, scene->now.ntp);
	update_send(&update);
	struct host_event memory = kill_and_start(scene, NANOS_PER_SECOND);
	scene_tell(scene, &scene->home_agent, &demand);
	*ret_update = update;
	return memory;
}

/* Shows RFC 6275 10.1-2, 9.1-2, 9.6-2. */
static void test_bindings_are_found_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	nanos expires = bindings_of(&scene).at[0].expires;
	struct host_event memory = kill_and_start(&scene, 5 * NANOS_PER_SECOND);
	configure(&scene);
	scene_tell(&scene, &scene.home_agent, &memory);
	/* Tunnels are set again: the data plane may have others, or none. */
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	take_tunnel_set(&scene.home_agent, 2, CARE_OF_2);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 2);
	take_nothing(&scene.home_agent);
	struct binding_list list = bindings_of(&scene);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.at[0].expires, expires);
	assert_int_equal(list.at[0].sequence, 10);

	/* RFC 6275 9.5.1: the numbers go on where they were */
	struct update update = update_of(&scene, 10);
	update_bid_known(&update, 1);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 135, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, 10);
	update.message.binding_update.sequence = 11;
	update_send(&update);
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	expect_node_set(&scene, 11);
	expect_ack(&scene, 0, &ack);

	scene_advance(&scene, expires - scene.now.mono);
	take_tunnel_remove(&scene.home_agent, 2);
	take_note(&scene.home_agent, EVENT_BINDING_EXPIRED, 2);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* The granted lifetime is part of the binding: it does not become what was left at the restart. */
static void test_granted_lifetime_is_restored(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	uint16_t granted = last_record(&scene.home_agent)->bindings[0].lifetime;
	assert_true(granted > 100 / 4);
	struct host_event memory = kill_and_start(&scene, 100 * NANOS_PER_SECOND);
	configure(&scene);
	scene_tell(&scene, &scene.home_agent, &memory);
	take_all(&scene.home_agent);
	struct update update = update_of(&scene, 11);
	update_bid_known(&update, 2);
	update_lifetime(&update, 40);
	update_send(&update);
	const struct record *record = last_record(&scene.home_agent);
	assert_int_equal(record->count, 2);
	assert_int_equal(record->bindings[0].bid, 1);
	assert_int_equal(record->bindings[0].lifetime, granted);
	assert_true(record->bindings[0].verified);
	assert_int_equal(record->bindings[1].lifetime, 40 / 4);
	scene_end(&scene);
}

/* RFC 4285 6: what was accepted before the restart is not accepted after it */
static void test_timestamp_is_found_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update;
	struct host_event memory = kill_after_timestamp(&scene, true, &update);
	scene_tell(&scene, &scene.home_agent, &memory);
	take_all(&scene.home_agent);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 144, &ack);
	scene_end(&scene);
}

/* Two records of one home address, as an older store file was put back. The greater numbers stay,
 * and are recorded; the bindings are those of the one that has any. */
static void greater_numbers_are_restored(bool older_first, bool replay)
{
	struct scene scene;
	begin(&scene);
	struct update update;
	struct host_event memory = kill_after_timestamp(&scene, replay, &update);
	struct host_event numbers = {.type = HOST_RESTORE, .record.home_address = address_of(HOME)};
	numbers.record.sequence = 40;
	numbers.record.timestamp = replay ? memory.record.timestamp + 500 : 0;
	scene_tell(&scene, &scene.home_agent, older_first ? &memory : &numbers);
	scene_tell(&scene, &scene.home_agent, older_first ? &numbers : &memory);
	const struct record *record = last_record(&scene.home_agent);
	assert_int_equal(record->sequence, 40);
	assert_int_equal(record->timestamp, numbers.record.timestamp);
	assert_int_equal(record->count, 1);
	take_all(&scene.home_agent);
	update.message.binding_update.sequence = 40;
	if (replay)
		update_timestamp(&update, numbers.record.timestamp);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, replay ? 144 : 135, &ack);
	scene_end(&scene);
}

static void test_greater_numbers_are_restored(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		greater_numbers_are_restored(i & 1, i & 2);
}

/* RFC 6275 10.3.1: no binding lives longer than is allowed, even if more was allowed before. */
static void test_lifetime_is_limited_anew(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct host_event memory = restore_event(&scene.home_agent);
	nanos expires = memory.record.bindings[0].expires;
	memory.record.bindings[1].expires = scene.now.mono + 59 * NANOS_PER_SECOND;
	memory.record.bindings[1].lifetime = 15;
	scene_end(&scene);
	config.lifetime_max = 60;
	scene_with_home_agent(&scene, &config);
	configure(&scene);
	take_all(&scene.home_agent);
	scene_tell(&scene, &scene.home_agent, &memory);
	struct binding_list list = bindings_of(&scene);
	assert_int_equal(list.count, 2);
	assert_true(expires > scene.now.mono + 60 * NANOS_PER_SECOND);
	assert_int_equal(list.at[0].expires, scene.now.mono + 60 * NANOS_PER_SECOND);
	assert_int_equal(list.at[1].expires, scene.now.mono + 59 * NANOS_PER_SECOND);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	assert_int_equal(tunnel->expires, list.at[0].expires);
	/* so it is remembered, too */
	const struct record *record = last_record(&scene.home_agent);
	assert_int_equal(record->bindings[0].expires, list.at[0].expires);
	assert_int_equal(record->bindings[0].lifetime, 60 / 4);
	scene_end(&scene);
}

static void test_expired_and_unknown_are_not_restored(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct host_event memory = kill_and_start(&scene, 700 * NANOS_PER_SECOND);
	configure(&scene);
	scene_tell(&scene, &scene.home_agent, &memory);
	take_tunnel_remove(&scene.home_agent, 1);
	take_tunnel_remove(&scene.home_agent, 2);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 0);

	/* no longer in the configuration */
	memory.record.home_address.s6_addr[15]++;
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &memory), -EINVAL);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* The tunnel is told the address that the home agent has now. */
static void test_restored_under_another_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 1);
	scene.home_agent_config.home_agent.address = address_of("2001:db8:1::2");
	struct in6_addr address = scene.home_agent_config.home_agent.address;
	struct host_event memory = kill_and_start(&scene, NANOS_PER_SECOND);
	configure(&scene);
	scene_tell(&scene, &scene.home_agent, &memory);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	assert_memory_equal(&tunnel->local.address, &address, sizeof(address));
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	scene_end(&scene);
}

/* With and without BID exclude each other; nor are there more than configured. */
static void test_restored_only_what_fits(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 3);
	struct host_event memory = kill_and_start(&scene, NANOS_PER_SECOND);
	struct host_event event = node_set(HOME, &update_auth, 2);
	scene_tell(&scene, &scene.home_agent, &event);
	scene_tell(&scene, &scene.home_agent, &memory);
	take_tunnel_remove(&scene.home_agent, 3);
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	take_tunnel_set(&scene.home_agent, 2, CARE_OF_2);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 2);

	scene_restart(&scene, &scene.home_agent);
	configure(&scene);
	memory.record.bindings[1].bid = 0;
	scene_tell(&scene, &scene.home_agent, &memory);
	take_tunnel_remove(&scene.home_agent, 0);
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	take_tunnel_set(&scene.home_agent, 3, CARE_OF_3);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 3);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

static void test_node_removed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct host_event event = node_set(HOME, &update_auth, 1);
	event.type = HOST_NODE_REMOVE;
	scene_tell(&scene, &scene.home_agent, &event);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2);
	take_all(&scene.home_agent);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &event), -EINVAL);
	struct update update = update_of(&scene, 11);
	update_send(&update);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_UNKNOWN_HOME_ADDRESS), 1);
	scene_end(&scene);
}

/* Another key: the bindings stay, what comes must have the new key. */
static void test_node_changed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	struct auth auth = update_auth;
	auth.key[0]++;
	struct host_event event = node_set(HOME, &auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &event);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 2);
	struct update update = update_of(&scene, 11);
	update_bid_known(&update, 1);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0);
	take_all(&scene.home_agent);
	update.auth = auth;
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	scene_end(&scene);
}

static void test_nodes_that_cannot_be(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct host_event bad[7];
	for (size_t i = 0; i < 7; i++)
		bad[i] = node_set(HOME, &update_auth, 3);
	bad[0].node.bindings_max = 0;
	bad[1].node.bindings_max = BINDINGS_MAX + 1;
	bad[2].node.home_address = address_of("ff02::1");
	bad[3].node.auth.spi = 255; /* RFC 4285 7 */
	bad[4].node.auth.key_length = 0;
	bad[5].node.auth.key_length = KEY_OCTETS_MAX + 1;
	bad[6].type = HOST_LINK_SET;
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &bad[i]), -EINVAL);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* More falls due at once than an outbox holds: it takes several calls, and all of it is done. */
static void test_many_nodes_expire_at_once(void **state)
{
	(void)state;
	enum { NODES = 500 };
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < NODES; i++) {
		struct host_event event = node_set(HOME, &update_auth, 3);
		event.node.home_address.s6_addr[13] = (uint8_t)(i >> 8);
		event.node.home_address.s6_addr[14] = (uint8_t)i;
		scene_tell(&scene, &scene.home_agent, &event);
		struct update update = update_of(&scene, 1);
		update.home_address = event.node.home_address;
		update_bid(&update, 1, CARE_OF_1);
		update_bid(&update, 2, CARE_OF_2);
		update_send(&update);
	}
	take_all(&scene.home_agent);
	scene_advance(&scene, 600 * NANOS_PER_SECOND - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2 * NODES);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* Expired, though core_deadline() had no time yet to say so: an update meets no ghost. */
static void test_update_before_the_deadline_call(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 10, 2);
	scene.now.mono += 600 * NANOS_PER_SECOND;
	struct update update = update_of(&scene, 3);
	update_bid_known(&update, 1);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2);
	expect_ack(&scene, 167, &ack);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bindings_are_found_again),
		cmocka_unit_test(test_granted_lifetime_is_restored),
		cmocka_unit_test(test_timestamp_is_found_again),
		cmocka_unit_test(test_greater_numbers_are_restored),
		cmocka_unit_test(test_lifetime_is_limited_anew),
		cmocka_unit_test(test_expired_and_unknown_are_not_restored),
		cmocka_unit_test(test_restored_under_another_address),
		cmocka_unit_test(test_restored_only_what_fits),
		cmocka_unit_test(test_node_removed),
		cmocka_unit_test(test_node_changed),
		cmocka_unit_test(test_nodes_that_cannot_be),
		cmocka_unit_test(test_many_nodes_expire_at_once),
		cmocka_unit_test(test_update_before_the_deadline_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
