/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: correspondents that do not answer, that refuse, or that know less: by the home agent, and
 * asked again much later (RFC 6275 5.2.9, 11.3.5, 11.3.6, 11.7.3, 11.8, RFC 5648 5.7,
 * draft-05 5.2).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"

#include <stdio.h>
#include <string.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct peer peer;

static void begin(struct scene *scene, unsigned count)
{
	peer_begin(scene, &peer, 10 * MS, count);
}

/* Bound by the first `count` links. */
static void begin_bound(struct scene *scene, unsigned count)
{
	begin(scene, count);
	peer_busy(scene);
	scene_advance(scene, 2 * SECOND);
	assert_int_equal(peer_view(scene).bindings, count);
	take_all(&scene->mobile_node);
}

static void assert_refused(struct scene *scene)
{
	assert_int_equal(peer_view(scene).state, ROUTE_REFUSED);
	assert_int_equal(peer_view(scene).bindings, 0);
	for (uint16_t bid = 0; bid <= 3; bid++)
		assert_null(peer_tunnel(scene, bid));
}

/* ---- nobody answers ---- */

/* RFC 6275 11.8: after 1 s, doubling; 5.2.9: MAX_RO_FAILURE */
/* Shows RFC 6275 5.2.9-2, 5.2.9-3, 11.8-4, 11.8-9. */
static void test_silent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.silent = true;
	peer_busy(&scene);
	scene_advance(&scene, 7 * SECOND - 1);
	assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
	scene_advance(&scene, 1);
	assert_refused(&scene);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 1);
	assert_int_equal(peer.home_tests, 3);
	assert_int_equal(peer.care_of_tests, 3);
	assert_int_equal(peer.home_tests_at[1] - peer.home_tests_at[0], SECOND);
	assert_int_equal(peer.home_tests_at[2] - peer.home_tests_at[1], 2 * SECOND);
	assert_int_equal(peer.care_of_tests_at[1] - peer.care_of_tests_at[0], SECOND);
	assert_int_equal(peer.care_of_tests_at[2] - peer.care_of_tests_at[1], 2 * SECOND);
	/* new cookies each time */
	for (unsigned i = 0; i < peer.cookies_count; i++)
		for (unsigned j = 0; j < i; j++)
			assert_true(peer.cookies[i] != peer.cookies[j]);
	scene_end(&scene);
}

/* Not asked again, however busy; then once more. */
static void test_remembered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.silent = true;
	peer_busy(&scene);
	scene_advance(&scene, 7 * SECOND);
	assert_int_equal(peer_view(&scene).until, scene.now.mono + 600 * SECOND);
	for (unsigned i = 0; i < 599; i++) {
		peer_busy(&scene);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(peer.home_tests, 3);
	assert_refused(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer_count(&scene), 0);
	peer.silent = false;
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* Refusals were forgotten as soon as there were more of them than places for correspondents; each
 * was then tested again and again. */
static void test_more_refusals_than_places(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.route_optimization.correspondents_max = 2;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer.silent = true;
	peer_busy(&scene);
	for (unsigned i = 0; i < 590; i++) {
		scene_advance(&scene, SECOND);
		peer_busy(&scene);
		for (unsigned j = 2; j < 8; j++) {
			char address[32];
			snprintf(address, sizeof(address), "2001:db8:9::%x", j);
			peer_busy_of(&scene, address);
		}
	}
	assert_int_equal(peer.home_tests, 3);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 7);
	peer.silent = false;
	scene_advance(&scene, 20 * SECOND);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* One that is reached directly did, however long ago it was refused. */
static void test_refusals_give_way_first(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.route_optimization.correspondents_max = 2;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 1));
	peer_busy_of(&scene, "2001:db8:9::2");
	scene_advance(&scene, 10 * SECOND);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 1);
	peer_busy_of(&scene, "2001:db8:9::3");
	assert_int_equal(peer_count(&scene), 2);
	assert_true(peer_usable(&scene, 1));
	assert_int_equal(peer.bindings_count, 1);
	scene_end(&scene);
}

/* One test that is not answered is as bad as both. */
static void test_half_silent(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct scene scene;
		begin(&scene, 2);
		peer.silent_to_home = i == 0;
		peer.silent_to_care_of = i == 1;
		peer.silent_to_updates = i == 2;
		peer_busy(&scene);
		scene_advance(&scene, 8 * SECOND);
		assert_refused(&scene);
		assert_int_equal(peer.updates, i == 2 ? 6 : 0);
		scene_end(&scene);
	}
}

/* RFC 6275 11.8: a new sequence number for each */
/* Shows RFC 6275 11.7.2-18, 11.8-3, 11.8-8. */
static void test_update_repeated(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.silent_to_updates = true;
	peer_busy(&scene);
	scene_advance(&scene, 100 * MS);
	uint16_t first = peer.update.message.binding_update.sequence;
	assert_int_equal(peer.updates, 1);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.updates, 2);
	assert_int_equal(peer.updates_at[1] - peer.updates_at[0], SECOND);
	assert_int_equal(peer.update.message.binding_update.sequence, (uint16_t)(first + 1));
	peer.silent_to_updates = false;
	scene_advance(&scene, 2 * SECOND);
	assert_int_equal(peer.updates, 3);
	assert_int_equal(peer.updates_at[2] - peer.updates_at[1], 2 * SECOND);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* By one link nothing comes through directly; the others do not suffer. */
/* Shows RFC 6275 11.7.2-9, 11.8-6. */
static void test_one_link_does_not_reach_it(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer.silent_to = CARE_OF_1;
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 2));
	for (unsigned i = 0; i < 29; i++) {
		peer_active(&scene);
		scene_advance(&scene, SECOND);
	}
	assert_true(peer_usable(&scene, 2));
	assert_int_equal(peer_view(&scene).state, ROUTE_OPTIMIZED);
	assert_int_equal(peer.care_of_tests, 4);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 0);
	peer.silent_to = NULL;
	for (unsigned i = 0; i < 20; i++) {
		peer_active(&scene);
		scene_advance(&scene, SECOND);
	}
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* RFC 6275 5.2.9: it was there, and is not any more. It may only be restarting, so it is asked
 * again after 10, 20, 40 and 80 s before it is refused. */
/* Shows RFC 6275 5.2.9-2. */
static void test_falls_silent(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 2);
	peer.silent = true;
	for (unsigned i = 0; i < 200; i++) {
		peer_active(&scene);
		scene_advance(&scene, SECOND);
	}
	assert_int_equal(peer_view(&scene).bindings, 0);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 0);
	for (unsigned i = 0; i < 250; i++) {
		peer_active(&scene);
		scene_advance(&scene, SECOND);
		assert_int_equal(peer_view(&scene).bindings, 0);
	}
	assert_refused(&scene);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 1);
	scene_end(&scene);
}

/* ---- it says that it cannot ---- */

/* RFC 6275 11.3.5 */
/* Shows RFC 6275 11.3.5-1, 11.3.5-2, 11.3.5-3, 11.6.2-10. */
static void test_knows_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin(&scene, 2);
		peer.silent = true;
		/* directly, or by the home agent and through the tunnel */
		peer.knows_nothing = i == 0;
		peer.complains_at_home = i == 1;
		peer_busy(&scene);
		scene_advance(&scene, (i == 0 ? 20 : 40) * MS - 1);
		assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
		scene_advance(&scene, 1);
		assert_refused(&scene);
		scene_advance(&scene, 10 * SECOND);
		assert_true(peer.care_of_tests <= 2 && peer.home_tests <= 1);
		assert_int_equal(peer.updates, 0);
		scene_advance(&scene, 600 * SECOND);
		assert_int_equal(peer_count(&scene), 0);
		scene_end(&scene);
	}
}

static void problem(struct scene *scene, uint8_t code, const struct effect_send *about,
	size_t changed, const char *from)
{
	uint8_t body[8 + PACKET_OCTETS_MAX] = {4, code, [7] = 6}, octets[PACKET_OCTETS_MAX];
	memcpy(body + 8, about->octets, about->length);
	body[8 + changed] ^= 1;
	const struct packet_envelope envelope = {
		.source = address_of(from),
		.destination = address_of(CARE_OF_1),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){body, 8u + about->length}, octets, sizeof(octets));
	scene_packet(scene, &scene->mobile_node, 1, (struct octets){octets, length});
}

/* The Care-of Test Init that was sent last. */
static const struct effect_send *test_init(const struct scene *scene)
{
	for (size_t i = scene->mobile_node.done_count; i-- > 0;) {
		const struct effect *effect = &scene->mobile_node.done[i];
		if (effect->type == EFFECT_SEND && effect->send.octets[6] == MH_NEXT_HEADER &&
			effect->send.octets[42] == MH_care_of_test_init)
			return &effect->send;
	}
	fail();
	return NULL;
}

/* RFC 6275 11.3.5: what quotes nothing that was sent is nobody's complaint. */
/* Shows RFC 6275 11.3.5-4. */
static void test_problem_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.silent = true;
	peer_busy(&scene);
	const struct effect_send send = *test_init(&scene);
	const size_t cookie_at = IPV6_HEADER_OCTETS + 15, behind = send.length;
	problem(&scene, 1, &send, cookie_at, PEER);
	problem(&scene, 0, &send, behind, PEER);
	problem(&scene, 2, &send, behind, PEER);
	problem(&scene, 1, &send, behind, "2001:db8:9::2");
	problem(&scene, 1, &send, 23, PEER); /* source of the quoted packet */
	problem(&scene, 1, &send, 39, PEER); /* destination of the quoted packet */
	assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
	assert_int_equal(peer_count(&scene), 1);
	problem(&scene, 1, &send, behind, PEER);
	assert_refused(&scene);
	scene_end(&scene);
}

/* About an update: what it quotes ends with the authenticator, or is not believed. */
static void test_problem_about_an_update(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.silent_to_updates = true;
	peer_busy(&scene);
	scene_advance(&scene, 100 * MS);
	assert_non_null(peer_tunnel(&scene, 1));
	struct effect_send send = {.length = 0};
	for (size_t i = scene.mobile_node.done_count; i-- > 0 && send.length == 0;) {
		const struct effect *effect = &scene.mobile_node.done[i];
		struct packet packet;
		if (effect->type == EFFECT_SEND &&
			packet_decode(effect->send.octets, effect->send.length, &packet) ==
				WIRE_OK &&
			packet.has_home_address && packet.payload.at[2] == MH_binding_update)
			send = effect->send;
	}
	assert_int_not_equal(send.length, 0);
	problem(&scene, 1, &send, (size_t)send.length - 1, PEER);
	send.length -= 8;
	problem(&scene, 1, &send, send.length, PEER);
	send.length += 8;
	assert_int_equal(peer_view(&scene).state, ROUTE_REGISTERING);
	problem(&scene, 1, &send, send.length, PEER);
	assert_refused(&scene);
	scene_end(&scene);
}

/* What was answered is not open any more. */
static void test_problem_late(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 1);
	const struct effect_send send = *test_init(&scene);
	problem(&scene, 1, &send, send.length, PEER);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* RFC 6275 11.3.6: status 2, while nothing was answered yet: the next silence is enough. */
/* Shows RFC 6275 11.3.6-7. */
static void test_unknown_message(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.silent = true;
	peer_busy(&scene);
	peer_error(&scene, 2);
	assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
	scene_advance(&scene, SECOND);
	assert_refused(&scene);
	assert_int_equal(peer.home_tests, 1);
	scene_end(&scene);
}

/* The same, forged: it has answered by then, and has answered before. */
/* Shows RFC 6275 11.3.6-6. */
static void test_unknown_message_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer_busy(&scene);
	peer_error(&scene, 2);
	scene_advance(&scene, 60 * MS);
	assert_true(peer_usable(&scene, 1));
	for (unsigned i = 0; i < 100; i++) {
		peer_error(&scene, 2);
		peer_active(&scene);
		scene_advance(&scene, 5 * SECOND);
		assert_true(peer_usable(&scene, 1));
	}
	scene_end(&scene);
}

/* Who has answered before is not given up for one silence. */
static void test_unknown_message_to_one_who_knows(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 1);
	peer.silent = true;
	while (peer.home_tests == 1) {
		peer_active(&scene);
		scene_advance(&scene, 10 * MS);
	}
	peer_error(&scene, 2);
	scene_advance(&scene, 1500 * MS);
	assert_true(peer_usable(&scene, 1));
	peer.silent = false;
	scene_advance(&scene, 5 * SECOND);
	assert_int_equal(peer.home_tests, 4);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* ---- Binding Error 1 ---- */

/* RFC 6275 11.3.6: by the home agent, until it is registered again with the tokens that are there
 */
/* Shows RFC 6275 11.3.6-4, 11.3.6-5. */
static void test_binding_gone(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 2);
	peer.bindings_count = 0;
	peer_error(&scene, 1);
	assert_false(peer_usable(&scene, 1));
	assert_false(peer_usable(&scene, 2));
	scene_advance(&scene, 20 * MS);
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	assert_int_equal(peer.bindings_count, 2);
	assert_int_equal(peer.home_tests, 1);
	assert_int_equal(peer.care_of_tests, 2);
	scene_end(&scene);
}

/* It has forgotten everything: what it says of old nonces makes the node ask for new ones. */
static void test_reboots(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 2);
	peer.bindings_count = 0;
	peer.has_sequence = false;
	peer.rebooted = true;
	peer_error(&scene, 1);
	scene_advance(&scene, 2 * SECOND);
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	assert_int_equal(peer.bindings_count, 2);
	assert_int_equal(peer.home_tests, 2);
	assert_int_equal(peer.care_of_tests, 4);
	assert_int_equal(peer.unauthentic, 0);
	scene_end(&scene);
}

/* A flood of forged ones: one round trip in ten seconds, on average, is lost to it. */
static void test_errors_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 1);
	unsigned usable = 0, updates = peer.updates;
	for (unsigned i = 0; i < 10000; i++) {
		peer_error(&scene, 1);
		scene_advance(&scene, 10 * MS);
		usable += peer_usable(&scene, 1);
		if (i % 100 == 0)
			peer_active(&scene);
	}
	assert_true(usable >= 9900);
	assert_true(peer.updates - updates <= 14);
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_LOST), 0);
	scene_end(&scene);
}

/* RFC 6275 11.3.6: from whom nothing is known */
/* Shows RFC 6275 11.3.6-1. */
static void test_error_of_a_stranger(void **state)
{
	(void)state;
	static struct message message;
	struct scene scene;
	begin_bound(&scene, 1);
	message_init(&message, MH_binding_error);
	message.binding_error.status = 1;
	message.binding_error.home_address = address_of(HOME);
	peer_message(&scene, &message, "2001:db8:9::2", CARE_OF_1, 1, false);
	message.binding_error.home_address = address_of(CARE_OF_2);
	peer_message(&scene, &message, PEER, CARE_OF_1, 1, false);
	assert_true(peer_usable(&scene, 1));
	assert_int_equal(peer_count(&scene), 1);
	scene_end(&scene);
}

/* ---- statuses ---- */

/* RFC 5648 5.7: 165: again, with O, once: the others follow without */
/* Shows RFC 5648 5.7-5. */
static void test_non_mcoa_binding_exists(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer.status = 165;
	peer.refusals = 2;
	peer_busy(&scene);
	/* the update with O, by the first link, is lost */
	scene_advance(&scene, 45 * MS);
	peer.silent_to = CARE_OF_1;
	scene_advance(&scene, 40 * MS);
	assert_int_equal(peer.updates, 3);
	assert_int_equal(peer.bindings_count, 0);
	peer.silent_to = NULL;
	scene_advance(&scene, 3 * SECOND);
	assert_int_equal(peer.updates, 6);
	assert_int_equal(peer.overwrites, 2);
	assert_true(peer_binds(&peer, 2, CARE_OF_2));
	assert_true(peer_binds(&peer, 3, CARE_OF_3));
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(peer_usable(&scene, bid));
	scene_end(&scene);
}

/* RFC 5648 5.7: 166 and 168; draft-05 5.2: no option in the Care-of Test: one binding, without BID
 */
/* Shows RFC 5648 5.7-2, 5.7-4; draft-05 5.2-4. */
static void test_single(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {0, 166, 168};
	for (unsigned i = 0; i < 3; i++) {
		struct scene scene;
		begin(&scene, 3);
		peer.without_bids = i == 0;
		peer.status = statuses[i];
		peer.refusals = 3;
		peer_busy(&scene);
		scene_advance(&scene, 3 * SECOND);
		assert_int_equal(peer.bindings_count, 1);
		assert_true(peer_binds(&peer, 0, CARE_OF_1));
		assert_true(peer_usable(&scene, 0));
		assert_int_equal(peer_tunnel(&scene, 0)->local.ifindex, 1);
		assert_int_equal(tier_of(&scene.mobile_node, peer_tunnel(&scene, 0)), 10);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_false(peer_usable(&scene, bid));
		assert_false(peer_view(&scene).mcoa);
		assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_SINGLE), 1);
		assert_int_equal(peer.update.message.bid_count, 0);
		/* RFC 6275 11.7.2: the best of what is left */
		node_link(&scene, 1, false);
		assert_false(peer_usable(&scene, 0));
		scene_advance(&scene, 3 * SECOND);
		assert_int_equal(peer.bindings_count, 1);
		assert_true(peer_binds(&peer, 0, CARE_OF_2));
		assert_true(peer_usable(&scene, 0));
		scene_end(&scene);
	}
}

/* RFC 5648 5.7: nor when it is asked anew, for which nothing need be left of it. */
/* Shows RFC 5648 5.7-2. */
static void test_single_is_remembered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer.without_bids = true;
	peer_busy(&scene);
	scene_advance(&scene, 600 * SECOND);
	assert_int_equal(peer_count(&scene), 0);
	peer.care_of_tests = 0;
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.care_of_tests, 1);
	assert_int_equal(peer.bid_in_test, 0);
	assert_int_equal(peer.update.message.bid_count, 0);
	assert_true(peer_usable(&scene, 0));
	/* it may have been replaced by one that knows them */
	peer.without_bids = false;
	scene_advance(&scene, 4200 * SECOND);
	assert_int_equal(peer_count(&scene), 0);
	peer_busy(&scene);
	scene_advance(&scene, 3 * SECOND); /* 135 may come first */
	assert_true(peer_usable(&scene, 3));
	scene_end(&scene);
}

/* Without a BID there is nothing to take away of a link that is lost. */
/* Shows draft-05 5.2-5. */
static void test_single_in_time(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer.without_bids = true;
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	assert_true(peer_usable(&scene, 0));
	assert_int_equal(peer.updates, 1);
	scene_end(&scene);
}

/* A node that uses no Binding Identifiers sends none. */
static void test_single_by_configuration(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.mcoa = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	scene_end(&scene);
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	assert_true(peer_usable(&scene, 0));
	assert_int_equal(peer.bid_in_test, 0);
	scene_end(&scene);
}

/* RFC 6275 11.7.3: others: later again, and after three in a row no more */
/* Shows RFC 6275 11.7.3-6, 11.7.3-14, 11.7.3-15. */
static void test_refused(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {128, 129, 130, 131, 164, 167, 174, 255};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		begin(&scene, 1);
		peer.status = statuses[i];
		peer_busy(&scene);
		scene_advance(&scene, 4 * SECOND);
		assert_int_equal(peer.updates, 1);
		scene_advance(&scene, 50 * SECOND);
		assert_int_equal(peer.updates, 3);
		assert_refused(&scene);
		assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_REFUSED), 1);
		scene_end(&scene);
	}
}

/* Accepted, for no time at all. */
static void test_granted_nothing(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.grants_nothing = true;
	peer_busy(&scene);
	scene_advance(&scene, 60 * SECOND);
	assert_int_equal(peer.updates, 3);
	assert_refused(&scene);
	scene_end(&scene);
}

static void test_refused_once(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.status = 130;
	peer.refusals = 1;
	peer_busy(&scene);
	scene_advance(&scene, 10 * SECOND);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* What was sent first may have been accepted: it is taken away in the end. */
static void test_refused_retransmission(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.forges = true;
	peer_busy(&scene);
	scene_advance(&scene, 500 * MS);
	assert_int_equal(peer.updates, 1);
	assert_true(peer_binds(&peer, 1, CARE_OF_1));
	peer.forges = false;
	peer.status = 130;
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.updates, 2);
	node_stop(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.updates, 3);
	assert_int_equal(peer.bindings_count, 0);
	scene_end(&scene);
}

/* Found by the simulator: refused, then not answered when there was no traffic any more, it was
 * never forgotten, and due for ever. */
static void test_refused_and_left(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.route_optimization.lifetime = 4;
	config.route_optimization.idle_s = 16;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer.status = 130;
	peer_busy(&scene);
	scene_advance(&scene, 14 * SECOND);
	assert_int_equal(peer.updates, 2);
	peer.silent_to_updates = true;
	scene_advance(&scene, 16 * SECOND);
	assert_int_equal(peer_count(&scene), 0);
	assert_null(peer_tunnel(&scene, 1));
	scene_end(&scene);
}

/* Found by the simulator: the home agent refuses the best link, again and again, and each time the
 * test by it was begun and came to nothing. RFC 6275 only: another one has to be bound instead. */
static void test_single_not_by_what_is_refused(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	peer_begin_with(&scene, &peer, 10 * MS, 0, &config);
	peer.without_bids = true;
	const struct host_event one = node_set(HOME, &update_auth, 1);
	scene_tell(&scene, &scene.home_agent, &one);
	node_link(&scene, 2, true);
	node_address(&scene, 2, CARE_OF_2);
	scene_advance(&scene, SECOND);
	node_link(&scene, 1, true);
	node_address(&scene, 1, CARE_OF_1);
	peer.silent_to = CARE_OF_1;
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_true(peer_binds(&peer, 0, CARE_OF_2));
	scene_advance(&scene, 30 * SECOND);
	assert_true(peer_binds(&peer, 0, CARE_OF_2));
	assert_true(peer_usable(&scene, 0));
	scene_end(&scene);
}

/* Found by the simulator: of somebody who has signed that it knows Binding Identifiers, a test that
 * has lost its own on the way is no reason to have one binding only. */
static void test_test_without_bid_unsigned(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.bindings_count, 3);
	node_link(&scene, 1, false);
	scene_advance(&scene, SECOND);
	peer.drops_bids = true;
	node_link(&scene, 1, true);
	scene_advance(&scene, 3 * SECOND);
	assert_true(peer_view(&scene).mcoa);
	assert_int_equal(peer.bindings_count, 3);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(peer_usable(&scene, bid));
	scene_end(&scene);
}

/* Found by the simulator: a token that was altered on its way makes no update authentic, and was
 * used for all attempts until it had ended. */
static void test_token_garbled(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.bindings_count, 2);
	peer.garbled = 1;
	node_address_gone(&scene, 1, CARE_OF_1);
	node_address(&scene, 1, CARE_OF_1_NEW);
	scene_advance(&scene, 10 * SECOND);
	assert_false(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	scene_advance(&scene, 30 * SECOND);
	assert_true(peer_binds(&peer, 1, CARE_OF_1_NEW));
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_remembered),
		cmocka_unit_test(test_more_refusals_than_places),
		cmocka_unit_test(test_refusals_give_way_first),
		cmocka_unit_test(test_half_silent),
		cmocka_unit_test(test_update_repeated),
		cmocka_unit_test(test_one_link_does_not_reach_it),
		cmocka_unit_test(test_falls_silent),
		cmocka_unit_test(test_knows_nothing),
		cmocka_unit_test(test_problem_forged),
		cmocka_unit_test(test_problem_about_an_update),
		cmocka_unit_test(test_problem_late),
		cmocka_unit_test(test_unknown_message),
		cmocka_unit_test(test_unknown_message_forged),
		cmocka_unit_test(test_unknown_message_to_one_who_knows),
		cmocka_unit_test(test_binding_gone),
		cmocka_unit_test(test_reboots),
		cmocka_unit_test(test_errors_forged),
		cmocka_unit_test(test_error_of_a_stranger),
		cmocka_unit_test(test_non_mcoa_binding_exists),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_single_is_remembered),
		cmocka_unit_test(test_single_in_time),
		cmocka_unit_test(test_single_by_configuration),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_granted_nothing),
		cmocka_unit_test(test_refused_once),
		cmocka_unit_test(test_refused_retransmission),
		cmocka_unit_test(test_refused_and_left),
		cmocka_unit_test(test_token_garbled),
		cmocka_unit_test(test_single_not_by_what_is_refused),
		cmocka_unit_test(test_test_without_bid_unsigned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
