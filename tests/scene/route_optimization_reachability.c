/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a route-optimized path does not carry any more although the tunnel does: it is found out
 * with a Care-of Test, and packets go another way, until it carries again (RFC
 * 6275 5.2.9, 11.3.5, 11.3.6).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"

#include <string.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND
#define ROUTER "2001:db8:ffff::1"

static struct peer peer;

/* Bound by the first `count` links. */
static void begin(struct scene *scene, unsigned count)
{
	peer_begin(scene, &peer, 10 * MS, count);
	peer_busy(scene);
	scene_advance(scene, 2 * SECOND);
	assert_int_equal(peer_view(scene).bindings, count);
	take_all(&scene->mobile_node);
}

/* As the daemon says it each second: packets go by this binding, and come, or not. */
static void flow(struct scene *scene, uint16_t bid, bool comes, nanos duration)
{
	nanos end = scene->now.mono + duration, came = scene->now.mono;
	while (scene->now.mono < end) {
		scene_advance(scene, SECOND);
		if (comes)
			came = scene->now.mono;
		peer_activity(scene, bid, 0, scene->now.mono - came);
	}
}

static unsigned usable(const struct scene *scene)
{
	unsigned count = 0;
	for (uint16_t bid = 0; bid <= 3; bid++)
		count += peer_usable(scene, bid);
	return count;
}

/* Packets that go by the home agent are what a correspondent is busy with then. */
static void busy_for(struct scene *scene, nanos duration)
{
	nanos end = scene->now.mono + duration;
	while (scene->now.mono < end) {
		peer_busy(scene);
		scene_advance(scene, SECOND);
	}
}

/* ---- nothing comes back ---- */

/* By all links at once, not by one after the other; everything is taken away through the tunnel, so
 * that the correspondent sends by the home agent, too. */
/* Shows RFC 6275 5.2.9-4, 11.7.2-10. */
static void test_all_ways_die(void **state)
{
	(void)state;
	for (unsigned count = 1; count <= 3; count++) {
		struct scene scene;
		begin(&scene, count);
		flow(&scene, 1, true, 10 * SECOND);
		assert_int_equal(peer.care_of_tests, count);
		unsigned updates = peer.updates;
		peer.silent_directly = true;
		flow(&scene, 1, false, 7 * SECOND);
		assert_int_equal(peer.care_of_tests, 4 * count);
		assert_int_equal(usable(&scene), 0);
		assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), count);
		/* RFC 6275 11.7.2: one update, from the home address, with the home token alone */
		assert_int_equal(peer.updates, updates + 1);
		assert_int_equal(peer.bindings_count, 0);
		struct in6_addr home = address_of(HOME);
		assert_memory_equal(&peer.update.packet.source, &home, 16);
		assert_false(peer.update.packet.has_home_address);
		assert_int_equal(peer.update.message.bid_count, 0);
		assert_int_equal(peer.update.message.binding_update.lifetime, 0);
		assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
		for (uint16_t bid = 1; bid <= count; bid++)
			assert_null(peer_tunnel(&scene, bid));
		scene_end(&scene);
	}
}

/* RFC 6275 5.2.9: tried again after ever longer times, by a Care-of Test, and bound when it is
 * answered */
/* Shows RFC 6275 5.2.9-3. */
static void test_tried_again(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.route_optimization.refused_s = 60;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	peer.silent_directly = true;
	flow(&scene, 1, false, 8 * SECOND);
	assert_int_equal(usable(&scene), 0);
	unsigned updates = peer.updates;
	peer_busy(&scene);
	/* 10, 20, 40, 60, 60 s, and 7 s for three tests each time */
	unsigned tests = peer.care_of_tests;
	busy_for(&scene, 16 * SECOND);
	assert_int_equal(peer.care_of_tests, tests + 3);
	busy_for(&scene, (20 + 7) * SECOND);
	assert_int_equal(peer.care_of_tests, tests + 6);
	busy_for(&scene, (40 + 7 + 60 + 7 + 60 + 7) * SECOND);
	assert_true(peer.care_of_tests >= tests + 12 && peer.care_of_tests <= tests + 15);
	assert_int_equal(peer.updates, updates);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 0);
	peer.silent_directly = false;
	busy_for(&scene, 60 * SECOND);
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_binds(&peer, 1, CARE_OF_1));
	scene_end(&scene);
}

/* Without packets it is forgotten, as any other. */
static void test_not_tried_again_when_idle(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer.silent_directly = true;
	flow(&scene, 1, false, 8 * SECOND);
	scene_advance(&scene, 61 * SECOND);
	assert_int_equal(peer_count(&scene), 0);
	scene_end(&scene);
}

/* RFC 5648 5.4: one link's way; it is taken away by the other one, which has answered */
static void test_one_way_dies(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	flow(&scene, 1, true, 10 * SECOND);
	peer.silent_to = CARE_OF_1;
	flow(&scene, 1, false, 7 * SECOND);
	assert_false(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	assert_int_equal(peer.bindings_count, 1);
	struct in6_addr source = address_of(CARE_OF_2);
	assert_memory_equal(&peer.update.packet.source, &source, 16);
	assert_int_equal(peer.update.message.bid[0].bid, 1);
	assert_int_equal(peer.update.message.binding_update.lifetime, 0);
	peer.silent_to = NULL;
	flow(&scene, 2, true, 12 * SECOND);
	assert_true(peer_usable(&scene, 1));
	assert_int_equal(peer.bindings_count, 2);
	scene_end(&scene);
}

/* Without Binding Identifiers: the next best link's care-of address takes its place; and when the
 * better one is tried again in vain, it stays. */
static void test_single_way_dies(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 2);
	peer.without_bids = true;
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	assert_true(peer_binds(&peer, 0, CARE_OF_1));
	peer.silent_to = CARE_OF_1;
	flow(&scene, 0, false, 8 * SECOND);
	assert_true(peer_binds(&peer, 0, CARE_OF_2));
	assert_true(peer_usable(&scene, 0));
	take_all(&scene.mobile_node);
	unsigned tests = peer.care_of_tests;
	for (unsigned i = 0; i < 20; i++) {
		flow(&scene, 0, true, SECOND);
		assert_true(peer_usable(&scene, 0));
	}
	assert_true(peer.care_of_tests >= tests + 3);
	assert_true(peer_binds(&peer, 0, CARE_OF_2));
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), 0);
	scene_end(&scene);
}

/* The correspondent is not there at all: nobody waits for what it says of that; and another link
 * that turns up is not confused by an answer to it that is late. */
static void test_nobody_is_there(void **state)
{
	(void)state;
	for (unsigned late = 0; late < 2; late++) {
		struct scene scene;
		begin(&scene, 1);
		unsigned updates = peer.updates;
		peer.silent_directly = true;
		peer.silent_to_updates = true;
		flow(&scene, 1, false, 8 * SECOND);
		assert_int_equal(usable(&scene), 0);
		if (late) {
			const struct sent farewell = peer.update;
			assert_int_equal(farewell.message.binding_update.lifetime, 0);
			peer.silent_directly = false;
			peer.silent_to_updates = false;
			node_attach(&scene, 2);
			scene_advance(&scene, 900 * MS);
			assert_true(peer_usable(&scene, 2));
			assert_true(peer_binds(&peer, 2, CARE_OF_2));
			assert_int_equal(peer.bindings_count, 1);
			take_all(&scene.mobile_node);
			peer_acknowledge(&scene, &farewell);
			scene_advance(&scene, 100 * MS);
			assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), 0);
		} else {
			busy_for(&scene, 30 * SECOND);
			assert_int_equal(peer.updates, updates + 3);
			assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 0);
		}
		scene_end(&scene);
	}
}

/* ---- nothing need come back ---- */

/* A stream that only goes out: asked about now and then, and never moved. */
static void test_one_way_stream(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	unsigned tests = peer.care_of_tests;
	for (unsigned i = 0; i < 200; i++) {
		scene_advance(&scene, SECOND);
		peer_activity(&scene, 1, 0, NANOS_NEVER);
		assert_int_equal(usable(&scene), 2);
	}
	/* at most one in ten seconds for each link */
	assert_true(peer.care_of_tests - tests >= 20 && peer.care_of_tests - tests <= 2 * 20);
	assert_int_equal(peer.bindings_count, 2);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), 0);
	scene_end(&scene);
}

/* Paths that nobody asks give no occasion to be told how it goes with the packets. */
static void test_told_without_probes(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.probe = false;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer_busy(&scene);
	scene_advance(&scene, 2 * SECOND);
	for (unsigned i = 0; i < 100; i++) {
		nanos most = (i < 20 || i >= 95 ? 1 : 10) * SECOND;
		assert_true(core_next_deadline(scene.mobile_node.core) <= scene.now.mono + most);
		if (i < 10 || i >= 90)
			peer_active(&scene);
		scene_advance(&scene, SECOND);
	}
	scene_end(&scene);
}

/* What is answered, if rarely, needs no test. */
static void test_rare_packets(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	for (unsigned i = 0; i < 100; i++) {
		/* told between question and answer, and then not for a while */
		peer_activity(&scene, 1, 10 * MS, 2 * SECOND);
		scene_advance(&scene, SECOND);
		peer_activity(&scene, 1, SECOND + 10 * MS, 900 * MS);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(peer.care_of_tests, 1);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* Who does not answer tests any more, but whose packets come, is reached. */
static void test_packets_prove_it(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer.silent_to_care_of = true;
	for (unsigned i = 0; i < 50; i++) {
		/* answers stay away long enough for a test to begin */
		flow(&scene, 1, false, 3 * SECOND);
		peer_activity(&scene, 1, 0, 0);
		peer_activity(&scene, 2, NANOS_NEVER, 0);
		assert_int_equal(usable(&scene), 2);
	}
	assert_true(peer.care_of_tests > 5);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), 0);
	scene_end(&scene);
}

/* ---- ICMPv6 errors about what went directly ---- */

struct error {
	uint8_t type, code;
	uint32_t pointer;
	const char *from;    /* who says so */
	const char *home;    /* in the Home Address option of what is quoted */
	const char *care_of; /* that it came from */
	const char *to;
};

#define UNREACHABLE                                                                                \
	(struct error)                                                                             \
	{                                                                                          \
		.type = 1, .from = ROUTER, .home = HOME, .care_of = CARE_OF_1, .to = PEER          \
	}
#define NO_OPTION                                                                                  \
	(struct error)                                                                             \
	{                                                                                          \
		.type = 4, .code = 2, .pointer = 46, .from = PEER, .home = HOME,                   \
		.care_of = CARE_OF_1, .to = PEER                                                   \
	}

static void returned(struct scene *scene, struct error error)
{
	static const uint8_t datagram[16] = {0x12, 0x34, 0x56, 0x78, 0, 16};
	uint8_t body[8 + PACKET_OCTETS_MAX] = {
		error.type, error.code, [7] = (uint8_t)error.pointer};
	uint8_t octets[PACKET_OCTETS_MAX];
	struct in6_addr home = address_of(error.home);
	const struct packet_envelope quoted = {
		.source = address_of(error.care_of),
		.destination = address_of(error.to),
		.home_address = &home,
		.next_header = 17,
		.hop_limit = 60,
	};
	const struct packet_envelope envelope = {
		.source = address_of(error.from),
		.destination = address_of(CARE_OF_1),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&quoted, (struct octets){datagram, sizeof(datagram)}, body + 8, sizeof(body) - 8);
	assert_int_not_equal(length, 0);
	length = packet_build(&envelope, (struct octets){body, 8 + length}, octets, sizeof(octets));
	scene_packet(scene, &scene->mobile_node, 1, (struct octets){octets, length});
}

/* RFC 4443 3.1: a reason to find out at once, though packets come; and no more than that */
static void test_unreachable(void **state)
{
	(void)state;
	for (unsigned hole = 0; hole < 2; hole++) {
		struct scene scene;
		begin(&scene, 2);
		peer.silent_directly = hole;
		unsigned tests = peer.care_of_tests;
		for (unsigned i = 0; i < 500; i++) {
			returned(&scene, UNREACHABLE);
			scene_advance(&scene, 10 * MS);
			if (i == 2)
				assert_int_equal(peer.care_of_tests, tests + 2);
			if (i % 100 == 0)
				peer_active(&scene);
			if (i == 300 || !hole)
				assert_int_equal(usable(&scene), 2);
		}
		assert_int_equal(usable(&scene), hole ? 0 : 2);
		assert_int_equal(peer.bindings_count, hole ? 0 : 2);
		if (!hole) {
			scene_advance(&scene, 20 * SECOND);
			assert_true(peer.care_of_tests - tests <= 4);
		}
		scene_end(&scene);
	}
}

/* What is not about a way of ours, or comes from its end. */
static void test_unreachable_forged(void **state)
{
	(void)state;
	struct error errors[4];
	for (size_t i = 0; i < 4; i++)
		errors[i] = UNREACHABLE;
	errors[0].from = PEER;
	errors[1].home = "2001:db8:100::101";
	errors[2].care_of = CARE_OF_2;
	errors[3].to = "2001:db8:9::2";
	struct scene scene;
	begin(&scene, 1);
	for (size_t i = 0; i < 4; i++)
		returned(&scene, errors[i]);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.care_of_tests, 1);
	assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), 4);
	scene_end(&scene);
}

/* RFC 6275 11.3.5, 11.3.6: who does not take the Home Address option has no binding: as if a
 * Binding Error said so */
static void test_option_not_taken(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	unsigned updates = peer.updates;
	returned(&scene, NO_OPTION);
	assert_int_equal(usable(&scene), 0);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(usable(&scene), 2);
	assert_int_equal(peer.updates, updates + 2);
	scene_end(&scene);
}

static void test_option_not_taken_forged(void **state)
{
	(void)state;
	struct error errors[6];
	for (size_t i = 0; i < 6; i++)
		errors[i] = NO_OPTION;
	errors[0].from = ROUTER;
	errors[1].home = "2001:db8:100::101";
	errors[2].care_of = CARE_OF_2;
	errors[3].to = "2001:db8:9::2";
	errors[4].pointer = 70;
	errors[5].pointer = 6;
	struct scene scene;
	begin(&scene, 1);
	for (size_t i = 0; i < 6; i++) {
		returned(&scene, errors[i]);
		assert_true(peer_usable(&scene, 1));
	}
	/* a flood: as little as one of Binding Errors does */
	unsigned seen = 0, updates = peer.updates;
	for (unsigned i = 0; i < 10000; i++) {
		returned(&scene, NO_OPTION);
		scene_advance(&scene, 10 * MS);
		seen += peer_usable(&scene, 1);
		if (i % 100 == 0)
			peer_active(&scene);
	}
	assert_true(seen >= 9900);
	assert_true(peer.updates - updates <= 14);
	scene_end(&scene);
}

/* ---- daemons come and go ---- */

/* The correspondent's daemon has stopped: its kernel knows neither the option nor our messages.
 * Packets go by the home agent; it is not refused for long, since it did know us. */
static void test_daemon_stops(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer.silent = true;
	peer.knows_nothing = true;
	peer.bindings_count = 0;
	returned(&scene, NO_OPTION);
	assert_int_equal(usable(&scene), 0);
	scene_advance(&scene, 100 * MS);
	for (uint16_t bid = 1; bid <= 2; bid++)
		assert_null(peer_tunnel(&scene, bid));
	assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
	unsigned messages = peer.updates + peer.care_of_tests + peer.home_tests;
	busy_for(&scene, 9 * SECOND);
	assert_int_equal(peer.updates + peer.care_of_tests + peer.home_tests, messages);
	/* still not there; and then it is, and has forgotten everything */
	busy_for(&scene, 10 * SECOND);
	assert_int_equal(usable(&scene), 0);
	assert_true(peer.updates + peer.care_of_tests + peer.home_tests > messages);
	peer.silent = false;
	peer.knows_nothing = false;
	peer.rebooted = true;
	peer.has_sequence = false;
	busy_for(&scene, 20 * SECOND);
	assert_int_equal(usable(&scene), 2);
	assert_int_equal(peer.bindings_count, 2);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 0);
	scene_end(&scene);
}

/* The correspondent announces its stop, and then does not answer: while its daemon restarts,
 * messages to it are discarded. The mobile node asks it again soon, not after ten minutes. */
static void test_daemon_stops_silently(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	/* the home token ends: it is asked by the home agent, too */
	scene_advance(&scene, 240 * SECOND);
	peer.silent = true;
	peer.bindings_count = 0;
	peer_active(&scene);
	peer_error(&scene, 1);
	assert_int_equal(usable(&scene), 0);
	busy_for(&scene, 20 * SECOND);
	assert_int_equal(usable(&scene), 0);
	peer.silent = false;
	peer.rebooted = true;
	peer.has_sequence = false;
	busy_for(&scene, 30 * SECOND);
	assert_int_equal(usable(&scene), 2);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 0);
	scene_end(&scene);
}

/* It was forgotten for lack of traffic. That its kernel does not know our messages now may mean
 * that its daemon restarts. */
static void test_daemon_is_away_for_one_that_was_forgotten(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	scene_advance(&scene, 300 * SECOND);
	for (unsigned i = 0; i < 200 && peer_count(&scene) > 0; i++)
		scene_advance(&scene, SECOND);
	assert_int_equal(peer_count(&scene), 0);
	peer.silent = peer.knows_nothing = true;
	peer_busy(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
	peer.silent = peer.knows_nothing = false;
	peer.rebooted = true;
	peer.has_sequence = false;
	busy_for(&scene, 40 * SECOND);
	assert_int_equal(usable(&scene), 2);
	scene_end(&scene);
}

/* It starts anew several times within a few seconds, and says so to each packet until it knows the
 * node again. */
/* Shows RFC 6275 11.3.6-4. */
static void test_starts_again_and_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	for (unsigned i = 0; i < 6; i++) {
		peer.bindings_count = 0;
		peer.has_sequence = false;
		for (unsigned j = 0; j < 5; j++)
			peer_error(&scene, 1);
		assert_int_equal(usable(&scene), 0);
		scene_advance(&scene, 2 * SECOND);
		assert_int_equal(usable(&scene), 2);
		assert_int_equal(peer.bindings_count, 2);
		if (i == 2)
			scene_advance(&scene, 30 * SECOND);
	}
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_ways_die),
		cmocka_unit_test(test_tried_again),
		cmocka_unit_test(test_not_tried_again_when_idle),
		cmocka_unit_test(test_one_way_dies),
		cmocka_unit_test(test_single_way_dies),
		cmocka_unit_test(test_nobody_is_there),
		cmocka_unit_test(test_one_way_stream),
		cmocka_unit_test(test_told_without_probes),
		cmocka_unit_test(test_rare_packets),
		cmocka_unit_test(test_packets_prove_it),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_unreachable_forged),
		cmocka_unit_test(test_option_not_taken),
		cmocka_unit_test(test_option_not_taken_forged),
		cmocka_unit_test(test_daemon_stops),
		cmocka_unit_test(test_daemon_stops_silently),
		cmocka_unit_test(test_daemon_is_away_for_one_that_was_forgotten),
		cmocka_unit_test(test_starts_again_and_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
