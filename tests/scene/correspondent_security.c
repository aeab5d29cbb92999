/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: updates at a correspondent that are forged, replayed, or made of the wrong tokens. RFC
 * 6275 5.2.6, 5.2.8, 6.1.7, 6.2.7, 9.5.1, 9.5.3, 9.5.4.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

#include <string.h>

#define SECOND NANOS_PER_SECOND
#define THIRD_PARTY "2001:db8:bad::1"

static struct sent ack;

static struct route_update update_for(struct scene *scene, uint16_t sequence)
{
	return route_update_for(scene, sequence, 0, CARE_OF_1);
}

/* Two bindings, sequence numbers 10 and 11. */
static void begin(struct scene *scene)
{
	correspondent_begin(scene);
	bind_routes(scene, 10, 2);
}

static void end_unharmed(struct scene *scene)
{
	struct binding_list list = routes_of(scene);
	struct in6_addr care_of_1 = address_of(CARE_OF_1), care_of_2 = address_of(CARE_OF_2);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.at[0].sequence, 11);
	assert_memory_equal(&list.at[0].care_of, &care_of_1, 16);
	assert_memory_equal(&list.at[1].care_of, &care_of_2, 16);
	assert_int_equal(core_counters(scene->correspondent.core)->updates_accepted, 2);
	take_nothing(&scene->correspondent);
	scene_end(scene);
}

static void expect_silence(struct scene *scene, enum drop why)
{
	take_nothing(&scene->correspondent);
	assert_int_equal(route_drops(scene, why), 1);
}

/* ---- without proof: RFC 6275 9.5.1, silently ---- */

/* Shows RFC 6275 9.5.1-5, 9.5.1-19, 9.5.4-1. */
static void test_without_nonce_indices(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.message.has_nonce_indices = false;
	route_update_send(&update);
	expect_silence(&scene, DROP_NO_AUTHENTICATION);
	end_unharmed(&scene);
}

/* Shows RFC 6275 6.2.6-1, 9.5.1-8, 9.5.1-19. */
static void test_without_authorization(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.unauthorized = true;
	route_update_send(&update);
	expect_silence(&scene, DROP_NO_AUTHENTICATION);
	/* Nor does it learn which nonces there are. */
	update.message.nonce_indices.home++;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	end_unharmed(&scene);
}

/* Shows RFC 6275 9.5.1-1, 9.5.1-9, 9.5.1-19, 9.5.4-1. */
static void test_forged(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.forged = true;
	route_update_send(&update);
	expect_silence(&scene, DROP_AUTHENTICATION_FAILED);
	end_unharmed(&scene);
}

/* Whatever octet is changed on the way, with the checksum made right. */
/* Shows RFC 6275 9.5.1-9, 15.4.4-2. */
static void test_every_octet_is_covered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	uint8_t good[PACKET_OCTETS_MAX], octets[PACKET_OCTETS_MAX];
	size_t length = route_update_build(&update, good);
	struct packet packet;
	assert_int_equal(packet_decode(good, length, &packet), WIRE_OK);
	for (size_t at = packet.payload_at; at < length; at++) {
		struct packet changed;
		uint8_t *checksum = octets + packet.payload_at + MESSAGE_CHECKSUM_AT;
		memcpy(octets, good, length);
		octets[at] ^= 0x10;
		if (octets + at == checksum || octets + at == checksum + 1)
			continue;
		assert_int_equal(packet_decode(octets, length, &changed), WIRE_OK);
		checksum[0] = checksum[1] = 0;
		uint16_t sum = packet_checksum(&changed.home_address, &changed.destination,
			MH_NEXT_HEADER, changed.payload);
		checksum[0] = (uint8_t)(sum >> 8);
		checksum[1] = (uint8_t)sum;
		correspondent_packet(&scene, (struct octets){octets, length});
	}
	take_all(&scene.correspondent);
	end_unharmed(&scene);
}

/* One right and one wrong token, either way */
/* Shows RFC 6275 9.5.1-7, 15.4.2-1. */
static void test_one_wrong_token(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.home.token ^= 1;
	route_update_send(&update);
	expect_silence(&scene, DROP_AUTHENTICATION_FAILED);
	update = update_for(&scene, 12);
	update.care_of.token ^= UINT64_C(1) << 63;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	/* Each is a right one, of the other kind. */
	update = update_for(&scene, 12);
	update.home = ask_care_of(&scene, HOME);
	route_update_send(&update);
	update = update_for(&scene, 12);
	update.care_of = ask_home(&scene, CARE_OF_1);
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_AUTHENTICATION_FAILED), 4);
	end_unharmed(&scene);
}

/* RFC 6275 5.2.6: the tokens of one care-of address do not bind another, wherever it stands. */
/* Shows RFC 6275 9.5.1-7, 9.5.1-11, 15.4.2-1. */
static void test_tokens_of_another_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr third = address_of(THIRD_PARTY);
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	route_update_from(&update, THIRD_PARTY);
	route_update_send(&update);
	update = update_for(&scene, 12);
	route_update_bid(&update, 1, THIRD_PARTY);
	route_update_send(&update);
	update.mac_care_of = &update.source;
	route_update_send(&update);
	update = update_for(&scene, 12);
	update.message.has_alternate_care_of = true;
	update.message.alternate_care_of.address = third;
	route_update_send(&update);
	/* The authenticator may cover whatever address: the token is not of it. */
	update.mac_care_of = &update.source;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_AUTHENTICATION_FAILED), 5);
	end_unharmed(&scene);
}

/* RFC 6275 6.2.7: the key is of one home address */
/* Shows RFC 6275 9.5.1-7. */
static void test_tokens_of_another_home_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.home = ask_home(&scene, OTHER_HOME);
	route_update_send(&update);
	expect_silence(&scene, DROP_AUTHENTICATION_FAILED);
	/* Nor does the home token of one take the bindings of the other away. */
	route_update_delete(&update);
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	end_unharmed(&scene);
}

/* RFC 6275 5.2.5: the home keygen token alone takes away, and does not bind; and both do not take
 * away. */
/* Shows RFC 6275 6.2.7-2. */
static void test_key_of_the_other_kind(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	struct in6_addr home = address_of(HOME);
	update.mac_care_of = &home;
	route_update_send(&update);
	update = update_for(&scene, 12);
	route_update_delete(&update);
	update.both_tokens = true;
	route_update_send(&update);
	update.mac_care_of = &update.source;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_AUTHENTICATION_FAILED), 3);
	end_unharmed(&scene);
}

/* A de-registration is sealed over the home address or the care-of address, and over no other. */
static void test_delete_over_another_address(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr other = address_of(CARE_OF_3);
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	route_update_delete(&update);
	update.mac_care_of = &other;
	route_update_send(&update);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_AUTHENTICATION_FAILED), 1);
	end_unharmed(&scene);
}

/* RFC 6275 6.1.7, 9.5.1: Alternate Care-of Address is what is bound, if the tokens are its own; the
 * answer goes to the source nevertheless (9.5.4) */
/* Shows RFC 6275 9.5.1-3, 9.5.1-10, 9.5.1-11, 9.5.1-22, 9.5.4-12. */
static void test_alternate_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.care_of = ask_care_of(&scene, CARE_OF_2);
	update.message.nonce_indices.care_of = update.care_of.index;
	update.message.has_alternate_care_of = true;
	update.message.alternate_care_of.address = address_of(CARE_OF_2);
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_2);
	expect_route_node(&scene, 12);
	expect_route_ack(&scene, &update, 0, &ack);
	scene_end(&scene);
}

/* RFC 6275 6.1.7: silently */
/* Shows RFC 5648 6.2-6; RFC 6275 6.1.7-10, 6.1.7-12, 9.5.4-10. */
static void test_care_of_address_not_routable(void **state)
{
	(void)state;
	static const char *const addresses[] = {"::", "::1", "fe80::1", "ff02::1"};
	struct scene scene;
	begin(&scene);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct route_update update = update_for(&scene, 12);
		update.message.has_alternate_care_of = true;
		update.message.alternate_care_of.address = address_of(addresses[i]);
		route_update_send(&update);
		update = update_for(&scene, 12);
		route_update_from(&update, addresses[i]);
		route_update_send(&update);
		/* There is no token that could prove it. */
		update = update_for(&scene, 12);
		route_update_bid(&update, 1, addresses[i]);
		route_update_send(&update);
	}
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_BAD_CARE_OF_ADDRESS), 8);
	assert_int_equal(route_drops(&scene, DROP_AUTHENTICATION_FAILED), 4);
	end_unharmed(&scene);
}

/* RFC 6275 9.5.4: no answer would reach it, whatever it binds or takes away */
static void test_source_not_routable(void **state)
{
	(void)state;
	static const char *const sources[] = {"::", "::1", "fe80::1", "ff02::1"};
	struct scene scene;
	begin(&scene);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct route_update update = update_for(&scene, 12);
		route_update_bid(&update, 1, CARE_OF_1);
		route_update_from(&update, sources[i]);
		route_update_send(&update);
		update = update_for(&scene, 12);
		route_update_from(&update, sources[i]);
		route_update_delete(&update);
		route_update_send(&update);
	}
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_BAD_CARE_OF_ADDRESS), 8);
	end_unharmed(&scene);
}

/* ---- home registrations ---- */

static void expect_unsigned(struct scene *scene, uint8_t status)
{
	take_route_message(scene, MH_binding_ack, &ack);
	assert_int_equal(ack.message.binding_ack.status, status);
	assert_false(ack.message.has_authorization);
}

/* A Binding Update with H, as a home agent gets it: no nonces, and hence no authenticator. */
static struct route_update home_registration(struct scene *scene)
{
	struct route_update ret = update_for(scene, 12);
	ret.message.binding_update.flags |= BU_HOME;
	ret.message.has_nonce_indices = false;
	ret.unauthorized = true;
	return ret;
}

/* RFC 6275 9.5.1: 139 from the home address, too, with a Home Address option or without; its answer
 * has no routing header without one (9.5.4) */
/* Shows RFC 6275 9.5.1-16, 9.5.1-17. */
static void test_home_registration_from_home(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = home_registration(&scene);
	route_update_from(&update, HOME);
	update.without_home_address = true;
	route_update_send(&update);
	expect_unsigned(&scene, 139);
	assert_false(ack.packet.has_routing);
	update.without_home_address = false;
	route_update_send(&update);
	expect_unsigned(&scene, 139);
	/* of a home address without binding */
	update.home_address = update.source = address_of(OTHER_HOME);
	route_update_send(&update);
	expect_unsigned(&scene, 131);
	end_unharmed(&scene);
}

/* An expired binding does not count, also if the deadline is handled late. */
static void test_home_registration_after_expiry(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = home_registration(&scene);
	scene.now.mono += 400 * NANOS_PER_SECOND;
	route_update_send(&update);
	expect_unsigned(&scene, 131);
	scene_end(&scene);
}

/* RFC 6275 9.5.1: 139 where there is a binding, which others than the mobile node's addresses are
 * not told of; 10.3.1: 131 */
/* Shows RFC 6275 9.5.1-14, 9.5.1-16, 9.5.1-17, 10.3.1-4. */
static void test_home_registration(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.message.binding_update.flags |= BU_HOME;
	route_update_send(&update);
	expect_silence(&scene, DROP_UNEXPECTED_NONCE);
	update.message.has_nonce_indices = false;
	update.unauthorized = true;
	route_update_send(&update);
	take_route_message(&scene, MH_binding_ack, &ack);
	assert_int_equal(ack.message.binding_ack.status, 139);
	assert_false(ack.message.has_authorization);
	route_update_from(&update, CARE_OF_3);
	route_update_send(&update);
	take_route_message(&scene, MH_binding_ack, &ack);
	assert_int_equal(ack.message.binding_ack.status, 131);
	end_unharmed(&scene);
}

/* ---- the sequence number ---- */

/* RFC 6275 9.5.1: 135 with the last accepted number, of all BIDs alike (RFC 5648 4.1) */
/* Shows RFC 6275 9.1-4, 9.5.1-4, 9.5.1-15, 9.5.4-3. */
static void test_old_sequence(void **state)
{
	(void)state;
	static const uint16_t old[] = {11, 10, 0, 0xffff, 11 + 0x8000};
	struct scene scene;
	begin(&scene);
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		struct route_update update = update_for(&scene, old[i]);
		update.message.binding_update.flags = 0;
		route_update_bid(&update, 1, CARE_OF_1);
		route_update_send(&update);
		expect_route_ack(&scene, &update, 135, &ack);
		assert_int_equal(ack.message.binding_ack.sequence, 11);
		take_nothing(&scene.correspondent);
	}
	end_unharmed(&scene);
}

/* Who could not have sent the update is not told of the number. */
static void test_sequence_is_no_oracle(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 3);
	update.forged = true;
	route_update_send(&update);
	expect_silence(&scene, DROP_AUTHENTICATION_FAILED);
	end_unharmed(&scene);
}

/* A recorded update, again and again: within limits */
static void test_replays_are_limited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 10);
	for (unsigned i = 0; i < 1000; i++)
		route_update_send(&update);
	assert_in_range(count_ahead(&scene.correspondent, EFFECT_SEND), 50, 400);
	take_all(&scene.correspondent);
	end_unharmed(&scene);
}

/* Nonces that nobody has given: the same, for each source, so that others still hear of theirs */
static void test_unknown_nonces_are_limited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.message.nonce_indices.home++;
	for (unsigned i = 0; i < 1000; i++)
		route_update_send(&update);
	assert_in_range(count_ahead(&scene.correspondent, EFFECT_SEND), 50, 400);
	take_all(&scene.correspondent);
	route_update_from(&update, CARE_OF_3);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 136, &ack);
	end_unharmed(&scene);
}

/* RFC 6275 9.5.4: what is accepted without A is not acknowledged */
/* Shows RFC 6275 9.5.4-4. */
static void test_not_asked_for_an_acknowledgement(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	update.message.binding_update.flags = 0;
	route_update_bid(&update, 3, CARE_OF_1);
	route_update_send(&update);
	expect_route_added(&scene, 3, CARE_OF_1);
	expect_route_node(&scene, 12);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* ---- nonces ---- */

/* RFC 6275 6.1.8: home, care-of, both; A or not, without authorization */
/* Shows RFC 6275 9.5.1-6, 9.5.1-18, 9.5.1-20, 9.5.1-21, 9.5.4-3, 9.5.4-7. */
static void test_unknown_nonces(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (uint8_t which = 1; which <= 3; which++) {
		struct route_update update = update_for(&scene, 12);
		update.message.binding_update.flags = which == 2 ? 0 : BU_ACKNOWLEDGE;
		if (which & 1)
			update.message.nonce_indices.home = (uint16_t)(update.home.index + 1);
		if (which & 2)
			update.message.nonce_indices.care_of = (uint16_t)(update.home.index - 1);
		route_update_bid(&update, 1, CARE_OF_1);
		route_update_send(&update);
		expect_route_ack(&scene, &update, (uint8_t)(135 + which), &ack);
	}
	/* RFC 6275 9.5.1: the care-of nonce index is not inspected when a binding is taken away */
	struct route_update update = update_for(&scene, 12);
	update.message.nonce_indices.care_of = (uint16_t)(update.home.index + 1);
	update.message.nonce_indices.home = (uint16_t)(update.home.index + 1);
	route_update_delete(&update);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 136, &ack);
	assert_int_equal(route_drops(&scene, DROP_UNKNOWN_NONCE), 4);
	end_unharmed(&scene);
}

/* RFC 6275 5.2.7: 210 seconds at least, never beyond 240 from the first use */
/* Shows RFC 6275 5.2.2-1, 5.2.7-1. */
static void test_tokens_age(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	ask_home(&scene, OTHER_HOME);
	scene_advance(&scene, 30 * SECOND - 1);
	struct route_update update = update_for(&scene, 1);
	for (unsigned i = 0; i < 7; i++) {
		scene_advance(&scene, 30 * SECOND);
		ask_home(&scene, OTHER_HOME);
	}
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_1);
	take_all(&scene.correspondent);
	scene_advance(&scene, 1);
	update.message.binding_update.sequence = 2;
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &ack);
	scene_end(&scene);
}

/* However seldom somebody asks. */
/* Shows RFC 6275 5.2.2-1, 5.2.7-1. */
static void test_tokens_age_alone(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = update_for(&scene, 1);
	scene_advance(&scene, 240 * SECOND);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &ack);
	scene_end(&scene);
}

/* RFC 6275 5.2.7: an old home token and a new care-of token */
/* Shows RFC 6275 5.2.5-1. */
static void test_token_reuse(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct token home = ask_home(&scene, HOME);
	scene_advance(&scene, 100 * SECOND);
	struct route_update update =
		route_update_of(&scene, 1, home, ask_care_of(&scene, CARE_OF_2));
	assert_int_not_equal(update.home.index, update.care_of.index);
	route_update_from(&update, CARE_OF_2);
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_2);
	scene_end(&scene);
}

/* RFC 6275 5.2.8: what they bound is remembered until the first of both is too old */
static void test_remembered_no_longer_than_needed(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct token home = ask_home(&scene, HOME);
	scene_advance(&scene, 100 * SECOND);
	struct route_update update =
		route_update_of(&scene, 1, home, ask_care_of(&scene, CARE_OF_1));
	route_update_lifetime(&update, 4);
	route_update_send(&update);
	scene_advance(&scene, 140 * SECOND - 1);
	assert_int_not_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_advance(&scene, 1);
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* A restart forgets the nonces: the mobile node is told, so that it asks for new ones. */
static void test_restart(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct route_update update = update_for(&scene, 12);
	scene_restart(&scene, &scene.correspondent);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &ack);
	scene_end(&scene);
}

/* ---- after a binding is gone ---- */

static void delete_all(struct scene *scene, uint16_t sequence)
{
	struct token none = {0, 0};
	take_all(&scene->correspondent);
	struct route_update update = route_update_of(scene, sequence, ask_home(scene, HOME), none);
	route_update_delete(&update);
	route_update_send(&update);
	take_all(&scene->correspondent);
	assert_int_equal(routes_of(scene).count, 0);
}

/* RFC 6275 5.2.8: what was recorded does not bring the binding back, as long as it verifies */
/* Shows RFC 6275 9.6-4, 15.4.4-1. */
static void test_replay_after_deletion(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = update_for(&scene, 1);
	route_update_send(&update);
	delete_all(&scene, 2);
	for (unsigned i = 0; i < 239; i++) {
		route_update_send(&update);
		expect_route_ack(&scene, &update, 135, &ack);
		assert_int_equal(ack.message.binding_ack.sequence, 2);
		scene_advance(&scene, SECOND);
	}
	scene_advance(&scene, SECOND);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &ack);
	take_nothing(&scene.correspondent);
	/* And then nothing is left of it. */
	assert_int_equal(core_next_deadline(scene.correspondent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* RFC 6275 5.2.8: nor when the binding has expired */
/* Shows RFC 6275 9.6-4, 15.4.4-1. */
static void test_replay_after_expiry(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = update_for(&scene, 1);
	route_update_lifetime(&update, 20);
	route_update_send(&update);
	scene_advance(&scene, 20 * SECOND);
	take_all(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 0);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 135, &ack);
	take_nothing(&scene.correspondent);
	/* The mobile node, which has moved on, is not hindered. */
	update.message.binding_update.sequence = 2;
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

/* RFC 6275 9.5.3: nor may the same nonces, with a new number, until new tokens are had */
/* Shows RFC 6275 9.5.3-3, 15.4.4-1. */
static void test_spent_nonces(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	struct route_update update = update_for(&scene, 1);
	route_update_send(&update);
	delete_all(&scene, 2);
	update.message.binding_update.sequence = 3;
	route_update_send(&update);
	expect_route_ack(&scene, &update, 137, &ack);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_SPENT_NONCE), 1);
	/* Another care-of address has nothing to do with it. */
	struct route_update other =
		route_update_of(&scene, 3, update.home, ask_care_of(&scene, CARE_OF_2));
	route_update_from(&other, CARE_OF_2);
	route_update_send(&other);
	expect_route_added(&scene, 0, CARE_OF_2);
	take_all(&scene.correspondent);
	/* New tokens there are when the nonce is a second old (5.2.7: not for each question). */
	assert_int_equal(ask_care_of(&scene, CARE_OF_1).index, update.care_of.index);
	scene_advance(&scene, SECOND);
	update = route_update_of(&scene, 4, update.home, ask_care_of(&scene, CARE_OF_1));
	assert_int_equal(update.care_of.index, (uint16_t)(update.home.index + 1));
	route_update_send(&update);
	expect_route_tunnel(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

/* Of the two that must not be used together, that of which there is another one is said to have
 * expired: a care-of nonce that is still given out would only come again. */
/* Shows RFC 6275 9.5.3-3. */
static void test_spent_with_an_older_home_nonce(void **state)
{
	(void)state;
	for (unsigned later = 0; later < 2; later++) {
		struct scene scene;
		correspondent_begin(&scene);
		struct token home = ask_home(&scene, HOME);
		scene_advance(&scene, 100 * SECOND);
		struct route_update update =
			route_update_of(&scene, 1, home, ask_care_of(&scene, CARE_OF_1));
		route_update_send(&update);
		delete_all(&scene, 2);
		scene_advance(&scene, later * SECOND);
		update.message.binding_update.sequence = 3;
		route_update_send(&update);
		expect_route_ack(&scene, &update, later ? 137 : 136, &ack);
		struct token new = later ? ask_care_of(&scene, CARE_OF_1) : ask_home(&scene, HOME);
		update = later ? route_update_of(&scene, 4, home, new)
			       : route_update_of(&scene, 4, new, update.care_of);
		route_update_send(&update);
		expect_route_added(&scene, 0, CARE_OF_1);
		scene_end(&scene);
	}
}

/* RFC 6275 5.2.8: of more than are told apart, the group that they belong to is not recognized any
 * more; 9.5.1: which of the two is of it is what the status says. */
/* Shows RFC 6275 5.2.8-1, 9.5.1-18. */
static void test_spent_group_of_nonces(void **state)
{
	(void)state;
	struct scene scene;
	uint16_t sequence = 1;
	correspondent_begin(&scene);
	const struct token home = ask_home(&scene, HOME), care_of = ask_care_of(&scene, CARE_OF_1);
	scene_advance(&scene, 30 * SECOND);
	for (unsigned i = 0; i < 5; i++) {
		struct route_update update =
			route_update_of(&scene, sequence++, home, ask_care_of(&scene, CARE_OF_1));
		route_update_send(&update);
		take(&scene.correspondent, EFFECT_TUNNEL_SET);
		delete_all(&scene, sequence++);
		scene_advance(&scene, SECOND);
	}
	const struct token new_home = ask_home(&scene, HOME),
			   new_care_of = ask_care_of(&scene, CARE_OF_1);
	struct route_update update = route_update_of(&scene, sequence, home, new_care_of);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 136, &ack);
	update = route_update_of(&scene, sequence, new_home, care_of);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 137, &ack);
	update = route_update_of(&scene, sequence, home, care_of);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &ack);
	update = route_update_of(&scene, sequence, new_home, new_care_of);
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

/* Of one BID among others, too. */
static void test_spent_nonces_of_one_bid(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct token none = {0, 0}, home = ask_home(&scene, HOME);
	struct route_update update = route_update_of(&scene, 12, home, none);
	route_update_bid(&update, 1, NULL);
	route_update_delete(&update);
	route_update_send(&update);
	take_all(&scene.correspondent);
	update = route_update_of(&scene, 13, home, ask_care_of(&scene, CARE_OF_1));
	route_update_bid(&update, 1, CARE_OF_1);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 137, &ack);
	/* The other one is refreshed with what it was bound with. */
	update = route_update_of(&scene, 13, home, ask_care_of(&scene, CARE_OF_2));
	route_update_from(&update, CARE_OF_2);
	route_update_bid(&update, 2, CARE_OF_2);
	scene_advance(&scene, SECOND);
	route_update_send(&update);
	expect_route_tunnel(&scene, 2, CARE_OF_2);
	scene_end(&scene);
}

/* ---- more home addresses than there is room for ---- */

static struct route_update update_of_home(struct scene *scene, const char *home, uint16_t sequence)
{
	struct route_update update = route_update_of(
		scene, sequence, ask_home(scene, home), ask_care_of(scene, CARE_OF_1));
	update.home_address = address_of(home);
	return update;
}

static void begin_with_room_for(struct scene *scene, uint32_t nodes)
{
	struct correspondent_config config = correspondent_defaults();
	config.nodes_max = nodes;
	correspondent_begin_with(scene, &config);
}

/* RFC 6275 9.5.2, 9.6: 130; one whose bindings have gone makes room */
/* Shows RFC 6275 6.1.7-14, 9.1-6, 9.5.2-5, 9.5.2-7, 9.5.4-3. */
static void test_full(void **state)
{
	(void)state;
	static const char *const homes[] = {"2001:db8:1::1001", "2001:db8:1::1002"};
	struct scene scene;
	begin_with_room_for(&scene, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct route_update update = update_of_home(&scene, homes[i], 1);
		route_update_lifetime(&update, i == 0 ? 20 : 400);
		route_update_send(&update);
		take_all(&scene.correspondent);
	}
	struct route_update update = update_of_home(&scene, HOME, 1);
	update.message.binding_update.flags = 0;
	route_update_send(&update);
	expect_route_refused(&scene, &update, 130);
	assert_int_equal(routes_of(&scene).count, 2);
	/* What is bound may change. */
	update = update_of_home(&scene, homes[1], 2);
	route_update_send(&update);
	take_all(&scene.correspondent);

	scene_advance(&scene, 40 * SECOND);
	take_all(&scene.correspondent);
	update = update_of_home(&scene, HOME, 1);
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_1);
	assert_int_equal(routes_of(&scene).count, 2);
	scene_end(&scene);
}

/* RFC 6275 5.2.8: what was forgotten to make room does not come back by a replay; whoever else has
 * nonces that old needs new ones */
/* Shows RFC 6275 5.2.8-1, 9.6-4, 15.4.4-1. */
static void test_replay_after_making_room(void **state)
{
	(void)state;
	struct scene scene;
	begin_with_room_for(&scene, 1);
	struct route_update update = update_for(&scene, 1);
	route_update_send(&update);
	delete_all(&scene, 2);
	scene_advance(&scene, 30 * SECOND);
	struct route_update other = update_of_home(&scene, OTHER_HOME, 1);
	route_update_send(&other);
	take_all(&scene.correspondent);
	other.message.binding_update.sequence = 2;
	route_update_delete(&other);
	route_update_send(&other);
	take_all(&scene.correspondent);
	assert_int_equal(routes_of(&scene).count, 0);
	route_update_send(&update);
	expect_route_ack(&scene, &update, 138, &ack);
	take_nothing(&scene.correspondent);
	scene_advance(&scene, 30 * SECOND);
	update = update_for(&scene, 3);
	route_update_send(&update);
	expect_route_added(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_nonce_indices),
		cmocka_unit_test(test_without_authorization),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_every_octet_is_covered),
		cmocka_unit_test(test_one_wrong_token),
		cmocka_unit_test(test_tokens_of_another_care_of_address),
		cmocka_unit_test(test_tokens_of_another_home_address),
		cmocka_unit_test(test_key_of_the_other_kind),
		cmocka_unit_test(test_delete_over_another_address),
		cmocka_unit_test(test_alternate_care_of_address),
		cmocka_unit_test(test_care_of_address_not_routable),
		cmocka_unit_test(test_source_not_routable),
		cmocka_unit_test(test_home_registration),
		cmocka_unit_test(test_home_registration_from_home),
		cmocka_unit_test(test_home_registration_after_expiry),
		cmocka_unit_test(test_old_sequence),
		cmocka_unit_test(test_sequence_is_no_oracle),
		cmocka_unit_test(test_replays_are_limited),
		cmocka_unit_test(test_unknown_nonces_are_limited),
		cmocka_unit_test(test_not_asked_for_an_acknowledgement),
		cmocka_unit_test(test_unknown_nonces),
		cmocka_unit_test(test_tokens_age),
		cmocka_unit_test(test_tokens_age_alone),
		cmocka_unit_test(test_token_reuse),
		cmocka_unit_test(test_remembered_no_longer_than_needed),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_replay_after_deletion),
		cmocka_unit_test(test_replay_after_expiry),
		cmocka_unit_test(test_spent_nonces),
		cmocka_unit_test(test_spent_with_an_older_home_nonce),
		cmocka_unit_test(test_spent_group_of_nonces),
		cmocka_unit_test(test_spent_nonces_of_one_bid),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_replay_after_making_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
