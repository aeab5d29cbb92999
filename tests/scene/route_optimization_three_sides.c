/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: three cores, a home agent's forwarding between them, and no hand in what they say: mobile
 * node, home agent, correspondent (RFC 6275 5.2, 9, 11.6, RFC 5648 3, 6).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"
#include "support/route.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static void begin_with(struct scene *scene, unsigned count, const struct correspondent_config *its)
{
	const struct mobile_node_config config = peer_node_defaults();
	node_begin_with(scene, 10 * MS, &config, true);
	scene_add_correspondent(scene, its);
	scene_place(scene, &scene->home_agent, HOME, CORE_LINK);
	scene_place(scene, &scene->correspondent, PEER, PEER_LINK);
	scene->forwards = true;
	node_register(scene, count);
}

static void begin(struct scene *scene, unsigned count)
{
	const struct correspondent_config its = correspondent_defaults();
	begin_with(scene, count, &its);
}

struct held {
	unsigned count;
	uint16_t bid;
	struct in6_addr care_of;
	bool found;
};

static void look(void *ctx, const struct binding_view *view)
{
	struct held *held = ctx;
	held->count++;
	if (view->bid == held->bid) {
		held->care_of = view->care_of;
		held->found = true;
	}
}

static unsigned held_count(const struct scene *scene)
{
	struct held held = {0};
	core_each_binding(scene->correspondent.core, look, &held);
	return held.count;
}

static bool holds(const struct scene *scene, uint16_t bid, const char *care_of)
{
	struct held held = {.bid = bid};
	struct in6_addr wanted = address_of(care_of);
	core_each_binding(scene->correspondent.core, look, &held);
	return held.found && IN6_ARE_ADDR_EQUAL(&held.care_of, &wanted);
}

/* One round trip by the home agent, one directly; nothing is said twice. */
static void test_three_links(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	assert_true(holds(&scene, 1, CARE_OF_1));
	assert_true(holds(&scene, 2, CARE_OF_2));
	assert_true(holds(&scene, 3, CARE_OF_3));
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(peer_usable(&scene, bid));
	const struct core_counters *its = core_counters(scene.correspondent.core);
	assert_int_equal(its->tests_answered, 4);
	assert_int_equal(its->updates_accepted, 3);
	assert_int_equal(its->updates_refused, 0);
	for (unsigned i = 0; i < DROPS; i++) {
		assert_int_equal(its->drops[i], 0);
		assert_int_equal(core_counters(scene.mobile_node.core)->drops[i], 0);
	}
	scene_end(&scene);
}

/* The correspondent is stopped: as soon as it can know, the node sends nothing directly any more.
 */
static void test_the_correspondent_stops(void **state)
{
	(void)state;
	struct scene scene;
	const struct host_event stop = {.type = HOST_STOP};
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(held_count(&scene), 3);
	scene_tell(&scene, &scene.correspondent, &stop);
	scene_advance(&scene, 10 * MS);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_false(peer_usable(&scene, bid));
	/* it is the same host, with another daemon */
	scene_restart(&scene, &scene.correspondent);
	scene_advance(&scene, 5 * SECOND);
	assert_int_equal(held_count(&scene), 3);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(peer_usable(&scene, bid));
	scene_end(&scene);
}

/* RFC 6275 6.1.8: each acknowledgement is of one update, whatever comes before it: what O replaced
 * (RFC 5648 4.2) is older than O. */
static void test_acknowledged_in_any_order(void **state)
{
	(void)state;
	static const char *const care_of[] = {CARE_OF_1, CARE_OF_2, CARE_OF_3};
	static const unsigned orders[][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct scene scene;
		begin(&scene, 3);
		peer_busy(&scene);
		/* the updates are under way, their answers are not */
		scene_advance(&scene, 45 * MS);
		for (unsigned j = 0; j < 3; j++)
			scene_slow(&scene, care_of[j], orders[i][j] * 2 * MS);
		for (unsigned j = 0; j < 3; j++) {
			scene_advance(&scene, (j ? 2 : 15) * MS);
			for (unsigned k = 0; k < 3; k++)
				assert_int_equal(
					peer_usable(&scene, (uint16_t)(k + 1)), orders[i][k] <= j);
		}
		scene_advance(&scene, SECOND);
		const struct core_counters *its = core_counters(scene.correspondent.core);
		assert_int_equal(its->tests_answered, 4);
		assert_int_equal(its->updates_accepted, 3);
		assert_int_equal(held_count(&scene), 3);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_true(peer_usable(&scene, bid));
		scene_end(&scene);
	}
}

static void test_it_knows_rfc_6275_only(void **state)
{
	(void)state;
	struct scene scene;
	struct correspondent_config its = correspondent_defaults();
	its.mcoa = false;
	begin_with(&scene, 3, &its);
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	assert_int_equal(held_count(&scene), 1);
	assert_true(holds(&scene, 0, CARE_OF_1));
	assert_true(peer_usable(&scene, 0));
	assert_false(peer_view(&scene).mcoa);
	node_link(&scene, 1, false);
	scene_advance(&scene, 2 * SECOND);
	assert_true(holds(&scene, 0, CARE_OF_2));
	assert_true(peer_usable(&scene, 0));
	scene_end(&scene);
}

/* RFC 5648 5.4, RFC 6275 5.2.8: what was taken away comes back, with other nonces if need be. */
static void test_links_come_and_go(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	for (unsigned i = 0; i < 20; i++) {
		unsigned n = 1 + i % 3;
		static const char *const care_of[] = {NULL, CARE_OF_1, CARE_OF_2, CARE_OF_3};
		node_link(&scene, n, false);
		assert_false(peer_usable(&scene, (uint16_t)n));
		peer_active(&scene);
		scene_advance(&scene, 2 * SECOND);
		assert_int_equal(held_count(&scene), 2);
		node_link(&scene, n, true);
		for (unsigned j = 0; j < 45 && !holds(&scene, (uint16_t)n, care_of[n]); j++) {
			peer_active(&scene);
			scene_advance(&scene, SECOND);
		}
		assert_true(holds(&scene, (uint16_t)n, care_of[n]));
		assert_true(peer_usable(&scene, (uint16_t)n));
	}
	scene_end(&scene);
}

/* The route-optimized path by this link is one that the correspondent knows of, at any time. */
static void expect_true_way(const struct scene *scene, uint16_t bid, const char *care_of)
{
	assert_true(!peer_usable(scene, bid) || holds(scene, bid, care_of));
}

/*
 * RFC 6275 11.8, RFC 5648 4.2: all links were lost, one comes back. Taking away what was bound by
 * them must not keep the rate of updates from binding it: a round trip to the home agent, two
 * directly.
 */
static void test_one_of_all_links_returns(void **state)
{
	(void)state;
	static const char *const care_of[] = {NULL, CARE_OF_1, CARE_OF_2, CARE_OF_3};
	static const nanos gaps[] = {0, 5 * MS, 100 * MS, 2 * SECOND};
	for (unsigned i = 0; i < 12; i++) {
		struct scene scene;
		uint16_t bid = (uint16_t)(1 + i % 3);
		begin(&scene, 3);
		peer_busy(&scene);
		scene_advance(&scene, 5 * SECOND);
		for (unsigned n = 1; n <= 3; n++) {
			node_link(&scene, n, false);
			scene_advance(&scene, gaps[i / 3]);
		}
		node_link(&scene, bid, true);
		for (unsigned j = 0; j < 60; j++) {
			scene_advance(&scene, MS);
			if (j >= 45) /* removals that were under way have come to something */
				expect_true_way(&scene, bid, care_of[bid]);
		}
		assert_true(peer_usable(&scene, bid));
		assert_int_equal(held_count(&scene), 1);
		scene_advance(&scene, SECOND);
		assert_true(peer_usable(&scene, bid));
		assert_true(holds(&scene, bid, care_of[bid]));
		assert_int_equal(held_count(&scene), 1);
		assert_int_equal(peer_bindings_shown(&scene), 1);
		assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST),
			notes_ahead(&scene, EVENT_ROUTE_OPTIMIZED) - 1);
		scene_end(&scene);
	}
}

/* RFC 5648 5.4: a binding that was taken away, for all that is known, is not one to send by. */
static void test_removal_whose_answer_is_lost(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer_busy(&scene);
	scene_advance(&scene, 5 * SECOND);
	node_link(&scene, 1, false);
	scene_advance(&scene, 5 * MS);
	scene_cut(&scene, CARE_OF_2, true);
	node_link(&scene, 2, false);
	scene_advance(&scene, 5 * SECOND);
	assert_false(holds(&scene, 1, CARE_OF_1));
	node_link(&scene, 1, true);
	for (unsigned i = 0; i < 60; i++) {
		scene_advance(&scene, MS);
		expect_true_way(&scene, 1, CARE_OF_1);
	}
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

static void test_moves(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	node_address(&scene, 1, CARE_OF_1_NEW);
	node_address_gone(&scene, 1, CARE_OF_1);
	scene_advance(&scene, SECOND);
	assert_true(holds(&scene, 1, CARE_OF_1_NEW));
	assert_true(holds(&scene, 2, CARE_OF_2));
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* RFC 6275 5.2.7: nonces age, and all is renewed in time. */
static void test_an_hour_of_traffic(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	for (unsigned i = 0; i < 3600; i++) {
		peer_active(&scene);
		scene_advance(&scene, SECOND);
		assert_int_equal(held_count(&scene), 3);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_true(peer_usable(&scene, bid));
	}
	assert_int_equal(core_counters(scene.correspondent.core)->updates_refused, 0);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), 0);
	scene_end(&scene);
}

/* The correspondent starts anew: its Binding Error is what tells of it. */
static void test_it_reboots(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	scene_restart(&scene, &scene.correspondent);
	assert_int_equal(held_count(&scene), 0);
	peer_error(&scene, 1);
	scene_advance(&scene, 2 * SECOND);
	assert_int_equal(held_count(&scene), 2);
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	scene_end(&scene);
}

/* The correspondent has started again and has other nonces, and the link that is sent by dies. Home
 * Test Inits that vanish there do not make the correspondent a silent one: the other bindings stay
 * in use, and the link is bound again soon after it has another address. */
static void test_home_tests_by_a_dead_path(void **state)
{
	(void)state;
	for (nanos later = 0; later < 10 * SECOND; later += SECOND) {
		struct scene scene;
		begin(&scene, 3);
		peer_busy(&scene);
		scene_advance(&scene, 2 * SECOND);
		const struct host_event memory = restore_event(&scene.correspondent);
		scene_restart(&scene, &scene.correspondent);
		scene_tell(&scene, &scene.correspondent, &memory);
		scene_advance(&scene, SECOND);
		scene_cut(&scene, CARE_OF_1, true);
		peer_refresh_request(&scene);
		scene_advance(&scene, later);
		node_address(&scene, 1, CARE_OF_1_NEW);
		for (nanos took = later; took < 12 * SECOND; took += 100 * MS) {
			scene_advance(&scene, 100 * MS);
			assert_true(peer_usable(&scene, 2));
			assert_true(peer_usable(&scene, 3));
		}
		assert_true(holds(&scene, 1, CARE_OF_1_NEW));
		assert_true(peer_usable(&scene, 1));
		assert_int_equal(held_count(&scene), 3);
		scene_end(&scene);
	}
}

/* RFC 6275 11.7.2: the mobile node starts anew, and knows nothing of its last sequence number. */
static void test_it_starts_anew(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	for (unsigned i = 0; i < 10; i++) {
		peer_busy(&scene);
		scene_advance(&scene, 3 * SECOND);
		assert_int_equal(held_count(&scene), 2);
		assert_true(peer_usable(&scene, 1));
		assert_true(peer_usable(&scene, 2));
		scene_restart(&scene, &scene.mobile_node);
		node_register(&scene, 2);
	}
	scene_end(&scene);
}

static void test_stops(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	node_stop(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(held_count(&scene), 0);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_STOPPED), 1);
	scene_end(&scene);
}

/* Packets are lost here and there: late, but all is there in the end. */
static void test_losses(void **state)
{
	(void)state;
	for (unsigned lost = 1; lost <= 11; lost++) {
		struct scene scene;
		begin(&scene, 3);
		peer_busy(&scene);
		for (unsigned i = 0; i < lost; i++)
			scene_advance(&scene, 5 * MS);
		scene.lose = 1 + lost % 3;
		for (unsigned i = 0; i < 20; i++) {
			peer_active(&scene);
			scene_advance(&scene, SECOND);
		}
		assert_int_equal(held_count(&scene), 3);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_true(peer_usable(&scene, bid));
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_links),
		cmocka_unit_test(test_the_correspondent_stops),
		cmocka_unit_test(test_acknowledged_in_any_order),
		cmocka_unit_test(test_it_knows_rfc_6275_only),
		cmocka_unit_test(test_links_come_and_go),
		cmocka_unit_test(test_one_of_all_links_returns),
		cmocka_unit_test(test_removal_whose_answer_is_lost),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_an_hour_of_traffic),
		cmocka_unit_test(test_it_reboots),
		cmocka_unit_test(test_home_tests_by_a_dead_path),
		cmocka_unit_test(test_it_starts_anew),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_losses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
