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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_without_token),
		cmocka_unit_test(test_stop_unanswered),
		cmocka_unit_test(test_stop_many),
		cmocka_unit_test(test_stop_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
