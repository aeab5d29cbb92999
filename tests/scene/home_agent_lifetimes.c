/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: how long a home agent binds, and what the lifetimes of its home prefix have to do with
 * it. RFC 6275 10.3.1, 6.2.4.
 */
#include "support/node.h"

#include "support/cmocka_scene.h"

#include <errno.h>

static struct sent ack;

static nanos seconds(unsigned count)
{
	return count * NANOS_PER_SECOND;
}

static void begin(struct scene *scene, uint32_t lifetime_max)
{
	struct home_agent_config config = home_agent_defaults();
	config.lifetime_max = lifetime_max;
	scene_with_home_agent(scene, &config);
}

/* Asks for so many units; the tunnel that follows, and the acknowledgement in `ack`. */
static const struct effect_tunnel *ask(
	struct scene *scene, uint16_t sequence, uint16_t units, uint8_t status)
{
	struct update update = update_of(scene, sequence);
	update.message.binding_update.lifetime = units;
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene->home_agent, 1, CARE_OF_1);
	take_past(&scene->home_agent, EFFECT_RECORD);
	expect_ack(scene, status, &ack);
	take_nothing(&scene->home_agent);
	return tunnel;
}

/* RFC 6275 10.3.1, 6.1.7: not more than asked for, not more than allowed; units of four seconds */
/* Shows RFC 6275 10.3.1-19, 10.3.1-23, 10.3.1-31, 6.1.7-7. */
static void test_granted(void **state)
{
	(void)state;
	static const struct {
		uint16_t asked;
		uint32_t allowed;
		uint16_t granted;
	} cases[] = {{150, 600, 150}, {25, 600, 25}, {300, 600, 150}, {150, 599, 149}, {1, 600, 1},
		{65534, 262136, 65534}, {150, SECONDS_INFINITE, 150},
		/* all ones are for ever, and that is for who allows it */
		{65535, 262140, 65534}, {65535, SECONDS_INFINITE - 1, 65534}, {65535, 600, 150}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		begin(&scene, cases[i].allowed);
		const struct effect_tunnel *tunnel = ask(&scene, 1, cases[i].asked, 0);
		assert_int_equal(tunnel->expires, scene.now.mono + seconds(4u * cases[i].granted));
		assert_int_equal(ack.message.binding_ack.lifetime, cases[i].granted);
		scene_end(&scene);
	}
}

static void test_infinite(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, SECONDS_INFINITE);
	const struct effect_tunnel *tunnel = ask(&scene, 1, 0xffff, 0);
	assert_int_equal(tunnel->expires, NANOS_NEVER);
	assert_int_equal(ack.message.binding_ack.lifetime, 0xffff);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	assert_int_equal(bindings_of(&scene).at[0].expires, NANOS_NEVER);
	/* The number stays the last accepted, however long ago. */
	scene_advance(&scene, seconds(1000000));
	struct update update = update_of(&scene, 1);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 135, &ack);
	/* A refresh may make it finite again. */
	tunnel = ask(&scene, 2, 10, 0);
	assert_int_equal(tunnel->expires, scene.now.mono + seconds(40));
	scene_end(&scene);
}

/* ---- the home prefix ---- */

static void prefix_lives(struct scene *scene, nanos valid, nanos preferred)
{
	nanos now = scene->now.mono;
	const struct host_event event = {
		.type = HOST_PREFIX_SET,
		.prefix = {address_of("2001:db8:1::"), 64, true, true,
			valid == NANOS_NEVER ? valid : now + valid,
			preferred == NANOS_NEVER ? preferred : now + preferred},
	};
	scene_tell(scene, &scene->home_agent, &event);
}

/*
 * RFC 6275 10.3.1: not longer than the prefix is valid; status 1 if it is deprecated, becomes so
 * before the binding ends, or is invalid when it ends; compared in units of four seconds.
 */
/* Shows RFC 6275 10.3.1-20, 10.3.1-21, 10.3.1-27, 10.3.1-28, 10.6.4-1. */
static void test_prefix_lifetimes(void **state)
{
	(void)state;
	static const struct {
		nanos valid, preferred; /* milliseconds; 0: infinite */
		uint16_t asked, granted;
		uint8_t status;
	} cases[] = {
		{0, 0, 150, 150, 0},
		{10000000, 10000000, 150, 150, 0},
		{1000000, 600000, 150, 150, 0},
		{1000000, 599999, 150, 150, 1},
		{1000000, 1, 150, 150, 1},
		{604000, 604000, 150, 150, 0},
		{603999, 603999, 150, 150, 1},
		{600000, 600000, 150, 150, 1},
		{599999, 599999, 150, 149, 1},
		{100000, 100000, 150, 25, 1},
		{100000, 50000, 10, 10, 0},
		{100000, 39999, 10, 10, 1},
		{4000, 4000, 150, 1, 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		begin(&scene, 600);
		nanos valid = cases[i].valid, preferred = cases[i].preferred;
		prefix_lives(&scene, valid ? valid * NANOS_PER_MS : NANOS_NEVER,
			preferred ? preferred * NANOS_PER_MS : NANOS_NEVER);
		const struct effect_tunnel *tunnel =
			ask(&scene, 1, cases[i].asked, cases[i].status);
		assert_int_equal(ack.message.binding_ack.lifetime, cases[i].granted);
		assert_int_equal(bid_status(&ack, 1), 0);
		assert_int_equal(tunnel->expires, scene.now.mono + seconds(4u * cases[i].granted));
		scene_end(&scene);
	}
}

/* RFC 6275 10.3.1: not for ever while the prefix is not, nor without a word if it is deprecated */
static void test_infinite_and_the_prefix(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, SECONDS_INFINITE);
	prefix_lives(&scene, seconds(400), seconds(300));
	ask(&scene, 1, 0xffff, 1);
	assert_int_equal(ack.message.binding_ack.lifetime, 100);
	prefix_lives(&scene, NANOS_NEVER, seconds(1000000));
	ask(&scene, 2, 0xffff, 1);
	assert_int_equal(ack.message.binding_ack.lifetime, 0xffff);
	prefix_lives(&scene, seconds(4000000), seconds(1000000));
	ask(&scene, 3, 0xffff, 0);
	assert_int_equal(ack.message.binding_ack.lifetime, 0xfffe);
	scene_end(&scene);
}

/* RFC 6275 10.3.2: a de-registration is 0, whatever the prefix */
static void test_delete_under_a_deprecated_prefix(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 600);
	prefix_lives(&scene, seconds(500), 0);
	ask(&scene, 1, 150, 1);
	struct update update = update_of(&scene, 2);
	update_lifetime(&update, 0);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

/* RFC 5648 6.2: where options say their own, the acknowledgement says 4 */
static void test_deprecated_and_not_complete(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 600);
	prefix_lives(&scene, seconds(500), 0);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid_known(&update, 2);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 4, &ack);
	assert_int_equal(bid_status(&ack, 1), 0);
	assert_int_equal(bid_status(&ack, 2), 167);
	scene_end(&scene);
}

static void expect_not_home_subnet(struct scene *scene, uint16_t sequence)
{
	struct update update = update_of(scene, sequence);
	update_send(&update);
	take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(scene, 132, &ack);
	take_nothing(&scene->home_agent);
}

/* RFC 6275 10.3.1: a binding goes when the prefix ceases to be valid, though more was granted */
/* Shows RFC 6275 10.3.1-22. */
static void test_prefix_ends_early(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 600);
	bind_bids(&scene, 1, 3);
	prefix_lives(&scene, seconds(100), 0);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, seconds(100) - 1);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_advance(&scene, 1);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 3);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_EVENT), 3);
	take_all(&scene.home_agent);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	/* RFC 6275 10.3.1: it is not on-link any more */
	expect_not_home_subnet(&scene, 2);
	prefix_lives(&scene, NANOS_NEVER, NANOS_NEVER);
	ask(&scene, 2, 150, 0);
	scene_end(&scene);
}

/* So it is for many nodes at once, and for the prefix that is not ours any more. */
static void test_prefix_removed(void **state)
{
	(void)state;
	enum { NODES = 100 };
	struct scene scene;
	begin(&scene, 600);
	for (unsigned i = 0; i < NODES; i++) {
		struct host_event event = node_set(HOME, &update_auth, 3);
		event.node.home_address.s6_addr[14] = (uint8_t)i;
		scene_tell(&scene, &scene.home_agent, &event);
		struct update update = update_of(&scene, 1);
		update.home_address = event.node.home_address;
		update_bid(&update, 1, CARE_OF_1);
		update_send(&update);
	}
	take_all(&scene.home_agent);
	const struct host_event gone = {
		.type = HOST_PREFIX_REMOVE,
		.prefix = {.prefix = address_of("2001:db8:1::"), .length = 64},
	};
	scene_tell(&scene, &scene.home_agent, &gone);
	scene_advance(&scene, 0);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), NODES);
	take_all(&scene.home_agent);
	expect_not_home_subnet(&scene, 2);
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &gone), -EINVAL);
	scene_end(&scene);
}

/* RFC 6275 10.3.1: a second prefix has home addresses, too; the longest says how long */
static void test_second_prefix(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 600);
	struct host_event node = node_set("2001:db8:77::5", &update_auth, 3);
	scene_tell(&scene, &scene.home_agent, &node);
	struct host_event prefix = {
		.type = HOST_PREFIX_SET,
		.prefix = {address_of("2001:db8:77::"), 64, true, true, NANOS_NEVER, NANOS_NEVER},
	};
	prefix.prefix.valid_until = scene.now.mono + seconds(100);
	prefix.prefix.preferred_until = scene.now.mono + seconds(100);
	scene_tell(&scene, &scene.home_agent, &prefix);
	struct update update = update_of(&scene, 1);
	update.home_address = node.node.home_address;
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	take(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 1, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 25);
	scene_end(&scene);
}

/* RFC 6275 6.1.8: status 1 is an acceptance: for the mobile node, too */
static void test_mobile_node_takes_status_1(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * NANOS_PER_MS);
	prefix_lives(&scene, seconds(10000), 0);
	node_attach(&scene, 1);
	node_attach(&scene, 2);
	scene_advance(&scene, seconds(5));
	for (uint16_t bid = 1; bid <= 2; bid++) {
		assert_true(node_view(&scene, bid).registered);
		assert_true(node_view(&scene, bid).expires > scene.now.mono + seconds(500));
	}
	assert_int_equal(notes_ahead(&scene, EVENT_REGISTERED), 2);
	assert_int_equal(notes_ahead(&scene, EVENT_REFUSED), 0);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* ---- Binding Refresh Advice ---- */

/* RFC 6275 10.3.1: none from a home agent that keeps its bindings */
/* Shows RFC 6275 10.3.1-32. */
static void test_no_advice_with_a_store(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	config.refresh_interval = 120;
	scene_with_home_agent(&scene, &config);
	ask(&scene, 1, 150, 0);
	assert_true(ack.message.has_refresh_advice);
	const struct host_event event = {.type = HOST_STORE, .store_works = true};
	scene_tell(&scene, &scene.home_agent, &event);
	scene_advance(&scene, 1);
	ask(&scene, 2, 150, 0);
	assert_false(ack.message.has_refresh_advice);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_granted),
		cmocka_unit_test(test_infinite),
		cmocka_unit_test(test_prefix_lifetimes),
		cmocka_unit_test(test_infinite_and_the_prefix),
		cmocka_unit_test(test_delete_under_a_deprecated_prefix),
		cmocka_unit_test(test_deprecated_and_not_complete),
		cmocka_unit_test(test_prefix_ends_early),
		cmocka_unit_test(test_prefix_removed),
		cmocka_unit_test(test_second_prefix),
		cmocka_unit_test(test_mobile_node_takes_status_1),
		cmocka_unit_test(test_no_advice_with_a_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
