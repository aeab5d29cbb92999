/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: correspondents while the mobile node is at home, or stops (draft-13 5.5.1 and figure 2,
 * RFC 6275 11.7.2).
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"
#include "support/peer.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct peer peer;

static void begin(struct scene *scene, unsigned count)
{
	peer_begin(scene, &peer, 10 * MS, count);
	peer_busy(scene);
	scene_advance(scene, 2 * SECOND);
	assert_int_equal(peer_view(scene).bindings, count);
	take_all(&scene->mobile_node);
}

static size_t stopped_at(const struct scene *scene)
{
	for (size_t i = 0; i < scene->mobile_node.done_count; i++)
		if (scene->mobile_node.done[i].type == EFFECT_STOPPED)
			return i;
	return 0;
}

/* Everything is taken away, there first, with one update that names no BID (RFC 5648 5.4). */
/* Shows RFC 6275 11.7.2-10, 11.7.2-13. */
static void test_stop(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	unsigned updates = peer.updates;
	assert_int_equal(bindings_of(&scene).count, 3);
	node_stop(&scene);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_null(peer_tunnel(&scene, bid));
	scene_advance(&scene, 15 * MS);
	assert_int_equal(peer.bindings_count, 0);
	assert_int_equal(peer.updates, updates + 1);
	assert_int_equal(peer.update.message.binding_update.lifetime, 0);
	assert_int_equal(peer.update.message.bid_count, 0);
	assert_int_equal(peer.update.message.nonce_indices.care_of, 0);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_int_equal(stopped_at(&scene), 0);
	scene_advance(&scene, 25 * MS);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_advance(&scene, SECOND);
	assert_int_not_equal(stopped_at(&scene), 0);
	scene_end(&scene);
}

/* The home token has ended: another one first. */
/* Shows RFC 6275 5.2.7-4. */
static void test_stop_without_token(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	scene_advance(&scene, 300 * SECOND);
	assert_int_equal(peer_view(&scene).home_token, 0);
	node_stop(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(peer.home_tests, 2);
	assert_int_equal(peer.bindings_count, 0);
	scene_end(&scene);
}

/* Nobody answers: within three seconds, all in all. */
static void test_stop_unanswered(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin(&scene, 2);
		peer.silent = true;
		if (i == 1)
			scene_cut(&scene, HOME_AGENT, true);
		node_stop(&scene);
		scene_advance(&scene, 3 * SECOND - 1);
		assert_int_not_equal(stopped_at(&scene), 0);
		assert_int_equal(peer_count(&scene), 0);
		scene_end(&scene);
	}
}

/* More of them than one outbox holds. */
static void test_stop_many(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.route_optimization.correspondents_max = 200;
	peer_begin_with(&scene, &peer, 10 * MS, 3, &config);
	for (unsigned i = 1; i <= 200; i++) {
		char address[32];
		snprintf(address, sizeof(address), "2001:db8:9::%x", i);
		peer_busy_of(&scene, address);
	}
	scene_advance(&scene, 2 * SECOND);
	assert_int_equal(peer_count(&scene), 200);
	assert_true(peer_usable(&scene, 3));
	node_stop(&scene);
	scene_advance(&scene, 3 * SECOND - 1);
	assert_int_equal(peer.bindings_count, 0);
	assert_int_not_equal(stopped_at(&scene), 0);
	scene_end(&scene);
}

/* Nothing was ever bound. */
static void test_stop_at_once(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 1);
	peer_busy(&scene);
	node_stop(&scene);
	scene_advance(&scene, 40 * MS);
	assert_int_not_equal(stopped_at(&scene), 0);
	assert_int_equal(peer.updates, 0);
	scene_end(&scene);
}

/* ---- at home ---- */

static uint8_t mac[LINK_LAYER_OCTETS];

/* Links 2 and 3 are visited and bound; link 1 is for the home link, with a real home agent. */
static void begin_visiting(struct scene *scene, enum at_home at_home)
{
	struct home_agent_config its = home_agent_defaults();
	struct mobile_node_config config = at_home_defaults(at_home);
	its.home_link = its.home_and_foreign = its.only_router = true;
	config.route_optimization.on = true;
	peer_begin_with(scene, &peer, 10 * MS, 0, &config);
	scene->home_agent_config.home_agent = its;
	scene_restart(scene, &scene->home_agent);
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &node);
	home_link_tell(scene, true);
	scene_join(scene, &scene->home_agent, HOME_LINK, home_agent_mac);
	node_mac(1, mac);
	node_attach(scene, 2);
	node_attach(scene, 3);
	scene_advance(scene, 4 * SECOND);
	peer_busy(scene);
	scene_advance(scene, 2 * SECOND);
	assert_int_equal(peer.bindings_count, 2);
	take_all(&scene->mobile_node);
}

static void come_home(struct scene *scene)
{
	scene_join(scene, &scene->mobile_node, 1, mac);
	scene_place(scene, &scene->mobile_node, HOME, 1);
	node_link(scene, 1, true);
	router_advertises(scene, 1, &home_router);
	scene_advance(scene, 3 * SECOND);
}

static void busy_for(struct scene *scene, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		peer_active(scene);
		if (i % 600 == 0)
			router_advertises(scene, 1, &home_router);
		scene_advance(scene, SECOND);
	}
}

/* draft-13 figure 2: what is bound stays bound and is renewed, the home test by the home link. */
static void test_bindings_stay(void **state)
{
	(void)state;
	static const enum at_home ways[] = {AT_HOME_ONLY, AT_HOME_BOTH};
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin_visiting(&scene, ways[i]);
		come_home(&scene);
		assert_int_equal(bindings_of(&scene).count, i == 0 ? 0 : 3);
		assert_true(peer_usable(&scene, 2));
		assert_true(peer_usable(&scene, 3));
		unsigned updates = peer.updates, home_tests = peer.home_tests;
		busy_for(&scene, 900);
		assert_true(peer.updates >= updates + 4);
		assert_true(peer.home_tests > home_tests);
		assert_true(peer_binds(&peer, 2, CARE_OF_2));
		assert_true(peer_binds(&peer, 3, CARE_OF_3));
		assert_true(peer_usable(&scene, 2));
		assert_true(peer_usable(&scene, 3));
		scene_end(&scene);
	}
}

/* RFC 6275 11.7.2: at home only: from the home address itself, without its option */
/* Shows RFC 6275 11.7.2-14. */
static void test_home_only(void **state)
{
	(void)state;
	static const enum at_home ways[] = {AT_HOME_ONLY, AT_HOME_BOTH};
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin_visiting(&scene, ways[i]);
		come_home(&scene);
		unsigned updates = peer.updates;
		node_link(&scene, 2, false);
		scene_advance(&scene, SECOND);
		assert_int_equal(peer.bindings_count, 1);
		node_link(&scene, 3, false);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_false(peer_usable(&scene, bid));
		scene_advance(&scene, SECOND);
		struct in6_addr home = address_of(HOME);
		assert_int_equal(peer.bindings_count, 0);
		assert_int_equal(peer.updates, updates + 2);
		assert_memory_equal(&peer.update.packet.source, &home, 16);
		assert_false(peer.update.packet.has_home_address);
		assert_int_equal(peer_count(&scene), 0);
		assert_int_equal(peer.unauthentic, 0);
		scene_end(&scene);
	}
}

/* RFC 6275 11.7.2: returned home, nobody is asked; neighbours are none to ask anyhow. */
static void test_nothing_begins(void **state)
{
	(void)state;
	struct scene scene;
	begin_visiting(&scene, AT_HOME_ONLY);
	come_home(&scene);
	peer_busy_of(&scene, "2001:db8:9::2");
	assert_int_equal(peer_count(&scene), 1);
	scene_end(&scene);
	begin_visiting(&scene, AT_HOME_BOTH);
	peer_busy_of(&scene, "2001:db8:1::200");
	assert_int_equal(peer_count(&scene), 2);
	come_home(&scene);
	peer_busy_of(&scene, "2001:db8:1::300");
	assert_int_equal(peer_count(&scene), 2);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_without_token),
		cmocka_unit_test(test_stop_unanswered),
		cmocka_unit_test(test_stop_many),
		cmocka_unit_test(test_stop_at_once),
		cmocka_unit_test(test_bindings_stay),
		cmocka_unit_test(test_home_only),
		cmocka_unit_test(test_nothing_begins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
