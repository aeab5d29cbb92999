/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: how bindings come, stay and go at the home agent. RFC 6275 9.5, 10.3; RFC 5648 6.2.
 */
#include "support/update.h"
#include "support/vectors.h"

#include "support/cmocka_scene.h"

#include <string.h>

static struct sent ack;

static nanos seconds(unsigned count)
{
	return count * NANOS_PER_SECOND;
}

/* Octet for octet what another implementation of the documents makes of it (vectors.py). */
/* Shows RFC 6275 10.3.1-30, 6.1.1-5, 6.1.8-2, 6.4.1-1. */
static void test_octets_of_an_exchange(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	scene_packet(&scene, &scene.home_agent, CORE_LINK,
		(struct octets){vector_update, sizeof(vector_update)});
	expect_added(&scene, 1, CARE_OF_1);
	expect_node_set(&scene, 1);
	const struct effect_send *send = &take(&scene.home_agent, EFFECT_SEND)->send;
	assert_int_equal(send->ifindex, 0);
	assert_int_equal(send->length, sizeof(vector_acknowledgement));
	assert_memory_equal(send->octets, vector_acknowledgement, send->length);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/*
 * Shows RFC 5648 3-2, 6.2-14, 6.1-2; RFC 6275 10.3.1-12, 10.3.1-13, 10.3.1-26, 10.3.1-28,
 * 10.3.1-30, 9.5.4-5, 9.5.4-12, 9.5.4-15, 10.1-1.
 */
static void test_register_one_bid(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	struct in6_addr home_agent = address_of(HOME_AGENT), home = address_of(HOME);
	struct in6_addr care_of_1 = address_of(CARE_OF_1);
	scene_with_home_agent(&scene, &config);

	struct update update = update_of(&scene, 7);
	update_overwrite(&update);
	update_bid(&update, 3, CARE_OF_1);
	update_send(&update);

	/* The data plane is ready when the acknowledgement arrives. */
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, 3, CARE_OF_1);
	assert_memory_equal(&tunnel->local.address, &home_agent, 16);
	expect_owner(&scene.home_agent, tunnel, HOME, "::");
	assert_true(tunnel->usable);
	assert_int_equal(tunnel->expires, scene.now.mono + seconds(600));
	const struct effect_event *note = take_note(&scene.home_agent, EVENT_BINDING_ADDED, 3);
	assert_int_equal(note->lifetime, 600);
	expect_node_set(&scene, 7);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);

	/* RFC 6275 9.5.4: to the source of the update, the home address in a routing header */
	assert_true(ack.packet.has_routing);
	assert_memory_equal(&ack.packet.routing_address, &home, 16);
	assert_memory_equal(&ack.packet.destination, &care_of_1, 16);
	assert_int_equal(ack.message.binding_ack.sequence, 7);
	assert_int_equal(ack.message.binding_ack.lifetime, 150);
	assert_int_equal(ack.message.bid_count, 1);
	assert_int_equal(bid_status(&ack, 3), 0);
	assert_false(ack.message.has_refresh_advice);
	scene_end(&scene);
}

/* RFC 6275 10.3.1: a home agent answers even if A is clear */
/* Shows draft-13 6.2-1; RFC 5648 6.2-14; RFC 6275 10.3.1-25, 9.5.4-2. */
static void test_answers_without_a(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	struct update update = update_of(&scene, 1);
	update.message.binding_update.flags = BU_HOME;
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

/* RFC 6275 6.2.4: in an acknowledgement of a registration, less than the lifetime */
/* Shows RFC 6275 10.3.1-33, 10.3.1-34, 6.2.4-2, 6.1.8-6, 10.3.2-9. */
static void test_refresh_advice(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	config.refresh_interval = 120;
	scene_with_home_agent(&scene, &config);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_true(ack.message.has_refresh_advice);
	assert_int_equal(ack.message.refresh_advice.interval, 30);

	update.message.binding_update.sequence = 2;
	update_lifetime(&update, 120);
	update_send(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_false(ack.message.has_refresh_advice);
	scene_end(&scene);
}

/* Shows RFC 5648 6.2-13; RFC 6275 9.5.4-5. */
static void test_refresh_and_move(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	bind_bids(&scene, 1, 2);

	/* RFC 5648 6.2: a known BID needs no care-of address; a mere refresh is not worth a note */
	scene_advance(&scene, seconds(100));
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_send(&update);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.home_agent, 1, CARE_OF_1);
	assert_int_equal(tunnel->expires, scene.now.mono + seconds(600));
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);

	/* RFC 5648 6.2: the same BID with another care-of address */
	update = update_of(&scene, 3);
	update_bid(&update, 1, CARE_OF_3);
	update_send(&update);
	take_tunnel_set(&scene.home_agent, 1, CARE_OF_3);
	take_note(&scene.home_agent, EVENT_BINDING_MOVED, 1);
	expect_node_set(&scene, 3);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 2);

	/* The same again at the same moment changes nothing for the data plane. */
	update.message.binding_update.sequence = 4;
	update_send(&update);
	expect_node_set(&scene, 4);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* Shows RFC 6275 10.3.1-24, 10.3.1-36, 9.6-1, 6.1.8-4. */
static void test_expiry(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	bind_bids(&scene, 1000, 3);
	scene_advance(&scene, seconds(300));
	struct update update = update_of(&scene, 1001);
	update_bid_known(&update, 2);
	update_send(&update);
	take_all(&scene.home_agent);

	scene_advance(&scene, seconds(300) - 1);
	take_nothing(&scene.home_agent);
	assert_int_equal(core_next_deadline(scene.home_agent.core), scene.now.mono + 1);
	scene_advance(&scene, 1);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_EVENT), 2);
	take_all(&scene.home_agent);
	struct binding_list left = bindings_of(&scene);
	assert_int_equal(left.count, 1);
	assert_int_equal(left.at[0].bid, 2);

	scene_advance(&scene, seconds(300));
	take_tunnel_remove(&scene.home_agent, 2);
	take_note(&scene.home_agent, EVENT_BINDING_EXPIRED, 2);
	take_nothing(&scene.home_agent);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);

	/* RFC 6275 9.5.1: without a binding any number is accepted */
	bind_bids(&scene, 5, 1);
	scene_end(&scene);
}

/* RFC 6275 9.5.1: greater modulo 2^16 than the last accepted, which a refusal names */
/* Shows RFC 6275 9.5.1-3, 9.5.1-4, 9.5.1-15, 9.1-4, 9.5.4-3. */
static void test_sequence(void **state)
{
	(void)state;
	static const struct {
		uint16_t last, next;
		bool accepted;
	} cases[] = {{15, 16, true}, {15, 15, false}, {15, 0, false}, {15, 32782, true},
		{15, 32783, false}, {15, 65535, false}, {65535, 0, true}, {65535, 65534, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		struct home_agent_config config = home_agent_defaults();
		scene_with_home_agent(&scene, &config);
		bind_bids(&scene, cases[i].last, 1);
		struct update update = update_of(&scene, cases[i].next);
		/* RFC 5648 4.1: one number for all bindings */
		update_bid(&update, 2, CARE_OF_2);
		update_send(&update);
		if (cases[i].accepted) {
			expect_added(&scene, 2, CARE_OF_2);
			expect_node_set(&scene, cases[i].next);
			expect_ack(&scene, 0, &ack);
			assert_int_equal(ack.message.binding_ack.sequence, cases[i].next);
		} else {
			take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
			expect_ack(&scene, 135, &ack);
			assert_int_equal(ack.message.binding_ack.sequence, cases[i].last);
			assert_int_equal(ack.message.binding_ack.lifetime, 0);
			assert_int_equal(bindings_of(&scene).count, 1);
			assert_int_equal(drops_of(&scene, DROP_OLD_SEQUENCE), 1);
		}
		take_nothing(&scene.home_agent);
		scene_end(&scene);
	}
}

/* RFC 6275 10.3.2: for ten seconds a late update does not bring back what was deleted */
/* Shows RFC 6275 10.3.2-11, 10.3.2-12. */
static void test_deleted_is_remembered(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	bind_bids(&scene, 10, 2);
	struct update update = update_of(&scene, 11);
	update_lifetime(&update, 0);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 2);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	assert_int_equal(bindings_of(&scene).count, 0);

	update = update_of(&scene, 9);
	update_bid(&update, 1, CARE_OF_1);
	scene_advance(&scene, seconds(10) - 1);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 135, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, 11);
	scene_advance(&scene, 1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	scene_end(&scene);
}

/* RFC 6275 9.5.1, RFC 5648 6.2: without BID option as RFC 6275, in place of all bindings */
/* Shows RFC 5648 6.2-1, 6.2-2; RFC 6275 9.5.3-1, 9.5.1-10, 9.5.1-22. */
static void test_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	bind_bids(&scene, 1, 2);
	struct update update = update_of(&scene, 2);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	take_tunnel_remove(&scene.home_agent, 2);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 2);
	expect_added(&scene, 0, CARE_OF_1);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.bid_count, 0);
	take_nothing(&scene.home_agent);

	/* RFC 6275 6.2.5: the alternate care-of address counts, if there is one */
	update = update_of(&scene, 3);
	update.message.has_alternate_care_of = true;
	update.message.alternate_care_of.address = address_of(CARE_OF_2);
	update_send(&update);
	take_tunnel_set(&scene.home_agent, 0, CARE_OF_2);
	take_note(&scene.home_agent, EVENT_BINDING_MOVED, 0);
	expect_node_set(&scene, 3);
	expect_ack(&scene, 0, &ack);

	/* RFC 6275 9.5.1: the home address as care-of address deletes */
	update = update_of(&scene, 4);
	update.message.has_alternate_care_of = true;
	update.message.alternate_care_of.address = address_of(HOME);
	update_send(&update);
	take_tunnel_remove(&scene.home_agent, 0);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 0);
	expect_node_set(&scene, 4);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.binding_ack.lifetime, 0);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 6275 6.1.7: a care-of address that cannot be one: silence */
/* Shows RFC 6275 6.1.7-12. */
static void test_without_bid_bad_care_of(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"ff02::1", "ff0e::1", "fe80::1", "::1", "::", "::ffff:192.0.2.1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scene scene;
		struct home_agent_config config = home_agent_defaults();
		scene_with_home_agent(&scene, &config);
		struct update update = update_of(&scene, 1);
		update.message.has_alternate_care_of = true;
		update.message.alternate_care_of.address = address_of(bad[i]);
		update_send(&update);
		take_nothing(&scene.home_agent);
		assert_int_equal(drops_of(&scene, DROP_BAD_CARE_OF_ADDRESS), 1);
		assert_int_equal(bindings_of(&scene).count, 0);
		scene_end(&scene);
	}
}

/* RFC 6275 10.3.2: 133 if there is nothing to delete */
/* Shows RFC 6275 10.3.2-2, 10.3.2-3, 10.3.2-4. */
static void test_delete_nothing(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(&scene, &config);
	struct update update = update_of(&scene, 1);
	update_lifetime(&update, 0);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 133, &ack);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 6275 11.5.5, 9.5.4: from the home link, without option and without routing header */
/*
 * Shows RFC 6275 10.3.2-1, 10.3.2-5, 10.3.2-6, 10.3.2-7, 10.3.2-8, 9.5.4-13, 9.5.1-23, 9.5.3-1,
 * 9.5.3-2, 6.1.7-8.
 */
static void test_return_home(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	struct in6_addr home = address_of(HOME);
	scene_with_home_agent(&scene, &config);
	bind_bids(&scene, 1, 3);
	struct update update = update_of(&scene, 2);
	update.source = home;
	update.without_home_address = true;
	update_lifetime(&update, 0);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_TUNNEL_REMOVE), 3);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	assert_false(ack.packet.has_routing);
	assert_memory_equal(&ack.packet.destination, &home, 16);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 6275 9.2: what is not known is skipped; such a peer echoes no BID (RFC 5648 3) */
/* Shows RFC 6275 6.1.7-9. */
static void test_home_agent_without_mcoa(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_agent_defaults();
	struct in6_addr source = address_of(CARE_OF_1);
	config.mcoa = false;
	scene_with_home_agent(&scene, &config);
	struct update update = update_of(&scene, 1);
	update_overwrite(&update);
	update_bid(&update, 1, CARE_OF_2);
	update_bid(&update, 2, CARE_OF_3);
	update.mac_care_of = &source;
	update_send(&update);
	expect_added(&scene, 0, CARE_OF_1);
	expect_node_set(&scene, 1);
	expect_ack(&scene, 0, &ack);
	assert_int_equal(ack.message.bid_count, 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_octets_of_an_exchange),
		cmocka_unit_test(test_register_one_bid),
		cmocka_unit_test(test_answers_without_a),
		cmocka_unit_test(test_refresh_advice),
		cmocka_unit_test(test_refresh_and_move),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_deleted_is_remembered),
		cmocka_unit_test(test_without_bid),
		cmocka_unit_test(test_without_bid_bad_care_of),
		cmocka_unit_test(test_delete_nothing),
		cmocka_unit_test(test_return_home),
		cmocka_unit_test(test_home_agent_without_mcoa),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
