/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules: which packets of a subject leave by which tunnel (RFC 6088, RFC 6089 4), through both
 * programs on the egress of the device (ADR 58).
 */
#include "rule.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#define PLAIN 0x60000000
#define UDP 17
#define TCP 6
#define ETHERNET_OCTETS 14

enum way {
	WAY_1, /* by the tunnel of BID 1 */
	WAY_2,
	WAY_NONE,    /* on to the daemon, as it is */
	WAY_DISCARD, /* dropped, and counted */
};

/* A packet between CORRESPONDENT and HOME; the ports are the correspondent's and the home
 * address's. */
struct sample {
	uint32_t first;
	uint8_t protocol;
	uint16_t peer_port, own_port;
	const char *peer;  /* NULL: CORRESPONDENT */
	uint32_t fragment; /* identification; 0: none */
	uint16_t offset;   /* of the fragment, in octets */
	bool options;      /* a Destination Options header before the transport header */
};

static bool at_mobile_node;

static uint32_t subject(void)
{
	const struct in6_addr home = bench_address(HOME);

	return ranked_subject(&home, &in6addr_any);
}

/* ---- rules ---- */

static struct effect_traffic rule(uint16_t number, uint16_t preference, uint16_t bid)
{
	return rule_to(subject(), number, preference, bid);
}

static void set_port_rule(
	uint16_t number, uint16_t preference, uint16_t bid, uint16_t first, uint16_t last)
{
	struct effect_traffic effect = rule(number, preference, bid);

	rule_give(&effect, FLOW_SOURCE_PORT, first, last);
	rule_set(&effect);
}

/* ---- packets ---- */

static void build(const struct sample *packet, struct frame *ret)
{
	const char *peer = packet->peer ? packet->peer : CORRESPONDENT;
	const uint16_t ports[] = {at_mobile_node ? packet->own_port : packet->peer_port,
		at_mobile_node ? packet->peer_port : packet->own_port};
	const uint8_t transport[] = {(uint8_t)(ports[0] >> 8), (uint8_t)ports[0],
		(uint8_t)(ports[1] >> 8), (uint8_t)ports[1], 0, 8, 0, 0};
	const uint8_t options[] = {packet->protocol, 0, 1, 4, 0, 0, 0, 0};
	const uint8_t fragment[] = {packet->protocol, 0, (uint8_t)(packet->offset >> 8),
		(uint8_t)(packet->offset | 1), 0, 0, (uint8_t)(packet->fragment >> 8),
		(uint8_t)packet->fragment};
	const uint8_t next = packet->fragment ? 44 : packet->options ? 60 : packet->protocol;
	size_t more = (packet->fragment || packet->options ? 8 : 0) + sizeof(transport);

	ret->length = 0;
	frame_ethernet(ret);
	frame_ipv6(ret, PLAIN | packet->first, (uint16_t)more, next, 64,
		at_mobile_node ? HOME : peer, at_mobile_node ? peer : HOME);
	if (packet->fragment)
		frame_octets(ret, fragment, sizeof(fragment));
	else if (packet->options)
		frame_octets(ret, options, sizeof(options));
	frame_octets(ret, transport, sizeof(transport));
}

static bool has_address(const struct frame *frame, size_t at, const char *text)
{
	const struct in6_addr address = bench_address(text);

	return memcmp(frame->octets + ETHERNET_OCTETS + at, &address, sizeof(address)) == 0;
}

/* The care-of address of the outer header. */
static enum way way_of_frame(const struct frame *frame)
{
	const size_t at = at_mobile_node ? 8 : 24;

	assert_int_equal(frame->octets[ETHERNET_OCTETS + 6], 41);
	if (has_address(frame, at, CARE_OF))
		return WAY_1;
	assert_true(has_address(frame, at, CARE_OF_2));
	return WAY_2;
}

static enum way way_of(const struct sample *packet)
{
	const uint64_t before = dataplane_drops(bench.plane, ABI_DROP_RULE);

	build(packet, &in);
	switch (bench_send(&bench, &in, &out)) {
	case REDIRECT:
		return way_of_frame(&out);
	case TC_ACT_OK:
		assert_frame(&in);
		return WAY_NONE;
	default:
		assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_RULE), before + 1);
		return WAY_DISCARD;
	}
}

static struct flow_key key_of(const struct sample *packet)
{
	const bool has_ports = packet->protocol != 50;
	struct flow_key key = {
		.format = TRAFFIC_SELECTOR_IPV6,
		.known = FLOW_BIT(FLOW_SOURCE) | FLOW_BIT(FLOW_DESTINATION) | FLOW_BIT(FLOW_LABEL) |
			 FLOW_BIT(FLOW_TRAFFIC_CLASS) | FLOW_BIT(FLOW_PROTOCOL),
		.addresses = {bench_address(CORRESPONDENT), bench_address(HOME)},
		.numbers = {(uint32_t)packet->peer_port << 16 | packet->own_port,
			packet->first & 0xfffff, packet->peer_port, packet->own_port,
			packet->first >> 20 & 0xff, packet->protocol},
	};

	key.known |=
		(uint16_t)(has_ports ? FLOW_BIT(FLOW_SOURCE_PORT) | FLOW_BIT(FLOW_DESTINATION_PORT)
				     : FLOW_BIT(FLOW_SPI));
	return key;
}

/* dataplane_departure() says where the programs send it. */
static void assert_departure(const struct sample *packet)
{
	static const enum departure_verdict verdicts[] = {
		[WAY_1] = DEPARTURE_TUNNEL,
		[WAY_2] = DEPARTURE_TUNNEL,
		[WAY_NONE] = DEPARTURE_WAITS,
		[WAY_DISCARD] = DEPARTURE_DISCARDED,
	};
	const struct flow_key key = key_of(packet);
	const enum way way = way_of(packet);
	struct dataplane_departure departure;

	assert_int_equal(dataplane_departure(bench.plane, &key, 0, 1, &departure), 0);
	assert_int_equal(departure.verdict, verdicts[way]);
	if (way == WAY_1 || way == WAY_2)
		assert_int_equal(departure.bid, way == WAY_1 ? 1 : 2);
	if (way == WAY_1 || way == WAY_2)
		assert_int_equal(departure.tunnel, ranked_number(departure.bid));
}

static enum way way_of_port(uint16_t port)
{
	const struct sample packet = {.protocol = UDP, .peer_port = port, .own_port = 4000};

	return way_of(&packet);
}

/* ---- set-up ---- */

static int set_up(bool mobile_node)
{
	passage_clear();
	at_mobile_node = mobile_node;
	bench.ingress = 0;
	bench_open(&bench, mobile_node, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, mobile_node);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, mobile_node);
	return 0;
}

static int at_home_agent_up(void **state)
{
	(void)state;
	return set_up(false);
}

static int at_mobile_node_up(void **state)
{
	(void)state;
	return set_up(true);
}

/* ---- which packets ---- */

static void test_ports_at_the_home_agent(void **state)
{
	(void)state;
	assert_int_equal(way_of_port(5060), WAY_1);
	set_port_rule(7, 10, 2, 5060, 5061);
	assert_int_equal(way_of_port(5060), WAY_2);
	assert_int_equal(way_of_port(5061), WAY_2);
	assert_int_equal(way_of_port(5059), WAY_1);
	assert_int_equal(way_of_port(5062), WAY_1);
}

/* The same rule, in the other direction: the selector's source is the correspondent. */
static void test_ports_at_the_mobile_node(void **state)
{
	const struct sample reversed = {.protocol = UDP, .peer_port = 4000, .own_port = 5060};

	(void)state;
	set_port_rule(7, 10, 2, 5060, 5061);
	assert_int_equal(way_of_port(5060), WAY_2);
	assert_int_equal(way_of_port(5062), WAY_1);
	assert_int_equal(way_of(&reversed), WAY_1);
}

/* RFC 6088 3.2: each field, met and missed. */
static void test_each_field(void **state)
{
	static const struct {
		enum flow_field field;
		uint32_t first, last;
		struct sample meets, misses;
	} cases[] = {
		{FLOW_LABEL, 0x12345, 0x12346, {.first = 0x12346, .protocol = UDP},
			{.first = 0x12347, .protocol = UDP}},
		{FLOW_TRAFFIC_CLASS, 0xb8, 0xb8, {.first = 0x0bb00000, .protocol = UDP},
			{.first = 0x0bc00000, .protocol = UDP}},
		{FLOW_PROTOCOL, TCP, TCP, {.protocol = TCP}, {.protocol = UDP}},
		{FLOW_SOURCE_PORT, 1000, 2000, {.protocol = TCP, .peer_port = 2000},
			{.protocol = TCP, .peer_port = 2001, .own_port = 1500}},
		{FLOW_DESTINATION_PORT, 1000, 2000, {.protocol = UDP, .own_port = 1000},
			{.protocol = UDP, .own_port = 999, .peer_port = 1500}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct effect_traffic effect = rule(7, 10, 2);
		rule_give(&effect, cases[i].field, cases[i].first, cases[i].last);
		rule_set(&effect);
		assert_int_equal(way_of(&cases[i].meets), WAY_2);
		assert_int_equal(way_of(&cases[i].misses), WAY_1);
	}
}

static void test_peer(void **state)
{
	const struct sample near = {.protocol = TCP, .peer = "2001:db8:77::1"};
	const struct sample far = {.protocol = TCP, .peer = "2001:db8:78::1"};
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	effect.selector.given = FLOW_BIT(FLOW_SOURCE);
	effect.selector.addresses[FLOW_SOURCE] =
		(struct address_range){bench_address("2001:db8:77::"),
			bench_address("2001:db8:77:ffff:ffff:ffff:ffff:ffff")};
	rule_set(&effect);
	assert_int_equal(way_of(&near), WAY_2);
	assert_int_equal(way_of(&far), WAY_1);
}

/* A security parameter index is where a port would be (RFC 4303 2). */
static void test_spi(void **state)
{
	const struct sample esp = {.protocol = 50, .peer_port = 0x1234, .own_port = 0x5678};
	const struct sample udp = {.protocol = UDP, .peer_port = 0x1234, .own_port = 0x5678};
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	rule_give(&effect, FLOW_SPI, 0x12345678, 0x12345678);
	rule_set(&effect);
	assert_int_equal(way_of(&esp), WAY_2);
	assert_int_equal(way_of(&udp), WAY_1);
}

/* RFC 8200 4: the ports stand behind the extension headers, and so does the protocol. */
static void test_behind_extension_headers(void **state)
{
	const struct sample packet = {.protocol = UDP, .peer_port = 5060, .options = true};
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	rule_give(&effect, FLOW_SOURCE_PORT, 5060, 5060);
	rule_give(&effect, FLOW_PROTOCOL, UDP, UDP);
	rule_set(&effect);
	assert_int_equal(way_of(&packet), WAY_2);
}

/* RFC 6089 4.3-2: no rule of a home agent applies to Mobility Headers; those of a mobile node apply
 * to what it sends and forwards. */
static void test_signalling(void **state)
{
	const struct sample signalling = {.protocol = 135, .peer_port = 0x3b00};
	const struct sample behind = {.protocol = 135, .peer_port = 0x3b00, .options = true};
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	rule_set(&effect);
	assert_departure(&signalling);
	assert_int_equal(way_of(&signalling), at_mobile_node ? WAY_2 : WAY_1);
	assert_int_equal(way_of(&behind), at_mobile_node ? WAY_2 : WAY_1);
	assert_int_equal(way_of_port(1), WAY_2);
}

static void test_interface(void **state)
{
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	effect.interface = bench.link;
	rule_set(&effect);
	assert_int_equal(way_of_port(1), WAY_1);
	bench.ingress = bench.link;
	if (bench_send(&bench, &in, &out) == -EINVAL)
		skip();
	assert_int_equal(way_of_port(1), WAY_2);
}

/* RFC 6089 5.3.6-3: all fragments of a packet go the way of the first one. */
static void test_fragments(void **state)
{
	const struct sample first = {
		.protocol = UDP, .peer_port = 5060, .own_port = 4000, .fragment = 0x77};
	const struct sample later = {.protocol = UDP, .fragment = 0x77, .offset = 1024};
	const struct sample other = {.protocol = UDP, .fragment = 0x78, .offset = 1024};

	(void)state;
	set_port_rule(7, 10, 2, 5060, 5060);
	assert_int_equal(way_of(&first), WAY_2);
	assert_int_equal(way_of(&later), WAY_2);
	assert_int_equal(way_of(&other), WAY_1);
}

/* RFC 6089 5.1.1-2, 5.3.6-1, 5.3.6-2: of several that match, the one of the lowest FID-PRI; without
 * one the subject's own */
static void test_preference(void **state)
{
	(void)state;
	set_port_rule(7, 10, 2, 1, 9999);
	set_port_rule(8, 5, 1, 5060, 5060);
	assert_int_equal(way_of_port(5060), WAY_1);
	assert_int_equal(way_of_port(5061), WAY_2);
	set_port_rule(8, 20, 1, 5060, 5060);
	assert_int_equal(way_of_port(5060), WAY_2);
}

/* ---- what becomes of them ---- */

static void test_discard_and_reject(void **state)
{
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	rule_give(&effect, FLOW_SOURCE_PORT, 5060, 5060);
	effect.mode = TRAFFIC_DISCARD;
	effect.count = 0;
	rule_set(&effect);
	assert_int_equal(way_of_port(5060), WAY_DISCARD);
	assert_departure(&(struct sample){.protocol = UDP, .peer_port = 5060});
	effect.mode = TRAFFIC_REJECT;
	rule_set(&effect);
	assert_int_equal(way_of_port(5060), WAY_NONE);
	assert_int_equal(way_of_port(5061), WAY_1);
}

/* The packets of a rule that shares links are the daemon's, as long as it says so. */
static void test_mode_alone(void **state)
{
	(void)state;
	set_port_rule(7, 10, 2, 5060, 5060);
	assert_int_equal(
		dataplane_traffic_mode(bench.plane, subject(), 7, TRAFFIC_AGGREGATE), 0);
	assert_int_equal(way_of_port(5060), WAY_NONE);
	assert_int_equal(way_of_port(5061), WAY_1);
	assert_int_equal(dataplane_traffic_mode(bench.plane, subject(), 7, TRAFFIC_FIRST), 0);
	assert_int_equal(way_of_port(5060), WAY_2);
	assert_int_equal(
		dataplane_traffic_mode(bench.plane, subject(), 8, TRAFFIC_FIRST), -ENOENT);
}

/* A rule's tunnel that goes: the next one of the rule, and never one that is not in it. */
static void test_only_tunnels_of_the_rule(void **state)
{
	const struct in6_addr home = bench_address(HOME);
	struct effect_traffic effect = rule(7, 10, 2);

	(void)state;
	rule_give(&effect, FLOW_SOURCE_PORT, 5060, 5060);
	rule_set(&effect);
	ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 2);
	assert_int_equal(way_of_port(5060), WAY_NONE);
	assert_departure(&(struct sample){.protocol = UDP, .peer_port = 5060});
	assert_int_equal(way_of_port(5061), WAY_1);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, false);
	rule_set(&effect);
	assert_int_equal(way_of_port(5060), WAY_2);
	effect.count = 2;
	effect.set[1] = (struct traffic_share){ranked_number(1), 2, 1};
	rule_set(&effect);
	ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 2);
	assert_int_equal(way_of_port(5060), WAY_1);
	/* the rule is told anew as a whole: without the other tunnel, it has none left */
	effect.count = 1;
	rule_set(&effect);
	assert_int_equal(way_of_port(5060), WAY_NONE);
}

/* Shares of 1,000 flows under weights 3:1, within five standard deviations. */
static void test_weights(void **state)
{
	struct effect_traffic effect = rule(7, 10, 2);
	int second = 0;

	(void)state;
	rule_three_to_one(&effect, 1);
	rule_set(&effect);
	for (uint16_t port = 1000; port < 2000; port++) {
		const struct sample packet = {.protocol = UDP, .peer_port = port, .own_port = 4000};
		assert_departure(&packet);
		second += way_of(&packet) == WAY_2;
	}
	assert_in_range(second, 750 - 69, 750 + 69);
}

static void test_removed_rule(void **state)
{
	(void)state;
	set_port_rule(7, 10, 2, 5060, 5060);
	set_port_rule(8, 11, 2, 7000, 7000);
	assert_int_equal(dataplane_traffic_remove(bench.plane, subject(), 7), 0);
	assert_int_equal(dataplane_publish_rules(bench.plane), 0);
	assert_int_equal(way_of_port(5060), WAY_1);
	assert_int_equal(way_of_port(7000), WAY_2);
	assert_int_equal(dataplane_traffic_remove(bench.plane, subject(), 7), -ENOENT);
	assert_int_equal(dataplane_traffic_remove(bench.plane, subject(), 8), 0);
	assert_int_equal(dataplane_publish_rules(bench.plane), 0);
	assert_int_equal(way_of_port(7000), WAY_1);
}

static size_t keys_in(const char *map)
{
	const int fd = bench_pinned(&bench, map);
	uint8_t key[64], next[64];
	size_t count = 0;

	assert_true(fd >= 0);
	for (void *previous = NULL; bpf_map_get_next_key(fd, previous, next) == 0; count++) {
		memcpy(key, next, sizeof(key));
		previous = key;
	}
	close(fd);
	return count;
}

/* Nothing stays in the maps of rules that are gone, or were changed. */
static void test_maps_are_emptied(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 50; i++) {
		set_port_rule(7, 10, 2, 5060, (uint16_t)(5060 + i));
		set_port_rule((uint16_t)(100 + i), (uint16_t)(100 + i), 1, i, i);
		assert_int_equal(
			dataplane_traffic_remove(bench.plane, subject(), (uint16_t)(100 + i)), 0);
	}
	assert_int_equal(dataplane_publish_rules(bench.plane), 0);
	assert_int_equal(keys_in("rules"), 1);
	assert_int_equal(dataplane_subject_remove(bench.plane, subject()), 0);
	assert_int_equal(keys_in("rules"), 0);
	assert_int_equal(keys_in("classes"), 0);
}

static void test_too_many_rules(void **state)
{
	(void)state;
	for (uint16_t i = 1; i <= 64; i++)
		set_port_rule(i, i, 2, i, i);
	assert_int_equal(way_of_port(64), WAY_2);
	struct effect_traffic effect = rule(65, 65, 2);
	assert_int_equal(dataplane_traffic_set(bench.plane, &effect), -ENOSPC);
	assert_int_equal(way_of_port(64), WAY_2);
	assert_int_equal(way_of_port(65), WAY_1);
}

/* A killed daemon's rules hold until the next one has set its own. */
static void test_restart(void **state)
{
	(void)state;
	set_port_rule(7, 10, 2, 5060, 5060);
	set_port_rule(8, 11, 2, 7000, 7000);
	bench_reopen(&bench);
	assert_int_equal(way_of_port(5060), WAY_2);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, false);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, false);
	assert_int_equal(way_of_port(7000), WAY_2);
	set_port_rule(7, 10, 2, 5060, 5060);
	assert_int_equal(dataplane_sweep(bench.plane), 0);
	assert_int_equal(way_of_port(5060), WAY_2);
	assert_int_equal(way_of_port(7000), WAY_1);
	assert_int_equal(keys_in("rules"), 1);
}

/* ---- random rules against the plainest match ---- */

static struct effect_traffic random_rule(uint16_t number)
{
	static const uint32_t bounds[] = {UINT32_MAX, 1 << 20, 64, 64, 256, 0};
	struct effect_traffic effect = rule(number, (uint16_t)(1 + draw(1000)), 2);

	for (enum flow_field field = FLOW_ADDRESSES; field < FLOW_FIELDS; field++) {
		uint32_t a, b;
		if (draw(3) != 0)
			continue;
		a = field == FLOW_PROTOCOL ? (draw(2) ? TCP : UDP)
					   : draw(bounds[field - FLOW_ADDRESSES]);
		b = field == FLOW_PROTOCOL ? a : draw(bounds[field - FLOW_ADDRESSES]);
		rule_give(&effect, field, a < b ? a : b, a < b ? b : a);
	}
	return effect;
}

static void test_random_rules(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct effect_traffic rules[8];
		const uint32_t count = 1 + (uint32_t)(seed % 8);

		draw_from(seed);
		for (uint32_t i = 0; i < count; i++) {
			rules[i] = random_rule((uint16_t)(i + 1));
			rule_set(&rules[i]);
		}
		for (int i = 0; i < 60; i++) {
			static const uint8_t protocols[] = {TCP, UDP, 50};
			const struct sample packet = {
				.first = draw(1 << 28),
				.protocol = protocols[draw(3)],
				.peer_port = (uint16_t)draw(64),
				.own_port = (uint16_t)draw(64),
			};
			const struct flow_key key = key_of(&packet);
			enum way expected_way = WAY_1;
			for (uint32_t r = 0; r < count; r++)
				if (traffic_selector_matches(&rules[r].selector, &key))
					expected_way = WAY_2;
			assert_departure(&packet);
			if (way_of(&packet) != expected_way)
				fail_msg("seed %u, packet %d", (unsigned)seed, i);
		}
		for (uint32_t i = 0; i < count; i++)
			dataplane_traffic_remove(bench.plane, subject(), (uint16_t)(i + 1));
	}
}

#define AT_HOME_AGENT(name) cmocka_unit_test_setup_teardown(name, at_home_agent_up, passage_end)
#define AT_MOBILE_NODE(name) cmocka_unit_test_setup_teardown(name, at_mobile_node_up, passage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_HOME_AGENT(test_ports_at_the_home_agent),
		AT_MOBILE_NODE(test_ports_at_the_mobile_node),
		AT_HOME_AGENT(test_each_field),
		AT_MOBILE_NODE(test_each_field),
		AT_HOME_AGENT(test_peer),
		AT_MOBILE_NODE(test_peer),
		AT_HOME_AGENT(test_spi),
		AT_HOME_AGENT(test_behind_extension_headers),
		AT_HOME_AGENT(test_signalling),
		AT_MOBILE_NODE(test_signalling),
		AT_HOME_AGENT(test_interface),
		AT_HOME_AGENT(test_fragments),
		AT_HOME_AGENT(test_preference),
		AT_HOME_AGENT(test_discard_and_reject),
		AT_HOME_AGENT(test_mode_alone),
		AT_HOME_AGENT(test_only_tunnels_of_the_rule),
		AT_HOME_AGENT(test_weights),
		AT_HOME_AGENT(test_removed_rule),
		AT_HOME_AGENT(test_maps_are_emptied),
		AT_HOME_AGENT(test_too_many_rules),
		AT_HOME_AGENT(test_restart),
		AT_HOME_AGENT(test_random_rules),
		AT_MOBILE_NODE(test_random_rules),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
