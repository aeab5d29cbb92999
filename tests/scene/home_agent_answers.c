/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: each answer of a home agent goes to where the question came from, whatever is bound (RFC
 * 6275 9.3.3, 9.5.4, 10.3.2). A table of questions, and a table of the ways that they come by.
 */
#include "support/cmocka_scene.h"
#include "support/neighbour.h"

#include <string.h>

#define ANYCAST "2001:db8:1:0:fdff:ffff:ffff:fffe"

/* How a question comes, while HOME is bound to CARE_OF_1. */
struct way {
	const char *name;
	const char *source;
	bool with_option; /* a Home Address option with HOME */
	bool virtual;     /* no home link is configured */
	uint32_t by;
	/* of the answer */
	bool silent;
	uint32_t leaves_by; /* 0: as routed */
	bool routing;       /* a Binding Acknowledgement has a type 2 routing header */
};

static const struct way ways[] = {
	{"home link", HOME, false, false, HOME_LINK, .leaves_by = HOME_LINK},
	{"home link, with option", HOME, true, false, HOME_LINK, .leaves_by = HOME_LINK},
	{"visited link", CARE_OF_1, true, false, CORE_LINK, .routing = true},
	/* A home agent may have one interface only. */
	{"visited link, by the home link", CARE_OF_1, true, false, HOME_LINK, .routing = true},
	{"as if at home", HOME, false, false, CORE_LINK, .silent = true},
	{"as if at home, with option", HOME, true, false, CORE_LINK, .silent = true},
	{"virtual home link", HOME, false, true, CORE_LINK, .leaves_by = CORE_LINK},
	{"virtual home link, with option", HOME, true, true, CORE_LINK, .leaves_by = CORE_LINK},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void begin(struct scene *scene, const struct way *way)
{
	struct home_agent_config config = home_link_defaults();
	config.home_link = !way->virtual;
	config.dad_ms = 0;
	config.discovery = true;
	config.prefix_advertisement = true;
	if (way->virtual)
		scene_with_home_agent(scene, &config);
	else
		home_link_begin(scene, &config);
	bind_bids(scene, 10, 1);
}

static void arrive(struct scene *scene, const struct way *way, const char *destination,
	uint8_t next_header, struct octets payload)
{
	const struct in6_addr home = address_of(HOME);
	const struct packet_envelope envelope = {
		.source = address_of(way->source),
		.destination = address_of(destination),
		.home_address = way->with_option ? &home : NULL,
		.next_header = next_header,
		.hop_limit = 64,
	};
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope, payload, octets, sizeof(octets));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->home_agent, way->by, (struct octets){octets, length});
}

/* The next SEND, which must go by the way; `routing`: with HOME in a type 2 routing header. */
static struct packet take_answer(struct scene *scene, const struct way *way, bool routing)
{
	const struct effect_send *send = &take_past(&scene->home_agent, EFFECT_SEND)->send;
	const struct in6_addr to = address_of(way->source), home = address_of(HOME);
	struct packet packet;
	assert_int_equal(packet_decode(send->octets, send->length, &packet), WIRE_OK);
	if (memcmp(&packet.destination, &to, sizeof(to)) != 0 || send->ifindex != way->leaves_by ||
		packet.has_routing != routing)
		fail_msg("%s: by %u%s", way->name, send->ifindex,
			packet.has_routing ? ", with a routing header" : "");
	if (routing)
		assert_memory_equal(&packet.routing_address, &home, sizeof(home));
	take_nothing(&scene->home_agent);
	return packet;
}

static void expect_silence(struct scene *scene, const struct way *way)
{
	if (count_ahead(&scene->home_agent, EFFECT_SEND) > 0)
		fail_msg("%s: answered", way->name);
	assert_int_equal(drops_of(scene, DROP_NOT_ON_HOME_LINK), 1);
}

/* RFC 6275 9.2, 9.3.3: Binding Error 2, and Parameter Problem; neither has a routing header */
/* Shows RFC 6275 9.3.3-2. */
static void test_what_cannot_be_taken(void **state)
{
	(void)state;
	static const uint8_t unknown[] = {59, 0, 99, 0, 0, 0, 0, 0};
	static const uint8_t bad_payload_proto[16] = {58, 1, 5, 0, 0, 0, 0, 1};
	static const uint8_t too_short[] = {59, 0, 5, 0, 0, 0, 0, 1};
	const struct octets questions[] = {
		{unknown, sizeof(unknown)},
		{bad_payload_proto, sizeof(bad_payload_proto)},
		{too_short, sizeof(too_short)},
	};
	static const uint8_t answers[] = {MH_NEXT_HEADER, ICMPV6_NEXT_HEADER, ICMPV6_NEXT_HEADER};
	for (size_t i = 0; i < WAYS; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct scene scene;
			begin(&scene, &ways[i]);
			arrive(&scene, &ways[i], HOME_AGENT, MH_NEXT_HEADER, questions[j]);
			if (ways[i].silent)
				expect_silence(&scene, &ways[i]);
			else
				assert_int_equal(take_answer(&scene, &ways[i], false).next_header,
					answers[j]);
			scene_end(&scene);
		}
	}
}

/* A Binding Update that gets this status: what is different from one that is accepted. */
struct refusal {
	uint8_t status;
	uint16_t sequence;
	unsigned lifetime;
	uint16_t bid;
	bool wrong_key;
	bool not_home;  /* without H */
	bool timestamp; /* is demanded, and not there */
};

static const struct refusal refusals[] = {
	{.status = 0, .sequence = 11, .bid = 1},
	{.status = 133, .sequence = 11, .bid = 5},
	{.status = 135, .sequence = 9, .bid = 1},
	{.status = 139, .sequence = 11, .bid = 1, .not_home = true},
	{.status = 145, .sequence = 11, .bid = 1, .timestamp = true},
	{.status = 146, .sequence = 11, .bid = 1, .wrong_key = true},
	{.status = 164, .sequence = 11, .bid = 0, .lifetime = 60},
};

static void update_arrives(
	struct scene *scene, const struct way *way, const struct refusal *refusal)
{
	struct update update = update_of(scene, refusal->sequence);
	uint8_t octets[PACKET_OCTETS_MAX];
	if (refusal->timestamp) {
		struct auth auth = update_auth;
		auth.replay = true;
		struct host_event event = node_set(HOME, &auth, BINDINGS_MAX);
		scene_tell(scene, &scene->home_agent, &event);
	}
	update.source = address_of(way->source);
	update.without_home_address = !way->with_option;
	update_lifetime(&update, refusal->lifetime);
	update_bid_known(&update, refusal->bid);
	update.message.bid[0].flags = refusal->lifetime ? BID_HOME : 0;
	update.auth.key[0] ^= refusal->wrong_key;
	if (refusal->not_home)
		update.message.binding_update.flags = BU_ACKNOWLEDGE;
	size_t length = update_build(&update, octets);
	scene_packet(scene, &scene->home_agent, way->by, (struct octets){octets, length});
}

/*
 * RFC 6275 9.5.4: a routing header unless the update came from the home address itself, where a
 * mobile node at home might drop it (6.4).
 */
/* Shows RFC 6275 9.5.4-12, 9.5.4-13, 9.5.4-14, 9.5.4-15. */
static void test_acknowledgements(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		for (size_t j = 0; j < sizeof(refusals) / sizeof(refusals[0]); j++) {
			struct scene scene;
			struct message message;
			begin(&scene, &ways[i]);
			update_arrives(&scene, &ways[i], &refusals[j]);
			if (ways[i].silent) {
				expect_silence(&scene, &ways[i]);
				scene_end(&scene);
				continue;
			}
			struct packet ack = take_answer(&scene, &ways[i], ways[i].routing);
			assert_int_equal(packet_message(&dialect_rfc5648, &ack, &message), WIRE_OK);
			assert_int_equal(message.binding_ack.status, refusals[j].status);
			scene_end(&scene);
		}
	}
}

/* The link-layer address is that of the update, or the one that a home binding has left. */
static void test_frames(void **state)
{
	(void)state;
	static const uint8_t unknown[] = {59, 0, 99, 0, 0, 0, 0, 0};
	const struct way *home = &ways[0];
	struct scene scene;
	struct sent sent;
	begin(&scene, home);
	struct update update = update_of(&scene, 11);
	update_at_home(&update);
	update_bid_home(&update, 2);
	update_link_layer(&update, mobile_node_mac);
	update_send_home(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_framed_ack(&scene, 5, mobile_node_mac, &sent);
	arrive(&scene, home, HOME_AGENT, MH_NEXT_HEADER, (struct octets){unknown, sizeof(unknown)});
	take_message(&scene.home_agent, MH_binding_error, &sent);
	assert_int_equal(sent.ifindex, HOME_LINK);
	assert_true(sent.framed);
	assert_memory_equal(sent.link_layer, mobile_node_mac, LINK_LAYER_OCTETS);
	scene_end(&scene);
}

/* RFC 6275 10.5: the reply goes to the source of the request */
static void test_discovery(void **state)
{
	(void)state;
	static const uint8_t request[8] = {ICMPV6_HOME_AGENT_REQUEST, [5] = 7};
	for (size_t i = 0; i < WAYS; i++) {
		struct scene scene;
		struct icmpv6 reply;
		begin(&scene, &ways[i]);
		arrive(&scene, &ways[i], ANYCAST, ICMPV6_NEXT_HEADER,
			(struct octets){request, sizeof(request)});
		if (ways[i].silent) {
			expect_silence(&scene, &ways[i]);
		} else if (ways[i].with_option && !ways[i].routing) {
			/* 9.3.1: HOME is not bound to itself */
			take_answer(&scene, &ways[i], false);
		} else {
			struct packet packet = take_answer(&scene, &ways[i], false);
			assert_int_equal(icmpv6_decode(&packet, &reply), WIRE_OK);
			assert_int_equal(reply.type, ICMPV6_HOME_AGENT_REPLY);
		}
		scene_end(&scene);
	}
}

/* RFC 6275 10.6.3, 9.3.2: Mobile Prefix Advertisement and echo reply; 9.3.1: Binding Error 1 */
static void test_with_home_address_option(void **state)
{
	(void)state;
	static const uint8_t types[] = {ICMPV6_PREFIX_SOLICITATION, ICMPV6_ECHO_REQUEST};
	static const uint8_t answers[] = {ICMPV6_PREFIX_ADVERTISEMENT, ICMPV6_ECHO_REPLY};
	for (size_t i = 0; i < WAYS; i++) {
		for (size_t j = 0; ways[i].with_option && j < sizeof(types); j++) {
			const uint8_t question[8] = {types[j], [5] = 7};
			struct scene scene;
			begin(&scene, &ways[i]);
			arrive(&scene, &ways[i], HOME_AGENT, ICMPV6_NEXT_HEADER,
				(struct octets){question, sizeof(question)});
			if (ways[i].silent) {
				expect_silence(&scene, &ways[i]);
			} else if (ways[i].routing) {
				assert_int_equal(*take_answer(&scene, &ways[i], true).payload.at,
					answers[j]);
			} else {
				struct packet error = take_answer(&scene, &ways[i], false);
				assert_int_equal(error.next_header, MH_NEXT_HEADER);
				assert_int_equal(error.payload.at[6], 1);
			}
			scene_end(&scene);
		}
	}
}

/* RFC 5648 5.6: at home, with a home binding, and with the option all the same */
static void test_home_binding(void **state)
{
	(void)state;
	static const uint8_t types[] = {ICMPV6_PREFIX_SOLICITATION, ICMPV6_ECHO_REQUEST};
	static const uint8_t answers[] = {ICMPV6_PREFIX_ADVERTISEMENT, ICMPV6_ECHO_REPLY};
	for (size_t j = 0; j < sizeof(types); j++) {
		const uint8_t question[8] = {types[j], [5] = 7};
		struct scene scene;
		begin(&scene, &ways[1]);
		struct update update = update_of(&scene, 11);
		update_at_home(&update);
		update_bid_home(&update, 2);
		update_link_layer(&update, mobile_node_mac);
		update_send_home(&update);
		take_all(&scene.home_agent);
		arrive(&scene, &ways[1], HOME_AGENT, ICMPV6_NEXT_HEADER,
			(struct octets){question, sizeof(question)});
		assert_int_equal(*take_answer(&scene, &ways[1], false).payload.at, answers[j]);
		scene_end(&scene);
	}
}

/* RFC 6275 9.3.3: what came out of a tunnel that is not registered, to the end of that tunnel */
static void test_reverse_tunnel(void **state)
{
	(void)state;
	struct way way = {.name = "tunnel", .source = CARE_OF_3};
	const struct host_event event = {.type = HOST_UNBOUND,
		.unbound = {.home_address = address_of(HOME), .care_of = address_of(CARE_OF_3)}};
	struct scene scene;
	begin(&scene, &way);
	scene_tell(&scene, &scene.home_agent, &event);
	assert_int_equal(take_answer(&scene, &way, false).next_header, MH_NEXT_HEADER);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_cannot_be_taken),
		cmocka_unit_test(test_acknowledgements),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_discovery),
		cmocka_unit_test(test_with_home_address_option),
		cmocka_unit_test(test_home_binding),
		cmocka_unit_test(test_reverse_tunnel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
