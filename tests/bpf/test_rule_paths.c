/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on route-optimized paths (ADR 66): which packets leave by which path between a mobile node
 * and a correspondent, at both of them.
 */
#include "rule.h"

#include <net/if.h>

#define PLAIN 0x60000000
#define UDP 17
#define ETHERNET_OCTETS 14
/* A mobile node that has bindings here. */
#define PEER "2001:db8:9::1"
#define PEER_CARE_OF "2001:db8:a:80::7"
#define PEER_CARE_OF_2 "2001:db8:b::7"

enum way {
	WAY_DIRECT_1, /* by the path of BID 1 */
	WAY_DIRECT_2,
	WAY_HOME_1, /* by the tunnel to the home agent of BID 1 */
	WAY_HOME_2,
	WAY_NONE,    /* on, as it is */
	WAY_DISCARD, /* dropped, and counted */
};

static const char *const care_of[] = {CARE_OF, CARE_OF_2};

static uint32_t subject_of(const char *home, const char *peer)
{
	const struct in6_addr addresses[] = {
		bench_address(home), peer ? bench_address(peer) : in6addr_any};

	return ranked_subject(&addresses[0], &addresses[1]);
}

/* ---- tunnels ---- */

/* The second link of a mobile node. */
static uint32_t link_of(uint16_t bid)
{
	return bid == 1 ? bench.link : if_nametoindex("monami-peer");
}

/* `peer`: NULL, by the home agent. */
static void set_tunnel(const char *peer, uint16_t bid, bool usable)
{
	const struct in6_addr next_hop = bench_address("2001:db8:f::2");
	const struct effect_tunnel effect = {
		.local = {.address = bench_address(care_of[bid - 1]), .ifindex = link_of(bid)},
		.remote.address = bench_address(peer ? peer : HOME_AGENT),
		.expires = NANOS_NEVER,
		.bid = bid,
		.usable = usable,
		.encapsulation = peer ? ENCAP_TO_CORRESPONDENT : ENCAP_IPV6,
	};

	assert_int_equal(ranked_tunnel_set(bench.plane, true, bench_address(HOME),
				 peer ? bench_address(peer) : in6addr_any, &effect, (uint8_t)bid,
				 &next_hop),
		0);
}

/* ---- rules ---- */

static struct effect_traffic port_rule(
	uint32_t subject, uint16_t number, uint16_t bid, uint32_t first, uint32_t last)
{
	struct effect_traffic effect = rule_to(subject, number, number, bid);

	rule_give(&effect, FLOW_SOURCE_PORT, first, last);
	return effect;
}

static void set_port_rule(uint16_t number, uint16_t bid, uint16_t port)
{
	const struct effect_traffic effect =
		port_rule(subject_of(HOME, NULL), number, bid, port, port);

	rule_set(&effect);
}

/* ---- packets ---- */

static bool has_address(size_t at, const char *text)
{
	const struct in6_addr address = bench_address(text);

	return memcmp(out.octets + ETHERNET_OCTETS + at, &address, sizeof(address)) == 0;
}

static void build(
	const char *source, const char *destination, uint16_t source_port, uint16_t port)
{
	const uint8_t udp[] = {(uint8_t)(source_port >> 8), (uint8_t)source_port,
		(uint8_t)(port >> 8), (uint8_t)port, 0, 8, 0, 0};

	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, sizeof(udp), UDP, 64, source, destination);
	frame_octets(&in, udp, sizeof(udp));
}

/* The mobile node's, to the correspondent. */
static enum way way_of_ports(uint16_t peer_port, uint16_t own_port)
{
	const uint64_t before = dataplane_drops(bench.plane, ABI_DROP_RULE);

	build(HOME, CORRESPONDENT, own_port, peer_port);
	switch (bench_send(&bench, &in, &out)) {
	case REDIRECT:
		break;
	case TC_ACT_OK:
		assert_frame(&in);
		return WAY_NONE;
	default:
		assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_RULE), before + 1);
		return WAY_DISCARD;
	}
	const uint8_t next_header = out.octets[ETHERNET_OCTETS + 6];
	const bool second = has_address(8, CARE_OF_2);
	assert_true(second || has_address(8, CARE_OF));
	if (next_header == 41)
		return second ? WAY_HOME_2 : WAY_HOME_1;
	assert_int_equal(next_header, 60);
	assert_true(has_address(24, CORRESPONDENT));
	return second ? WAY_DIRECT_2 : WAY_DIRECT_1;
}

static enum way way_of(uint16_t port)
{
	return way_of_ports(port, 4000);
}

static struct flow_key key_of(uint16_t peer_port, uint16_t own_port)
{
	return (struct flow_key){
		.format = TRAFFIC_SELECTOR_IPV6,
		.known = FLOW_BIT(FLOW_SOURCE) | FLOW_BIT(FLOW_DESTINATION) | FLOW_BIT(FLOW_LABEL) |
			 FLOW_BIT(FLOW_TRAFFIC_CLASS) | FLOW_BIT(FLOW_PROTOCOL) |
			 FLOW_BIT(FLOW_SOURCE_PORT) | FLOW_BIT(FLOW_DESTINATION_PORT),
		.addresses = {bench_address(CORRESPONDENT), bench_address(HOME)},
		.numbers = {0, 0, peer_port, own_port, 0, UDP},
	};
}

/* dataplane_departure() says where the programs send it. */
static void assert_departure(uint16_t peer_port, uint16_t own_port, enum way way)
{
	static const enum departure_verdict verdicts[] = {
		[WAY_NONE] = DEPARTURE_WAITS,
		[WAY_DISCARD] = DEPARTURE_DISCARDED,
	};
	const struct flow_key key = key_of(peer_port, own_port);
	struct dataplane_departure departure;

	assert_int_equal(dataplane_departure(bench.plane, &key, 0, 1, &departure), 0);
	assert_int_equal(departure.verdict, verdicts[way]);
	if (departure.verdict != DEPARTURE_TUNNEL)
		return;
	assert_int_equal(departure.direct, way == WAY_DIRECT_1 || way == WAY_DIRECT_2);
	assert_int_equal(departure.bid, way == WAY_DIRECT_1 || way == WAY_HOME_1 ? 1 : 2);
}

static void assert_way(uint16_t port, enum way way)
{
	assert_int_equal(way_of(port), way);
	assert_departure(port, 4000, way);
}

/* ---- a mobile node ---- */

static int at_mobile_node_up(void **state)
{
	(void)state;
	passage_clear();
	bench.ingress = 0;
	bench_open_optimizing(&bench, true, true);
	for (uint16_t bid = 1; bid <= 2; bid++) {
		set_tunnel(NULL, bid, true);
		set_tunnel(CORRESPONDENT, bid, true);
	}
	return 0;
}

static void test_rule_selects_the_path(void **state)
{
	(void)state;
	assert_way(5060, WAY_DIRECT_1);
	set_port_rule(7, 2, 5060);
	assert_way(5060, WAY_DIRECT_2);
	assert_way(5061, WAY_DIRECT_1);
}

/* Without a path by its link, a rule uses the next one; without any, the tunnel of the first. */
static void test_links_without_path(void **state)
{
	struct effect_traffic effect = port_rule(subject_of(HOME, NULL), 7, 2, 5060, 5060);

	(void)state;
	rule_set(&effect);
	set_tunnel(CORRESPONDENT, 2, false);
	assert_way(5060, WAY_HOME_2);
	assert_way(5061, WAY_DIRECT_1);
	effect.count = 2;
	effect.set[1] = (struct traffic_share){ranked_number(1), 2, 1};
	rule_set(&effect);
	assert_way(5060, WAY_DIRECT_1);
	set_tunnel(CORRESPONDENT, 1, false);
	assert_way(5060, WAY_HOME_2);
	set_tunnel(CORRESPONDENT, 2, true);
	assert_way(5060, WAY_DIRECT_2);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 2);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	assert_way(5060, WAY_HOME_2);
}

/* A link that the rule passes over for the home agent is passed over for correspondents, too. */
static void test_unusable_link(void **state)
{
	(void)state;
	set_port_rule(7, 2, 5060);
	set_tunnel(NULL, 2, false);
	assert_way(5060, WAY_NONE);
	assert_way(5061, WAY_DIRECT_1);
}

static void test_discard_and_reject(void **state)
{
	struct effect_traffic effect = port_rule(subject_of(HOME, NULL), 7, 2, 5060, 5060);
	const struct flow_key key = key_of(5060, 4000);
	struct dataplane_departure departure;

	(void)state;
	effect.count = 0;
	effect.mode = TRAFFIC_DISCARD;
	rule_set(&effect);
	assert_way(5060, WAY_DISCARD);
	effect.mode = TRAFFIC_REJECT;
	rule_set(&effect);
	assert_int_equal(way_of(5060), WAY_NONE);
	assert_int_equal(dataplane_departure(bench.plane, &key, 0, 1, &departure), 0);
	assert_int_equal(departure.verdict, DEPARTURE_REJECTED);
	assert_way(5061, WAY_DIRECT_1);
}

/* Shares of 1,000 flows under weights 3:1, within five standard deviations. */
static void test_weights(void **state)
{
	struct effect_traffic effect = rule_to(subject_of(HOME, NULL), 7, 7, 2);
	int second = 0;

	(void)state;
	rule_three_to_one(&effect, 1);
	rule_set(&effect);
	for (uint16_t port = 1000; port < 2000; port++) {
		const enum way way = way_of(port);
		assert_departure(port, 4000, way);
		second += way == WAY_DIRECT_2;
	}
	assert_in_range(second, 750 - 69, 750 + 69);
}

/* ---- random rules against the plainest match ---- */

static struct effect_traffic random_rule(uint32_t subject, uint16_t number)
{
	const uint32_t a = draw(64), b = draw(64);
	struct effect_traffic effect =
		port_rule(subject, number, (uint16_t)(1 + draw(2)), a < b ? a : b, a < b ? b : a);

	if (draw(2)) {
		const uint32_t first = draw(32);
		rule_give(&effect, FLOW_DESTINATION_PORT, first, 32 + draw(32));
	}
	if (draw(2))
		effect.set[effect.count++] = (struct traffic_share){
			ranked_number(effect.set[0].tunnel == ranked_number(1) ? 2 : 1), 2, 1};
	return effect;
}

/* The way that the rules say, by the plainest reading. `paths`: bit 0, by link 1; bit 1, by link 2;
 * the tunnels to the home agent are usable. */
static enum way plain_way(const struct effect_traffic *rules, uint32_t count,
	const struct flow_key *key, unsigned int paths)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!traffic_selector_matches(&rules[i].selector, key))
			continue;
		for (uint8_t j = 0; j < rules[i].count; j++) {
			const bool second = rules[i].set[j].tunnel == ranked_number(2);
			if (paths & (second ? 2 : 1))
				return second ? WAY_DIRECT_2 : WAY_DIRECT_1;
		}
		return rules[i].set[0].tunnel == ranked_number(2) ? WAY_HOME_2 : WAY_HOME_1;
	}
	if (paths & 1)
		return WAY_DIRECT_1;
	return paths & 2 ? WAY_DIRECT_2 : WAY_HOME_1;
}

/* Sets rules of the subject, and sends packets, whose way is `way`. */
static void check_random_rules(
	uint64_t seed, uint32_t subject, unsigned int paths, enum way (*way)(uint16_t, uint16_t))
{
	const uint32_t count = 1 + (uint32_t)(seed % 8);
	struct effect_traffic rules[8];

	for (uint32_t i = 0; i < count; i++) {
		rules[i] = random_rule(subject, (uint16_t)(i + 1));
		rule_set(&rules[i]);
	}
	for (int i = 0; i < 40; i++) {
		const uint16_t ports[] = {(uint16_t)draw(64), (uint16_t)draw(64)};
		const struct flow_key key = key_of(ports[0], ports[1]);
		const enum way taken = way(ports[0], ports[1]);
		if (taken != plain_way(rules, count, &key, paths))
			fail_msg("seed %u, packet %d", (unsigned)seed, i);
		assert_departure(ports[0], ports[1], taken);
	}
	for (uint32_t i = 0; i < count; i++)
		dataplane_traffic_remove(bench.plane, subject, (uint16_t)(i + 1));
	assert_int_equal(dataplane_publish_rules(bench.plane), 0);
}

static void test_random_rules(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		draw_from(seed);
		const unsigned int paths = draw(4);
		set_tunnel(CORRESPONDENT, 1, paths & 1);
		set_tunnel(CORRESPONDENT, 2, paths & 2);
		check_random_rules(seed, subject_of(HOME, NULL), paths, way_of_ports);
	}
}

/* Its own rules, and those of the mobile node that the packet is for (RFC 6275 9.3, 11.3.1). */
static void test_between_two_mobile_nodes(void **state)
{
	const struct effect_traffic effect =
		port_rule(subject_of(PEER, HOME), 3, 2, 4000, 4000);

	(void)state;
	set_tunnel(PEER, 1, true);
	set_tunnel(PEER, 2, true);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, PEER, HOME, 1, PEER_CARE_OF, NANOS_NEVER);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, PEER, HOME, 2, PEER_CARE_OF_2, NANOS_NEVER);
	set_port_rule(7, 2, 5060);
	rule_set(&effect);
	for (unsigned int i = 0; i < 4; i++) {
		build(HOME, PEER, i & 1 ? 4000 : 4001, i & 2 ? 5060 : 5061);
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
		assert_int_equal(out.octets[ETHERNET_OCTETS + 6], 43);
		assert_true(has_address(24, i & 1 ? PEER_CARE_OF_2 : PEER_CARE_OF));
		assert_true(has_address(8, i & 2 ? CARE_OF_2 : CARE_OF));
	}
}

/* ---- a correspondent ---- */

static int at_correspondent_up(void **state)
{
	const struct in6_addr own = bench_address(CORRESPONDENT);

	(void)state;
	passage_clear();
	bench_open_optimizing(&bench, false, true);
	assert_int_equal(dataplane_local_set(bench.plane, &own, true), 0);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, CORRESPONDENT, 1, CARE_OF, NANOS_NEVER);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, CORRESPONDENT, 2, CARE_OF_2, NANOS_NEVER);
	return 0;
}

static enum way way_to_mobile_node(uint16_t port, uint16_t home_port)
{
	build(CORRESPONDENT, HOME, port, home_port);
	const int verdict = bench_correspond(&bench, &in, &out);
	assert_true(verdict == TC_ACT_OK || verdict == REDIRECT);
	if (out.length == in.length)
		return WAY_NONE;
	assert_int_equal(out.octets[ETHERNET_OCTETS + 6], 43);
	return has_address(24, CARE_OF_2) ? WAY_DIRECT_2 : WAY_DIRECT_1;
}

/* RFC 6089 5.3.6 */
static void test_flow_binding_of_a_correspondent(void **state)
{
	const uint32_t subject = subject_of(HOME, CORRESPONDENT);
	const struct effect_traffic effect = port_rule(subject, 3, 2, 5060, 5060);

	(void)state;
	assert_int_equal(way_to_mobile_node(5060, 4000), WAY_DIRECT_1);
	rule_set(&effect);
	assert_int_equal(way_to_mobile_node(5060, 4000), WAY_DIRECT_2);
	assert_departure(5060, 4000, WAY_DIRECT_2);
	assert_int_equal(way_to_mobile_node(5061, 4000), WAY_DIRECT_1);
	assert_departure(5061, 4000, WAY_DIRECT_1);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 2);
	assert_int_equal(way_to_mobile_node(5060, 4000), WAY_NONE);
	assert_int_equal(dataplane_traffic_remove(bench.plane, subject, 3), 0);
	assert_int_equal(dataplane_publish_rules(bench.plane), 0);
	assert_int_equal(way_to_mobile_node(5060, 4000), WAY_DIRECT_1);
}

static void test_random_flow_bindings(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		draw_from(seed);
		check_random_rules(seed, subject_of(HOME, CORRESPONDENT), 3, way_to_mobile_node);
	}
}

#define AT_MOBILE_NODE(name) cmocka_unit_test_setup_teardown(name, at_mobile_node_up, passage_end)
#define AT_CORRESPONDENT(name)                                                                     \
	cmocka_unit_test_setup_teardown(name, at_correspondent_up, passage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_MOBILE_NODE(test_rule_selects_the_path),
		AT_MOBILE_NODE(test_links_without_path),
		AT_MOBILE_NODE(test_unusable_link),
		AT_MOBILE_NODE(test_discard_and_reject),
		AT_MOBILE_NODE(test_weights),
		AT_MOBILE_NODE(test_random_rules),
		AT_MOBILE_NODE(test_between_two_mobile_nodes),
		AT_CORRESPONDENT(test_flow_binding_of_a_correspondent),
		AT_CORRESPONDENT(test_random_flow_bindings),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
