/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: paths that die, silently or not, and what it costs to know. Times are virtual, so exact.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#define MS NANOS_PER_MS

/* The figure to reach: silent death of a link in use, until its traffic moves. */
#define DEATH_BUDGET (150 * MS)

static struct sent sent;

/* From now until the next Binding Update leaves. */
static nanos until_update(struct scene *scene, struct traffic *traffic, nanos most)
{
	nanos start = scene->now.mono;
	while (updates_ahead(scene) == 0 && scene->now.mono < start + most)
		node_traffic(scene, traffic, MS);
	assert_int_not_equal(updates_ahead(scene), 0);
	return scene->now.mono - start;
}

static void die(struct scene *scene, struct traffic *traffic, const char *care_of)
{
	take_all(&scene->mobile_node);
	scene_cut(scene, care_of, true);
	traffic->died = scene->now.mono;
}

/* Link 1 of three dies; the traffic moves, and the home agent is told by another link. */
static nanos silent_death(nanos rtt, nanos after, bool up, bool down)
{
	struct scene scene;
	struct traffic traffic = {.up = up, .down = down, .down_bid = 1};
	node_begin(&scene, rtt / 2);
	node_register(&scene, 3);
	node_traffic(&scene, &traffic, after);
	assert_int_equal(node_selected(&scene), 1);
	die(&scene, &traffic, CARE_OF_1);
	nanos took = until_update(&scene, &traffic, 10 * NANOS_PER_SECOND);
	assert_int_equal(node_selected(&scene), 2);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_int_equal(sent.message.bid_count, 2);
	assert_true(lists(&sent, 2, CARE_OF_2));
	assert_true(lists(&sent, 3, CARE_OF_3));
	scene_end(&scene);
	return took;
}

/* The worst over the moments at which the link may die. */
static nanos worst_death(nanos rtt, bool up, bool down)
{
	nanos worst = 0;
	for (unsigned i = 0; i < 60; i++) {
		nanos after = 4 * NANOS_PER_SECOND + i * 37 * MS + i * 100000;
		nanos took = silent_death(rtt, after, up, down);
		worst = took > worst ? took : worst;
	}
	printf("RTT %2u ms, %s%s: at most %u ms from death to the update\n", (unsigned)(rtt / MS),
		up ? "up" : "", down ? (up ? " and down" : "down") : "", (unsigned)(worst / MS));
	return worst;
}

static void test_silent_death_under_a_stream_both_ways(void **state)
{
	(void)state;
	assert_true(worst_death(1 * MS, true, true) <= DEATH_BUDGET);
	assert_true(worst_death(20 * MS, true, true) <= DEATH_BUDGET);
	assert_true(worst_death(50 * MS, true, true) <= DEATH_BUDGET);
}

static void test_silent_death_under_an_upstream(void **state)
{
	(void)state;
	assert_true(worst_death(1 * MS, true, false) <= DEATH_BUDGET);
	assert_true(worst_death(20 * MS, true, false) <= DEATH_BUDGET);
	assert_true(worst_death(50 * MS, true, false) <= DEATH_BUDGET);
}

static void test_silent_death_under_a_downstream(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	node_traffic(&scene, &traffic, NANOS_PER_SECOND);
	traffic.up = false;
	node_traffic(&scene, &traffic, 3 * NANOS_PER_SECOND);
	die(&scene, &traffic, CARE_OF_1);
	assert_true(until_update(&scene, &traffic, NANOS_PER_SECOND) <= DEATH_BUDGET);
	scene_end(&scene);
}

static void test_upstream_raises_no_alarm(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true};
	node_begin(&scene, 10 * MS);
	node_register(&scene, 2);
	node_traffic(&scene, &traffic, NANOS_PER_SECOND);
	take_all(&scene.mobile_node);
	node_traffic(&scene, &traffic, 10 * NANOS_PER_SECOND);
	assert_int_equal(notes_ahead(&scene, EVENT_PATH_SUSPECT), 0);
	/* of ten thousand packets; link 2 idles; one a second shows the binding */
	assert_true(probes_ahead(&scene) <= 150);
	scene_end(&scene);
}

static void test_stream_both_ways_costs_a_probe_a_second(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	node_traffic(&scene, &traffic, 10 * NANOS_PER_SECOND);
	assert_true(probes_ahead(&scene) <= 11);
	scene_end(&scene);
}

static void test_idle_path_costs_little(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	scene_advance(&scene, 300 * NANOS_PER_SECOND);
	/* 6.25 a minute, and as many answers */
	assert_in_range(probes_ahead(&scene), 30, 32);
	expect_no_update(&scene);
	assert_int_equal(node_view(&scene, 1).path, PATH_ALIVE);
	scene_end(&scene);
}

static void test_idle_death_is_known_within_ten_seconds(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct scene scene;
		struct traffic none = {.up = false};
		node_begin(&scene, 10 * MS);
		node_register(&scene, 2);
		scene_advance(&scene, 20 * NANOS_PER_SECOND + i * 497 * MS);
		die(&scene, &none, CARE_OF_1);
		nanos took = until_update(&scene, &none, 20 * NANOS_PER_SECOND);
		assert_true(took <= 10 * NANOS_PER_SECOND);
		assert_int_equal(node_view(&scene, 1).path, PATH_DEAD);
		scene_end(&scene);
	}
}

/* The update for a live link must not leave by a dead one. */
static void test_update_leaves_by_a_link_that_lives(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	scene_cut(&scene, CARE_OF_1, true);
	node_attach(&scene, 1);
	expect_update(&scene, &sent); /* the only link there is: tried at once */
	assert_int_equal(sent.ifindex, 1);
	node_attach(&scene, 2);
	scene_advance(&scene, 200 * MS);
	/* not after 1.5 s: link 2 is proven, link 1 does not answer */
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_true(lists(&sent, 2, CARE_OF_2));
	assert_false(lists(&sent, 1, CARE_OF_1));
	assert_true(node_view(&scene, 2).registered);
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* What waits for an answer by a link that dies is sent anew by another at once. */
static void test_waiting_update_moves_with_the_paths(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	scene.lose = 1;
	node_prefer(&scene, 3, 1); /* an update by link 3, which is lost */
	expect_update(&scene, &sent);
	uint16_t first = sent.message.binding_update.sequence;
	assert_int_equal(sent.ifindex, 3);
	node_link(&scene, 3, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 1);
	assert_false(lists(&sent, 3, CARE_OF_3));
	assert_int_equal(sent.message.binding_update.sequence, (uint16_t)(first + 1));
	scene_end(&scene);
}

/* What is no longer to be used is said first, then the home agent is told, by another link. */
/* Shows RFC 6275 11.5.4-7. */
static void test_carrier_lost(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	node_link(&scene, 1, false);
	take_note(&scene.mobile_node, EVENT_LINK_DOWN, 1);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.mobile_node, 1, HOME_AGENT);
	assert_false(tunnel->usable);
	take(&scene.mobile_node, EFFECT_RECORD);
	take_message(&scene.mobile_node, MH_binding_update, &sent);
	assert_int_equal(sent.ifindex, 2);
	take_note(&scene.mobile_node, EVENT_PATH_SELECTED, 2);
	scene_advance(&scene, 20 * MS);
	take_note(&scene.mobile_node, EVENT_BINDING_REMOVED, 1);
	take_tunnel_remove(&scene.mobile_node, 1);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* A better link takes over only when the home agent has said that it knows it. */
static void test_better_link_returns(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	node_link(&scene, 1, false);
	scene_advance(&scene, 5 * NANOS_PER_SECOND);
	take_all(&scene.mobile_node);
	node_link(&scene, 1, true);
	scene_advance(&scene, 20 * MS);
	expect_no_update(&scene); /* not proven yet */
	assert_int_equal(node_selected(&scene), 2);
	scene_advance(&scene, 15 * MS);
	expect_update(&scene, &sent);
	assert_false(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_true(lists(&sent, 1, CARE_OF_1));
	assert_int_equal(node_selected(&scene), 2);
	scene_advance(&scene, 20 * MS);
	assert_int_equal(node_selected(&scene), 1);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_end(&scene);
}

/* Shows RFC 6275 11.5.3-1, 11.5.4-3, 11.7.1-1. */
static void test_link_returns_with_another_prefix(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 2);
	node_address(&scene, 1, CARE_OF_1_NEW); /* the present one stays while it is good */
	expect_no_update(&scene);
	node_address_gone(&scene, 1, CARE_OF_1);
	scene_advance(&scene, NANOS_PER_SECOND);
	struct link_view view = node_view(&scene, 1);
	struct in6_addr wanted = address_of(CARE_OF_1_NEW);
	assert_memory_equal(&view.care_of, &wanted, sizeof(wanted));
	assert_true(view.registered && view.selected);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* A router that forgot the prefix: the address is there and carries nothing. */
/* Shows RFC 6275 11.5.4-2, 11.5.3-3. */
static void test_dead_address_gives_way_to_another_of_its_link(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	node_address(&scene, 1, CARE_OF_1_NEW);
	node_traffic(&scene, &traffic, 3 * NANOS_PER_SECOND);
	die(&scene, &traffic, CARE_OF_1);
	until_update(&scene, &traffic, 200 * MS);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1_NEW));
	scene_advance(&scene, 100 * MS);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

static void test_all_links_lost_and_back(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	for (unsigned n = 1; n <= 3; n++)
		node_link(&scene, n, false);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 5 * NANOS_PER_SECOND);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_SEND), 0);
	assert_int_equal(node_selected(&scene), 0);
	node_link(&scene, 3, true);
	/* RFC 5648 5.9: at once, and instead of whatever the home agent still holds */
	expect_update(&scene, &sent);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_true(lists(&sent, 3, CARE_OF_3));
	assert_int_equal(node_selected(&scene), 3);
	scene_advance(&scene, 50 * MS);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* The only link dies: there is nothing better than going on with it. */
static void test_only_link_dead(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	node_traffic(&scene, &traffic, NANOS_PER_SECOND);
	die(&scene, &traffic, CARE_OF_1);
	node_traffic(&scene, &traffic, 20 * NANOS_PER_SECOND);
	expect_no_update(&scene);
	/* each second, so that it returns soon, and the three that found out */
	assert_in_range(probes_ahead(&scene), 20, 25);
	assert_int_equal(node_selected(&scene), 1);
	scene_cut(&scene, CARE_OF_1, false);
	traffic.died = 0;
	node_traffic(&scene, &traffic, 10 * NANOS_PER_SECOND);
	assert_true(node_view(&scene, 1).registered);
	assert_int_equal(node_view(&scene, 1).path, PATH_ALIVE);
	scene_end(&scene);
}

/* Shows RFC 6275 11.5.3-4. */
static void test_flapping_link(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 2);
	size_t updates[200];
	for (unsigned i = 0; i < 200; i++) {
		node_link(&scene, 1, i % 2);
		scene_advance(&scene, 50 * MS);
		assert_int_not_equal(node_selected(&scene), 0);
		updates[i] = updates_ahead(&scene);
	}
	/* RFC 6275 11.8: MAX_UPDATE_RATE in whichever second */
	for (unsigned i = 19; i < 200; i++)
		assert_true(updates[i] - updates[i - 19] <= 3);
	assert_true(updates[199] >= 20);
	scene_advance(&scene, 2 * NANOS_PER_SECOND);
	assert_true(node_view(&scene, 1).registered);
	assert_int_equal(node_selected(&scene), 1);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

static void test_forged_reply_counts_for_nothing(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	scene_cut(&scene, CARE_OF_1, true);
	node_attach(&scene, 1);
	uint8_t body[24] = {129, 0, 0, 0, 0x4d, 0x4d};
	const struct packet_envelope envelope = {
		.source = address_of(HOME_AGENT),
		.destination = address_of(CARE_OF_1),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t packet[PACKET_OCTETS_MAX];
	for (unsigned sequence = 0; sequence < 65536; sequence++) {
		body[6] = (uint8_t)(sequence >> 8);
		body[7] = (uint8_t)sequence;
		size_t length = packet_build(
			&envelope, (struct octets){body, sizeof(body)}, packet, sizeof(packet));
		scene_packet(&scene, &scene.mobile_node, 1, (struct octets){packet, length});
	}
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_REPLY), 65536);
	assert_int_equal(node_view(&scene, 1).path, PATH_UNPROVEN);
	scene_end(&scene);
}

static void test_without_probes(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.probe = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	node_attach(&scene, 1);
	node_attach(&scene, 2);
	scene_advance(&scene, NANOS_PER_SECOND);
	assert_int_equal(probes_ahead(&scene), 0);
	assert_int_equal(node_view(&scene, 2).path, PATH_ALIVE);
	assert_true(node_view(&scene, 2).registered);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_death_under_a_stream_both_ways),
		cmocka_unit_test(test_silent_death_under_an_upstream),
		cmocka_unit_test(test_silent_death_under_a_downstream),
		cmocka_unit_test(test_upstream_raises_no_alarm),
		cmocka_unit_test(test_stream_both_ways_costs_a_probe_a_second),
		cmocka_unit_test(test_idle_path_costs_little),
		cmocka_unit_test(test_idle_death_is_known_within_ten_seconds),
		cmocka_unit_test(test_update_leaves_by_a_link_that_lives),
		cmocka_unit_test(test_waiting_update_moves_with_the_paths),
		cmocka_unit_test(test_carrier_lost),
		cmocka_unit_test(test_better_link_returns),
		cmocka_unit_test(test_link_returns_with_another_prefix),
		cmocka_unit_test(test_dead_address_gives_way_to_another_of_its_link),
		cmocka_unit_test(test_all_links_lost_and_back),
		cmocka_unit_test(test_only_link_dead),
		cmocka_unit_test(test_flapping_link),
		cmocka_unit_test(test_forged_reply_counts_for_nothing),
		cmocka_unit_test(test_without_probes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
