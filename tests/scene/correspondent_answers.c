/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: each answer of a correspondent goes to where the question came from, whatever is bound
 * (RFC 6275 9.2, 9.3.3, 9.5.4). A host, and a mobile node that is a correspondent.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

#include <string.h>

/* How a question comes, while HOME is bound to CARE_OF_1. */
struct way {
	const char *source;
	bool with_option; /* a Home Address option with HOME */
	bool routing;     /* the Binding Acknowledgement has a type 2 routing header */
};

static const struct way ways[] = {
	{CARE_OF_1, true, true},
	{HOME, false, false},
	{HOME, true, false},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void (*const begins[])(struct scene *) = {correspondent_begin, mobile_correspondent_begin};

static const uint8_t statuses[] = {0, 131, 135, 136};

static struct route_update update_for(struct scene *scene, const struct way *way, uint8_t status)
{
	struct route_update update = route_update_for(scene, status == 135 ? 9 : 11, 0, CARE_OF_1);
	update.source = address_of(way->source);
	update.without_home_address = !way->with_option;
	route_update_delete(&update);
	if (status == 131) {
		update.message.binding_update.flags |= BU_HOME;
		update.message.has_nonce_indices = false;
		update.unauthorized = true;
	}
	if (status == 136)
		update.message.nonce_indices = (struct opt_nonce_indices){4711, 4711};
	return update;
}

/* RFC 6275 9.5.4, 6.4: a mobile node at home might drop a routing header */
/* Shows RFC 6275 9.5.4-12, 9.5.4-13, 9.5.4-14, 9.5.4-15. */
static void test_acknowledgements(void **state)
{
	(void)state;
	const struct in6_addr home = address_of(HOME);
	for (size_t i = 0; i < 2 * WAYS * sizeof(statuses); i++) {
		const struct way *way = &ways[i / 2 % WAYS];
		const uint8_t status = statuses[i / 2 / WAYS];
		const struct in6_addr to = address_of(way->source);
		struct scene scene;
		struct sent ack;
		begins[i % 2](&scene);
		bind_routes(&scene, 10, 1);
		struct route_update update = update_for(&scene, way, status);
		route_update_send(&update);
		take_route_message(&scene, MH_binding_ack, &ack);
		/* 139 instead of 131 where a binding is to be known of */
		if (status != 131)
			assert_int_equal(ack.message.binding_ack.status, status);
		assert_memory_equal(&ack.packet.destination, &to, sizeof(to));
		assert_int_equal(ack.packet.has_routing, way->routing);
		if (way->routing)
			assert_memory_equal(&ack.packet.routing_address, &home, sizeof(home));
		scene_end(&scene);
	}
}

static void arrive(struct scene *scene, const struct way *way, struct octets payload)
{
	const struct in6_addr home = address_of(HOME);
	const struct packet_envelope envelope = {
		.source = address_of(way->source),
		.destination = address_of(CORRESPONDENT),
		.home_address = way->with_option ? &home : NULL,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope, payload, octets, sizeof(octets));
	correspondent_packet(scene, (struct octets){octets, length});
}

/* RFC 6275 9.3.3: Binding Error 2 has no routing header */
static void test_binding_error(void **state)
{
	(void)state;
	static const uint8_t unknown[] = {59, 0, 99, 0, 0, 0, 0, 0};
	for (size_t i = 0; i < 2 * WAYS; i++) {
		const struct way *way = &ways[i / 2];
		const struct in6_addr to = address_of(way->source);
		struct scene scene;
		struct sent error;
		begins[i % 2](&scene);
		bind_routes(&scene, 10, 1);
		arrive(&scene, way, (struct octets){unknown, sizeof(unknown)});
		take_route_message(&scene, MH_binding_error, &error);
		assert_int_equal(error.message.binding_error.status, 2);
		assert_memory_equal(&error.packet.destination, &to, sizeof(to));
		assert_false(error.packet.has_routing);
		scene_end(&scene);
	}
}

/* RFC 6275 9.2 */
static void test_parameter_problem(void **state)
{
	(void)state;
	static const uint8_t too_short[] = {59, 0, 5, 0, 0, 0, 0, 1};
	for (size_t i = 0; i < WAYS; i++) {
		const struct in6_addr to = address_of(ways[i].source);
		struct scene scene;
		struct packet packet;
		correspondent_begin(&scene);
		bind_routes(&scene, 10, 1);
		arrive(&scene, &ways[i], (struct octets){too_short, sizeof(too_short)});
		const struct effect_send *send = &take(&scene.correspondent, EFFECT_SEND)->send;
		assert_int_equal(packet_decode(send->octets, send->length, &packet), WIRE_OK);
		assert_int_equal(packet.next_header, 58);
		assert_memory_equal(&packet.destination, &to, sizeof(to));
		assert_false(packet.has_routing);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acknowledgements),
		cmocka_unit_test(test_binding_error),
		cmocka_unit_test(test_parameter_problem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
