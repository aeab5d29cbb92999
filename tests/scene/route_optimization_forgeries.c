/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what is believed of what comes from a correspondent, and what a forger gains (RFC 6275
 * 11.6.2, 11.7.3).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

#define STRANGER "2001:db8:9::2"
#define INDEX 7
#define TOKEN 0x0123456789abcdef

static struct peer peer;
static struct message message;

static void begin_silent(struct scene *scene, unsigned count)
{
	peer_begin(scene, &peer, 10 * MS, count);
	peer.silent = true;
	peer_busy(scene);
	scene_advance(scene, 30 * MS);
	take_all(&scene->mobile_node);
}

static void begin_bound(struct scene *scene, unsigned count)
{
	peer_begin(scene, &peer, 10 * MS, count);
	peer_busy(scene);
	scene_advance(scene, 2 * SECOND);
	assert_int_equal(peer_view(scene).bindings, count);
	take_all(&scene->mobile_node);
}

/* The cookies of one link: directly, the care-of one arrives first. */
static uint64_t care_of_cookie(void)
{
	return peer.cookies[0];
}

static uint64_t home_cookie(void)
{
	assert_int_equal(peer.cookies_count, 2);
	return peer.cookies[1];
}

static void home_test(struct scene *scene, uint64_t cookie, const char *from, const char *to,
	uint32_t ifindex, bool tunnelled)
{
	message_init(&message, MH_home_test);
	message.home_test = (struct msg_home_test){INDEX, cookie, TOKEN};
	peer_message(scene, &message, from, to, ifindex, tunnelled);
}

static void care_of_test(struct scene *scene, uint64_t cookie, const char *from, const char *to,
	uint32_t ifindex, bool tunnelled)
{
	message_init(&message, MH_care_of_test);
	message.care_of_test = (struct msg_care_of_test){INDEX, cookie, TOKEN};
	message.bid[message.bid_count++] = (struct opt_bid){.bid = 1};
	peer_message(scene, &message, from, to, ifindex, tunnelled);
}

/* RFC 6275 11.6.2: from whom it was asked, to the home address, out of the tunnel, the cookie. */
/* Shows RFC 6275 11.6.1-5, 11.6.2-1, 11.6.2-2. */
static void test_home_test(void **state)
{
	(void)state;
	struct scene scene;
	begin_silent(&scene, 1);
	uint64_t cookie = home_cookie();
	home_test(&scene, cookie, PEER, HOME, 1, false);
	home_test(&scene, cookie, PEER, CARE_OF_1, 1, false);
	home_test(&scene, cookie, PEER, CARE_OF_1, 1, true);
	home_test(&scene, cookie, STRANGER, HOME, 1, true);
	home_test(&scene, cookie ^ 1, PEER, HOME, 1, true);
	home_test(&scene, care_of_cookie(), PEER, HOME, 1, true);
	assert_int_equal(peer_view(&scene).home_token, 0);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_TEST), 5);
	home_test(&scene, cookie, PEER, HOME, 1, true);
	/* RFC 6275 12: MAX_TOKEN_LIFETIME, from when it was asked for */
	assert_int_equal(peer_view(&scene).home_token, scene.now.mono - 30 * MS + 210 * SECOND);
	scene_end(&scene);
}

/* RFC 6275 11.6.2: one for each question */
/* Shows RFC 6275 11.6.2-1, 11.6.2-2. */
static void test_home_test_twice(void **state)
{
	(void)state;
	struct scene scene;
	begin_silent(&scene, 1);
	home_test(&scene, home_cookie(), PEER, HOME, 1, true);
	home_test(&scene, home_cookie(), PEER, HOME, 1, true);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_TEST), 1);
	scene_end(&scene);
}

/* RFC 6275 11.6.2: to the care-of address that was tested, by its link, not out of the tunnel */
/* Shows RFC 6275 11.6.2-4, 11.6.2-5, 11.6.2-6. */
static void test_care_of_test(void **state)
{
	(void)state;
	struct scene scene;
	begin_silent(&scene, 1);
	uint64_t cookie = care_of_cookie(), cookie_of_home = home_cookie();
	node_attach(&scene, 2);
	scene_advance(&scene, 100 * MS);
	home_test(&scene, cookie_of_home, PEER, HOME, 1, true);
	care_of_test(&scene, cookie, PEER, CARE_OF_1, 1, true);
	care_of_test(&scene, cookie, PEER, CARE_OF_1, 2, false);
	care_of_test(&scene, cookie, PEER, CARE_OF_2, 2, false);
	care_of_test(&scene, cookie, PEER, HOME, 1, false);
	care_of_test(&scene, cookie, PEER, HOME, 1, true);
	care_of_test(&scene, cookie, STRANGER, CARE_OF_1, 1, false);
	care_of_test(&scene, cookie ^ 1, PEER, CARE_OF_1, 1, false);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(peer.updates, 0);
	care_of_test(&scene, cookie, PEER, CARE_OF_1, 1, false);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(peer.updates, 1);
	assert_int_equal(peer.update.message.nonce_indices.home, INDEX);
	assert_int_equal(peer.update.message.nonce_indices.care_of, INDEX);
	scene_end(&scene);
}

/* An answer to a question that was asked again since: its cookie is not the last. */
/* Shows RFC 6275 11.6.1-5. */
static void test_old_cookie(void **state)
{
	(void)state;
	struct scene scene;
	begin_silent(&scene, 1);
	uint64_t cookie = home_cookie();
	scene_advance(&scene, SECOND);
	home_test(&scene, cookie, PEER, HOME, 1, true);
	assert_int_equal(peer_view(&scene).home_token, 0);
	scene_end(&scene);
}

/* Nobody is asked because somebody answers. */
/* Shows RFC 6275 11.3.6-1. */
static void test_unasked(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 1);
	home_test(&scene, 0, PEER, HOME, 1, true);
	care_of_test(&scene, 0, PEER, CARE_OF_1, 1, false);
	peer_error(&scene, 1);
	peer_refresh_request(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer_count(&scene), 0);
	assert_int_equal(peer.home_tests + peer.care_of_tests + peer.updates, 0);
	scene_end(&scene);
}

/* RFC 6275 11.7.3: without the right authenticator it is none */
/* Shows RFC 6275 11.7.3-2, 11.7.3-5. */
static void test_acknowledgement(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 1);
	peer.forges = true;
	peer_busy(&scene);
	scene_advance(&scene, 500 * MS);
	assert_false(peer_usable(&scene, 1));
	assert_int_equal(node_drops(&scene, DROP_AUTHENTICATION_FAILED), 1);
	peer.forges = false;
	scene_advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

static void acknowledge(struct scene *scene, uint8_t status, uint16_t sequence)
{
	message_init(&message, MH_binding_ack);
	message.binding_ack =
		(struct msg_binding_ack){.status = status, .sequence = sequence, .lifetime = 105};
	message.bid[message.bid_count++] = (struct opt_bid){.bid = 1};
	peer_message(scene, &message, PEER, CARE_OF_1, 1, false);
}

/* RFC 6275 11.7.3, 9.5.4: only 136 to 138 come without authenticator, and they change nothing. */
/* Shows RFC 6275 11.7.3-2, 11.7.3-12. */
static void test_statuses_without_authenticator(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 1);
	peer.silent_to_updates = true;
	peer_busy(&scene);
	scene_advance(&scene, 100 * MS);
	uint16_t sequence = peer.update.message.binding_update.sequence;
	for (unsigned status = 0; status < 256; status++)
		if (status < 136 || status > 138)
			acknowledge(&scene, (uint8_t)status, sequence);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(peer_view(&scene).state, ROUTE_REGISTERING);
	assert_int_equal(peer.updates, 1);
	assert_int_equal(peer.home_tests, 1);
	assert_true(peer_view(&scene).mcoa);
	/* RFC 6275 11.7.3: not of an update that waits for nothing */
	acknowledge(&scene, 138, (uint16_t)(sequence + 1));
	scene_advance(&scene, 100 * MS);
	assert_int_equal(peer.home_tests, 1);
	/* new tokens, and the same update again at once */
	acknowledge(&scene, 138, sequence);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(peer.home_tests, 2);
	assert_int_equal(peer.care_of_tests, 2);
	assert_int_equal(peer.updates, 2);
	scene_end(&scene);
}

/* RFC 6275 9.5.1: of 136 the home nonce, of 137 the care-of nonce */
static void test_which_nonce(void **state)
{
	(void)state;
	for (uint8_t status = 136; status <= 137; status++) {
		struct scene scene;
		peer_begin(&scene, &peer, 10 * MS, 1);
		peer.silent_to_updates = true;
		peer_busy(&scene);
		scene_advance(&scene, 100 * MS);
		acknowledge(&scene, status, peer.update.message.binding_update.sequence);
		scene_advance(&scene, 100 * MS);
		assert_int_equal(peer.home_tests, status == 136 ? 2 : 1);
		assert_int_equal(peer.care_of_tests, status == 137 ? 2 : 1);
		scene_end(&scene);
	}
}

/* A forger who knows each sequence number costs a few messages; the genuine answer counts. */
static void test_nonce_flood(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 1);
	peer_busy(&scene);
	scene_advance(&scene, 41 * MS);
	uint16_t sequence = 0;
	for (size_t i = scene.mobile_node.done_count; i-- > 0 && !sequence;) {
		const struct effect *effect = &scene.mobile_node.done[i];
		struct packet packet;
		if (effect->type == EFFECT_SEND &&
			packet_decode(effect->send.octets, effect->send.length, &packet) ==
				WIRE_OK &&
			packet_message(&dialect_rfc5648, &packet, &message) == WIRE_OK &&
			message.type == MH_binding_update)
			sequence = message.binding_update.sequence;
	}
	for (unsigned i = 0; i < 1000; i++)
		acknowledge(&scene, 138, sequence);
	scene_advance(&scene, 19 * MS);
	assert_true(peer_usable(&scene, 1));
	scene_advance(&scene, SECOND);
	assert_true(peer.home_tests <= 2 && peer.care_of_tests <= 2 && peer.updates <= 2);
	scene_end(&scene);
}

/* Out of the tunnel, nothing is believed of paths, links and home agents. */
static void test_icmpv6_out_of_the_tunnel(void **state)
{
	(void)state;
	struct scene scene;
	peer_begin(&scene, &peer, 10 * MS, 1);
	static const uint8_t types[] = {129, 134, 136, 145, 147};
	static const uint8_t lengths[] = {8, 16, 24, 24, 8};
	for (size_t i = 0; i < sizeof(types); i++) {
		uint8_t body[24] = {types[i]}, inner[128], outer[256];
		const struct packet_envelope envelope = {
			.source = address_of(types[i] == 134 ? "fe80::1" : HOME_AGENT),
			.destination = address_of(CARE_OF_1),
			.next_header = ICMPV6_NEXT_HEADER,
			.hop_limit = 255,
		};
		const struct packet_envelope tunnel = {
			.source = address_of(HOME_AGENT),
			.destination = address_of(CARE_OF_1),
			.next_header = 41,
			.hop_limit = 64,
		};
		size_t length = packet_build(
			&envelope, (struct octets){body, lengths[i]}, inner, sizeof(inner));
		length =
			packet_build(&tunnel, (struct octets){inner, length}, outer, sizeof(outer));
		scene_packet(&scene, &scene.mobile_node, 1, (struct octets){outer, length});
		assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), i + 1);
	}
	scene_end(&scene);
}

/* Whatever strangers say in the correspondent's name, without knowing any secret. */
static void test_noise(void **state)
{
	(void)state;
	struct scene scene;
	begin_bound(&scene, 2);
	unsigned updates = peer.updates;
	for (unsigned i = 0; i < 60000; i++) {
		switch (i % 6) {
		case 0:
			home_test(&scene, i, PEER, HOME, 1, true);
			break;
		case 1:
			care_of_test(&scene, i, PEER, CARE_OF_1, 1, false);
			break;
		case 2:
			acknowledge(&scene, 138, (uint16_t)i);
			break;
		case 3:
			acknowledge(&scene, 135, (uint16_t)i);
			break;
		case 4:
			acknowledge(&scene, 0, (uint16_t)i);
			break;
		default:
			peer_error(&scene, 2);
		}
		if (i % 100 == 0) {
			scene_advance(&scene, 10 * MS);
			peer_active(&scene);
		}
	}
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	assert_int_equal(peer.updates, updates);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_EVENT), 0);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_SET), 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_test),
		cmocka_unit_test(test_home_test_twice),
		cmocka_unit_test(test_care_of_test),
		cmocka_unit_test(test_old_cookie),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_acknowledgement),
		cmocka_unit_test(test_statuses_without_authenticator),
		cmocka_unit_test(test_which_nonce),
		cmocka_unit_test(test_nonce_flood),
		cmocka_unit_test(test_icmpv6_out_of_the_tunnel),
		cmocka_unit_test(test_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
