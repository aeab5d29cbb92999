/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: packets with a Home Address option at a correspondent, and what it does not take. RFC
 * 6275 9.2, 9.3.1, 9.3.3; RFC 5648 6.5.
 */
#include "support/route.h"

#include "support/cmocka_scene.h"

#include <string.h>

#define SECOND NANOS_PER_SECOND
#define UDP 17
#define FRAGMENT 44
#define ESP 50
#define AH 51

static struct sent error;

struct data {
	const char *source;
	const char *destination;
	const char *home_address; /* NULL: no option */
	const char *routed_to;    /* NULL: no routing header */
	uint8_t next_header;
};

static void data_arrives(struct scene *scene, const struct data *data)
{
	static const uint8_t payload[16];
	uint8_t octets[PACKET_OCTETS_MAX];
	struct in6_addr home = address_of(data->home_address ? data->home_address : "::");
	struct in6_addr routed = address_of(data->routed_to ? data->routed_to : "::");
	const struct packet_envelope envelope = {
		.source = address_of(data->source),
		.destination = address_of(data->destination ? data->destination : CORRESPONDENT),
		.home_address = data->home_address ? &home : NULL,
		.routing_address = data->routed_to ? &routed : NULL,
		.next_header = data->next_header ? data->next_header : UDP,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){payload, sizeof(payload)}, octets, sizeof(octets));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->correspondent, CORE_LINK, (struct octets){octets, length});
}

/* RFC 6275 9.3.3: to the source, with the home address of the option */
static void expect_error(struct scene *scene, const char *to, const char *home_address)
{
	struct in6_addr destination = address_of(to), home = address_of(home_address);
	take_route_message(scene, MH_binding_error, &error);
	assert_memory_equal(&error.packet.destination, &destination, 16);
	assert_false(error.packet.has_routing);
	assert_int_equal(error.message.binding_error.status, 1);
	assert_memory_equal(&error.message.binding_error.home_address, &home, 16);
	take_nothing(&scene->correspondent);
}

/* RFC 6275 9.3.1 */
/* Shows RFC 5648 6.5-2, 6.5-3; RFC 6275 6.3-8, 9.1-7, 9.3.1-3, 9.3.1-6, 9.3.3-2. */
static void test_no_binding(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	data_arrives(&scene, &(struct data){.source = CARE_OF_1, .home_address = HOME});
	expect_error(&scene, CARE_OF_1, HOME);
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 1);
	/* Its contents change nothing (9.1). */
	assert_int_equal(routes_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 5648 6.5: each care-of address that is bound, and no other; of that home address */
/* Shows RFC 5648 6.5-1; RFC 6275 9.3.1-4. */
static void test_any_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 2);
	data_arrives(&scene, &(struct data){.source = CARE_OF_1, .home_address = HOME});
	data_arrives(&scene, &(struct data){.source = CARE_OF_2, .home_address = HOME});
	take_nothing(&scene.correspondent);
	data_arrives(&scene, &(struct data){.source = CARE_OF_3, .home_address = HOME});
	expect_error(&scene, CARE_OF_3, HOME);
	data_arrives(&scene, &(struct data){.source = CARE_OF_1, .home_address = OTHER_HOME});
	expect_error(&scene, CARE_OF_1, OTHER_HOME);
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 2);
	scene_end(&scene);
}

/* RFC 6275 9.1: the binding is with one address of ours */
/* Shows RFC 6275 9.1-1. */
static void test_another_address_of_ours(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	data_arrives(&scene,
		&(struct data){
			.source = CARE_OF_1, .destination = "2001:db8:9::2", .home_address = HOME});
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 1);
	scene_end(&scene);
}

/* An expired one is none, though its deadline may be late. */
static void test_expired(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	scene.now.mono += 400 * SECOND;
	data_arrives(&scene, &(struct data){.source = CARE_OF_1, .home_address = HOME});
	expect_error(&scene, CARE_OF_1, HOME);
	scene_end(&scene);
}

/* RFC 6275 9.3.1: these are processed normally */
/* Shows RFC 6275 9.3.1-2. */
static void test_exempt(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	data_arrives(&scene,
		&(struct data){.source = CARE_OF_1, .home_address = HOME, .next_header = ESP});
	data_arrives(&scene,
		&(struct data){.source = CARE_OF_1, .home_address = HOME, .next_header = AH});
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 0);
	scene_end(&scene);
}

/* The first octets of the payload as a Fragment header (RFC 8200 4.5): what is behind it does not
 * matter, nor whether it is the first. */
static void fragment_arrives(struct scene *scene, const char *source, uint8_t behind, bool first)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	const uint8_t fragment[16] = {behind, 0, 0, first ? 1 : 8, 0, 0, 0, 7};
	const struct in6_addr home = address_of(HOME);
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(CORRESPONDENT),
		.home_address = &home,
		.next_header = FRAGMENT,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){fragment, sizeof(fragment)}, octets, sizeof(octets));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->correspondent, CORE_LINK, (struct octets){octets, length});
}

/* RFC 6275 9.3.1: the next header of the option is 44, which is no exception */
/* Shows RFC 6275 9.3.1-3, 9.3.1-6. */
static void test_fragments(void **state)
{
	(void)state;
	static const uint8_t behind[] = {UDP, ESP, MH_NEXT_HEADER};
	struct scene scene;
	correspondent_begin(&scene);
	for (size_t i = 0; i < sizeof(behind); i++) {
		fragment_arrives(&scene, CARE_OF_1, behind[i], true);
		expect_error(&scene, CARE_OF_1, HOME);
		fragment_arrives(&scene, CARE_OF_1, behind[i], false);
		expect_error(&scene, CARE_OF_1, HOME);
	}
	bind_routes(&scene, 1, 1);
	fragment_arrives(&scene, CARE_OF_1, UDP, true);
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 2 * sizeof(behind));
	scene_end(&scene);
}

/* RFC 6275 9.3.3: nothing to what is not unicast */
/* Shows RFC 6275 9.3.3-1. */
static void test_odd_sources(void **state)
{
	(void)state;
	static const char *const sources[] = {"::", "::1", "ff02::1"};
	struct scene scene;
	correspondent_begin(&scene);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		data_arrives(&scene, &(struct data){.source = sources[i], .home_address = HOME});
	data_arrives(&scene,
		&(struct data){
			.source = CARE_OF_1, .destination = "ff02::1", .home_address = HOME});
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_NO_BINDING), 4);
	scene_end(&scene);
}

/* RFC 6275 9.3.3: rate limited, for each source, and in all */
/* Shows RFC 6275 9.3.3-3. */
static void test_limited(void **state)
{
	(void)state;
	struct scene scene;
	correspondent_begin(&scene);
	for (unsigned i = 0; i < 1000; i++)
		data_arrives(&scene, &(struct data){.source = CARE_OF_1, .home_address = HOME});
	assert_in_range(count_ahead(&scene.correspondent, EFFECT_SEND), 1, 20);
	take_all(&scene.correspondent);
	data_arrives(&scene, &(struct data){.source = CARE_OF_2, .home_address = HOME});
	expect_error(&scene, CARE_OF_2, HOME);
	scene_end(&scene);
}

/* Forged sources do not keep a mobile node from learning that its binding is gone. */
static void test_limited_for_each_source(void **state)
{
	(void)state;
	struct scene scene;
	char source[] = "2001:db8:0:0000::1";
	correspondent_begin(&scene);
	for (unsigned i = 0; i < 4000; i++) {
		snprintf(source, sizeof(source), "2001:db8:0:%04x::1", i);
		data_arrives(&scene, &(struct data){.source = source, .home_address = HOME});
	}
	assert_in_range(count_ahead(&scene.correspondent, EFFECT_SEND), 3900, 4000);
	take_all(&scene.correspondent);
	data_arrives(&scene, &(struct data){.source = CARE_OF_1, .home_address = HOME});
	expect_error(&scene, CARE_OF_1, HOME);
	scene_end(&scene);
}

/* RFC 6275 6.4: a host that is not mobile has no home address, not even its own */
/* Shows RFC 6275 8.2-3. */
static void test_routing_header(void **state)
{
	(void)state;
	static const char *const routed[] = {HOME, CORRESPONDENT, CARE_OF_1};
	struct scene scene;
	correspondent_begin(&scene);
	bind_routes(&scene, 1, 1);
	for (size_t i = 0; i < sizeof(routed) / sizeof(routed[0]); i++) {
		struct data data = {.source = CARE_OF_1, .routed_to = routed[i]};
		data_arrives(&scene, &data);
		data.home_address = HOME;
		data_arrives(&scene, &data);
		data.next_header = MH_NEXT_HEADER;
		data_arrives(&scene, &data);
	}
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_NOT_FOR_US), 9);
	scene_end(&scene);
}

/* ---- RFC 6275 9.2: Mobility Headers that are wrong ---- */

static size_t message_build(const char *source, const char *destination, struct octets message,
	uint8_t octets[PACKET_OCTETS_MAX])
{
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(destination),
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(&envelope, message, octets, PACKET_OCTETS_MAX);
	assert_int_not_equal(length, 0);
	return length;
}

static void message_arrives(
	struct scene *scene, const char *source, const char *destination, struct octets message)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = message_build(source, destination, message, octets);
	scene_packet(scene, &scene->correspondent, CORE_LINK, (struct octets){octets, length});
}

static const uint8_t unknown_message[16] = {59, 1, 99};

/* RFC 6275 9.2: status 2 for a type that is not known */
/* Shows RFC 6275 9.2-3, 9.3.3-2, 6.1.9-1. */
static void test_unknown_message(void **state)
{
	(void)state;
	struct scene scene;
	struct in6_addr none = address_of("::");
	correspondent_begin(&scene);
	message_arrives(&scene, CARE_OF_1, CORRESPONDENT,
		(struct octets){unknown_message, sizeof(unknown_message)});
	take_route_message(&scene, MH_binding_error, &error);
	assert_int_equal(error.message.binding_error.status, 2);
	assert_int_equal(error.packet.payload.at[7], 0);
	assert_memory_equal(&error.message.binding_error.home_address, &none, 16);
	scene_end(&scene);
}

/* Shows RFC 6275 9.3.3-1, 6.3-4. */
static void test_unknown_message_of_a_group(void **state)
{
	(void)state;
	static const char *const sources[] = {"ff02::1", "::", "::1"};
	const struct octets message = {unknown_message, sizeof(unknown_message)};
	struct scene scene;
	correspondent_begin(&scene);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		message_arrives(&scene, sources[i], CORRESPONDENT, message);
	message_arrives(&scene, CARE_OF_1, "ff02::1", message);
	take_nothing(&scene.correspondent);
	scene_end(&scene);
}

/* Shows RFC 6275 9.2-1. */
static void test_bad_checksum_is_silent(void **state)
{
	(void)state;
	uint8_t octets[PACKET_OCTETS_MAX];
	struct scene scene;
	correspondent_begin(&scene);
	size_t length = message_build(CARE_OF_1, CORRESPONDENT,
		(struct octets){unknown_message, sizeof(unknown_message)}, octets);
	octets[length - 1] ^= 1;
	scene_packet(&scene, &scene.correspondent, CORE_LINK, (struct octets){octets, length});
	take_nothing(&scene.correspondent);
	assert_int_equal(core_counters(scene.correspondent.core)->wire[WIRE_BAD_CHECKSUM], 1);
	scene_end(&scene);
}

/* RFC 4443 3.4: code 0, and the octet at fault */
static void expect_parameter_problem(struct scene *scene, uint8_t pointer)
{
	const struct effect *effect = take(&scene->correspondent, EFFECT_SEND);
	struct packet packet;
	assert_int_equal(packet_decode(effect->send.octets, effect->send.length, &packet), WIRE_OK);
	struct in6_addr to = address_of(CARE_OF_1);
	assert_memory_equal(&packet.destination, &to, 16);
	assert_int_equal(packet.next_header, ICMPV6_NEXT_HEADER);
	assert_int_equal(packet.payload.at[0], 4);
	assert_int_equal(packet.payload.at[1], 0);
	assert_int_equal(packet.payload.at[7], pointer);
	take_nothing(&scene->correspondent);
}

/* Shows RFC 6275 9.2-5, 9.2-7, 9.2-8, 9.2-9, 9.2-11, 9.2-12. */
static void test_parameter_problem(void **state)
{
	(void)state;
	static const uint8_t bad_payload_proto[16] = {58, 1, MH_home_test_init};
	static const uint8_t short_update[] = {59, 0, MH_binding_update, 0, 0, 0, 0, 1};
	struct scene scene;
	correspondent_begin(&scene);
	message_arrives(&scene, CARE_OF_1, CORRESPONDENT,
		(struct octets){bad_payload_proto, sizeof(bad_payload_proto)});
	expect_parameter_problem(&scene, 40);
	message_arrives(&scene, CARE_OF_1, CORRESPONDENT,
		(struct octets){short_update, sizeof(short_update)});
	expect_parameter_problem(&scene, 41);
	scene_end(&scene);
}

/* What only mobile nodes and home agents take */
static void test_not_for_a_correspondent(void **state)
{
	(void)state;
	static const enum mh_type types[] = {MH_refresh_request, MH_home_test, MH_care_of_test,
		MH_binding_ack, MH_binding_error};
	struct scene scene;
	correspondent_begin(&scene);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		static struct message message;
		uint8_t encoded[64];
		struct message_layout layout;
		message_init(&message, types[i]);
		assert_true(message_encode(
			&dialect_rfc5648, &message, encoded, sizeof(encoded), &layout));
		message_arrives(
			&scene, CARE_OF_1, CORRESPONDENT, (struct octets){encoded, layout.length});
	}
	take_nothing(&scene.correspondent);
	assert_int_equal(route_drops(&scene, DROP_NOT_FOR_US), 5);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_binding),
		cmocka_unit_test(test_any_care_of_address),
		cmocka_unit_test(test_another_address_of_ours),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_exempt),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_odd_sources),
		cmocka_unit_test(test_limited),
		cmocka_unit_test(test_limited_for_each_source),
		cmocka_unit_test(test_routing_header),
		cmocka_unit_test(test_unknown_message),
		cmocka_unit_test(test_unknown_message_of_a_group),
		cmocka_unit_test(test_bad_checksum_is_silent),
		cmocka_unit_test(test_parameter_problem),
		cmocka_unit_test(test_not_for_a_correspondent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
