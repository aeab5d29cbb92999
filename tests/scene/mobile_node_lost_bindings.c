/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a home agent that has lost its bindings while all paths live, forged Binding Errors, and
 * a mobile node that was suspended.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct sent sent;

/* Restarted without its memory; it knows the node. */
static void forget(struct scene *scene)
{
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_restart(scene, &scene->home_agent);
	scene_tell(scene, &scene->home_agent, &node);
}

/* Until all bindings are back at the home agent. */
static nanos until_bound(struct scene *scene, struct traffic *traffic, nanos most)
{
	nanos start = scene->now.mono;
	while (bindings_of(scene).count < 3 && scene->now.mono < start + most)
		node_traffic(scene, traffic, MS);
	assert_int_equal(bindings_of(scene).count, 3);
	return scene->now.mono - start;
}

static void assert_undisturbed(struct scene *scene)
{
	assert_int_equal(notes_ahead(scene, EVENT_PATH_SUSPECT), 0);
	assert_int_equal(notes_ahead(scene, EVENT_PATH_DEAD), 0);
	assert_int_equal(notes_ahead(scene, EVENT_BINDING_REMOVED), 0);
	assert_int_equal(notes_ahead(scene, EVENT_BINDING_EXPIRED), 0);
	assert_int_equal(node_selected(scene), 1);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(node_view(scene, bid).registered);
}

/* ---- lost, and back ---- */

static nanos lost_under(bool up, bool down, bool bulk, unsigned after)
{
	struct scene scene;
	struct traffic traffic = {.up = up, .down = down, .down_bid = 1};
	struct mobile_node_config config = node_defaults();
	config.bulk = bulk;
	node_begin_with(&scene, 10 * MS, &config, true);
	node_register(&scene, 3);
	/* the data plane reports traffic again */
	traffic.up = up || down;
	node_traffic(&scene, &traffic, 100 * MS);
	traffic.up = up;
	node_traffic(&scene, &traffic, 5 * SECOND + after * 37 * MS);
	take_all(&scene.mobile_node);
	forget(&scene);
	traffic.died = down ? scene.now.mono : 0; /* it has no binding to send by */
	nanos took = until_bound(&scene, &traffic, 30 * SECOND);
	assert_int_equal(notes_ahead(&scene, EVENT_BINDINGS_LOST), 1);
	assert_undisturbed(&scene);
	scene_end(&scene);
	return took;
}

static nanos worst(bool up, bool down, bool bulk)
{
	unsigned step = up || down ? 1 : 7;
	nanos most = 0;
	for (unsigned after = 0; after < 40; after++)
		most = nanos_max(most, lost_under(up, down, bulk, step * after));
	printf("%s%s%s: at most %u ms\n", up ? "up " : "", down ? "down " : "",
		bulk ? "bulk" : "one by one", (unsigned)(most / MS));
	return most;
}

static void test_back_within_three_seconds_under_traffic(void **state)
{
	(void)state;
	for (unsigned bulk = 0; bulk < 2; bulk++) {
		assert_true(worst(true, false, bulk) <= 3 * SECOND);
		assert_true(worst(false, true, bulk) <= 3 * SECOND);
		assert_true(worst(true, true, bulk) <= 3 * SECOND);
	}
}

static void test_back_within_the_idle_interval(void **state)
{
	(void)state;
	assert_true(worst(false, false, true) <= 10 * SECOND);
}

/* While it is down its kernel answers plain probes; the last update's answer is not waited for. */
static void test_home_agent_is_away_for_a_while(void **state)
{
	(void)state;
	for (unsigned seconds = 1; seconds <= 40; seconds += 3) {
		struct scene scene;
		struct traffic traffic = {.up = true};
		node_begin(&scene, 10 * MS);
		node_register(&scene, 3);
		node_traffic(&scene, &traffic, 2 * SECOND);
		take_all(&scene.mobile_node);
		struct core *core = scene.home_agent.core;
		scene.home_agent.core = NULL;
		node_traffic(&scene, &traffic, seconds * SECOND);
		scene.home_agent.core = core;
		forget(&scene);
		assert_true(until_bound(&scene, &traffic, 10 * SECOND) <= 3 * SECOND);
		assert_undisturbed(&scene);
		scene_end(&scene);
	}
}

/* RFC 6275 11.7.2: the numbers go on; a home agent that has older ones says which. */
static void test_sequence_numbers_go_on(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true};
	node_begin(&scene, 10 * MS);
	node_attach(&scene, 1);
	node_attach(&scene, 2);
	node_attach(&scene, 3);
	scene_advance(&scene, 2 * SECOND);
	uint16_t last = 0;
	while (next_update(&scene, &sent))
		last = sent.message.binding_update.sequence;
	forget(&scene);
	const struct host_event memory = {.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME),
			.sequence = (uint16_t)(last + 300),
			.count = 1,
			.bindings = {{.care_of = address_of("2001:db8:4::999"),
				.expires = scene.now.mono + 100 * SECOND,
				.bid = 9,
				.priority = 9,
				.verified = true}}}};
	scene_tell(&scene, &scene.home_agent, &memory);
	node_traffic(&scene, &traffic, 3 * SECOND);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.sequence, (uint16_t)(last + 1));
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.sequence, (uint16_t)(last + 301));
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(lists(&sent, bid,
			bid == 1   ? CARE_OF_1
			: bid == 2 ? CARE_OF_2
				   : CARE_OF_3));
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* No probes at all: a Binding Error answers what it sends. */
static void test_without_probes(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.probe = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	node_register(&scene, 3);
	forget(&scene);
	take_all(&scene.home_agent);
	const struct host_event event = {.type = HOST_UNBOUND,
		.unbound = {.home_address = address_of(HOME), .care_of = address_of(CARE_OF_1)}};
	scene_tell(&scene, &scene.home_agent, &event);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(bindings_of(&scene).count, 3);
	scene_end(&scene);
}

/* ---- forged Binding Errors ---- */

static nanos forged_for(struct scene *scene, struct traffic *traffic, nanos duration)
{
	nanos end = scene->now.mono + duration;
	while (scene->now.mono < end) {
		binding_error_arrives(scene, 1);
		node_traffic(scene, traffic, 100 * MS);
	}
	return duration;
}

/* At 1, 3, 7 ... 127 s, and each 64 s from then on: no update is lost, nothing is taken away. */
static void test_forged_errors_cost_few_updates(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	struct mobile_node_config config = node_defaults();
	config.lifetime = 3600; /* no refresh */
	struct home_agent_config its = home_agent_defaults();
	its.lifetime_max = 3600;
	node_begin_with(&scene, 10 * MS, &config, false);
	scene_end(&scene);
	scene_with_home_agent(&scene, &its);
	scene_place(&scene, &scene.home_agent, HOME_AGENT, CORE_LINK);
	scene_place(&scene, &scene.mobile_node, CARE_OF_1, 1);
	scene_place(&scene, &scene.mobile_node, CARE_OF_2, 2);
	scene_place(&scene, &scene.mobile_node, CARE_OF_3, 3);
	scene_add_mobile_node(&scene, &config);
	node_register(&scene, 3);
	node_traffic(&scene, &traffic, SECOND);
	take_all(&scene.mobile_node);
	forged_for(&scene, &traffic, 300 * SECOND);
	assert_in_range(updates_ahead(&scene), 2, 11);
	assert_int_equal(notes_ahead(&scene, EVENT_BINDINGS_LOST), updates_ahead(&scene));
	assert_undisturbed(&scene);
	/* after a minute of quiet it is as before */
	take_all(&scene.mobile_node);
	node_traffic(&scene, &traffic, 130 * SECOND);
	binding_error_arrives(&scene, 1);
	assert_int_equal(updates_ahead(&scene), 1);
	scene_end(&scene);
}

/* Binding Refresh Requests are not signed either: at 0, 1, 3, 7 ... 127 s, and each 64 s from then
 * on. */
static void test_forged_refresh_requests_cost_few_updates(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config its = home_agent_defaults();
	struct mobile_node_config config = node_defaults();
	config.lifetime = its.lifetime_max = 3600; /* no refresh */
	scene_with_home_agent(&scene, &its);
	scene_place(&scene, &scene.home_agent, HOME_AGENT, CORE_LINK);
	scene_place(&scene, &scene.mobile_node, CARE_OF_1, 1);
	scene_add_mobile_node(&scene, &config);
	const struct host_event node = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &node);
	node_register(&scene, 1);
	scene_advance(&scene, SECOND);
	take_all(&scene.mobile_node);
	for (unsigned i = 0; i < 3000; i++) {
		refresh_request_arrives(&scene);
		scene_advance(&scene, 100 * MS);
	}
	assert_in_range(updates_ahead(&scene), 5, 11);
	/* after a minute of quiet it is as before */
	scene_advance(&scene, 130 * SECOND);
	take_all(&scene.mobile_node);
	refresh_request_arrives(&scene);
	scene_advance(&scene, 10 * MS);
	assert_int_equal(updates_ahead(&scene), 1);
	scene_end(&scene);
}

/* Forged errors must not hide a true loss. */
static void test_true_error_among_forged_ones(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct scene scene;
		struct traffic traffic = {.up = true};
		node_begin(&scene, 10 * MS);
		node_register(&scene, 3);
		forged_for(&scene, &traffic, 100 * SECOND + i * 100 * MS);
		forget(&scene);
		nanos start = scene.now.mono;
		while (bindings_of(&scene).count < 3 && scene.now.mono < start + 10 * SECOND)
			forged_for(&scene, &traffic, 100 * MS);
		/* the second unanswered probe confirms it: not after the third */
		assert_true(scene.now.mono - start <= 2500 * MS);
		scene_end(&scene);
	}
}

static void refused(struct scene *scene, uint16_t bid, const char *care_of)
{
	const struct host_event event = {
		.type = HOST_REFUSED, .refused = {.bid = bid, .care_of = address_of(care_of)}};
	scene_tell(scene, &scene->mobile_node, &event);
}

/* A home agent of another make has lost its tunnels: it sends ICMPv6 errors about tunnelled
 * packets, and no Binding Error. */
static void test_tunnelled_packets_are_refused(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	scene_advance(&scene, 5 * SECOND);
	take_all(&scene.mobile_node);
	forget(&scene);
	refused(&scene, 1, CARE_OF_1);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(bindings_of(&scene).count, 3);
	assert_int_equal(notes_ahead(&scene, EVENT_BINDINGS_LOST), 1);
	assert_undisturbed(&scene);
	scene_end(&scene);
}

/* The same limits as for Binding Errors; nothing for an address that is not the link's (any more).
 */
static void test_refusals_cost_few_updates(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	take_all(&scene.mobile_node);
	refused(&scene, 1, CARE_OF_1_NEW);
	refused(&scene, 2, CARE_OF_1);
	expect_no_update(&scene);
	for (unsigned i = 0; i < 1000; i++) {
		refused(&scene, 1, CARE_OF_1);
		scene_advance(&scene, 100 * MS);
	}
	assert_in_range(updates_ahead(&scene), 5, 8);
	assert_undisturbed(&scene);
	scene_end(&scene);
}

/* Not registered, not in use, or another care-of address than the one that the error came to. */
static void test_errors_about_nothing(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_attach(&scene, 2);
	binding_error_arrives(&scene, 1); /* to another address */
	scene_advance(&scene, 2 * SECOND);
	node_attach(&scene, 1);
	scene_advance(&scene, 15 * SECOND);
	take_all(&scene.mobile_node);
	binding_error_arrives(&scene, 1); /* nothing was sent */
	scene_advance(&scene, SECOND);
	expect_no_update(&scene);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_ERROR), 2);
	scene_end(&scene);
}

/* ---- a home agent that does not know such probes ---- */

static size_t bound_probes(const struct scene *scene)
{
	size_t count = 0;
	for (size_t i = scene->mobile_node.taken; i < scene->mobile_node.done_count; i++) {
		const struct effect *effect = &scene->mobile_node.done[i];
		struct packet packet;
		if (effect->type != EFFECT_SEND)
			continue;
		assert_int_equal(
			packet_decode(effect->send.octets, effect->send.length, &packet), WIRE_OK);
		count += packet.has_home_address && packet.next_header == ICMPV6_NEXT_HEADER;
	}
	return count;
}

static void test_home_agent_of_another_make(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	const struct mobile_node_config config = node_defaults();
	node_begin_with(&scene, 10 * MS, &config, false);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(&scene, n);
	for (unsigned i = 0; i < 20; i++) {
		scene_advance(&scene, 100 * MS);
		while (next_update(&scene, &sent)) {
			const struct reply reply = reply_to(&sent);
			reply_send(&scene, &reply);
		}
	}
	take_all(&scene.mobile_node);
	node_traffic(&scene, &traffic, 60 * SECOND);
	assert_undisturbed(&scene);
	assert_true(bound_probes(&scene) <= 12);
	expect_no_update(&scene);
	/* a minute's probes as ever */
	take_all(&scene.mobile_node);
	node_traffic(&scene, &traffic, 60 * SECOND);
	assert_int_equal(bound_probes(&scene), 0);
	assert_undisturbed(&scene);
	/* another may have taken its place when it acknowledges something */
	binding_error_arrives(&scene, 1);
	node_traffic(&scene, &traffic, SECOND);
	assert_true(next_update(&scene, &sent));
	const struct reply reply = reply_to(&sent);
	reply_send(&scene, &reply);
	take_all(&scene.mobile_node);
	node_traffic(&scene, &traffic, 60 * SECOND);
	assert_in_range(bound_probes(&scene), 1, 12);
	scene_end(&scene);
}

/* A firewall on link 2 discards Home Address options; the home agent answers by link 1: it has lost
 * nothing. */
static void test_firewall_discards_such_probes_on_one_link(void **state)
{
	(void)state;
	struct scene scene;
	struct traffic traffic = {.up = true, .down = true, .down_bid = 1};
	node_begin(&scene, 10 * MS);
	node_attach(&scene, 1);
	scene_advance(&scene, 2 * SECOND);
	scene_bare(&scene, CARE_OF_2, true);
	node_attach(&scene, 2);
	node_traffic(&scene, &traffic, 20 * SECOND);
	assert_true(node_view(&scene, 2).registered);
	take_all(&scene.mobile_node);
	node_traffic(&scene, &traffic, 60 * SECOND);
	assert_int_equal(notes_ahead(&scene, EVENT_BINDINGS_LOST), 0);
	expect_no_update(&scene);
	/* link 1 still tells a loss */
	take_all(&scene.mobile_node);
	forget(&scene);
	nanos start = scene.now.mono;
	while (bindings_of(&scene).count < 2 && scene.now.mono < start + 10 * SECOND)
		node_traffic(&scene, &traffic, MS);
	assert_true(scene.now.mono - start <= 3 * SECOND);
	scene_end(&scene);
}

/* ---- suspended ---- */

static void sleep_for(struct scene *scene, nanos duration)
{
	const struct host_event event = {.type = HOST_RESUMED};
	scene->now.mono += duration;
	scene->now.ntp += duration / SECOND << 32;
	scene_tell(scene, &scene->mobile_node, &event);
}

/* Whether the lifetimes have passed or not: paths are probed and bindings registered at once. */
static void test_resumes(void **state)
{
	(void)state;
	static const nanos durations[] = {30 * SECOND, 400 * SECOND, 4000 * SECOND};
	for (size_t i = 0; i < 3; i++) {
		struct scene scene;
		node_begin(&scene, 10 * MS);
		node_register(&scene, 3);
		forget(&scene);
		sleep_for(&scene, durations[i]);
		scene_advance(&scene, 20 * MS);
		expect_update(&scene, &sent);
		assert_int_equal(sent.message.bid_count, 3);
		scene_advance(&scene, 100 * MS);
		assert_int_equal(bindings_of(&scene).count, 3);
		assert_true(probes_ahead(&scene) >= 3);
		scene_advance(&scene, SECOND);
		for (uint16_t bid = 1; bid <= 3; bid++) {
			assert_int_equal(node_view(&scene, bid).path, PATH_ALIVE);
			assert_true(node_view(&scene, bid).registered);
		}
		scene_end(&scene);
	}
}

/* A link that is gone when the machine resumes. */
static void test_resumes_elsewhere(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	scene_cut(&scene, CARE_OF_1, true);
	sleep_for(&scene, 400 * SECOND);
	scene_advance(&scene, 3 * SECOND);
	assert_int_equal(node_view(&scene, 1).path, PATH_DEAD);
	assert_int_equal(node_selected(&scene), 2);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_within_three_seconds_under_traffic),
		cmocka_unit_test(test_back_within_the_idle_interval),
		cmocka_unit_test(test_home_agent_is_away_for_a_while),
		cmocka_unit_test(test_sequence_numbers_go_on),
		cmocka_unit_test(test_without_probes),
		cmocka_unit_test(test_forged_errors_cost_few_updates),
		cmocka_unit_test(test_forged_refresh_requests_cost_few_updates),
		cmocka_unit_test(test_true_error_among_forged_ones),
		cmocka_unit_test(test_tunnelled_packets_are_refused),
		cmocka_unit_test(test_refusals_cost_few_updates),
		cmocka_unit_test(test_errors_about_nothing),
		cmocka_unit_test(test_home_agent_of_another_make),
		cmocka_unit_test(test_firewall_discards_such_probes_on_one_link),
		cmocka_unit_test(test_resumes),
		cmocka_unit_test(test_resumes_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
