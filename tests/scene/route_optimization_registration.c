/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a mobile node tests its home address and its care-of addresses with a correspondent, and
 * registers each there (RFC 6275 11.6, 11.7.2, RFC 5648 3, draft-05 5.2).
 */
#include "support/cmocka_scene.h"
#include "support/peer.h"

#include <stdlib.h>
#include <string.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct peer peer;
static struct sent sent;

static void begin(struct scene *scene, unsigned count)
{
	peer_begin(scene, &peer, 10 * MS, count);
}

/* What was sent of one type, in the order of the transcript; the next from `*at` on. */
static bool next_message(
	const struct scene *scene, size_t *at, enum mh_type type, bool *tunnelled, struct sent *ret)
{
	const struct actor *node = &scene->mobile_node;
	for (; *at < node->done_count; (*at)++) {
		const struct effect *effect = &node->done[*at];
		if (effect->type != EFFECT_SEND)
			continue;
		struct octets octets = {effect->send.octets, effect->send.length};
		ret->ifindex = effect->send.ifindex;
		assert_int_equal(packet_decode(octets.at, octets.length, &ret->packet), WIRE_OK);
		*tunnelled = ret->packet.next_header == 41;
		if (*tunnelled) {
			octets = ret->packet.payload;
			assert_int_equal(
				packet_decode(octets.at, octets.length, &ret->packet), WIRE_OK);
		}
		if (packet_message(&dialect_rfc5648, &ret->packet, &ret->message) == WIRE_OK &&
			ret->message.type == type) {
			(*at)++;
			return true;
		}
	}
	return false;
}

/* RFC 6275 11.6.1: both at once; the Home Test Init through the tunnel, once for all */
/* Shows RFC 6275 9.4.1-1, 9.4.2-1, 11.6.1-1, 11.6.1-3, 11.6.1-4; draft-05 5.2-2, 5.2-3. */
static void test_both_tests_at_once(void **state)
{
	(void)state;
	struct scene scene;
	bool tunnelled;
	begin(&scene, 3);
	size_t at = scene.mobile_node.taken, first = at;
	peer_busy(&scene);
	assert_true(next_message(&scene, &at, MH_home_test_init, &tunnelled, &sent));
	assert_true(tunnelled);
	struct in6_addr home = address_of(HOME), address = address_of(PEER);
	assert_memory_equal(&sent.packet.source, &home, 16);
	assert_memory_equal(&sent.packet.destination, &address, 16);
	assert_int_equal(sent.message.bid_count, 0);
	assert_false(next_message(&scene, &at, MH_home_test_init, &tunnelled, &sent));
	static const char *const care_of[] = {CARE_OF_1, CARE_OF_2, CARE_OF_3};
	for (uint16_t bid = 1; bid <= 3; bid++) {
		struct in6_addr source = address_of(care_of[bid - 1]);
		assert_true(next_message(&scene, &first, MH_care_of_test_init, &tunnelled, &sent));
		assert_false(tunnelled);
		assert_memory_equal(&sent.packet.source, &source, 16);
		assert_int_equal(sent.ifindex, bid);
		/* draft-05 5.2: with its Binding Identifier, no flags, no address */
		assert_int_equal(sent.message.bid_count, 1);
		assert_int_equal(sent.message.bid[0].bid, bid);
		assert_int_equal(sent.message.bid[0].flags, 0);
		assert_int_equal(sent.message.bid[0].care_of.length, 0);
	}
	assert_int_equal(peer_view(&scene).state, ROUTE_TESTING);
	scene_end(&scene);
}

/* RFC 5648 9.3.1: by the tunnel that is in use, whatever the correspondent */
/* Shows RFC 5648 9.3.1-1. */
static void test_home_tests_by_one_care_of_address(void **state)
{
	(void)state;
	static const char *const addresses[] = {PEER, "2001:db8:9::2", "2001:db8:9::3"};
	struct scene scene;
	struct packet outer;
	unsigned seen = 0;
	begin(&scene, 3);
	size_t at = scene.mobile_node.taken;
	for (unsigned i = 0; i < 3; i++)
		peer_busy_of(&scene, addresses[i]);
	const struct in6_addr care_of = address_of(CARE_OF_1), home_agent = address_of(HOME_AGENT);
	for (; at < scene.mobile_node.done_count; at++) {
		const struct effect *effect = &scene.mobile_node.done[at];
		if (effect->type != EFFECT_SEND)
			continue;
		assert_int_equal(
			packet_decode(effect->send.octets, effect->send.length, &outer), WIRE_OK);
		if (outer.next_header != 41)
			continue;
		assert_memory_equal(&outer.source, &care_of, 16);
		assert_memory_equal(&outer.destination, &home_agent, 16);
		assert_int_equal(effect->send.ifindex, 1);
		seen++;
	}
	assert_int_equal(seen, 3);
	scene_end(&scene);
}

/* One round trip by the home agent, and one direct: here four times and twice the delay. */
/* Shows RFC 5648 5.2-5, 5.2-6; RFC 6275 11.3.1-9, 11.6.2-3, 11.6.2-7, 11.6.2-8, 11.6.2-9,
 * 11.7.2-2, 11.7.2-12; draft-05 5.2-1. */
static void test_three_links_in_time(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS - 1);
	assert_int_equal(peer.bindings_count, 3);
	for (uint16_t bid = 1; bid <= 3; bid++) {
		assert_false(peer_usable(&scene, bid));
		assert_int_equal(peer_view(&scene).state, ROUTE_REGISTERING);
	}
	scene_advance(&scene, 1);
	for (uint16_t bid = 1; bid <= 3; bid++)
		assert_true(peer_usable(&scene, bid));
	assert_int_equal(peer_view(&scene).state, ROUTE_OPTIMIZED);
	assert_int_equal(peer_view(&scene).bindings, 3);
	assert_int_equal(peer_bindings_shown(&scene), 3);
	assert_int_equal(peer.home_tests, 1);
	assert_int_equal(peer.care_of_tests, 3);
	assert_int_equal(peer.updates, 3);
	assert_int_equal(peer.unauthentic, 0);
	assert_true(peer_binds(&peer, 1, CARE_OF_1));
	assert_true(peer_binds(&peer, 2, CARE_OF_2));
	assert_true(peer_binds(&peer, 3, CARE_OF_3));
	assert_int_equal(notes_ahead(&scene, EVENT_ROUTE_OPTIMIZED), 3);
	scene_end(&scene);
}

/* draft-05 5.2: each from its own care-of address; RFC 5648 5.9: the first says O */
/*
 * Shows RFC 5648 3-4, 5.2-4; RFC
 * 6275 6.1.7-3, 11.7.2-8, 11.7.2-15, 11.7.2-16, 11.7.2-17, 11.7.2-18, 11.7.2-20.
 */
static void test_one_update_for_each(void **state)
{
	(void)state;
	struct scene scene;
	bool tunnelled;
	begin(&scene, 3);
	size_t at = scene.mobile_node.taken;
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	uint16_t last = 0;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(next_message(&scene, &at, MH_binding_update, &tunnelled, &sent));
		assert_false(tunnelled);
		assert_int_equal(sent.message.bid_count, 1);
		assert_int_equal(sent.message.bid[0].bid, sent.ifindex);
		assert_memory_equal(&sent.message.bid[0].care_of.address, &sent.packet.source, 16);
		assert_int_equal(sent.message.binding_update.flags,
			BU_ACKNOWLEDGE | (i == 0 ? BU_OVERWRITE : 0));
		/* RFC 6275 12: MAX_RR_BINDING_LIFETIME */
		assert_int_equal(sent.message.binding_update.lifetime, 420 / LIFETIME_UNIT);
		/* RFC 6089 4.1 */
		assert_int_equal(sent.message.bid[0].flags, 10 * sent.ifindex);
		assert_false(sent.message.has_alternate_care_of);
		if (i > 0)
			assert_int_equal(
				sent.message.binding_update.sequence, (uint16_t)(last + 1));
		last = sent.message.binding_update.sequence;
	}
	assert_false(next_message(&scene, &at, MH_binding_update, &tunnelled, &sent));
	scene_end(&scene);
}

/* Packets may come by the care-of address as soon as the correspondent knows it. */
/* Shows RFC 6275 11.3.1-9, 11.7.3-7. */
static void test_tunnel_before_update(void **state)
{
	(void)state;
	struct scene scene;
	bool tunnelled;
	begin(&scene, 1);
	size_t at = scene.mobile_node.taken;
	peer_busy(&scene);
	scene_advance(&scene, 59 * MS);
	assert_true(next_message(&scene, &at, MH_binding_update, &tunnelled, &sent));
	bool found = false;
	for (size_t i = 0; i < at; i++)
		found = found || (scene.mobile_node.done[i].type == EFFECT_TUNNEL_SET &&
					 scene.mobile_node.done[i].tunnel.encapsulation ==
						 ENCAP_TO_CORRESPONDENT);
	assert_true(found);
	const struct effect_tunnel *tunnel = peer_tunnel(&scene, 1);
	struct in6_addr address = address_of(PEER), care_of = address_of(CARE_OF_1);
	expect_owner(&scene.mobile_node, tunnel, HOME, PEER);
	assert_memory_equal(&tunnel->remote.address, &address, 16);
	assert_memory_equal(&tunnel->local.address, &care_of, 16);
	assert_int_equal(tunnel->local.ifindex, 1);
	assert_int_equal(tier_of(&scene.mobile_node, tunnel), 10);
	assert_false(tunnel->usable);
	scene_advance(&scene, 1 * MS);
	tunnel = peer_tunnel(&scene, 1);
	assert_true(tunnel->usable);
	/* RFC 6275 11.7.3: counted from when the update was sent */
	assert_int_equal(tunnel->expires, scene.now.mono - 20 * MS + 420 * SECOND);
	/* and not sent again */
	scene_advance(&scene, 10 * SECOND);
	assert_int_equal(peer.updates, 1);
	scene_end(&scene);
}

/* RFC 6275 11.7.2: so that who did not see it cannot know it */
/* Shows RFC 6275 11.7.2-19. */
static void test_first_number_is_random(void **state)
{
	(void)state;
	static const char *const others[] = {"2001:db8:9::2", "2001:db8:9::3", "2001:db8:9::4"};
	struct scene scene;
	uint16_t first[4] = {0};
	begin(&scene, 1);
	peer.is_many = true;
	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			scene_place(&scene, &scene.correspondent, others[i - 1], PEER_LINK);
		peer_busy_of(&scene, i > 0 ? others[i - 1] : PEER);
		scene_advance(&scene, 100 * MS);
		assert_int_equal(peer.updates, i + 1);
		first[i] = peer.update.message.binding_update.sequence;
	}
	unsigned far = 0;
	for (size_t i = 0; i < 3; i++)
		far += abs((int16_t)(first[i + 1] - first[i])) > 16;
	assert_true(far >= 2);
	scene_end(&scene);
}

/* RFC 6275 9.5.1: the update by the slow link has the greater number, and so overtakes none. */
static void test_slow_link_is_numbered_last(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	scene_slow(&scene, CARE_OF_1, 7 * MS);
	peer_busy(&scene);
	scene_advance(&scene, 100 * MS);
	assert_int_equal(peer.bindings_count, 3);
	assert_int_equal(peer.updates, 3);
	scene_end(&scene);
}

/* RFC 6275 11.7.3: status 135: on from the number that the correspondent says */
/* Shows RFC 6275 11.7.3-11. */
static void test_out_of_window(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 3);
	peer.has_sequence = true;
	for (unsigned i = 0; i < 2; i++) {
		/* whatever it begins with: less, or so much greater that it is less, too */
		peer.sequence = i ? 0x4000 : 0xc000;
		peer_busy(&scene);
		scene_advance(&scene, 3 * SECOND);
		assert_int_equal(peer.bindings_count, 3);
		assert_true(peer.updates <= 6);
		assert_true(peer_usable(&scene, 1));
		scene_end(&scene);
		begin(&scene, 3);
		peer.has_sequence = true;
	}
	scene_end(&scene);
}

/* RFC 5648 6.2: the update with O is overtaken and refused, and that answer arrives before the
 * acknowledgement of the update that overtook it. Sent again with O, it would replace the other's
 * binding while packets are under way. */
static void test_overtaken_overwrite(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 2);
	peer_busy(&scene);
	scene_advance(&scene, 39 * MS);
	scene_slow(&scene, CARE_OF_1, 2 * MS);
	scene_advance(&scene, 10 * MS);
	scene_slow(&scene, CARE_OF_2, 10 * MS);
	scene_advance(&scene, 16 * MS);
	assert_int_equal(peer.updates, 2);
	assert_true(peer_binds(&peer, 2, CARE_OF_2));
	assert_false(peer_usable(&scene, 2));
	scene_advance(&scene, 5 * MS);
	assert_true(peer_usable(&scene, 2));
	for (unsigned i = 0; i < 30; i++) {
		scene_advance(&scene, 1 * MS);
		assert_true(peer_binds(&peer, 2, CARE_OF_2));
		assert_true(peer_usable(&scene, 2));
	}
	assert_true(peer_usable(&scene, 1));
	assert_int_equal(peer.updates, 3);
	assert_int_equal(peer.overwrites, 1);
	scene_end(&scene);
}

/* RFC 5648 6.2: an acknowledgement arrives after an update with O has left for another link: by
 * what it acknowledges nothing is sent until it is registered again, which is at once. */
static void test_acknowledged_while_replaced(void **state)
{
	(void)state;
	static struct sent first, second;
	static struct message message;
	struct scene scene;
	bool tunnelled;
	begin(&scene, 2);
	size_t at = scene.mobile_node.taken;
	peer_busy(&scene);
	peer.silent_to_updates = true;
	scene_advance(&scene, 55 * MS);
	assert_true(next_message(&scene, &at, MH_binding_update, &tunnelled, &first));
	assert_true(next_message(&scene, &at, MH_binding_update, &tunnelled, &second));
	peer.silent_to_updates = false;
	message_init(&message, MH_binding_ack);
	message.binding_ack.status = 137;
	message.binding_ack.sequence = first.message.binding_update.sequence;
	peer_message(&scene, &message, PEER, CARE_OF_1, 1, false);
	scene_advance(&scene, 20 * MS);
	assert_true(next_message(&scene, &at, MH_binding_update, &tunnelled, &sent));
	assert_int_equal(sent.ifindex, 1);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	peer_acknowledge(&scene, &second);
	scene_advance(&scene, 11 * MS);
	assert_false(peer_usable(&scene, 2));
	scene_advance(&scene, 2 * SECOND);
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_usable(&scene, 2));
	assert_true(peer_binds(&peer, 1, CARE_OF_1));
	assert_true(peer_binds(&peer, 2, CARE_OF_2));
	scene_end(&scene);
}

/* RFC 6275 11.7.3: subtract what was granted less */
/* Shows RFC 6275 11.7.3-9. */
static void test_granted_less(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer.lifetime_max = 10;
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	assert_true(peer_usable(&scene, 1));
	assert_int_equal(peer_tunnel(&scene, 1)->expires, scene.now.mono - 20 * MS + 40 * SECOND);
	scene_end(&scene);
}

/* RFC 6275 11.7.2: not longer than the home agent knows the node */
/* Shows RFC 6275 11.4.2-6, 11.7.2-11. */
static void test_not_longer_than_at_home(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.lifetime = 100;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	peer_busy(&scene);
	scene_advance(&scene, 60 * MS);
	assert_true(peer_usable(&scene, 1));
	assert_true(peer_tunnel(&scene, 1)->expires <= node_view(&scene, 1).expires);
	scene_end(&scene);
}

/* The same in the last seconds of the home registration, whose renewal is late: shorter than four
 * seconds no lifetime is, so nothing is registered until it is there. */
/* Shows RFC 6275 11.4.2-6, 11.7.2-11. */
static void test_not_longer_than_the_last_seconds_at_home(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = peer_node_defaults();
	config.lifetime = 20;
	config.probe = false;
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	nanos expires = node_view(&scene, 1).expires, begun = expires - 20 * SECOND;
	unsigned updates = 0;
	scene_advance(&scene, 300 * MS);
	peer_busy(&scene);
	for (unsigned i = 0; node_view(&scene, 1).expires == expires; i++) {
		/* the renewal after 15 s is lost, and the next, but not the one after 18 s */
		scene_cut(&scene, HOME_AGENT,
			scene.now.mono > begun + 10 * SECOND &&
				scene.now.mono < begun + 17 * SECOND);
		if (i % 200 == 0)
			peer_active(&scene);
		scene_advance(&scene, 5 * MS);
		if (peer.updates == updates)
			continue;
		updates = peer.updates;
		nanos lifetime = (nanos)peer.update.message.binding_update.lifetime * LIFETIME_UNIT;
		assert_int_not_equal(lifetime, 0);
		/* it has been under way for 10 ms at least */
		assert_true(scene.now.mono - 10 * MS + lifetime * SECOND <= expires);
	}
	assert_true(scene.now.mono > begun + 18 * SECOND);
	scene_advance(&scene, 50 * MS);
	assert_int_equal(peer.updates, updates + 1);
	assert_true(peer_usable(&scene, 1));
	scene_end(&scene);
}

/* Shows RFC 6275 8.2-11. */
static void test_only_when_on(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	peer_begin_with(&scene, &peer, 10 * MS, 1, &config);
	const struct host_event event = {.type = HOST_PEER_BUSY, .peer = address_of(PEER)};
	assert_int_not_equal(scene_tell_result(&scene, &scene.mobile_node, &event), 0);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer.home_tests + peer.care_of_tests, 0);
	scene_end(&scene);
}

/* RFC 6275 11.7.2: not before the home agent has acknowledged */
/* Shows RFC 6275 11.7.2-7. */
static void test_only_when_registered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 0);
	scene_cut(&scene, HOME_AGENT, true);
	node_attach(&scene, 1);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	assert_int_equal(peer_count(&scene), 0);
	assert_int_equal(peer.care_of_tests, 0);
	scene_end(&scene);
}

/* Shows RFC 6275 11.3.1-7. */
static void test_no_correspondents(void **state)
{
	(void)state;
	static const char *const addresses[] = {
		HOME_AGENT, HOME, CARE_OF_1, "ff02::1", "fe80::1", "::", "::1", "ff0e::1"};
	struct scene scene;
	begin(&scene, 1);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		peer_busy_of(&scene, addresses[i]);
	assert_int_equal(peer_count(&scene), 0);
	scene_end(&scene);
}

/* A link that comes later: its own test and update, by the home token that is there. */
/* Shows RFC 6275 5.2.7-3, 11.6.1-2, 11.7.2-1. */
static void test_link_comes_later(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	peer_busy(&scene);
	scene_advance(&scene, SECOND);
	node_attach(&scene, 2);
	scene_advance(&scene, SECOND);
	assert_true(peer_usable(&scene, 2));
	assert_int_equal(peer.home_tests, 1);
	assert_int_equal(peer.care_of_tests, 2);
	assert_int_equal(peer.updates, 2);
	assert_true(peer_binds(&peer, 1, CARE_OF_1));
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_tests_at_once),
		cmocka_unit_test(test_home_tests_by_one_care_of_address),
		cmocka_unit_test(test_three_links_in_time),
		cmocka_unit_test(test_one_update_for_each),
		cmocka_unit_test(test_tunnel_before_update),
		cmocka_unit_test(test_first_number_is_random),
		cmocka_unit_test(test_slow_link_is_numbered_last),
		cmocka_unit_test(test_out_of_window),
		cmocka_unit_test(test_overtaken_overwrite),
		cmocka_unit_test(test_acknowledged_while_replaced),
		cmocka_unit_test(test_granted_less),
		cmocka_unit_test(test_not_longer_than_at_home),
		cmocka_unit_test(test_not_longer_than_the_last_seconds_at_home),
		cmocka_unit_test(test_only_when_on),
		cmocka_unit_test(test_only_when_registered),
		cmocka_unit_test(test_no_correspondents),
		cmocka_unit_test(test_link_comes_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
