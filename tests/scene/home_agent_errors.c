/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what a node says of a packet that it cannot take. RFC 6275 9.2, 9.3.1, 9.3.3.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

#include "../../src/wire/icmpv6.h"

#include <string.h>

#define UDP 17
#define ESP 50
#define HOME_AGENTS_ANYCAST "2001:db8:1:0:fdff:ffff:ffff:fffe"

static struct sent sent;

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	scene_with_home_agent(scene, &config);
}

/* A packet to the home agent, with a Home Address option if `home_address`. */
struct question {
	const char *source;
	const char *destination;
	const char *home_address;
	uint8_t next_header;
	struct octets payload;
};

static size_t build(
	const struct question *question, uint8_t hop_limit, uint8_t octets[PACKET_OCTETS_MAX])
{
	struct in6_addr home_address;
	if (question->home_address)
		home_address = address_of(question->home_address);
	const struct packet_envelope envelope = {
		.source = address_of(question->source),
		.destination = address_of(question->destination),
		.home_address = question->home_address ? &home_address : NULL,
		.next_header = question->next_header,
		.hop_limit = hop_limit,
	};
	return packet_build(&envelope, question->payload, octets, PACKET_OCTETS_MAX);
}

static void ask_after_hops(struct scene *scene, const struct question *question, uint8_t hop_limit)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = build(question, hop_limit, octets);
	scene_packet(scene, &scene->home_agent, CORE_LINK, (struct octets){octets, length});
}

static void ask(struct scene *scene, const struct question *question)
{
	ask_after_hops(scene, question, 64);
}

static void expect_binding_error(
	struct scene *scene, uint8_t status, const char *to, const char *home_address)
{
	struct in6_addr source = address_of(HOME_AGENT);
	struct in6_addr destination = address_of(to);
	struct in6_addr home = address_of(home_address);
	take_message(&scene->home_agent, MH_binding_error, &sent);
	assert_int_equal(sent.message.binding_error.status, status);
	assert_memory_equal(&sent.message.binding_error.home_address, &home, sizeof(home));
	assert_memory_equal(&sent.packet.source, &source, sizeof(source));
	assert_memory_equal(&sent.packet.destination, &destination, sizeof(destination));
	assert_false(sent.packet.has_routing);
	take_nothing(&scene->home_agent);
}

static const uint8_t unknown_message[] = {59, 0, 99, 0, 0, 0, 0, 0};

/* RFC 6275 9.2: type not known */
/* Shows RFC 6275 9.2-3, 6.1.9-1. */
static void test_unknown_message(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct question question = {CARE_OF_1, HOME_AGENT, HOME, MH_NEXT_HEADER,
		{unknown_message, sizeof(unknown_message)}};
	ask(&scene, &question);
	expect_binding_error(&scene, 2, CARE_OF_1, HOME);
	assert_int_equal(sent.ifindex, 0);
	/* RFC 6275 9.3.3: without the option, the unspecified address */
	question.home_address = NULL;
	ask(&scene, &question);
	expect_binding_error(&scene, 2, CARE_OF_1, "::");
	/* A link-local address means nothing on another link. */
	question.source = "fe80::1";
	ask(&scene, &question);
	expect_binding_error(&scene, 2, "fe80::1", "::");
	assert_int_equal(sent.ifindex, CORE_LINK);
	scene_end(&scene);
}

/* RFC 6275 9.3.3 */
/* Shows RFC 6275 9.3.3-1, 6.3-4. */
static void test_never_to_groups(void **state)
{
	(void)state;
	static const char *const sources[] = {"ff02::1", "::", "::1"};
	struct scene scene;
	begin(&scene);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct question question = {sources[i], HOME_AGENT, NULL, MH_NEXT_HEADER,
			{unknown_message, sizeof(unknown_message)}};
		ask(&scene, &question);
	}
	struct question question = {CARE_OF_1, "ff02::1", NULL, MH_NEXT_HEADER,
		{unknown_message, sizeof(unknown_message)}};
	ask(&scene, &question);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 6275 9.3.3, RFC 4443 2.4 (f) */
/* Shows RFC 6275 9.3.3-3. */
static void test_rate_limit(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct question question = {CARE_OF_1, HOME_AGENT, NULL, MH_NEXT_HEADER,
		{unknown_message, sizeof(unknown_message)}};
	for (unsigned i = 0; i < 1000; i++)
		ask(&scene, &question);
	size_t answers = count_ahead(&scene.home_agent, EFFECT_SEND);
	assert_in_range(answers, 1, 10);
	assert_int_equal(drops_of(&scene, DROP_RATE_LIMITED), 1000 - answers);
	take_all(&scene.home_agent);
	/* It recovers. */
	scene_advance(&scene, 10 * NANOS_PER_SECOND);
	ask(&scene, &question);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), 1);
	scene_end(&scene);
}

/* RFC 6275 6.4: a routing header would have to hold a home address of ours, and there is none */
static void test_routing_header_is_silent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct in6_addr home = address_of(HOME);
	const struct packet_envelope envelope = {
		.source = address_of(CARE_OF_1),
		.destination = address_of(HOME_AGENT),
		.routing_address = &home,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope,
		(struct octets){unknown_message, sizeof(unknown_message)}, octets, sizeof(octets));
	scene_packet(&scene, &scene.home_agent, CORE_LINK, (struct octets){octets, length});
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_NOT_FOR_US), 1);
	scene_end(&scene);
}

static void expect_parameter_problem(
	struct scene *scene, uint32_t pointer, const uint8_t *quoted, size_t quoted_length)
{
	const struct effect_send *send = &take(&scene->home_agent, EFFECT_SEND)->send;
	struct in6_addr destination = address_of(CARE_OF_1);
	struct packet packet;
	assert_true(send->length <= 1280);
	assert_int_equal(packet_decode(send->octets, send->length, &packet), WIRE_OK);
	assert_int_equal(packet.next_header, ICMPV6_NEXT_HEADER);
	assert_memory_equal(&packet.destination, &destination, sizeof(destination));
	assert_false(packet.has_routing);
	assert_int_equal(packet.payload.at[0], 4); /* RFC 4443 3.4 */
	assert_int_equal(packet.payload.at[1], 0);
	assert_int_equal(packet.payload.at[7], pointer);
	assert_int_equal(packet.payload.length, 8 + quoted_length);
	assert_memory_equal(packet.payload.at + 8, quoted, quoted_length);
	assert_int_equal(packet_checksum(&packet.source, &packet.destination, ICMPV6_NEXT_HEADER,
				 packet.payload),
		0);
	take_nothing(&scene->home_agent);
}

/* RFC 6275 9.2: the field that is wrong, behind the Home Address option at 64 */
/* Shows RFC 6275 10.2-1, 9.2-5, 9.2-7, 9.2-8, 9.2-9, 9.2-11, 9.2-12. */
static void test_parameter_problem(void **state)
{
	(void)state;
	static const uint8_t bad_payload_proto[] = {
		58, 1, 5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t short_update[] = {59, 0, 5, 0, 0, 0, 0, 1};
	struct scene scene;
	begin(&scene);
	uint8_t octets[PACKET_OCTETS_MAX];
	struct question question = {CARE_OF_1, HOME_AGENT, HOME, MH_NEXT_HEADER,
		{bad_payload_proto, sizeof(bad_payload_proto)}};
	ask(&scene, &question);
	expect_parameter_problem(&scene, 64, octets, build(&question, 64, octets));
	question.payload = (struct octets){short_update, sizeof(short_update)};
	ask(&scene, &question);
	expect_parameter_problem(&scene, 65, octets, build(&question, 64, octets));

	/* RFC 4443 2.4 (c): no more than fits 1280 octets */
	static uint8_t large[1400] = {58, 174, 5};
	question.payload = (struct octets){large, sizeof(large)};
	build(&question, 64, octets);
	ask(&scene, &question);
	expect_parameter_problem(&scene, 64, octets, 1280 - 40 - 8);
	scene_end(&scene);
}

/* RFC 6275 9.2: a wrong checksum is nobody's fault that one could name */
/* Shows RFC 6275 9.2-1. */
static void test_bad_checksum_is_silent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct question question = {CARE_OF_1, HOME_AGENT, NULL, MH_NEXT_HEADER,
		{unknown_message, sizeof(unknown_message)}};
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = build(&question, 64, octets);
	octets[length - 1] ^= 1;
	scene_packet(&scene, &scene.home_agent, CORE_LINK, (struct octets){octets, length});
	take_nothing(&scene.home_agent);
	assert_int_equal(core_counters(scene.home_agent.core)->wire[WIRE_BAD_CHECKSUM], 1);
	scene_end(&scene);
}

static const uint8_t some_payload[16] = {ICMPV6_ECHO_REQUEST};

/* RFC 6275 9.3.2: to the care-of address, with the home address in a routing header. */
static void expect_echo_reply(struct scene *scene, const char *care_of)
{
	const struct effect_send *send = &take(&scene->home_agent, EFFECT_SEND)->send;
	const struct in6_addr home = address_of(HOME), to = address_of(care_of);
	const struct in6_addr from = address_of(HOME_AGENT);
	struct packet packet;
	struct icmpv6 reply;
	assert_int_equal(packet_decode(send->octets, send->length, &packet), WIRE_OK);
	assert_memory_equal(&packet.source, &from, sizeof(from));
	assert_memory_equal(&packet.destination, &to, sizeof(to));
	assert_true(packet.has_routing);
	assert_memory_equal(&packet.routing_address, &home, sizeof(home));
	assert_int_equal(icmpv6_decode(&packet, &reply), WIRE_OK);
	assert_int_equal(reply.type, ICMPV6_ECHO_REPLY);
	assert_int_equal(reply.data.length, 8);
}

/* RFC 6275 9.3.1, and RFC 5648 6.5: bound to the source under any BID, or Binding Error 1 */
/*
 * Shows RFC 5648 6.5-1, 6.5-2, 6.5-3; RFC 6275 9.3.1-3, 9.3.1-4, 9.3.1-6, 9.3.3-2, 9.1-7, 6.3-8.
 */
static void test_home_address_without_binding(void **state)
{
	(void)state;
	static const uint8_t next_headers[] = {UDP, ICMPV6_NEXT_HEADER, 59};
	for (size_t i = 0; i < sizeof(next_headers); i++) {
		struct scene scene;
		begin(&scene);
		bind_bids(&scene, 1, 2);
		struct question question = {CARE_OF_3, HOME_AGENT, HOME, next_headers[i],
			{some_payload, sizeof(some_payload)}};
		ask(&scene, &question);
		expect_binding_error(&scene, 1, CARE_OF_3, HOME);
		assert_int_equal(drops_of(&scene, DROP_NO_BINDING), 1);
		question.home_address = "2001:db8:1::101";
		ask(&scene, &question);
		expect_binding_error(&scene, 1, CARE_OF_3, "2001:db8:1::101");

		question.home_address = HOME;
		question.source = CARE_OF_2;
		ask(&scene, &question);
		if (next_headers[i] == ICMPV6_NEXT_HEADER)
			expect_echo_reply(&scene, CARE_OF_2);
		take_nothing(&scene.home_agent);
		scene_end(&scene);
	}
}

static void came_by_no_tunnel(struct scene *scene, const char *care_of, const char *home)
{
	const struct host_event event = {.type = HOST_UNBOUND,
		.unbound = {.home_address = address_of(home), .care_of = address_of(care_of)}};
	scene_tell(scene, &scene->home_agent, &event);
}

/* Tunnelled packets without a binding: known mobile nodes get Binding Errors, so often. */
static void test_tunnel_without_binding(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 2);
	came_by_no_tunnel(&scene, CARE_OF_3, HOME);
	expect_binding_error(&scene, 1, CARE_OF_3, HOME);
	/* bound meanwhile; an unknown home address; a source that cannot be answered */
	came_by_no_tunnel(&scene, CARE_OF_2, HOME);
	came_by_no_tunnel(&scene, CARE_OF_3, "2001:db8:1::999");
	came_by_no_tunnel(&scene, "ff02::1", HOME);
	came_by_no_tunnel(&scene, "fe80::1", HOME);
	take_nothing(&scene.home_agent);
	for (unsigned i = 0; i < 100; i++)
		came_by_no_tunnel(&scene, "2001:db8:4::101", HOME);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), 5);
	assert_int_equal(drops_of(&scene, DROP_RATE_LIMITED), 95);
	scene_end(&scene);
}

/* RFC 6275 9.3.1: not asked of ESP, AH and Mobility Headers */
/* Shows RFC 5648 6.5-4; RFC 6275 9.3.1-2, 10.3.1-11. */
static void test_exempt_from_binding(void **state)
{
	(void)state;
	static const uint8_t home_test_init[16] = {59, 1, 1};
	struct scene scene;
	begin(&scene);
	struct question question = {
		CARE_OF_1, HOME_AGENT, HOME, ESP, {some_payload, sizeof(some_payload)}};
	ask(&scene, &question);
	question.next_header = MH_NEXT_HEADER;
	question.payload = (struct octets){home_test_init, sizeof(home_test_init)};
	ask(&scene, &question);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_NOT_FOR_US), 1);
	scene_end(&scene);
}

static uint64_t decoded(const struct scene *scene, enum wire_error error)
{
	return core_counters(scene->home_agent.core)->wire[error];
}

/*
 * RFC 4861 6.1, 7.1: Neighbour Discovery is for whom it says itself, and only from the link. What
 * is no such thing is never answered with a Binding Error.
 */
static void test_neighbour_discovery_has_rules_of_its_own(void **state)
{
	(void)state;
	static const uint8_t solicitation[24] = {
		ICMPV6_NEIGHBOR_SOLICITATION, [8] = 0xfe, 0x80, [23] = 9};
	const struct octets octets = {solicitation, sizeof(solicitation)};
	struct scene scene;
	begin(&scene);
	struct question question = {"fe80::1", "ff02::1:ff00:9", NULL, ICMPV6_NEXT_HEADER, octets};
	ask_after_hops(&scene, &question, 255);
	assert_int_equal(decoded(&scene, WIRE_OK), 1);
	/* through a router */
	ask_after_hops(&scene, &question, 254);
	assert_int_equal(decoded(&scene, WIRE_BAD_HOP_LIMIT), 1);
	/* in the place of another */
	question = (struct question){
		CARE_OF_1, HOME_AGENT, "2001:db8:1::101", ICMPV6_NEXT_HEADER, octets};
	ask_after_hops(&scene, &question, 255);
	assert_int_equal(decoded(&scene, WIRE_BAD_ADDRESSES), 1);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 6275 10.5, 6.5: a request comes to the anycast address, and nothing else does */
static void test_discovery_comes_to_the_anycast_address(void **state)
{
	(void)state;
	static const uint8_t request[8] = {ICMPV6_HOME_AGENT_REQUEST};
	static const uint8_t echo[8] = {ICMPV6_ECHO_REQUEST};
	struct scene scene;
	begin(&scene);
	struct question question = {CARE_OF_1, HOME_AGENTS_ANYCAST, NULL, ICMPV6_NEXT_HEADER,
		{request, sizeof(request)}};
	ask(&scene, &question);
	assert_int_equal(decoded(&scene, WIRE_OK), 1);
	question.destination = HOME_AGENT;
	ask(&scene, &question);
	question.destination = HOME_AGENTS_ANYCAST;
	question.payload = (struct octets){echo, sizeof(echo)};
	ask(&scene, &question);
	assert_int_equal(decoded(&scene, WIRE_OK), 1);
	scene_end(&scene);
}

/* RFC 6275 9.3.1, 6.7: a solicitation from an address that is not bound */
static void test_prefix_solicitation_without_binding(void **state)
{
	(void)state;
	static const uint8_t solicitation[8] = {ICMPV6_PREFIX_SOLICITATION, [5] = 1};
	struct scene scene;
	begin(&scene);
	bind_bids(&scene, 1, 1);
	struct question question = {CARE_OF_2, HOME_AGENT, HOME, ICMPV6_NEXT_HEADER,
		{solicitation, sizeof(solicitation)}};
	ask(&scene, &question);
	expect_binding_error(&scene, 1, CARE_OF_2, HOME);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_message),
		cmocka_unit_test(test_never_to_groups),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_routing_header_is_silent),
		cmocka_unit_test(test_parameter_problem),
		cmocka_unit_test(test_bad_checksum_is_silent),
		cmocka_unit_test(test_home_address_without_binding),
		cmocka_unit_test(test_tunnel_without_binding),
		cmocka_unit_test(test_exempt_from_binding),
		cmocka_unit_test(test_neighbour_discovery_has_rules_of_its_own),
		cmocka_unit_test(test_discovery_comes_to_the_anycast_address),
		cmocka_unit_test(test_prefix_solicitation_without_binding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
