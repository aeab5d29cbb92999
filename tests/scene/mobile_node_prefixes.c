/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: what a mobile node abroad learns of the prefixes of its home link (RFC 6275 11.4.2,
 * 11.4.3), and when it asks. The home agent is by hand, but for the last scenes.
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"

#define MS NANOS_PER_MS
#define NEW_PREFIX "2001:db8:9::"
#define DAY 86400
#define HOUR 3600
#define INFINITE UINT32_MAX

static struct sent sent;

/* ---- solicitations and advertisements by hand ---- */

struct solicitation {
	const struct effect_send *send;
	struct packet packet;
	uint16_t identifier;
};

static bool is_solicitation(const struct effect *effect, void *ctx)
{
	struct solicitation *ret = ctx;
	if (effect->type != EFFECT_SEND)
		return false;
	ret->send = &effect->send;
	assert_int_equal(
		packet_decode(ret->send->octets, ret->send->length, &ret->packet), WIRE_OK);
	if (icmpv6_type(&ret->packet) != 146)
		return false;
	const uint8_t *at = ret->packet.payload.at;
	ret->identifier = (uint16_t)(at[4] << 8 | at[5]);
	return true;
}

static bool next_solicitation(struct scene *scene, struct solicitation *ret)
{
	return find_past(&scene->mobile_node, is_solicitation, ret) != NULL;
}

static struct solicitation expect_solicitation(struct scene *scene)
{
	struct solicitation solicitation;
	if (!next_solicitation(scene, &solicitation))
		fail_msg("no mobile prefix solicitation");
	return solicitation;
}

static void expect_no_solicitation(struct scene *scene)
{
	struct solicitation solicitation;
	assert_false(next_solicitation(scene, &solicitation));
}

struct advertised {
	const char *prefix;
	uint32_t valid;
	uint32_t preferred;
};

struct advertisement {
	uint16_t identifier;
	const char *source;
	const char *routing; /* NULL: none */
	size_t count;
	struct advertised at[2];
};

/* RFC 6275 6.8, octet by octet; with an option that nobody knows. */
static void advertise(struct scene *scene, const struct advertisement *advertisement)
{
	uint8_t octets[256], packet[PACKET_OCTETS_MAX];
	struct builder to = builder_over(octets, sizeof(octets));
	builder_u8(&to, 147);
	builder_u8(&to, 0);
	builder_u16(&to, 0);
	builder_u16(&to, advertisement->identifier);
	builder_u16(&to, 0x3fff); /* reserved */
	builder_u32(&to, UINT32_C(0xfe010000));
	builder_u32(&to, 0);
	for (size_t i = 0; i < advertisement->count; i++) {
		struct in6_addr prefix = address_of(advertisement->at[i].prefix);
		builder_u8(&to, 3);
		builder_u8(&to, 4);
		builder_u8(&to, 64);
		builder_u8(&to, 0xc0);
		builder_u32(&to, advertisement->at[i].valid);
		builder_u32(&to, advertisement->at[i].preferred);
		builder_u32(&to, 0);
		builder_octets(&to, prefix.s6_addr, sizeof(prefix.s6_addr));
	}
	struct in6_addr routing = {0};
	if (advertisement->routing)
		routing = address_of(advertisement->routing);
	const struct packet_envelope envelope = {
		.source = address_of(advertisement->source),
		.destination = address_of(CARE_OF_1),
		.routing_address = advertisement->routing ? &routing : NULL,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 60,
	};
	size_t length = packet_build(
		&envelope, (struct octets){octets, builder_length(&to)}, packet, sizeof(packet));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->mobile_node, 1, (struct octets){packet, length});
}

static struct advertisement advertisement_of(uint16_t identifier)
{
	return (struct advertisement){
		.identifier = identifier,
		.source = HOME_AGENT,
		.routing = HOME,
		.count = 1,
		.at = {{HOME_PREFIX, DAY, HOUR}},
	};
}

static void count_prefix(void *ctx, const struct host_prefix *prefix)
{
	(void)prefix;
	(*(size_t *)ctx)++;
}

static size_t prefixes_known(const struct scene *scene)
{
	size_t count = 0;
	mobile_node_each_prefix(core_mobile_node(scene->mobile_node.core, 0), count_prefix, &count);
	return count;
}

/* Registered by link 1; the acknowledgement has this status. */
static void begin(struct scene *scene, uint8_t status)
{
	const struct mobile_node_config config = node_defaults();
	node_begin_with(scene, 10 * MS, &config, false);
	scene_advance(scene, SECOND);
	node_attach(scene, 1);
	expect_update(scene, &sent);
	struct reply reply = reply_to(&sent);
	reply.status = status;
	reply.lifetime = 65535;
	reply_send(scene, &reply);
	assert_true(node_view(scene, 1).registered);
}

/* It has asked, and was told the home prefix's lifetimes. */
static void learn(struct scene *scene, uint32_t valid, uint32_t preferred)
{
	begin(scene, 1);
	struct advertisement advertisement =
		advertisement_of(expect_solicitation(scene).identifier);
	advertisement.at[0].valid = valid;
	advertisement.at[0].preferred = preferred;
	advertise(scene, &advertisement);
	assert_int_equal(prefixes_known(scene), 1);
	take_all(&scene->mobile_node);
}

/* ---- asking ---- */

static void test_no_reason_to_ask(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 0);
	scene_advance(&scene, 300 * SECOND);
	expect_no_solicitation(&scene);
	assert_int_equal(prefixes_known(&scene), 0);
	scene_end(&scene);
}

/* RFC 6275 6.7. Shows RFC 6275 11.7.3-13, 11.4.2-2, and 6.7-1. */
static void test_status_1(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	struct solicitation solicitation = expect_solicitation(&scene);
	struct in6_addr from = address_of(CARE_OF_1), to = address_of(HOME_AGENT);
	struct in6_addr home = address_of(HOME);
	assert_memory_equal(&solicitation.packet.source, &from, sizeof(from));
	assert_memory_equal(&solicitation.packet.destination, &to, sizeof(to));
	assert_true(solicitation.packet.has_home_address);
	assert_memory_equal(&solicitation.packet.home_address, &home, sizeof(home));
	assert_int_equal(solicitation.send->ifindex, 1);
	assert_int_equal(solicitation.packet.payload.length, 8);
	assert_int_equal(solicitation.packet.payload.at[6] | solicitation.packet.payload.at[7], 0);
	scene_end(&scene);
}

/* RFC 6275 11.8: after 3 s, doubling up to 32 s, until an answer; each with an identifier of its
 * own. Shows RFC 6275 11.8-1, and 11.4.2-5. */
static void test_solicitation_is_repeated(void **state)
{
	(void)state;
	static const nanos waits[] = {3, 6, 12, 24, 32, 32};
	struct scene scene;
	begin(&scene, 1);
	uint16_t identifiers[7] = {expect_solicitation(&scene).identifier};
	for (size_t i = 0; i < 6; i++) {
		scene_advance(&scene, waits[i] * SECOND - 1);
		expect_no_solicitation(&scene);
		scene_advance(&scene, 1);
		identifiers[i + 1] = expect_solicitation(&scene).identifier;
		assert_int_not_equal(identifiers[i + 1], identifiers[i]);
	}
	const struct advertisement advertisement = advertisement_of(identifiers[6]);
	advertise(&scene, &advertisement);
	assert_int_equal(prefixes_known(&scene), 1);
	scene_advance(&scene, 200 * SECOND);
	expect_no_solicitation(&scene);
	scene_end(&scene);
}

/* A care-of address that is not registered would be refused: it waits. */
static void test_only_from_registered_addresses(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	expect_solicitation(&scene);
	node_link(&scene, 1, false);
	scene_advance(&scene, 10 * SECOND);
	expect_no_solicitation(&scene);
	scene_end(&scene);
}

/* Shows RFC 6275 11.4.2-1. */
static void test_home_prefix_about_to_be_invalid(void **state)
{
	(void)state;
	struct scene scene;
	learn(&scene, 400, 400);
	scene_advance(&scene, 300 * SECOND - 1);
	expect_no_solicitation(&scene);
	scene_advance(&scene, 1);
	struct solicitation solicitation = expect_solicitation(&scene);
	const struct advertisement advertisement = advertisement_of(solicitation.identifier);
	advertise(&scene, &advertisement);
	scene_advance(&scene, 3000 * SECOND);
	expect_no_solicitation(&scene);
	scene_end(&scene);
}

/* ---- advertisements ---- */

/* Shows RFC 6275 11.4.3-1, 11.4.3-2, 11.4.3-4, and 11.4.3-8. */
static void test_advertisements_that_are_none(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	const struct advertisement good = advertisement_of(expect_solicitation(&scene).identifier);
	struct advertisement bad = good;
	bad.source = "2001:db8:1::2";
	advertise(&scene, &bad);
	bad = good;
	bad.routing = NULL;
	advertise(&scene, &bad);
	bad.routing = "2001:db8:1::101";
	advertise(&scene, &bad);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 3);
	assert_int_equal(prefixes_known(&scene), 0);
	expect_no_solicitation(&scene);
	advertise(&scene, &good);
	assert_int_equal(prefixes_known(&scene), 1);
	scene_end(&scene);
}

/* Dropped, and a reason to ask, but not a means to make it ask often. Shows RFC 6275 11.4.3-6, and
 * 11.4.3-7. */
static void test_unsolicited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 0);
	expect_no_solicitation(&scene);
	const struct advertisement unsolicited = advertisement_of(0x1234);
	advertise(&scene, &unsolicited);
	assert_int_equal(prefixes_known(&scene), 0);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 1);
	struct solicitation solicitation = expect_solicitation(&scene);
	struct advertisement answer = advertisement_of((uint16_t)(solicitation.identifier + 1));
	advertise(&scene, &answer);
	assert_int_equal(prefixes_known(&scene), 0);
	answer.identifier = solicitation.identifier;
	advertise(&scene, &answer);
	assert_int_equal(prefixes_known(&scene), 1);
	/* the same a second time is no answer any more */
	answer.count = 0;
	for (unsigned i = 0; i < 100; i++)
		advertise(&scene, &answer);
	assert_int_equal(prefixes_known(&scene), 1);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 102);
	expect_no_solicitation(&scene);
	scene_advance(&scene, 3 * SECOND);
	expect_solicitation(&scene);
	expect_no_solicitation(&scene);
	scene_end(&scene);
}

/* Shows RFC 6275 11.4.3-3. */
static void test_no_home_agent_known(void **state)
{
	(void)state;
	struct mobile_node_config config = at_home_defaults(AT_HOME_BOTH);
	config.home_agent = address_of("::");
	struct scene scene;
	node_begin_with(&scene, 10 * MS, &config, false);
	node_attach(&scene, 1);
	const struct advertisement advertisement = advertisement_of(0);
	advertise(&scene, &advertisement);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 1);
	assert_int_equal(prefixes_known(&scene), 0);
	scene_end(&scene);
}

/* Reserved bits and unknown options mean nothing (the octets are in advertise()). Shows RFC 6275
 * 6.8-6, and 6.8-8. */
static void test_new_prefix(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, 1);
	struct advertisement advertisement =
		advertisement_of(expect_solicitation(&scene).identifier);
	advertisement.count = 2;
	advertisement.at[1] = (struct advertised){NEW_PREFIX, DAY, HOUR};
	advertise(&scene, &advertisement);
	assert_int_equal(prefixes_known(&scene), 2);
	struct in6_addr wanted = address_of(NEW_PREFIX);
	const struct effect_event *note = take_note(&scene.mobile_node, EVENT_HOME_PREFIX_NEW, 0);
	assert_memory_equal(&note->care_of, &wanted, sizeof(wanted));
	/* told once */
	advertisement.identifier = 0;
	advertise(&scene, &advertisement);
	scene_advance(&scene, 3 * SECOND);
	advertisement.identifier = expect_solicitation(&scene).identifier;
	advertise(&scene, &advertisement);
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_NEW), 0);
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_DEPRECATED), 0);
	/* nothing else follows from it */
	expect_no_update(&scene);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

static void test_home_prefix_deprecated(void **state)
{
	(void)state;
	static const struct advertisement cases[] = {
		{.count = 1, .at = {{HOME_PREFIX, DAY, 0}}},
		{.count = 1, .at = {{NEW_PREFIX, DAY, HOUR}}},
		{.count = 2, .at = {{HOME_PREFIX, 0, 0}, {NEW_PREFIX, DAY, HOUR}}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		begin(&scene, 1);
		struct advertisement advertisement = cases[i];
		advertisement.identifier = expect_solicitation(&scene).identifier;
		advertisement.source = HOME_AGENT;
		advertisement.routing = HOME;
		advertise(&scene, &advertisement);
		assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_DEPRECATED), 1);
		assert_true(node_view(&scene, 1).registered);
		scene_end(&scene);
	}
}

/* By time alone: once. */
static void test_home_prefix_runs_out(void **state)
{
	(void)state;
	struct scene scene;
	learn(&scene, 20000, 100);
	scene_advance(&scene, 100 * SECOND - 1);
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_DEPRECATED), 0);
	scene_advance(&scene, 1);
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_DEPRECATED), 1);
	scene_advance(&scene, 100 * SECOND);
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_DEPRECATED), 1);
	scene_end(&scene);
}

static void test_infinite(void **state)
{
	(void)state;
	struct scene scene;
	learn(&scene, INFINITE, INFINITE);
	scene_advance(&scene, 1000 * SECOND);
	expect_no_solicitation(&scene);
	assert_int_equal(prefixes_known(&scene), 1);
	scene_end(&scene);
}

/* ---- with the core's home agent ---- */

/* A prefix is added to the home link: told unasked, asked for, told. */
static void test_both_sides(void **state)
{
	(void)state;
	const struct mobile_node_config config = node_defaults();
	struct home_agent_config its = home_agent_defaults();
	struct scene scene;
	its.prefix_advertisement = true;
	its.advertisement_min_s = 10;
	its.advertisement_max_s = 20;
	node_begin_with(&scene, 10 * MS, &config, false);
	scene_add_home_agent(&scene, &its);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &event);
	node_register(&scene, 2);
	event = (struct host_event){
		.type = HOST_PREFIX_SET,
		.prefix = {.prefix = address_of(NEW_PREFIX),
			.length = 64,
			.on_link = true,
			.autonomous = true,
			.valid_until = NANOS_NEVER,
			.preferred_until = NANOS_NEVER},
	};
	scene_tell(&scene, &scene.home_agent, &event);
	scene_advance(&scene, 9 * SECOND);
	assert_int_equal(prefixes_known(&scene), 0);
	scene_advance(&scene, 13 * SECOND);
	assert_int_equal(prefixes_known(&scene), 2);
	assert_int_equal(notes_ahead(&scene, EVENT_HOME_PREFIX_NEW), 1);
	/* and no more of it */
	take_all(&scene.mobile_node);
	scene_advance(&scene, 60 * SECOND);
	expect_no_solicitation(&scene);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_DISCOVERY), 1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_reason_to_ask),
		cmocka_unit_test(test_status_1),
		cmocka_unit_test(test_solicitation_is_repeated),
		cmocka_unit_test(test_only_from_registered_addresses),
		cmocka_unit_test(test_home_prefix_about_to_be_invalid),
		cmocka_unit_test(test_advertisements_that_are_none),
		cmocka_unit_test(test_unsolicited),
		cmocka_unit_test(test_no_home_agent_known),
		cmocka_unit_test(test_new_prefix),
		cmocka_unit_test(test_home_prefix_deprecated),
		cmocka_unit_test(test_home_prefix_runs_out),
		cmocka_unit_test(test_infinite),
		cmocka_unit_test(test_both_sides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
