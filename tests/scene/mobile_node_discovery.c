/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a mobile node that knows its home prefix only finds its home agent (RFC 6275 11.4.1), and
 * another one when that fails. Home agents are by hand, but for the last scenes.
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

#include <string.h>

#define MS NANOS_PER_MS
/* RFC 2526 2: the interface identifier fdff:ffff:ffff:fffe */
#define ANYCAST "2001:db8:1:0:fdff:ffff:ffff:fffe"
#define AGENT_A HOME_AGENT
#define AGENT_B "2001:db8:1::2"
#define AGENT_C "2001:db8:1::3"

static struct sent sent;

static struct mobile_node_config config_without_agent(void)
{
	struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	config.home_agent = address_of("::");
	return config;
}

/* Echo requests to A, B and C are answered; what else they are sent is not. */
static void begin_with(struct scene *scene, const struct mobile_node_config *config)
{
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(scene, 10 * MS, config, false);
	scene_add_home_agent(scene, &its);
	scene_place(scene, &scene->home_agent, AGENT_B, CORE_LINK);
	scene_place(scene, &scene->home_agent, AGENT_C, CORE_LINK);
	scene_advance(scene, SECOND);
}

static void begin(struct scene *scene)
{
	const struct mobile_node_config config = config_without_agent();
	begin_with(scene, &config);
}

/* ---- requests and replies by hand ---- */

struct request {
	const struct effect_send *send;
	struct packet packet;
	uint16_t identifier;
};

static bool is_request(const struct effect *effect, void *ctx)
{
	struct request *ret = ctx;
	if (effect->type != EFFECT_SEND)
		return false;
	ret->send = &effect->send;
	assert_int_equal(
		packet_decode(ret->send->octets, ret->send->length, &ret->packet), WIRE_OK);
	if (icmpv6_type(&ret->packet) != 144)
		return false;
	const uint8_t *at = ret->packet.payload.at;
	ret->identifier = (uint16_t)(at[4] << 8 | at[5]);
	return true;
}

static bool next_request(struct scene *scene, struct request *ret)
{
	return find_past(&scene->mobile_node, is_request, ret) != NULL;
}

static struct request expect_request(struct scene *scene, unsigned n)
{
	struct request request;
	if (!next_request(scene, &request))
		fail_msg("no discovery request");
	assert_int_equal(request.send->ifindex, n);
	return request;
}

static void expect_no_request(struct scene *scene)
{
	struct request request;
	assert_false(next_request(scene, &request));
}

/* RFC 6275 6.6, octet by octet. */
static void reply_arrives(struct scene *scene, uint16_t identifier, const char *care_of, unsigned n,
	const char *const *agents, size_t count)
{
	uint8_t octets[1280], packet[PACKET_OCTETS_MAX];
	struct builder to = builder_over(octets, sizeof(octets));
	builder_u8(&to, 145);
	builder_u8(&to, 0);
	builder_u16(&to, 0);
	builder_u16(&to, identifier);
	builder_u16(&to, 0x7fff); /* reserved, but for R */
	for (size_t i = 0; i < count; i++) {
		struct in6_addr address = address_of(agents[i]);
		builder_octets(&to, address.s6_addr, sizeof(address.s6_addr));
	}
	const struct packet_envelope envelope = {
		.source = address_of("2001:db8:1::99"),
		.destination = address_of(care_of),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 60,
	};
	size_t length = packet_build(
		&envelope, (struct octets){octets, builder_length(&to)}, packet, sizeof(packet));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->mobile_node, n, (struct octets){packet, length});
}

static const char *const three[] = {AGENT_A, AGENT_B, AGENT_C};

/* Link 1 is there, and the reply to its request lists the first `count` of A, B, C. */
static void find(struct scene *scene, size_t count)
{
	node_attach(scene, 1);
	struct request request = expect_request(scene, 1);
	reply_arrives(scene, request.identifier, CARE_OF_1, 1, three, count);
}

static void expect_agent(struct scene *scene, const char *expected)
{
	struct in6_addr wanted = address_of(expected);
	const struct effect *effect = take_past(&scene->mobile_node, EFFECT_HOME_AGENT);
	assert_memory_equal(&effect->home_agent.home_agent, &wanted, sizeof(wanted));
}

static void assert_in_use(const struct scene *scene, const char *expected)
{
	struct in6_addr wanted = address_of(expected);
	struct in6_addr used = mobile_node_home_agent(core_mobile_node(scene->mobile_node.core, 0));
	assert_memory_equal(&used, &wanted, sizeof(wanted));
}

static void expect_update_to(struct scene *scene, const char *expected)
{
	struct in6_addr wanted = address_of(expected);
	expect_update(scene, &sent);
	assert_memory_equal(&sent.packet.destination, &wanted, sizeof(wanted));
}

static void answer(struct scene *scene, const char *agent, uint8_t status)
{
	struct reply reply = reply_to(&sent);
	reply.source = agent;
	reply.status = status;
	reply_send(scene, &reply);
}

/* ---- asking ---- */

/* RFC 6275 6.5, 11.4.1. Shows RFC 6275 11.4.1-1, 11.4.1-10, 6.5-1, and 6.5-3. */
static void test_request(void **state)
{
	(void)state;
	static const uint8_t none[] = {0, 0};
	struct scene scene;
	begin(&scene);
	expect_no_request(&scene);
	node_attach(&scene, 2);
	struct request request = expect_request(&scene, 2);
	struct in6_addr from = address_of(CARE_OF_2), to = address_of(ANYCAST);
	assert_memory_equal(&request.packet.source, &from, sizeof(from));
	assert_memory_equal(&request.packet.destination, &to, sizeof(to));
	assert_false(request.packet.has_home_address);
	assert_int_equal(request.packet.payload.length, 8);
	assert_int_equal(request.packet.payload.at[1], 0);
	assert_memory_equal(request.packet.payload.at + 6, none, 2);
	assert_in_use(&scene, "::");
	/* nobody can be registered with, nor asked whether he is there */
	scene_advance(&scene, 2 * SECOND);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_SEND), 0);
	scene_end(&scene);
}

/* Repeated after 3, 6, 12 and 24 s, by one link after the other; a minute later anew. Shows
 * RFC 6275 11.4.1-11, 11.4.1-12, and 11.4.1-13. */
static void test_request_is_repeated(void **state)
{
	(void)state;
	static const nanos waits[] = {3, 6, 12, 24};
	static const unsigned by[] = {2, 1, 2, 1};
	struct scene scene;
	begin(&scene);
	node_attach(&scene, 1);
	node_attach(&scene, 2);
	struct request first = expect_request(&scene, 1);
	for (size_t i = 0; i < 4; i++) {
		scene_advance(&scene, waits[i] * SECOND - 1);
		expect_no_request(&scene);
		scene_advance(&scene, 1);
		assert_int_equal(expect_request(&scene, by[i]).identifier, first.identifier);
	}
	scene_advance(&scene, 60 * SECOND - 1);
	expect_no_request(&scene);
	scene_advance(&scene, 1);
	assert_int_not_equal(expect_request(&scene, 1).identifier, first.identifier);
	scene_advance(&scene, 3 * SECOND);
	expect_request(&scene, 2);
	scene_end(&scene);
}

static void test_link_up_ends_the_pause(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_attach(&scene, 1);
	scene_advance(&scene, 46 * SECOND);
	for (unsigned i = 0; i < 5; i++)
		expect_request(&scene, 1);
	/* but not within three seconds of the last request */
	node_link(&scene, 1, false);
	node_link(&scene, 1, true);
	expect_no_request(&scene);
	scene_advance(&scene, 2 * SECOND);
	expect_request(&scene, 1);
	scene_advance(&scene, 49 * SECOND);
	for (unsigned i = 0; i < 4; i++)
		expect_request(&scene, 1);
	expect_no_request(&scene);
	node_link(&scene, 1, false);
	node_link(&scene, 1, true);
	expect_request(&scene, 1);
	/* but not as often as a link may come up */
	for (unsigned i = 0; i < 10; i++) {
		node_link(&scene, 1, false);
		node_link(&scene, 1, true);
	}
	expect_no_request(&scene);
	scene_end(&scene);
}

/* ---- the reply ---- */

/* What was found is used at once, first of all in the data plane. Shows RFC 6275 11.4.1-2,
 * and 6.6-2.
 */
static void test_reply(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_attach(&scene, 1);
	struct request request = expect_request(&scene, 1);
	take_all(&scene.mobile_node);
	reply_arrives(&scene, request.identifier, CARE_OF_1, 1, three, 2);
	struct in6_addr wanted = address_of(AGENT_A);
	const struct effect *effect = take(&scene.mobile_node, EFFECT_HOME_AGENT);
	assert_memory_equal(&effect->home_agent.home_agent, &wanted, sizeof(wanted));
	const struct effect_event *note = take_note(&scene.mobile_node, EVENT_HOME_AGENT_FOUND, 0);
	assert_memory_equal(&note->peer, &wanted, sizeof(wanted));
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_advance(&scene, 100 * SECOND);
	expect_no_request(&scene);
	scene_end(&scene);
}

/* Only for the identifier, at the care-of address asked from, and while a reply is waited for. */
static void test_reply_that_is_none(void **state)
{
	(void)state;
	static const char *const useless[] = {"::", "ff02::1", "fe80::1", HOME, "::1"};
	struct scene scene;
	begin(&scene);
	node_attach(&scene, 1);
	uint16_t identifier = expect_request(&scene, 1).identifier;
	node_attach(&scene, 2);
	reply_arrives(&scene, (uint16_t)(identifier + 1), CARE_OF_1, 1, three, 1);
	reply_arrives(&scene, identifier, CARE_OF_2, 2, three, 1);
	reply_arrives(&scene, identifier, CARE_OF_1, 1, useless, 5);
	reply_arrives(&scene, identifier, CARE_OF_1, 1, three, 0);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 4);
	assert_in_use(&scene, "::");
	reply_arrives(&scene, identifier, CARE_OF_1, 1, three + 1, 1);
	assert_in_use(&scene, AGENT_B);
	reply_arrives(&scene, identifier, CARE_OF_1, 1, three, 1);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 5);
	assert_in_use(&scene, AGENT_B);
	scene_end(&scene);
}

/* A node with a home agent of its own configuration asks nobody, and is told by nobody. */
static void test_configured_home_agent_stays(void **state)
{
	(void)state;
	const struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	struct scene scene;
	begin_with(&scene, &config);
	node_attach(&scene, 1);
	reply_arrives(&scene, 0, CARE_OF_1, 1, three + 1, 1);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 1);
	scene_advance(&scene, 200 * SECOND);
	expect_no_request(&scene);
	assert_in_use(&scene, AGENT_A);
	scene_end(&scene);
}

static void count_agent(void *ctx, const struct home_agent_view *view)
{
	size_t *counts = ctx;
	counts[0]++;
	counts[1] += view->in_use;
}

static char many_text[77][40];
static const char *many[77];

/* The longest reply that there can be: 77 home agents that do not answer. */
static void find_many(struct scene *scene)
{
	node_attach(scene, 1);
	uint16_t identifier = expect_request(scene, 1).identifier;
	for (size_t i = 0; i < 77; i++) {
		snprintf(many_text[i], sizeof(many_text[i]), "2001:db8:1::%zx", 0x1000 + i);
		many[i] = many_text[i];
	}
	reply_arrives(scene, identifier, CARE_OF_1, 1, many, 77);
}

/* All are kept, and tried in their order. */
static void test_longest_list(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find_many(&scene);
	size_t counts[2] = {0};
	mobile_node_each_home_agent(
		core_mobile_node(scene.mobile_node.core, 0), count_agent, counts);
	assert_int_equal(counts[0], 77);
	assert_int_equal(counts[1], 1);
	for (size_t i = 0; i < 77; i++) {
		expect_agent(&scene, many[i]);
		scene_advance(&scene, 20 * SECOND);
	}
	scene_end(&scene);
}

/* Sixteen have not answered: others are asked for while the next are tried. */
static struct request expect_request_before_the_end(struct scene *scene)
{
	find_many(scene);
	const struct in6_addr next = address_of(many[16]);
	for (size_t i = 0; i < 1000; i++) {
		const struct in6_addr used =
			mobile_node_home_agent(core_mobile_node(scene->mobile_node.core, 0));
		if (IN6_ARE_ADDR_EQUAL(&used, &next))
			return expect_request(scene, 1);
		expect_no_request(scene);
		scene_advance(scene, 500 * MS);
	}
	fail_msg("the seventeenth was not tried");
	return (struct request){0};
}

/* What an attacker forged delays the true ones no longer than a short list does. */
static void test_forged_long_list(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct request request = expect_request_before_the_end(&scene);
	reply_arrives(&scene, request.identifier, CARE_OF_1, 1, three, 3);
	assert_in_use(&scene, AGENT_A);
	scene_end(&scene);
}

/* The true ones are 77: no time is lost with those that have not answered. */
static void test_same_list_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct request request = expect_request_before_the_end(&scene);
	take_all(&scene.mobile_node);
	reply_arrives(&scene, request.identifier, CARE_OF_1, 1, many, 77);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_HOME_AGENT), 0);
	assert_in_use(&scene, many[16]);
	scene_advance(&scene, 8 * SECOND);
	assert_in_use(&scene, many[17]);
	scene_end(&scene);
}

/* ---- the next ---- */

/* One that answers echo requests, and no update: three of them, then the next, in the order of the
 * reply. Shows RFC 6275 11.4.1-3, 11.4.1-4, 11.4.1-5, and 11.4.1-6. */
static void test_next_without_answer(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 3);
	expect_agent(&scene, AGENT_A);
	for (unsigned i = 0; i < 3; i++) {
		expect_update_to(&scene, AGENT_A);
		scene_advance(&scene, (1500 * MS << i) - 1);
		expect_no_update(&scene);
		scene_advance(&scene, 1);
	}
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_AGENT_LOST), 1);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	/* it knows nothing */
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	answer(&scene, AGENT_A, 0);
	assert_false(node_view(&scene, 1).registered);
	scene_advance(&scene, 10500 * MS - 1);
	assert_in_use(&scene, AGENT_B);
	scene_advance(&scene, 1);
	expect_agent(&scene, AGENT_C);
	expect_update_to(&scene, AGENT_C);
	answer(&scene, AGENT_C, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_advance(&scene, 100 * SECOND);
	assert_in_use(&scene, AGENT_C);
	scene_end(&scene);
}

/* One that is not there at all. */
static void test_next_without_path(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	scene_cut(&scene, AGENT_A, true);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	scene_advance(&scene, 1500 * MS);
	assert_in_use(&scene, AGENT_A);
	scene_advance(&scene, 6 * SECOND);
	assert_in_use(&scene, AGENT_B);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	answer(&scene, AGENT_B, 0);
	assert_true(node_view(&scene, 1).registered);
	assert_int_equal(node_selected(&scene), 1);
	scene_end(&scene);
}

/* Without any link nothing is known of the home agent. */
static void test_no_link_is_no_failure(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 0);
	node_link(&scene, 1, false);
	scene_advance(&scene, 200 * SECOND);
	assert_in_use(&scene, AGENT_A);
	scene_end(&scene);
}

/* What another home agent may see otherwise leads to it at once; what not, does not. */
static void test_next_after_refusal(void **state)
{
	(void)state;
	static const uint8_t statuses[] = {128, 129, 130, 131, 132, 133, 134};
	for (size_t i = 0; i < sizeof(statuses); i++) {
		struct scene scene;
		begin(&scene);
		find(&scene, 2);
		expect_update_to(&scene, AGENT_A);
		answer(&scene, AGENT_A, statuses[i]);
		assert_in_use(&scene, statuses[i] < 134 ? AGENT_B : AGENT_A);
		if (statuses[i] < 134)
			expect_update_to(&scene, AGENT_B);
		scene_end(&scene);
	}
}

/* All have failed: they are asked for again, not more often than once in a minute, while the last
 * is tried further. */
static void test_all_have_failed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 129);
	expect_update_to(&scene, AGENT_B);
	answer(&scene, AGENT_B, 129);
	scene_advance(&scene, 60 * SECOND - 1);
	assert_true(updates_ahead(&scene) > 5);
	assert_in_use(&scene, AGENT_B);
	expect_no_request(&scene);
	scene_advance(&scene, 1);
	struct request request = expect_request(&scene, 1);
	reply_arrives(&scene, request.identifier, CARE_OF_1, 1, three + 2, 1);
	expect_agent(&scene, AGENT_C);
	expect_update_to(&scene, AGENT_C);
	scene_end(&scene);
}

/* The last one takes the node after all. */
static void test_recovery_ends_the_search(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 1);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 130);
	scene_advance(&scene, SECOND);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_advance(&scene, 100 * SECOND);
	expect_no_request(&scene);
	scene_end(&scene);
}

/* A list of a forger's costs time, and no more. */
static void test_forged_list(void **state)
{
	(void)state;
	static const char *const forged[] = {"2001:db8:66::1", "2001:db8:66::2", AGENT_C};
	struct scene scene;
	begin(&scene);
	node_attach(&scene, 1);
	uint16_t identifier = expect_request(&scene, 1).identifier;
	reply_arrives(&scene, identifier, CARE_OF_1, 1, forged, 3);
	scene_advance(&scene, 20 * SECOND);
	assert_in_use(&scene, AGENT_C);
	for (unsigned i = 0; i < 3; i++)
		expect_agent(&scene, forged[i]);
	expect_update_to(&scene, AGENT_C);
	answer(&scene, AGENT_C, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* ---- one that has a registration ---- */

static void register_with_a(struct scene *scene, size_t count)
{
	begin(scene);
	find(scene, count);
	expect_update_to(scene, AGENT_A);
	answer(scene, AGENT_A, 0);
	assert_true(node_view(scene, 1).registered);
	scene_advance(scene, SECOND);
	take_all(&scene->mobile_node);
}

/* RFC 6275 11.4.1, 11.7.1: it is asked until the longest timeout of 32 s has passed. Shows RFC 6275
 * 11.4.1-8, 11.4.1-9, and 11.7.1-15. */
static void test_registered_one_is_tried_first(void **state)
{
	(void)state;
	struct scene scene;
	register_with_a(&scene, 2);
	node_prefer(&scene, 1, 20);
	expect_update_to(&scene, AGENT_A);
	scene_advance(&scene, (1 + 2 + 4 + 8 + 16 + 32) * SECOND - 1);
	assert_int_equal(updates_ahead(&scene), 5);
	assert_in_use(&scene, AGENT_A);
	scene_advance(&scene, 1);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	assert_false(node_view(&scene, 1).registered);
	answer(&scene, AGENT_B, 0);
	assert_true(node_view(&scene, 1).registered);
	/* and A, if B fails later */
	node_prefer(&scene, 1, 30);
	scene_advance(&scene, 70 * SECOND);
	assert_in_use(&scene, AGENT_A);
	scene_end(&scene);
}

/* All paths to it are dead: it has 32 s to come back, with its tunnels. */
static void test_registered_one_out_of_reach(void **state)
{
	(void)state;
	struct scene scene;
	register_with_a(&scene, 2);
	scene_cut(&scene, AGENT_A, true);
	scene_advance(&scene, 30 * SECOND);
	assert_int_equal(node_view(&scene, 1).path, PATH_DEAD);
	assert_in_use(&scene, AGENT_A);
	scene_advance(&scene, 20 * SECOND);
	assert_in_use(&scene, AGENT_B);
	expect_agent(&scene, AGENT_B);
	/* its tunnel is gone before B's is there */
	take_past(&scene.mobile_node, EFFECT_TUNNEL_REMOVE);
	then(&scene.mobile_node);
	const struct effect *effect = take_past(&scene.mobile_node, EFFECT_TUNNEL_SET);
	struct in6_addr remote = address_of(AGENT_B);
	assert_memory_equal(&effect->tunnel.remote.address, &remote, sizeof(remote));
	expect_update_to(&scene, AGENT_B);
	scene_end(&scene);
}

/* One refusal is not enough: it has the home address still. It is told when it is left. */
static void test_registered_one_refuses(void **state)
{
	(void)state;
	struct scene scene;
	register_with_a(&scene, 2);
	node_prefer(&scene, 1, 20);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 130);
	scene_advance(&scene, SECOND);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 130);
	assert_in_use(&scene, AGENT_A);
	scene_advance(&scene, 2 * SECOND);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 130);
	assert_in_use(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_A);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	assert_int_equal(sent.message.bid_count, 0);
	expect_update_to(&scene, AGENT_B);
	scene_end(&scene);
}

/* ---- Binding Identifiers ---- */

static void answer_without_bids(struct scene *scene, const char *agent)
{
	struct reply reply = reply_to(&sent);
	reply.source = agent;
	reply.bid_count = 0;
	reply_send(scene, &reply);
}

/* RFC 5648 5.7: one that knows them is looked for, and is used. Shows RFC 5648 3-9, and 5.7-3. */
static void test_one_that_knows_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	answer_without_bids(&scene, AGENT_A);
	/* A took it for a registration without BID: it must not keep the home address */
	expect_update_to(&scene, AGENT_A);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	assert_int_equal(sent.message.bid_count, 1);
	answer(&scene, AGENT_B, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_advance(&scene, 200 * SECOND);
	assert_in_use(&scene, AGENT_B);
	scene_end(&scene);
}

static void expect_to_stay(struct scene *scene, const char *agent)
{
	for (unsigned i = 0; i < 2; i++) {
		scene_advance(scene, SECOND);
		if (next_update(scene, &sent))
			answer_without_bids(scene, agent);
	}
	assert_true(node_view(scene, 1).registered);
	take_all(&scene->mobile_node);
	scene_advance(scene, 100 * SECOND);
	assert_in_use(scene, agent);
	assert_int_equal(notes_ahead(scene, EVENT_HOME_AGENT_LOST), 0);
}

/* None knows them: the last is as good as the first. */
static void test_none_knows_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	answer_without_bids(&scene, AGENT_A);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	answer_without_bids(&scene, AGENT_B);
	expect_to_stay(&scene, AGENT_B);
	scene_end(&scene);
}

/* The others do not take the node at all: back to the one that does, and that is the end of it. */
static void test_back_to_one_without_bids(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 3);
	expect_update_to(&scene, AGENT_A);
	answer_without_bids(&scene, AGENT_A);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	answer(&scene, AGENT_B, 129);
	expect_agent(&scene, AGENT_C);
	expect_no_update(&scene);
	scene_advance(&scene, SECOND); /* RFC 6275 11.8: three updates in a second */
	expect_update_to(&scene, AGENT_C);
	answer(&scene, AGENT_C, 129);
	expect_agent(&scene, AGENT_A);
	expect_to_stay(&scene, AGENT_A);
	scene_end(&scene);
}

/*
 * A link on which the home prefix was heard before it was told to be up: as soon as it is, it is
 * the home link, and its other address is no care-of address to ask from (RFC 6275 11.4.1, 11.5.2).
 */
static void test_nothing_is_asked_by_a_link_that_is_left(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_link(&scene, 1, false);
	node_address(&scene, 1, CARE_OF_1);
	router_advertises(&scene, 1, &other_home_router);
	node_link(&scene, 1, true);
	assert_true(node_view(&scene, 1).home);
	expect_no_request(&scene);
	/* by a visited link, at once */
	node_attach(&scene, 2);
	(void)expect_request(&scene, 2);
	scene_end(&scene);
}

/* RFC 5648 5.6: the home link is one with the next home agent, too, from the first update on. */
static void test_home_link_with_the_next_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	node_link(&scene, 2, true);
	router_advertises(&scene, 2, &other_home_router);
	answer(&scene, AGENT_A, 129);
	expect_agent(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	assert_true(lists(&sent, 2, HOME));
	scene_end(&scene);
}

/* RFC 5648 5.7: what one home agent is known to do says nothing of the next. */
static void test_what_is_known_is_of_one_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	scene_cut(&scene, AGENT_A, true);
	scene_advance(&scene, 20 * SECOND);
	while (next_update(&scene, &sent))
		;
	assert_in_use(&scene, AGENT_B);
	answer(&scene, AGENT_B, 0); /* with options */
	assert_true(node_view(&scene, 1).registered);
	scene_cut(&scene, AGENT_A, false);
	scene_cut(&scene, AGENT_B, true);
	take_all(&scene.mobile_node);
	scene_advance(&scene, 50 * SECOND);
	assert_in_use(&scene, AGENT_A);
	while (next_update(&scene, &sent))
		;
	assert_int_equal(sent.message.bid_count, 1);
	binding_error_arrives(&scene, 2);
	scene_advance(&scene, 10 * SECOND);
	expect_update_to(&scene, AGENT_A);
	assert_int_equal(sent.message.bid_count, 0);
	scene_end(&scene);
}

/* RFC 6275 11.7.1: one home agent's 134 is not another's. */
static void test_duplicate_at_one_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	expect_update_to(&scene, AGENT_A);
	answer(&scene, AGENT_A, 134);
	scene_cut(&scene, AGENT_A, true);
	scene_advance(&scene, 30 * SECOND);
	assert_in_use(&scene, AGENT_B);
	expect_update_to(&scene, AGENT_B);
	answer(&scene, AGENT_B, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* RFC 6275 6.1.8: nor is an address that one refused. The other is deprecated, and so no better. */
static void test_address_refused_by_one_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 2);
	const struct host_event other = {
		.type = HOST_ADDRESS_SET,
		.address = {.bid = 1, .address = address_of(CARE_OF_1_NEW), .deprecated = true},
	};
	scene_tell(&scene, &scene.mobile_node, &other);
	expect_update_to(&scene, AGENT_A);
	assert_true(lists(&sent, 1, CARE_OF_1));
	answer(&scene, AGENT_A, 174);
	expect_update_to(&scene, AGENT_A);
	assert_true(lists(&sent, 1, CARE_OF_1_NEW));
	scene_advance(&scene, 20 * SECOND);
	assert_in_use(&scene, AGENT_B);
	while (next_update(&scene, &sent))
		;
	assert_true(lists(&sent, 1, CARE_OF_1));
	answer(&scene, AGENT_B, 0);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* ---- on the home link, and over a restart ---- */

/* Advertisements of ever new home agents arrive by link n. */
static void flood(struct scene *scene, unsigned n, const char *prefix)
{
	for (unsigned i = 1; i <= 40; i++) {
		char agent[64];
		snprintf(agent, sizeof(agent), "2001:db8:1::bad:%x", i);
		struct router router = home_router;
		router.prefix = prefix;
		router.agent = agent;
		router_advertises(scene, n, &router);
		scene_advance(scene, 500 * MS);
	}
}

/* Whether by a visited link, or by what looks like the home link: a home agent that has a
 * registration is not left for what anybody says. */
static void test_flood_of_advertisements(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 2; n++) {
		struct scene scene;
		begin(&scene);
		find(&scene, 1);
		expect_update_to(&scene, AGENT_A);
		answer_without_bids(&scene, AGENT_A);
		expect_to_stay(&scene, AGENT_A);
		node_link(&scene, 2, true);
		take_all(&scene.mobile_node);
		flood(&scene, n, n == 2 ? HOME_PREFIX : NULL);
		assert_int_equal(notes_ahead(&scene, EVENT_HOME_AGENT_LOST), 0);
		expect_notes(&scene, EVENT_HOME_LINK_FOUND, n == 2);
		assert_in_use(&scene, AGENT_A);
		assert_true(node_view(&scene, 1).registered);
		expect_no_update(&scene);
		scene_end(&scene);
	}
}

/* Nor at home, where there is nothing to register. */
static void test_flood_at_home(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	find(&scene, 1);
	expect_update_to(&scene, AGENT_A);
	answer_without_bids(&scene, AGENT_A);
	expect_to_stay(&scene, AGENT_A);
	node_link(&scene, 2, true);
	router_advertises(&scene, 2, &home_router);
	expect_home_update(&scene, 2, home_agent_mac, &sent);
	answer(&scene, AGENT_A, 0);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	take_all(&scene.mobile_node);
	flood(&scene, 2, HOME_PREFIX);
	assert_in_use(&scene, AGENT_A);
	assert_int_equal(home_state_of(&scene), HOME_ONLY);
	expect_no_update(&scene);
	scene_end(&scene);
}

/* Nor is one found by a link that is not the home link. */
static void test_not_found_on_a_visited_link(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_link(&scene, 1, true);
	struct router router = home_router;
	router.prefix = NULL;
	router_advertises(&scene, 1, &router);
	router = visited_router;
	router.agent = AGENT_B;
	router_advertises(&scene, 1, &router);
	assert_in_use(&scene, "::");
	scene_end(&scene);
}

/* RFC 6275 7.1, 7.2: H, and R with its address */
static void test_found_on_the_home_link(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_link(&scene, 1, true);
	router_advertises(&scene, 1, &other_home_router);
	assert_in_use(&scene, "::");
	struct router elsewhere = home_router;
	elsewhere.agent = "2001:db8:77::1";
	router_advertises(&scene, 1, &elsewhere);
	assert_in_use(&scene, "::");
	router_advertises(&scene, 1, &home_router);
	expect_agent(&scene, AGENT_A);
	expect_home_update(&scene, 1, home_agent_mac, &sent);
	scene_end(&scene);
}

/* A daemon before this one had found it, and the data plane sends to it. */
static void test_known_from_before(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	const struct host_event event = {
		.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME),
			.home_agent = address_of(AGENT_B),
			.count = 1,
			.bindings = {{.care_of = address_of(CARE_OF_1),
				.expires = scene.now.mono + 300 * SECOND,
				.bid = 1,
				.priority = 10}}},
	};
	scene_tell(&scene, &scene.mobile_node, &event);
	expect_agent(&scene, AGENT_B);
	node_attach(&scene, 1);
	expect_update_to(&scene, AGENT_B);
	scene_advance(&scene, 4 * SECOND);
	expect_no_request(&scene);
	scene_end(&scene);
}

static void test_stop_while_searching(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	node_attach(&scene, 1);
	take_all(&scene.mobile_node);
	node_stop(&scene);
	take_past(&scene.mobile_node, EFFECT_STOPPED);
	scene_end(&scene);
}

/* ---- with the core's home agent ---- */

static void begin_both(struct scene *scene, bool discovery)
{
	const struct mobile_node_config config = config_without_agent();
	struct home_agent_config its = home_agent_defaults();
	its.discovery = discovery;
	node_begin_with(scene, 10 * MS, &config, false);
	scene_add_home_agent(scene, &its);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &event);
	scene_place(scene, &scene->home_agent, ANYCAST, CORE_LINK);
	scene_advance(scene, SECOND);
}

static void test_both_sides(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, true);
	node_attach(&scene, 1);
	node_attach(&scene, 2);
	scene_advance(&scene, SECOND);
	assert_in_use(&scene, HOME_AGENT);
	assert_true(node_view(&scene, 1).registered);
	assert_true(node_view(&scene, 2).registered);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* The first two requests are lost. */
static void test_both_sides_with_loss(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, true);
	scene.lose = 2;
	node_attach(&scene, 1);
	scene_advance(&scene, 9 * SECOND);
	assert_in_use(&scene, "::");
	scene_advance(&scene, SECOND);
	assert_in_use(&scene, HOME_AGENT);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

static void test_both_sides_without_discovery(void **state)
{
	(void)state;
	struct scene scene;
	begin_both(&scene, false);
	node_attach(&scene, 1);
	scene_advance(&scene, 200 * SECOND);
	assert_in_use(&scene, "::");
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_request_is_repeated),
		cmocka_unit_test(test_link_up_ends_the_pause),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_reply_that_is_none),
		cmocka_unit_test(test_configured_home_agent_stays),
		cmocka_unit_test(test_longest_list),
		cmocka_unit_test(test_forged_long_list),
		cmocka_unit_test(test_same_list_again),
		cmocka_unit_test(test_next_without_answer),
		cmocka_unit_test(test_next_without_path),
		cmocka_unit_test(test_no_link_is_no_failure),
		cmocka_unit_test(test_next_after_refusal),
		cmocka_unit_test(test_all_have_failed),
		cmocka_unit_test(test_recovery_ends_the_search),
		cmocka_unit_test(test_forged_list),
		cmocka_unit_test(test_registered_one_is_tried_first),
		cmocka_unit_test(test_registered_one_out_of_reach),
		cmocka_unit_test(test_registered_one_refuses),
		cmocka_unit_test(test_one_that_knows_bids),
		cmocka_unit_test(test_none_knows_bids),
		cmocka_unit_test(test_back_to_one_without_bids),
		cmocka_unit_test(test_nothing_is_asked_by_a_link_that_is_left),
		cmocka_unit_test(test_home_link_with_the_next_home_agent),
		cmocka_unit_test(test_what_is_known_is_of_one_home_agent),
		cmocka_unit_test(test_duplicate_at_one_home_agent),
		cmocka_unit_test(test_address_refused_by_one_home_agent),
		cmocka_unit_test(test_flood_of_advertisements),
		cmocka_unit_test(test_flood_at_home),
		cmocka_unit_test(test_not_found_on_a_visited_link),
		cmocka_unit_test(test_found_on_the_home_link),
		cmocka_unit_test(test_known_from_before),
		cmocka_unit_test(test_stop_while_searching),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_both_sides_with_loss),
		cmocka_unit_test(test_both_sides_without_discovery),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
