/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a correspondent that is itself a mobile node, away from home: it is one as its home
 * address only, and all that it says as such goes through the tunnel to its home agent. RFC
 * 6275 5.2.9, 6.2.7, 9.5.4, 11.3.1.
 */
#include "support/node.h"
#include "support/route.h"

#include "support/cmocka_scene.h"

#define SECOND NANOS_PER_SECOND
#define UDP 17

static struct sent ack;
static struct sent error;
static struct question question;

/* Whole, and with the home address in the authenticator. */
/* Shows RFC 6275 6.2.7-3. */
static void test_binding(void **state)
{
	(void)state;
	struct scene scene;
	mobile_correspondent_begin(&scene);
	struct route_update update = route_update_for(&scene, 1, 1, CARE_OF_1);
	route_update_send(&update);
	expect_route_added(&scene, 1, CARE_OF_1);
	expect_route_node(&scene, 1);
	expect_route_ack(&scene, &update, 0, &ack);
	take_nothing(&scene.mobile_node);
	assert_int_equal(routes_of(&scene).count, 1);
	update.message.binding_update.sequence = 2;
	route_update_delete(&update);
	route_update_send(&update);
	expect_route_removed(&scene, 1, EVENT_BINDING_REMOVED);
	expect_route_ack(&scene, &update, 0, &ack);
	scene_end(&scene);
}

/* By a binding of the peer's: to a care-of address of ours, the home address in a routing header
 * (RFC 6275 6.2.7) */
static void test_by_routing_header(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr own = address_of(CORRESPONDENT);
	uint8_t encoded[64], octets[PACKET_OCTETS_MAX];
	struct message_layout layout;
	mobile_correspondent_begin(&scene);
	question = question_of(&scene, MH_care_of_test_init, CARE_OF_1);
	question.message.care_of_test_init.cookie = question.cookie;
	assert_true(message_encode(
		&dialect_rfc5648, &question.message, encoded, sizeof(encoded), &layout));
	struct packet_envelope envelope = {
		.source = question.source,
		.destination = address_of(CARE_OF_3),
		.routing_address = &own,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, octets, sizeof(octets));
	scene_packet(&scene, &scene.mobile_node, 3, (struct octets){octets, length});
	expect_answer(&question, &ack);
	/* What is for the care-of address itself is none of a correspondent's business. */
	envelope.routing_address = NULL;
	length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, octets, sizeof(octets));
	scene_packet(&scene, &scene.mobile_node, 3, (struct octets){octets, length});
	take_nothing(&scene.mobile_node);
	scene_end(&scene);
}

static void data_arrives(struct scene *scene, const char *source, const char *destination,
	const char *routed_to, bool tunnelled)
{
	static const uint8_t payload[16];
	uint8_t octets[PACKET_OCTETS_MAX];
	struct in6_addr home = address_of(HOME);
	struct in6_addr routed = address_of(routed_to ? routed_to : "::");
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(destination),
		.home_address = &home,
		.routing_address = routed_to ? &routed : NULL,
		.next_header = UDP,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){payload, sizeof(payload)}, octets, sizeof(octets));
	assert_int_not_equal(length, 0);
	if (tunnelled)
		correspondent_packet(scene, (struct octets){octets, length});
	else
		scene_packet(scene, &scene->mobile_node, 3, (struct octets){octets, length});
}

/* RFC 6275 9.3.1, 9.3.3: from the home address, by which its peer knows it */
static void test_binding_error(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr destination = address_of(CARE_OF_1);
	mobile_correspondent_begin(&scene);
	for (unsigned i = 0; i < 2; i++) {
		if (i == 0)
			data_arrives(&scene, CARE_OF_1, CORRESPONDENT, NULL, true);
		else
			data_arrives(&scene, CARE_OF_1, CARE_OF_3, CORRESPONDENT, false);
		take_route_message(&scene, MH_binding_error, &error);
		assert_int_equal(error.message.binding_error.status, 1);
		assert_memory_equal(&error.packet.destination, &destination, 16);
		take_nothing(&scene.mobile_node);
	}
	/* RFC 5648 6.5 */
	bind_routes(&scene, 1, 1);
	data_arrives(&scene, CARE_OF_1, CORRESPONDENT, NULL, true);
	data_arrives(&scene, CARE_OF_1, CARE_OF_3, CORRESPONDENT, false);
	take_nothing(&scene.mobile_node);
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 2);
	scene_end(&scene);
}

/* RFC 6275 6.4: nothing is said in the name of the address that a routing header has */
static void test_routing_header_with_a_foreign_address(void **state)
{
	(void)state;
	struct scene scene;
	mobile_correspondent_begin(&scene);
	data_arrives(&scene, CARE_OF_1, CARE_OF_3, HOME_AGENT, false);
	data_arrives(&scene, CARE_OF_1, CARE_OF_3, CARE_OF_3, false);
	take_nothing(&scene.mobile_node);
	assert_int_equal(route_drops(&scene, DROP_NOT_FOR_US), 2);
	scene_end(&scene);
}

/* RFC 6275 9.5.5 */
static void test_refresh_request(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr home = address_of(HOME);
	static struct sent request;
	mobile_correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	scene_advance(&scene, 389 * SECOND);
	take_all(&scene.mobile_node);
	route_activity(&scene, 1, scene.now.mono, 0);
	scene_advance(&scene, SECOND);
	take_route_message(&scene, MH_refresh_request, &request);
	assert_memory_equal(&request.packet.destination, &home, 16);
	scene_end(&scene);
}

/* RFC 6275 5.2.9, 6.1: a peer with bindings here is itself asked at its home address, and as if it
 * had none. */
/* Shows RFC 6275 5.2.9-1, 6.1-3. */
static void test_asks_a_mobile_peer_at_home(void **state)
{
	(void)state;
	struct scene scene;
	static struct sent sent;
	struct in6_addr home = address_of(HOME), care_of = address_of(CARE_OF_3);
	const struct host_event event = {.type = HOST_PEER_BUSY, .peer = home};
	mobile_correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	scene_tell(&scene, &scene.mobile_node, &event);
	take_route_message(&scene, MH_home_test_init, &sent);
	assert_memory_equal(&sent.packet.destination, &home, 16);
	assert_false(sent.packet.has_routing);
	take_message(&scene.mobile_node, MH_care_of_test_init, &sent);
	assert_memory_equal(&sent.packet.source, &care_of, 16);
	assert_memory_equal(&sent.packet.destination, &home, 16);
	assert_false(sent.packet.has_routing);
	take_nothing(&scene.mobile_node);
	scene_end(&scene);
}

/* A mobile node's own activity is told to it as before. */
static void test_activity_of_its_own(void **state)
{
	(void)state;
	struct scene scene;
	mobile_correspondent_begin(&scene);
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.bid = 3, .sent = scene.now.mono, .received = scene.now.mono},
	};
	scene_tell(&scene, &scene.mobile_node, &event);
	scene_end(&scene);
}

/* What was kept is of the home address that we have now. */
static void test_restored(void **state)
{
	(void)state;
	struct scene scene;
	mobile_correspondent_begin(&scene);
	struct host_event event = {
		.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME),
			.peer = address_of(CORRESPONDENT),
			.count = 1,
			.bindings = {{.care_of = address_of(CARE_OF_1),
				.expires = scene.now.mono + 100 * SECOND,
				.bid = 1}}},
	};
	scene_tell(&scene, &scene.mobile_node, &event);
	expect_route_tunnel(&scene, 1, CARE_OF_1);
	take_note(&scene.mobile_node, EVENT_BINDING_RESTORED, 1);
	event.record.peer = address_of("2001:db8:9::2");
	scene_tell(&scene, &scene.mobile_node, &event);
	take_tunnel_remove(&scene.mobile_node, 1);
	assert_int_equal(routes_of(&scene).count, 1);
	scene_end(&scene);
}

/* What was registered with the home agent is the mobile node's to take up again, or to refuse. */
static void test_own_registration_is_restored_by_the_mobile_node(void **state)
{
	(void)state;
	struct scene scene;
	mobile_correspondent_begin(&scene);
	const struct host_event event = {
		.type = HOST_RESTORE,
		.record = {.home_address = address_of(CORRESPONDENT),
			.home_agent = address_of(HOME_AGENT),
			.sequence = 7,
			.count = 1,
			.bindings = {{.care_of = address_of(CARE_OF_3),
				.expires = scene.now.mono + 100 * SECOND,
				.bid = 3,
				.verified = true}}},
	};
	/* this one has spoken already, and knows better */
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -22);
	assert_true(node_view(&scene, 3).registered);
	scene_end(&scene);
}

/* With no way to the home agent there is none to anybody; nothing is sent, nothing else happens. */
static void test_no_tunnel(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr own = address_of(CORRESPONDENT);
	uint8_t encoded[64], octets[PACKET_OCTETS_MAX];
	struct message_layout layout;
	mobile_correspondent_begin(&scene);
	node_link(&scene, 3, false);
	take_all(&scene.mobile_node);
	question = question_of(&scene, MH_home_test_init, HOME);
	assert_true(message_encode(
		&dialect_rfc5648, &question.message, encoded, sizeof(encoded), &layout));
	const struct packet_envelope envelope = {
		.source = question.source,
		.destination = address_of(CARE_OF_3),
		.routing_address = &own,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, octets, sizeof(octets));
	scene_packet(&scene, &scene.mobile_node, 3, (struct octets){octets, length});
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_SEND), 0);
	assert_int_equal(core_counters(scene.mobile_node.core)->tests_answered, 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_by_routing_header),
		cmocka_unit_test(test_binding_error),
		cmocka_unit_test(test_routing_header_with_a_foreign_address),
		cmocka_unit_test(test_refresh_request),
		cmocka_unit_test(test_asks_a_mobile_peer_at_home),
		cmocka_unit_test(test_activity_of_its_own),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_own_registration_is_restored_by_the_mobile_node),
		cmocka_unit_test(test_no_tunnel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
