/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: updates that are not authentic, not fresh, or not for this home agent. Whatever comes,
 * the bindings stay as they are. RFC 4285 5, 6; RFC 6275 9.5.1, 10.3.1.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

#include <string.h>

static struct sent ack;

/* Two bindings, sequence 10. */
static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(scene, &config);
	bind_bids(scene, 10, 2);
}

static struct update attack(struct scene *scene)
{
	struct update update = update_of(scene, 11);
	update_overwrite(&update);
	update_bid(&update, 1, "2001:db8:bad::1");
	return update;
}

static void end_unharmed(struct scene *scene)
{
	struct binding_list list = bindings_of(scene);
	struct in6_addr care_of_1 = address_of(CARE_OF_1);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.at[0].sequence, 10);
	assert_memory_equal(&list.at[0].care_of, &care_of_1, sizeof(care_of_1));
	assert_int_equal(core_counters(scene->home_agent.core)->updates_accepted, 1);
	take_nothing(&scene->home_agent);
	scene_end(scene);
}

static void expect_silence(struct scene *scene, enum drop why)
{
	take_nothing(&scene->home_agent);
	assert_int_equal(drops_of(scene, why), 1);
}

/* RFC 4285 5 */
/* Shows RFC 6275 10.3.1-2, 9.5.1-19, 9.5.4-1. */
static void test_no_authentication(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.auth.mode = AUTH_MODE_INSECURE_NONE;
	update_send(&update);
	assert_int_equal(take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0)->problem,
		PROBLEM_NO_AUTHENTICATION);
	expect_silence(&scene, DROP_NO_AUTHENTICATION);
	end_unharmed(&scene);
}

/* RFC 4285 5.1 */
static void test_unknown_spi(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.auth.spi++;
	update_send(&update);
	assert_int_equal(take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0)->problem,
		PROBLEM_OTHER_SPI);
	expect_silence(&scene, DROP_UNKNOWN_SPI);
	end_unharmed(&scene);
}

/* RFC 4285 5.3: 146, authentic, and nothing changes */
/* Shows RFC 6275 10.3.1-1, 9.5.1-1. */
static void test_wrong_key(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.auth.key[0] ^= 1;
	update_send(&update);
	const struct effect_event *note =
		take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0);
	assert_memory_equal(&note->peer, &update.source, sizeof(note->peer));
	expect_ack(&scene, 146, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, 11);
	assert_int_equal(drops_of(&scene, DROP_AUTHENTICATION_FAILED), 1);
	end_unharmed(&scene);
}

/* Every octet that the authenticator covers, changed on the way: never accepted. */
static void test_every_octet_is_covered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	uint8_t good[PACKET_OCTETS_MAX], octets[PACKET_OCTETS_MAX];
	size_t length = update_build(&update, good);
	struct packet packet;
	assert_int_equal(packet_decode(good, length, &packet), WIRE_OK);
	for (size_t at = packet.payload_at; at < length; at++) {
		memcpy(octets, good, length);
		octets[at] ^= 0x10;
		struct packet changed;
		assert_int_equal(packet_decode(octets, length, &changed), WIRE_OK);
		/* The checksum is no protection: it is made right. */
		uint8_t *checksum = octets + packet.payload_at + 4;
		checksum[0] = checksum[1] = 0;
		uint16_t sum = packet_checksum(&changed.home_address, &changed.destination,
			MH_NEXT_HEADER, changed.payload);
		checksum[0] = (uint8_t)(sum >> 8);
		checksum[1] = (uint8_t)sum;
		if (at == packet.payload_at + 4 || at == packet.payload_at + 5)
			continue;
		scene_packet(&scene, &scene.home_agent, CORE_LINK, (struct octets){octets, length});
		scene_advance(&scene, NANOS_PER_MS);
	}
	take_all(&scene.home_agent);
	end_unharmed(&scene);
}

/*
 * RFC 4285 5.1: the authenticator covers nothing behind it but the length. An option put in the
 * place of padding must not count.
 */
static void test_option_behind_authenticator(void **state)
{
	(void)state;
	static const uint8_t padding[] = {1, 6, 0, 0, 0, 0, 0, 0};
	static const uint8_t bid_without_care_of[] = {35, 4, 0, 2, 0, 0, 1, 0};
	static const uint8_t unknown_option[] = {200, 6, 0, 0, 0, 0, 0, 0};
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 11);
	update_lifetime(&update, 0);
	update_bid_known(&update, 1);
	update.behind = (struct octets){bid_without_care_of, sizeof(bid_without_care_of)};
	update_send(&update);
	update.behind = (struct octets){unknown_option, sizeof(unknown_option)};
	update_send(&update);
	take_all(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 2);

	update.behind = (struct octets){padding, sizeof(padding)};
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

/* Answers to forgers are few, for each source and in all; the legitimate node is still served. */
static void test_forged_flood(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.auth.key[0] ^= 1;
	for (unsigned i = 0; i < 1000; i++)
		update_send(&update);
	assert_in_range(count_ahead(&scene.home_agent, EFFECT_SEND), 1, 10);
	assert_in_range(count_ahead(&scene.home_agent, EFFECT_EVENT), 1, 10);
	assert_int_equal(drops_of(&scene, DROP_AUTHENTICATION_FAILED), 1000);
	take_all(&scene.home_agent);
	for (uint32_t i = 0; i < 5000; i++) {
		update.source.s6_addr[4] = (uint8_t)i;
		update.source.s6_addr[5] = (uint8_t)(i >> 8);
		update_send(&update);
	}
	assert_in_range(count_ahead(&scene.home_agent, EFFECT_SEND), 1, 1000);
	take_all(&scene.home_agent);

	struct update real = update_of(&scene, 11);
	update_bid_known(&real, 1);
	update_send(&real);
	expect_node_set(&scene, 11);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

/* RFC 6275 9.5.1: an update sent again, or overtaken by a later one */
static void test_replayed_and_reordered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update first = update_of(&scene, 11);
	update_bid(&first, 1, CARE_OF_3);
	struct update second = update_of(&scene, 12);
	update_bid(&second, 1, CARE_OF_2);
	update_send(&second);
	take_all(&scene.home_agent);
	for (unsigned i = 0; i < 2; i++) {
		update_send(i ? &second : &first);
		take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
		expect_ack(&scene, 135, &ack);
		assert_int_equal(ack.message.binding_ack.sequence, 12);
		take_nothing(&scene.home_agent);
	}
	scene_end(&scene);
}

/*
 * What has been recorded makes no use of the home agent against others: it is answered within
 * limits, for each source and in all. The mobile node that has lost its numbers is answered.
 */
static void replay_flood(struct scene *scene, struct update *recorded, uint8_t status)
{
	const struct in6_addr care_of = recorded->source;
	recorded->mac_care_of = &care_of;
	recorded->source = address_of("2001:db8:bad::1");
	for (unsigned i = 0; i < 1000; i++)
		update_send(recorded);
	assert_in_range(count_ahead(&scene->home_agent, EFFECT_SEND), 1, 10);
	take_all(&scene->home_agent);
	for (uint32_t i = 0; i < 1000; i++) {
		recorded->source.s6_addr[6] = (uint8_t)i;
		recorded->source.s6_addr[7] = (uint8_t)(i >> 8);
		update_send(recorded);
	}
	assert_in_range(count_ahead(&scene->home_agent, EFFECT_SEND), 1, 100);
	assert_in_range(drops_of(scene, DROP_RATE_LIMITED), 1790, 1998);
	take_all(&scene->home_agent);
	scene_advance(scene, NANOS_PER_SECOND);
	recorded->source = care_of;
	for (unsigned i = 0; i < 5; i++) {
		update_send(recorded);
		take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
		expect_ack(scene, status, &ack);
	}
}

/* RFC 6275 9.5.1: 135 */
static void test_replay_flood(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 10);
	update_bid(&update, 1, CARE_OF_1);
	replay_flood(&scene, &update, 135);
	end_unharmed(&scene);
}

static void demand_timestamps(struct scene *scene)
{
	struct auth auth = update_auth;
	auth.replay = true;
	struct host_event event = node_set(HOME, &auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &event);
}

/* RFC 4285 6 */
static void test_timestamp_demanded(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	demand_timestamps(&scene);
	struct update update = attack(&scene);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 145, &ack);
	assert_false(ack.message.has_replay);
	assert_int_equal(drops_of(&scene, DROP_NO_REPLAY_OPTION), 1);
	end_unharmed(&scene);
}

/* RFC 4285 6: seven seconds either way; the answer has our high half */
static void test_timestamp_out_of_range(void **state)
{
	(void)state;
	static const struct {
		int64_t offset;
		bool valid;
	} cases[] = {{0, true}, {(INT64_C(7) << 32), true}, {(INT64_C(7) << 32) + 1, false},
		{-(INT64_C(7) << 32), true}, {-(INT64_C(7) << 32) - 1, false}, {INT64_MAX, false},
		{INT64_MIN, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		begin(&scene);
		demand_timestamps(&scene);
		struct update update = attack(&scene);
		uint64_t timestamp = scene.now.ntp + (uint64_t)cases[i].offset;
		update_timestamp(&update, timestamp);
		update_send(&update);
		if (cases[i].valid) {
			const struct record *record =
				&take_past(&scene.home_agent, EFFECT_RECORD)->record;
			assert_int_equal(record->timestamp, timestamp);
			expect_ack(&scene, 0, &ack);
			assert_int_equal(ack.message.replay.timestamp, timestamp);
			scene_end(&scene);
			continue;
		}
		take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
		expect_ack(&scene, 144, &ack);
		assert_true(ack.message.has_replay);
		assert_int_equal(ack.message.replay.timestamp >> 32, scene.now.ntp >> 32);
		assert_int_equal((uint32_t)ack.message.replay.timestamp, (uint32_t)timestamp);
		end_unharmed(&scene);
	}
}

/* RFC 4285 6, 7: greater than all accepted; then the sequence number does not matter */
static void test_timestamp_replayed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	demand_timestamps(&scene);
	struct update update = update_of(&scene, 3);
	update_bid(&update, 1, CARE_OF_3);
	update_timestamp(&update, scene.now.ntp);
	update_send(&update);
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_3);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	/* After the binding is gone, too. */
	struct update delete = update_of(&scene, 4);
	update_lifetime(&delete, 0);
	update_timestamp(&delete, scene.now.ntp + 1);
	update_send(&delete);
	take_all(&scene.home_agent);
	for (unsigned i = 0; i < 2; i++) {
		update_send(i ? &delete : &update);
		take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
		expect_ack(&scene, 144, &ack);
		take_nothing(&scene.home_agent);
	}
	assert_int_equal(drops_of(&scene, DROP_REPLAYED), 2);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 4285 6: 144 */
static void test_timestamp_replay_flood(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	demand_timestamps(&scene);
	struct update update = update_of(&scene, 11);
	update_bid(&update, 1, CARE_OF_1);
	update_timestamp(&update, scene.now.ntp - (UINT64_C(60) << 32));
	replay_flood(&scene, &update, 144);
	end_unharmed(&scene);
}

/* RFC 4285 6: copied, even where it is not demanded */
static void test_timestamp_not_demanded(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 11);
	update_bid_known(&update, 1);
	update_timestamp(&update, 42);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.replay.timestamp, 42);
	scene_end(&scene);
}

/* RFC 4285 5.1: no association, no answer */
static void test_unknown_home_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.home_address = address_of("2001:db8:1::101");
	update_send(&update);
	expect_silence(&scene, DROP_UNKNOWN_HOME_ADDRESS);
	end_unharmed(&scene);
}

/* RFC 6275 10.3.1: 132, but only to who is authentic */
/* Shows RFC 6275 10.3.1-3, 10.3.1-6, 10.3.1-7. */
static void test_not_home_subnet(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct host_event event = node_set("2001:db8:ffff::1", &update_auth, 3);
	scene_tell(&scene, &scene.home_agent, &event);
	struct update update = attack(&scene);
	update.home_address = address_of("2001:db8:ffff::1");
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 132, &ack);
	update.auth.mode = AUTH_MODE_INSECURE_NONE;
	update_send(&update);
	assert_int_equal(take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0)->problem,
		PROBLEM_NO_AUTHENTICATION);
	expect_silence(&scene, DROP_NO_AUTHENTICATION);
	end_unharmed(&scene);
}

/* RFC 6275 6.3: the home address must be unicast routable */
/* Shows RFC 6275 10.3.1-10, 9.3.1-1, 6.3-2. */
static void test_home_address_not_unicast(void **state)
{
	(void)state;
	static const char *const bad[] = {"ff02::1", "ff0e::1", "fe80::1", "::", "::1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scene scene;
		begin(&scene);
		struct update update = attack(&scene);
		update.home_address = address_of(bad[i]);
		update_send(&update);
		take_nothing(&scene.home_agent);
		assert_int_equal(
			core_counters(scene.home_agent.core)->wire[WIRE_HOME_ADDRESS_NOT_UNICAST],
			1);
		end_unharmed(&scene);
	}
}

/* RFC 6275 10.3.1: a registration needs the option */
/* Shows RFC 6275 10.3.1-9, 9.5.1-2. */
static void test_no_home_address_option(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.source = address_of(HOME);
	update.without_home_address = true;
	update_send(&update);
	expect_silence(&scene, DROP_NO_HOME_ADDRESS);
	end_unharmed(&scene);
}

/* RFC 6275 9.5.1: nonces are for correspondent nodes */
/* Shows RFC 6275 9.5.1-14. */
static void test_nonces_in_a_home_registration(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.message.has_nonce_indices = true;
	update_send(&update);
	expect_silence(&scene, DROP_UNEXPECTED_NONCE);
	end_unharmed(&scene);
}

/*
 * RFC 6275 9.5.1: H clear where H is registered: 139, to who is authentic; an old number is an old
 * number all the same.
 */
/* Shows RFC 6275 9.5.1-16, 9.5.1-17. */
static void test_registration_type_change(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.message.binding_update.flags &= (uint16_t)~BU_HOME;
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 139, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, 11);
	/* to delete it, too */
	update_lifetime(&update, 0);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 139, &ack);
	update.message.binding_update.sequence = 10;
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 135, &ack);

	update.auth.mode = AUTH_MODE_INSECURE_NONE;
	update_send(&update);
	assert_int_equal(take_note(&scene.home_agent, EVENT_AUTHENTICATION_FAILED, 0)->problem,
		PROBLEM_NO_AUTHENTICATION);
	expect_silence(&scene, DROP_NO_AUTHENTICATION);
	end_unharmed(&scene);
}

/* RFC 6275 9.5.1: without a binding it is a correspondent's, and lacks what that demands */
static void test_update_to_a_correspondent(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	struct update update = attack(&scene);
	update.message.binding_update.flags &= (uint16_t)~BU_HOME;
	update_send(&update);
	expect_silence(&scene, DROP_NOT_HOME_REGISTRATION);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 6275 9.5.4: no answer to what has no unicast source */
/* Shows RFC 6275 9.5.4-10. */
static void test_bad_source(void **state)
{
	(void)state;
	static const char *const bad[] = {"ff02::1", "::", "::1", "fe80::1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scene scene;
		begin(&scene);
		struct update update = attack(&scene);
		update.source = address_of(bad[i]);
		update_send(&update);
		expect_silence(&scene, DROP_BAD_CARE_OF_ADDRESS);
		end_unharmed(&scene);
	}
}

static void test_other_destination(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	update.destination = address_of("2001:db8:1::2");
	update_send(&update);
	expect_silence(&scene, DROP_NOT_FOR_US);
	end_unharmed(&scene);
}

/* Configured so for tests: then, and only then, no option is needed, and none is in the answer. */
static void test_insecure_node(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	struct host_event event = node_set("2001:db8:1::200", &none, 3);
	scene_tell(&scene, &scene.home_agent, &event);
	struct update update = attack(&scene);
	update.home_address = address_of("2001:db8:1::200");
	update.auth = none;
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	take_message(&scene.home_agent, MH_binding_ack, &ack);
	assert_int_equal(ack.message.binding_ack.status, 0);
	assert_int_equal(ack.message.authentication_count, 0);
	scene_end(&scene);
}

/*
 * RFC 6275 10.3.1, 10.3.2: where no mobile node has an association, a home address that is not
 * configured is refused: with 132 outside of the home prefix, with 129 in it, and a
 * de-registration with 133. If a mobile node has one, updates of unknown home addresses are
 * discarded (RFC 4285 5.3).
 */
/* Shows RFC 6275 10.3.1-6, 10.3.1-7, 10.3.1-8. */
static void test_unknown_home_address_in_insecure_mode(void **state)
{
	(void)state;
	static const struct {
		const char *home_address;
		unsigned lifetime;
		uint8_t status;
	} updates[] = {
		{"2001:db8:ffff::1", 600, 132},
		{"2001:db8:1::101", 600, 129},
		{"2001:db8:ffff::1", 0, 133},
		{"2001:db8:1::101", 0, 133},
	};
	const struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
		struct scene scene;
		begin(&scene);
		struct host_event event = node_set(HOME, &none, 3);
		scene_tell(&scene, &scene.home_agent, &event);
		struct update update = attack(&scene);
		update.home_address = address_of(updates[i].home_address);
		update.auth = none;
		update_lifetime(&update, updates[i].lifetime);
		update_send(&update);
		const struct effect_event *note =
			take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
		assert_int_equal(note->status, updates[i].status);
		assert_memory_equal(&note->home_address, &update.home_address, 16);
		take_message(&scene.home_agent, MH_binding_ack, &ack);
		assert_int_equal(ack.message.binding_ack.status, updates[i].status);
		assert_memory_equal(&ack.packet.destination, &update.source, 16);
		assert_memory_equal(&ack.packet.routing_address, &update.home_address, 16);
		assert_int_equal(ack.message.authentication_count, 0);
		/* not of a correspondent's */
		update.message.binding_update.flags = BU_ACKNOWLEDGE;
		update_send(&update);
		take_nothing(&scene.home_agent);
		/* Anybody may ask: within limits. */
		update.message.binding_update.flags |= BU_HOME;
		for (unsigned j = 0; j < 1000; j++)
			update_send(&update);
		assert_in_range(count_ahead(&scene.home_agent, EFFECT_SEND), 1, 10);
		take_all(&scene.home_agent);
		/* With one association the home agent is silent; when its node is removed, it
		 * answers again. */
		scene_advance(&scene, 10 * NANOS_PER_SECOND);
		event = node_set("2001:db8:1::200", &update_auth, 3);
		scene_tell(&scene, &scene.home_agent, &event);
		update_send(&update);
		take_nothing(&scene.home_agent);
		event.type = HOST_NODE_REMOVE;
		scene_tell(&scene, &scene.home_agent, &event);
		update_send(&update);
		assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), 1);
		take_all(&scene.home_agent);
		end_unharmed(&scene);
	}
}

/* Every truncation of a good update: no state, no answer. */
static void test_truncated(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = attack(&scene);
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = update_build(&update, octets);
	for (size_t cut = 0; cut < length; cut++)
		scene_packet(&scene, &scene.home_agent, CORE_LINK, (struct octets){octets, cut});
	end_unharmed(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_authentication),
		cmocka_unit_test(test_unknown_spi),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_every_octet_is_covered),
		cmocka_unit_test(test_option_behind_authenticator),
		cmocka_unit_test(test_forged_flood),
		cmocka_unit_test(test_replayed_and_reordered),
		cmocka_unit_test(test_replay_flood),
		cmocka_unit_test(test_timestamp_demanded),
		cmocka_unit_test(test_timestamp_out_of_range),
		cmocka_unit_test(test_timestamp_replayed),
		cmocka_unit_test(test_timestamp_replay_flood),
		cmocka_unit_test(test_timestamp_not_demanded),
		cmocka_unit_test(test_unknown_home_address),
		cmocka_unit_test(test_not_home_subnet),
		cmocka_unit_test(test_home_address_not_unicast),
		cmocka_unit_test(test_no_home_address_option),
		cmocka_unit_test(test_nonces_in_a_home_registration),
		cmocka_unit_test(test_registration_type_change),
		cmocka_unit_test(test_update_to_a_correspondent),
		cmocka_unit_test(test_bad_source),
		cmocka_unit_test(test_other_destination),
		cmocka_unit_test(test_insecure_node),
		cmocka_unit_test(test_unknown_home_address_in_insecure_mode),
		cmocka_unit_test(test_truncated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
