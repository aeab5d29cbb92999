/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: links that come and go (ADR 31). Times are virtual, so exact.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND
#define SLICE (20 * MS)

static struct sent sent;

/* Which of two links loses how much, and the streams both ways by the one in use. */
struct flapping {
	struct traffic traffic;
	unsigned percent[3]; /* of link 1 and 2, in a bad period */
	uint32_t random;
	uint16_t selected;
	nanos kept;
	unsigned moves;
	nanos moved[200];
	unsigned removals; /* updates that take a binding away */
	size_t bids;       /* of the last update */
};

static const char *const care_of[] = {NULL, CARE_OF_1, CARE_OF_2};

static bool chance(struct flapping *flapping, unsigned percent)
{
	flapping->random = flapping->random * 1664525 + 1013904223;
	return (flapping->random >> 16) % 100 < percent;
}

static void count_updates(struct scene *scene, struct flapping *flapping)
{
	while (next_update(scene, &sent)) {
		flapping->removals += sent.message.bid_count < flapping->bids;
		flapping->bids = sent.message.bid_count;
	}
}

/* Links 1 and 2, where `bad`, lose so much for so long. */
static void pass(
	struct scene *scene, struct flapping *flapping, nanos duration, bool bad1, bool bad2)
{
	nanos end = scene->now.mono + duration;
	while (scene->now.mono < end) {
		bool cut[3] = {false, bad1 && chance(flapping, flapping->percent[1]),
			bad2 && chance(flapping, flapping->percent[2])};
		for (unsigned n = 1; n <= 2; n++)
			scene_cut(scene, care_of[n], cut[n]);
		uint16_t by = node_selected(scene);
		flapping->traffic.down_bid = by;
		flapping->traffic.died = cut[by] ? scene->now.mono : 0;
		node_traffic(scene, &flapping->traffic, SLICE);
		by = node_selected(scene);
		/* packets wait while another resort is being registered */
		flapping->kept += by == 0 ? SLICE : 0;
		if (by != 0 && by != flapping->selected)
			flapping->moved[flapping->moves++] = scene->now.mono;
		flapping->selected = by ? by : flapping->selected;
		count_updates(scene, flapping);
		take_all(&scene->mobile_node);
	}
	scene_cut(scene, CARE_OF_1, false);
	scene_cut(scene, CARE_OF_2, false);
}

static void begin(struct scene *scene, struct flapping *flapping, unsigned percent)
{
	*flapping = (struct flapping){
		.traffic = {.up = true, .down = true},
		.percent = {0, percent, percent},
		.random = percent,
		.selected = 1,
		.bids = 2,
	};
	node_begin(scene, 10 * MS);
	node_register(scene, 2);
	pass(scene, flapping, 5 * SECOND, false, false);
	assert_int_equal(node_selected(scene), 1);
	assert_int_equal(flapping->moves, 0);
}

/* In whichever minute. */
static void assert_moves_bounded(const struct flapping *flapping)
{
	for (unsigned i = 4; i < flapping->moves; i++)
		assert_true(flapping->moved[i] > flapping->moved[i - 4] + 60 * SECOND);
}

static void flap(unsigned percent, nanos good, nanos bad)
{
	struct scene scene;
	struct flapping flapping;
	begin(&scene, &flapping, percent);
	nanos end = scene.now.mono + 120 * SECOND;
	while (scene.now.mono < end) {
		pass(&scene, &flapping, bad, true, false);
		pass(&scene, &flapping, good, false, false);
	}
	printf("%2u %% for %5u ms, good for %5u ms: %u moves and %u removals in 2 minutes\n",
		percent, (unsigned)(bad / MS), (unsigned)(good / MS), flapping.moves,
		flapping.removals);
	assert_moves_bounded(&flapping);
	assert_int_equal(flapping.kept, 0);
	assert_true(flapping.removals <= flapping.moves / 2 + 1);
	scene_end(&scene);
}

static void test_flapping_preferred_link(void **state)
{
	(void)state;
	static const unsigned percents[] = {30, 50, 99};
	static const nanos periods[] = {300 * MS, SECOND, 5 * SECOND};
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		for (size_t j = 0; j < sizeof(periods) / sizeof(periods[0]); j++)
			flap(percents[i], periods[j], SECOND);
}

/* Both are bad, each in the other's good time: nearly always one of them is in use. */
static void test_both_links_flap(void **state)
{
	(void)state;
	static const nanos periods[] = {SECOND, 3 * SECOND, 10 * SECOND};
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		struct scene scene;
		struct flapping flapping;
		begin(&scene, &flapping, 100);
		for (nanos at = 0; at < 120 * SECOND; at += 2 * periods[i]) {
			pass(&scene, &flapping, periods[i], true, false);
			pass(&scene, &flapping, periods[i], false, true);
		}
		printf("both, each %u s: %u moves in 2 minutes, none in use for %u ms\n",
			(unsigned)(periods[i] / SECOND), flapping.moves,
			(unsigned)(flapping.kept / MS));
		assert_moves_bounded(&flapping);
		assert_true(flapping.kept <= SECOND);
		scene_end(&scene);
	}
}

/* Steady loss is bad, too: the link is left once, and stays left until it is good. */
static void test_steady_loss(void **state)
{
	(void)state;
	static const unsigned percents[] = {30, 50};
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		struct scene scene;
		struct flapping flapping;
		begin(&scene, &flapping, percents[i]);
		pass(&scene, &flapping, 20 * SECOND, true, false);
		assert_int_equal(node_selected(&scene), 2);
		assert_true(flapping.moves <= 3);
		pass(&scene, &flapping, 100 * SECOND, true, false);
		assert_int_equal(node_selected(&scene), 2);
		assert_true(flapping.moves <= 3);
		struct link_view view = node_view(&scene, 1);
		assert_true(view.path == PATH_TRIAL || view.path == PATH_DEAD);
		assert_in_range(view.deaths, 1, 2);
		pass(&scene, &flapping, 60 * SECOND, false, false);
		assert_int_equal(node_selected(&scene), 1);
		scene_end(&scene);
	}
}

/* A link that loses little is not left. */
static void test_little_loss(void **state)
{
	(void)state;
	struct scene scene;
	struct flapping flapping;
	begin(&scene, &flapping, 2);
	pass(&scene, &flapping, 120 * SECOND, true, false);
	assert_int_equal(flapping.moves, 0);
	scene_end(&scene);
}

/* The first death in five minutes, however long it took. */
static void test_better_link_takes_over_in_two_seconds(void **state)
{
	(void)state;
	static const nanos dead_for[] = {2 * SECOND, 10 * SECOND, 60 * SECOND};
	nanos worst = 0;
	for (unsigned i = 0; i < 15; i++) {
		struct scene scene;
		struct flapping flapping;
		begin(&scene, &flapping, 100);
		pass(&scene, &flapping, dead_for[i % 3] + i / 3 * 10 * SLICE, true, false);
		assert_int_equal(node_selected(&scene), 2);
		nanos back = scene.now.mono;
		while (node_selected(&scene) != 1)
			pass(&scene, &flapping, SLICE, false, false);
		worst = scene.now.mono - back > worst ? scene.now.mono - back : worst;
		scene_end(&scene);
	}
	printf("a better link takes over %u ms after its return at the latest\n",
		(unsigned)(worst / MS));
	assert_true(worst <= 2 * SECOND);
}

/* The only link is used and registered while it is on trial. */
static void test_only_link_on_trial(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	for (unsigned i = 0; i < 4; i++) {
		node_traffic(&scene, &traffic, 2 * SECOND);
		scene_cut(&scene, CARE_OF_1, true);
		traffic.died = scene.now.mono;
		node_traffic(&scene, &traffic, 2 * SECOND);
		assert_int_equal(node_selected(&scene), 1);
		scene_cut(&scene, CARE_OF_1, false);
		traffic.died = 0;
	}
	node_traffic(&scene, &traffic, 1100 * MS);
	struct link_view view = node_view(&scene, 1);
	assert_int_equal(view.path, PATH_TRIAL);
	assert_true(view.registered && view.selected);
	assert_int_equal(view.answers_needed, 8u << (view.deaths < 3 ? view.deaths - 1 : 2));
	assert_in_range(view.answers, 1, view.answers_needed - 1);
	scene_end(&scene);
}

/* While no link is good, the one that carries is used at once. */
static void test_resort_gives_way_to_what_carries(void **state)
{
	(void)state;
	struct scene scene;
	struct flapping flapping;
	begin(&scene, &flapping, 100);
	pass(&scene, &flapping, 5 * SECOND, true, true);
	uint16_t stays = node_selected(&scene);
	pass(&scene, &flapping, 3 * SLICE, true, true);
	assert_int_equal(node_selected(&scene), stays); /* as good as the other */
	pass(&scene, &flapping, 1500 * MS, stays == 1, stays == 2);
	assert_int_not_equal(node_selected(&scene), stays);
	assert_true(node_view(&scene, node_selected(&scene)).registered);
	scene_end(&scene);
}

/* A carrier that returns may be of another network: the link's history begins anew. */
static void test_carrier_forgives(void **state)
{
	(void)state;
	struct scene scene;
	struct flapping flapping;
	begin(&scene, &flapping, 100);
	pass(&scene, &flapping, SECOND, true, false);
	assert_int_equal(node_view(&scene, 1).deaths, 1);
	node_link(&scene, 1, false);
	node_link(&scene, 1, true);
	assert_int_equal(node_view(&scene, 1).deaths, 0);
	pass(&scene, &flapping, 200 * MS, false, false);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* ---- filtered echo requests ---- */

static void test_filtered_echo_requests(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	scene.no_echo = true;
	node_attach(&scene, 1);
	scene_advance(&scene, SECOND);
	node_traffic(&scene, &traffic, 20 * SECOND);
	struct link_view view = node_view(&scene, 1);
	assert_int_equal(view.path, PATH_ALIVE);
	assert_true(view.registered && view.probes_unanswered);
	/* idle, for longer than its registration: that is renewed */
	scene_advance(&scene, 1500 * SECOND);
	view = node_view(&scene, 1);
	assert_int_equal(view.path, PATH_ALIVE);
	assert_true(view.registered && view.deaths == 0);
	/* it dies, and revives by its data */
	scene_cut(&scene, CARE_OF_1, true);
	traffic.died = scene.now.mono;
	node_traffic(&scene, &traffic, 20 * SECOND);
	assert_int_equal(node_view(&scene, 1).path, PATH_DEAD);
	scene_cut(&scene, CARE_OF_1, false);
	traffic.died = 0;
	node_traffic(&scene, &traffic, 2 * SECOND);
	view = node_view(&scene, 1);
	assert_int_equal(view.path, PATH_ALIVE);
	assert_int_equal(view.deaths, 1);
	assert_true(view.registered && view.selected);
	scene_end(&scene);
}

/* The home agent is away at first: updates go on, though no probe was ever answered. */
static void test_filtered_echo_requests_and_a_late_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	scene.no_echo = true;
	scene_cut(&scene, HOME_AGENT, true);
	node_attach(&scene, 1);
	scene_advance(&scene, 100 * SECOND);
	assert_int_equal(node_view(&scene, 1).path, PATH_DEAD);
	scene_cut(&scene, HOME_AGENT, false);
	scene_advance(&scene, 33 * SECOND);
	assert_int_equal(node_view(&scene, 1).path, PATH_ALIVE);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* Beside a link that answers, the operator sets `probe = false` for another one. */
static void test_link_without_probes(void **state)
{
	(void)state;
	struct scene scene;
	struct host_event event = {
		.type = HOST_LINK_SET,
		.link = {.bid = 1, .priority = 10, .up = true, .ifindex = 1, .unprobed = true},
	};
	node_begin(&scene, 10 * MS);
	scene_tell(&scene, &scene.mobile_node, &event);
	node_address(&scene, 1, CARE_OF_1);
	node_attach(&scene, 2);
	scene_advance(&scene, 20 * SECOND);
	struct link_view view = node_view(&scene, 1);
	assert_false(view.probe);
	assert_int_equal(view.path, PATH_ALIVE);
	assert_true(view.registered && view.selected && view.rtt_ns == 0);
	assert_true(node_view(&scene, 2).probe && node_view(&scene, 2).rtt_ns != 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flapping_preferred_link),
		cmocka_unit_test(test_both_links_flap),
		cmocka_unit_test(test_steady_loss),
		cmocka_unit_test(test_little_loss),
		cmocka_unit_test(test_better_link_takes_over_in_two_seconds),
		cmocka_unit_test(test_only_link_on_trial),
		cmocka_unit_test(test_resort_gives_way_to_what_carries),
		cmocka_unit_test(test_carrier_forgives),
		cmocka_unit_test(test_filtered_echo_requests),
		cmocka_unit_test(test_filtered_echo_requests_and_a_late_home_agent),
		cmocka_unit_test(test_link_without_probes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
