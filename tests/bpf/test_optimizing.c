/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tc programs at a mobile node with route-optimized paths to correspondents; it is a
 * correspondent too. Frame in, verdict and exact frame out.
 */
#include "passage.h"
#include "ranked.h"

#include <bpf/bpf.h>
#include <unistd.h>

/* Traffic class with congestion bits, and flow label: all of it stays. */
#define FIRST 0x6a2abcde
/* A mobile node that has bindings here; CORRESPONDENT has none. */
#define PEER "2001:db8:9::1"
#define PEER_CARE_OF "2001:db8:d::7"
#define MESSAGE "\x3b\x01\x06\x00\x00\x00\x00\x00\x12\x34\x00\x0f\x01\x02\x00\x00"
#define TCP 6
#define UDP 17

static void open_at(bool correspondent)
{
	static const char *const addresses[] = {CARE_OF, CARE_OF_2};

	passage_clear();
	bench_open_optimizing(&bench, true, correspondent);
	for (size_t i = 0; i < 2; i++) {
		const struct in6_addr address = bench_address(addresses[i]);
		assert_int_equal(dataplane_local_set(bench.plane, &address, true), 0);
	}
}

static void open_bound(bool correspondent)
{
	open_at(correspondent);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, true);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, true);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, CORRESPONDENT, 1, CARE_OF, NANOS_NEVER);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, PEER, 1, CARE_OF, NANOS_NEVER);
}

static int set_up(void **state)
{
	(void)state;
	open_bound(true);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, PEER, HOME, 3, PEER_CARE_OF, NANOS_NEVER);
	return 0;
}

static int set_up_without_correspondent(void **state)
{
	(void)state;
	open_bound(false);
	return 0;
}

/* RFC 5648 5.5.1: by the home link only; no care-of address is bound at the home agent. */
static int set_up_at_home(void **state)
{
	(void)state;
	open_at(false);
	bench_home_link(&bench, 9, NULL);
	return 0;
}

/* Behind the link header, which is written as it leaves. */
static void assert_packet(void)
{
	expect_outer_label();
	assert_int_equal(out.length, expected.length);
	assert_memory_equal(out.octets + 14, expected.octets + 14, expected.length - 14);
}

static void assert_dropped(enum abi_drop reason, uint64_t count)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, reason), count);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* ---- out ---- */

static void from_home(struct frame *frame, const char *destination, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, octets, UDP, 63, HOME, destination);
	frame_filling(frame, octets);
}

static void directly(struct frame *frame, const char *destination, const char *care_of,
	uint8_t next_header, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 24), 60, 63, care_of, destination);
	frame_option(frame, next_header, HOME);
}

static void by_home_agent(struct frame *frame, const char *destination, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 40), 41, 64, CARE_OF, HOME_AGENT);
	frame_ipv6(frame, FIRST, octets, UDP, 63, HOME, destination);
	frame_filling(frame, octets);
}

static void assert_sent(void)
{
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_packet();
}

/* RFC 6275 11.3.1, 6.3 */
/* Shows RFC 6275 6.3-1, 11.3.1-4, 11.3.1-10, 11.3.1-11. */
static void inserts_option(void **state)
{
	(void)state;
	from_home(&in, CORRESPONDENT, 20);
	directly(&expected, CORRESPONDENT, CARE_OF, UDP, 20);
	frame_filling(&expected, 20);
	assert_sent();
	struct dataplane_counters counters = bench_route_counters(&bench, HOME, CORRESPONDENT, 1);
	assert_int_equal(counters.sent_packets, 1);
	assert_int_equal(counters.sent_octets, 60);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 0);
	struct bench_event event = bench_events(&bench);
	const struct in6_addr home = bench_address(HOME);
	const struct in6_addr correspondent = bench_address(CORRESPONDENT);
	assert_int_equal(event.type, ABI_EVENT_ACTIVE);
	assert_memory_equal(&event.active.home_address, &home, sizeof(home));
	assert_memory_equal(&event.active.peer, &correspondent, sizeof(correspondent));
	assert_int_equal(event.active.bid, 1);
}

static void others_go_by_home_agent(void **state)
{
	(void)state;
	from_home(&in, STRANGER, 20);
	by_home_agent(&expected, STRANGER, 20);
	assert_sent();
}

/* Shows RFC 6275 11.3.1-5, 11.3.1-9. */
static void goes_by_home_agent_when_expired_unusable_or_gone(void **state)
{
	struct effect_tunnel held = {
		.local.address = bench_address(CARE_OF),
		.remote.address = bench_address(CORRESPONDENT),
		.expires = NANOS_NEVER,
		.local.ifindex = bench.link,
		.bid = 1,
		.encapsulation = ENCAP_TO_CORRESPONDENT,
	};

	(void)state;
	from_home(&in, CORRESPONDENT, 20);
	by_home_agent(&expected, CORRESPONDENT, 20);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, CORRESPONDENT, 1, CARE_OF, 1);
	assert_sent();
	assert_int_equal(ranked_tunnel_change(bench.plane, true, bench_address(HOME),
				 bench_address(CORRESPONDENT), &held, NULL),
		0);
	assert_sent();
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	assert_sent();
}

/* RFC 8200 4.1, RFC 6275 6.4, 11.3.1: by the home agent, as it is. */
static void what_is_not_extended_goes_by_home_agent(void **state)
{
	static const uint8_t first[] = {0, 43, 51, 135};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		in.length = expected.length = 0;
		from_home(&in, CORRESPONDENT, 24);
		by_home_agent(&expected, CORRESPONDENT, 24);
		in.octets[14 + 6] = expected.octets[14 + 40 + 6] = first[i];
		assert_sent();
	}
}

/* Shows RFC 6275 11.3.1-8. */
static void neighbour_discovery_has_no_option(void **state)
{
	(void)state;
	for (uint8_t type = 133; type <= 137; type++) {
		in.length = expected.length = 0;
		from_home(&in, CORRESPONDENT, 24);
		by_home_agent(&expected, CORRESPONDENT, 24);
		in.octets[14 + 6] = expected.octets[14 + 40 + 6] = 58;
		in.octets[14 + 40] = expected.octets[14 + 40 + 40] = type;
		assert_sent();
	}
}

/* Shows RFC 6275 6.3-5. */
static void extends_fragments(void **state)
{
	(void)state;
	from_home(&in, CORRESPONDENT, 24);
	in.octets[14 + 6] = 44;
	in.octets[14 + 40] = UDP;
	directly(&expected, CORRESPONDENT, CARE_OF, 44, 24);
	frame_filling(&expected, 24);
	expected.octets[14 + 40 + 24] = UDP;
	assert_sent();
}

/* By the packet in hand, and not for the first time, so that it is told of nothing else. */
static void assert_told_too_large(const char *peer, uint32_t mtu)
{
	const struct in6_addr address = bench_address(peer);

	bench_events(&bench);
	assert_sent();
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.type, ABI_EVENT_TOO_LARGE);
	assert_memory_equal(&event.active.peer, &address, sizeof(address));
	assert_int_equal(event.mtu, mtu);
	assert_memory_equal(event.octets, in.octets + 14, event.length);
}

static void too_large_goes_by_home_agent(void **state)
{
	const struct in6_addr home = bench_address(HOME);
	const struct in6_addr peer = bench_address(CORRESPONDENT);

	(void)state;
	assert_int_equal(dataplane_path_mtu(bench.plane, ranked_subject(&home, &peer),
				 ranked_number(1), 1376, NANOS_NEVER),
		0);
	from_home(&in, CORRESPONDENT, 1336);
	directly(&expected, CORRESPONDENT, CARE_OF, UDP, 1336);
	frame_filling(&expected, 1336);
	assert_sent();
	in.length = expected.length = 0;
	from_home(&in, CORRESPONDENT, 1337);
	by_home_agent(&expected, CORRESPONDENT, 1337);
	assert_sent();
	assert_told_too_large(CORRESPONDENT, 1376);
}

/* On a link of 1280 octets: what does not fit it with a Home Address option goes by the home agent,
 * in fragments, and no sender is told of less than 1280. */
static void minimum_goes_by_home_agent_in_fragments(void **state)
{
	(void)state;
	dataplane_default_mtu(bench.plane, 1240);
	from_home(&in, CORRESPONDENT, 1256 - 40);
	directly(&expected, CORRESPONDENT, CARE_OF, UDP, 1256 - 40);
	frame_filling(&expected, 1256 - 40);
	assert_sent();
	for (uint16_t octets = 1257; octets <= 1280; octets++) {
		in.length = expected.length = 0;
		from_home(&in, CORRESPONDENT, (uint16_t)(octets - 40));
		by_home_agent(&expected, CORRESPONDENT, (uint16_t)(octets - 40));
		bench_events(&bench);
		assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
		assert_packet();
	}
	assert_int_equal(bench_events(&bench).count, 0);
	in.length = 0;
	from_home(&in, CORRESPONDENT, 1281 - 40);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(bench_events(&bench).mtu, 1280);
}

/* A flow whose large packets go by the home agent keeps its link on either way, though a better one
 * has come. */
static void flow_of_both_ways_keeps_its_links(void **state)
{
	const struct in6_addr home = bench_address(HOME), peer = bench_address(CORRESPONDENT);

	(void)state;
	bench.config.keep_flows = true;
	bench_reopen(&bench);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, CORRESPONDENT, 2, CARE_OF_2, NANOS_NEVER);
	assert_int_equal(dataplane_path_mtu(bench.plane, ranked_subject(&home, &peer),
				 ranked_number(2), 1376, NANOS_NEVER),
		0);
	for (int i = 0; i < 2; i++) {
		in.length = expected.length = 0;
		from_home(&in, CORRESPONDENT, 20);
		directly(&expected, CORRESPONDENT, CARE_OF_2, UDP, 20);
		frame_filling(&expected, 20);
		assert_sent();
		in.length = expected.length = 0;
		from_home(&in, CORRESPONDENT, 1337);
		by_home_agent(&expected, CORRESPONDENT, 1337);
		assert_sent();
		bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, CORRESPONDENT, 1, CARE_OF,
			NANOS_NEVER);
		bench_tunnel(&bench, 3, 0, CARE_OF_2, NANOS_NEVER, true);
	}
}

/* Both headers, the routing header first (RFC 6275 6.3, 6.4): its options are for the last one. */
static void to_mobile_node(
	struct frame *frame, const char *care_of, uint8_t next_header, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 48), 43, 63, care_of, PEER_CARE_OF);
	frame_routing(frame, 60, PEER);
	frame_option(frame, next_header, HOME);
}

/* Shows RFC 6275 6.3-5. */
static void to_another_mobile_node_with_both(void **state)
{
	(void)state;
	from_home(&in, PEER, 20);
	to_mobile_node(&expected, CARE_OF, UDP, 20);
	frame_filling(&expected, 20);
	assert_sent();
	assert_int_equal(bench_route_counters(&bench, HOME, PEER, 1).sent_packets, 1);
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).sent_packets, 1);
}

/* 24 octets less than to who is no mobile node; then by the home agent, without any header. */
static void with_both_it_must_fit(void **state)
{
	(void)state;
	from_home(&in, PEER, MTU + 40 - 48 - 40);
	to_mobile_node(&expected, CARE_OF, UDP, MTU + 40 - 48 - 40);
	frame_filling(&expected, MTU + 40 - 48 - 40);
	assert_sent();
	in.length = expected.length = 0;
	from_home(&in, PEER, MTU + 40 - 48 - 40 + 1);
	by_home_agent(&expected, PEER, MTU + 40 - 48 - 40 + 1);
	assert_sent();
	assert_told_too_large(PEER, MTU + 40 - 48);
}

/* It has bindings here, but not the other way round: to where it is, from home. */
static void to_another_mobile_node_by_home_agent(void **state)
{
	(void)state;
	bench_route_remove(&bench, HOME, PEER, 1);
	from_home(&in, PEER, 20);
	frame_ethernet(&expected);
	frame_ipv6(&expected, FIRST, 20 + 24 + 40, 41, 64, CARE_OF, HOME_AGENT);
	frame_ipv6(&expected, FIRST, 20 + 24, 43, 63, HOME, PEER_CARE_OF);
	frame_routing(&expected, UDP, PEER);
	frame_filling(&expected, 20);
	assert_sent();
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).sent_packets, 1);
	assert_int_equal(bench_counters(&bench, 1).sent_octets, 84);
}

/* The segments of a GSO packet must fit, not the packet itself. */
static void gso_is_measured_by_its_segments(void **state)
{
	(void)state;
	from_home(&in, CORRESPONDENT, 3000);
	in.octets[14 + 6] = TCP;
	in.octets[14 + 40 + 12] = 0x50;
	directly(&expected, CORRESPONDENT, CARE_OF, TCP, 3000);
	frame_octets(&expected, in.octets + 14 + 40, 3000);
	assert_int_equal(bench_send_gso(&bench, &in, 1417, 3, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(bench_send_gso(&bench, &in, 1416, 3, &out), REDIRECT);
	assert_packet();
	struct dataplane_counters counters = bench_route_counters(&bench, HOME, CORRESPONDENT, 1);
	assert_int_equal(counters.sent_packets, 3);
	assert_int_equal(counters.sent_octets, 3040);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 0);
}

/* ---- flows ---- */

static const char *care_of_now(const char *peer)
{
	static const char *const all[] = {CARE_OF, CARE_OF_2};

	in.length = 0;
	from_home(&in, peer, 20);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct in6_addr address = bench_address(all[i]);
		if (memcmp(out.octets + 14 + 8, &address, sizeof(address)) == 0)
			return all[i];
	}
	return "";
}

static void moves_at_once_when_a_way_fails(void **state)
{
	(void)state;
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, CORRESPONDENT, 2, CARE_OF_2, NANOS_NEVER);
	assert_string_equal(care_of_now(CORRESPONDENT), CARE_OF);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	assert_string_equal(care_of_now(CORRESPONDENT), CARE_OF_2);
	/* the other peer's ways, and those by the home agent, are others */
	assert_string_equal(care_of_now(PEER), CARE_OF);
	assert_string_equal(care_of_now(STRANGER), CARE_OF);
}

static void route_equal(uint16_t bid, const char *care_of)
{
	const struct in6_addr next_hop = bench_address("2001:db8:f::2");
	const struct effect_tunnel tunnel = {
		.local.address = bench_address(care_of),
		.remote.address = bench_address(CORRESPONDENT),
		.expires = NANOS_NEVER,
		.local.ifindex = bench.link,
		.bid = bid,
		.usable = true,
		.encapsulation = ENCAP_TO_CORRESPONDENT,
	};

	assert_int_equal(ranked_tunnel_set(bench.plane, true, bench_address(HOME),
				 bench_address(CORRESPONDENT), &tunnel, 10, &next_hop),
		0);
}

#define FLOWS 200

/* How many flows to a peer leave from CARE_OF; a bit for each of them, and all others from
 * CARE_OF_2. */
static unsigned int flows_from_first(const char *peer, uint8_t *ret_map)
{
	const struct in6_addr first = bench_address(CARE_OF), second = bench_address(CARE_OF_2);
	unsigned int count = 0;

	for (uint8_t port = 0; port < FLOWS; port++) {
		in.length = 0;
		from_home(&in, peer, 20);
		in.octets[14 + 40 + 1] = port;
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
		ret_map[port] = memcmp(out.octets + 14 + 8, &first, sizeof(first)) == 0;
		if (!ret_map[port])
			assert_memory_equal(out.octets + 14 + 8, &second, sizeof(second));
		count += ret_map[port];
	}
	return count;
}

/* A path that is as good takes its share of the flows that are under way, and the same again when
 * it comes back; by the home agent they would take the same links. */
static void flows_spread_over_equal_paths(void **state)
{
	static uint8_t both[FLOWS], again[FLOWS];

	(void)state;
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	route_equal(2, CARE_OF_2);
	assert_int_equal(flows_from_first(CORRESPONDENT, both), 0);
	route_equal(1, CARE_OF);
	assert_in_range(flows_from_first(CORRESPONDENT, both), FLOWS / 3, 2 * FLOWS / 3);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	assert_int_equal(flows_from_first(CORRESPONDENT, again), 0);
	route_equal(1, CARE_OF);
	flows_from_first(CORRESPONDENT, again);
	assert_memory_equal(again, both, sizeof(both));
	bench_route_remove(&bench, HOME, CORRESPONDENT, 1);
	bench_route_remove(&bench, HOME, CORRESPONDENT, 2);
	bench_tunnel(&bench, 1, 10, CARE_OF, NANOS_NEVER, true);
	bench_tunnel(&bench, 2, 10, CARE_OF_2, NANOS_NEVER, true);
	flows_from_first(CORRESPONDENT, again);
	assert_memory_equal(again, both, sizeof(both));
}

/* ---- in ---- */

static void routed(struct frame *frame, const char *source, const char *care_of,
	uint8_t next_header, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 24), 43, 60, source, care_of);
	frame_routing(frame, next_header, HOME);
}

static void to_home(struct frame *frame, const char *source, uint8_t next_header, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, octets, next_header, 60, source, HOME);
}

/* RFC 6275 6.4, 11.3.3 */
/* Shows RFC 6275 6.4-1. */
static void takes_routing_header_out(void **state)
{
	struct abi_link link;

	(void)state;
	routed(&in, CORRESPONDENT, CARE_OF, UDP, 20);
	frame_filling(&in, 20);
	to_home(&expected, CORRESPONDENT, UDP, 20);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	struct dataplane_counters counters = bench_route_counters(&bench, HOME, CORRESPONDENT, 1);
	assert_int_equal(counters.received_packets, 1);
	assert_int_equal(counters.received_octets, 60);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.received_packets, 1);
	assert_int_equal(bench_events(&bench).active.bid, 1);
}

/* Late, or from one that had the care-of address from elsewhere: by any care-of address, of any
 * correspondent (RFC 6275 6.4.1 asks for our home address only). */
static void takes_routing_header_out_without_binding(void **state)
{
	static const char *const sources[] = {CORRESPONDENT, STRANGER, HOME_AGENT};

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		in.length = expected.length = 0;
		routed(&in, sources[i], CARE_OF_2, UDP, 20);
		frame_filling(&in, 20);
		to_home(&expected, sources[i], UDP, 20);
		frame_filling(&expected, 20);
		assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
		assert_frame(&expected);
	}
}

static void takes_routing_header_out_before_other_headers(void **state)
{
	static const uint8_t first[] = {44, 50, 58, 60};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		in.length = expected.length = 0;
		routed(&in, CORRESPONDENT, CARE_OF, first[i], 24);
		frame_octets(&in, "\x11\x00\x01\x04\x00\x00\x00\x00", 8);
		frame_filling(&in, 16);
		to_home(&expected, CORRESPONDENT, first[i], 24);
		frame_octets(&expected, "\x11\x00\x01\x04\x00\x00\x00\x00", 8);
		frame_filling(&expected, 16);
		assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
		assert_frame(&expected);
	}
}

/* RFC 6275 6.4: segments left 0 and 2, another length, not our home address, twice. */
/* Shows RFC 6275 6.4-1, 6.4.1-3, 6.4.1-4. */
static void drops_wrong_routing_headers(void **state)
{
	static const struct {
		size_t at;
		uint8_t octet;
	} wrong[] = {{3, 0}, {3, 2}, {8 + 15, 0x11}, {0, 43}};
	uint64_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		in.length = 0;
		routed(&in, CORRESPONDENT, CARE_OF, UDP, 48);
		frame_routing(&in, UDP, HOME);
		frame_filling(&in, 24);
		in.octets[14 + 40 + wrong[i].at] = wrong[i].octet;
		assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER, ++count);
	}
	in.octets[14 + 40] = UDP;
	in.octets[14 + 40 + 1] = 4;
	assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER, ++count);
}

/* To an address that is no care-of address: of somebody else, whose packet we may be forwarding. */
static void drops_routing_header_to_another_address(void **state)
{
	(void)state;
	routed(&in, STRANGER, "2001:db8:a::77", UDP, 20);
	frame_filling(&in, 20);
	assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER, 1);
}

static void ah_is_left(void **state)
{
	(void)state;
	routed(&in, CORRESPONDENT, CARE_OF, 51, 20);
	frame_octets(&in, "\x11\x01\x00\x00\x00\x00\x01\x00", 8);
	frame_filling(&in, 12);
	assert_left_alone();
}

static void drops_cut_short(void **state)
{
	(void)state;
	routed(&in, CORRESPONDENT, CARE_OF, UDP, 20);
	in.length -= 1;
	assert_dropped(ABI_DROP_MALFORMED, 1);
	in.length += 1;
	in.octets[14 + 5] = 23;
	assert_dropped(ABI_DROP_MALFORMED, 2);
}

static void signalling_is_the_daemons(void **state)
{
	(void)state;
	routed(&in, CORRESPONDENT, CARE_OF, 135, 16);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
	/* RFC 6275 6.8: a Mobile Prefix Advertisement */
	in.length = 0;
	routed(&in, HOME_AGENT, CARE_OF, 58, 8);
	frame_octets(&in, "\x93\x00\x12\x34\x00\x07\x00\x00", 8);
	assert_last_event(ABI_EVENT_PACKET);
	/* a Care-of Test, RFC 6275 6.1.6 */
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 16, 135, 60, STRANGER, CARE_OF_2);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
}

/* RFC 6275 11.5.5: at home what a correspondent says comes as it is. */
static void signalling_to_the_home_address_is_the_daemons(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 16, 135, 60, CORRESPONDENT, HOME);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
}

/* RFC 6275 11.6.1: each care-of address is tested, whether or not the home agent has it. */
static void at_home_too_signalling_is_the_daemons(void **state)
{
	static const char *const addresses[] = {CARE_OF, CARE_OF_2, HOME};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		in.length = 0;
		frame_ethernet(&in);
		frame_ipv6(&in, FIRST, 16, 135, 60, CORRESPONDENT, addresses[i]);
		frame_octets(&in, MESSAGE, 16);
		assert_last_event(ABI_EVENT_PACKET);
		in.length = 0;
		frame_ethernet(&in);
		frame_ipv6(&in, FIRST, 8 + 40 + 16, 58, 60, STRANGER, addresses[i]);
		frame_octets(&in, "\x04\x01\x12\x34\x00\x00\x00\x06", 8);
		frame_ipv6(&in, FIRST, 16, 135, 60, addresses[i], CORRESPONDENT);
		frame_octets(&in, MESSAGE, 16);
		assert_last_event(ABI_EVENT_PACKET);
	}
}

static void mobility_headers_for_others_are_left(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 16, 135, 60, STRANGER, "2001:db8:a::77");
	frame_octets(&in, MESSAGE, 16);
	assert_left_alone();
}

/* ---- from another mobile node ---- */

static void from_mobile_node(struct frame *frame, const char *source, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 48), 43, 60, source, CARE_OF);
	frame_routing(frame, 60, HOME);
	frame_option(frame, UDP, PEER);
	frame_filling(frame, octets);
}

/* RFC 6275 9.3.1, RFC 5648 6.5 */
static void takes_both_out(void **state)
{
	(void)state;
	from_mobile_node(&in, PEER_CARE_OF, 20);
	to_home(&expected, PEER, UDP, 20);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).received_packets, 1);
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).received_octets, 60);
}

static void both_without_binding_is_the_daemons(void **state)
{
	(void)state;
	from_mobile_node(&in, STRANGER, 20);
	assert_last_event(ABI_EVENT_PACKET);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, PEER, HOME, 3, PEER_CARE_OF, 1);
	in.length = 0;
	from_mobile_node(&in, PEER_CARE_OF, 20);
	assert_last_event(ABI_EVENT_PACKET);
}

/* A host that is no correspondent has no bindings: the kernel refuses the option. */
/* Shows RFC 6275 8.2-11. */
static void without_correspondent_the_option_stays(void **state)
{
	(void)state;
	from_mobile_node(&in, PEER_CARE_OF, 20);
	to_home(&expected, PEER_CARE_OF, 60, 44);
	frame_option(&expected, UDP, PEER);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* ---- at home, where packets come as to a correspondent ---- */

static void to_home_directly(const char *source, uint8_t next_header)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 24 + 20, 60, 59, source, HOME);
	frame_option(&in, next_header, PEER);
	frame_filling(&in, 20);
}

/* RFC 6275 9.3.1 */
static void option_at_home_is_taken_out(void **state)
{
	(void)state;
	to_home_directly(PEER_CARE_OF, UDP);
	frame_ethernet(&expected);
	frame_ipv6(&expected, FIRST, 20, UDP, 59, PEER, HOME);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&expected);
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).received_octets, 60);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* RFC 6275 9.3.3: answered with a Binding Error, by the daemon. */
static void option_at_home_without_binding_is_the_daemons(void **state)
{
	(void)state;
	to_home_directly(STRANGER, UDP);
	assert_last_event(ABI_EVENT_PACKET);
	to_home_directly(PEER_CARE_OF, UDP);
	memset(in.octets + 14 + 24, 1, 16); /* to another address */
	assert_left_alone();
}

/* ---- out of the tunnel ---- */

static void tunnelled(const char *source, uint8_t next_header, uint16_t octets)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, (uint16_t)(40 + octets), 41, 60, HOME_AGENT, CARE_OF);
	frame_ipv6(&in, FIRST, octets, next_header, 59, source, HOME);
}

/* RFC 6275 5.2.5, 11.6.2: a Home Test is believed if it came this way, which the outer packet
 * shows. */
static void signalling_in_the_tunnel_is_the_daemons(void **state)
{
	(void)state;
	tunnelled(CORRESPONDENT, 135, 16);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
	assert_true(bench_counters(&bench, 1).received_at != 0);
	/* a Binding Update of a mobile node that corresponds with the home address */
	tunnelled(PEER_CARE_OF, 60, 24 + 16);
	frame_option(&in, 135, PEER);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
}

/* Who makes the home agent forward what nobody asked for: not the home agent's share, but that of
 * its own network; and Home Tests are not what acknowledgements come beside. */
static void flood_in_the_tunnel_costs_others_nothing(void **state)
{
	(void)state;
	tunnelled(STRANGER, 135, 16);
	frame_octets(&in, "\x3b\x01\x03\x00\x00\x00\x00\x00", 8);
	frame_filling(&in, 8);
	bench_flood(&bench, &in);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 100);
	tunnelled(CORRESPONDENT, 135, 16);
	frame_octets(&in, "\x3b\x01\x03\x00\x00\x00\x00\x00", 8);
	frame_filling(&in, 8);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 100);
	/* of correspondents an acknowledgement, of the home agent one too */
	tunnelled(STRANGER, 135, 16);
	frame_octets(&in, MESSAGE, 16);
	bench_flood(&bench, &in);
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 40, 43, 61, HOME_AGENT, CARE_OF);
	frame_routing(&in, 135, HOME);
	frame_octets(&in, MESSAGE, 16);
	for (int i = 0; i < 10; i++)
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 200);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL), 0);
}

/* The checks of a tunnel come first (RFC 6275 11.3.3). */
static void signalling_in_a_wrong_tunnel_is_dropped(void **state)
{
	(void)state;
	tunnelled(CORRESPONDENT, 135, 16);
	frame_octets(&in, MESSAGE, 16);
	in.octets[14 + 39] ^= 1;
	assert_dropped(ABI_DROP_WRONG_CARE_OF_ADDRESS, 1);
}

/* Shows RFC 6275 6.3-7, 9.3.1-7. */
static void option_in_the_tunnel_is_taken_out(void **state)
{
	(void)state;
	tunnelled(PEER_CARE_OF, 60, 24 + 20);
	frame_option(&in, UDP, PEER);
	frame_filling(&in, 20);
	frame_ethernet(&expected);
	frame_ipv6(&expected, FIRST, 20, UDP, 59, PEER, HOME);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).received_octets, 60);
	assert_int_equal(bench_counters(&bench, 1).received_packets, 1);
	tunnelled(STRANGER, 60, 24 + 20);
	frame_option(&in, UDP, PEER);
	frame_filling(&in, 20);
	assert_last_event(ABI_EVENT_PACKET);
}

/* RFC 6040 4.2: the mark of the way is not lost with the option. */
static void option_in_the_tunnel_keeps_congestion(void **state)
{
	(void)state;
	tunnelled(PEER_CARE_OF, 60, 24 + 20);
	frame_option(&in, UDP, PEER);
	frame_filling(&in, 20);
	in.octets[14 + 1] |= 0x30;
	frame_ethernet(&expected);
	frame_ipv6(&expected, FIRST | 0x00300000, 20, UDP, 59, PEER, HOME);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

static void data_in_the_tunnel_is_delivered(void **state)
{
	static const uint8_t protocols[] = {UDP, 58, 60, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		expected.length = 0;
		tunnelled(CORRESPONDENT, protocols[i], 20);
		frame_octets(&in, "\x11\x00\x01\x04\x00\x00\x00\x00", 8);
		frame_filling(&in, 12);
		frame_ethernet(&expected);
		frame_octets(&expected, in.octets + 14 + 40, 60);
		assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
		assert_frame(&expected);
	}
}

/* ---- errors ---- */

static void error(const char *destination, uint8_t next_header, const char *home)
{
	frame_ipv6(&in, FIRST, 8 + 40 + 24 + 16, 58, 60, "2001:db8:a::1", destination);
	frame_octets(&in, "\x01\x00\x12\x34\x00\x00\x00\x00", 8);
	frame_ipv6(&in, FIRST, 24 + 16, 60, 60, destination, CORRESPONDENT);
	frame_option(&in, next_header, home);
	frame_filling(&in, 16);
}

static void errors_about_options_are_the_daemons(void **state)
{
	(void)state;
	frame_ethernet(&in);
	error(CARE_OF, UDP, HOME);
	assert_last_event(ABI_EVENT_ERROR);
	in.length = 0;
	frame_ethernet(&in);
	error(CARE_OF, 135, HOME);
	assert_last_event(ABI_EVENT_PACKET);
	in.length = 0;
	frame_ethernet(&in);
	error(CARE_OF, UDP, STRANGER);
	assert_left_alone();
}

/* RFC 6275 11.3.5: a correspondent that does not know Mobility Headers reports this about a Care-of
 * Test Init, and about a Home Test Init by the home agent. */
static void errors_about_signalling_are_the_daemons(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 8 + 40 + 16, 58, 60, CORRESPONDENT, CARE_OF);
	frame_octets(&in, "\x04\x01\x12\x34\x00\x00\x00\x06", 8);
	frame_ipv6(&in, FIRST, 16, 135, 60, CARE_OF, CORRESPONDENT);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
	tunnelled(CORRESPONDENT, 58, 8 + 40 + 16);
	frame_octets(&in, "\x04\x01\x12\x34\x00\x00\x00\x06", 8);
	frame_ipv6(&in, FIRST, 16, 135, 60, HOME, CORRESPONDENT);
	frame_octets(&in, MESSAGE, 16);
	assert_last_event(ABI_EVENT_PACKET);
}

/* About a packet with a routing header that went by the home agent: as it came out of the tunnel.
 */
static void errors_in_the_tunnel_about_routing_headers(void **state)
{
	(void)state;
	tunnelled("2001:db8:a::1", 58, 8 + 40 + 24 + 16);
	frame_octets(&in, "\x01\x00\x12\x34\x00\x00\x00\x00", 8);
	frame_ipv6(&in, FIRST, 24 + 16, 43, 60, HOME, PEER_CARE_OF);
	frame_routing(&in, UDP, PEER);
	frame_filling(&in, 16);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.type, ABI_EVENT_ERROR);
	assert_int_equal(event.length, in.length - 14 - 40);
	assert_memory_equal(event.octets, in.octets + 14 + 40, event.length);
}

/* ---- thresholds ---- */

static void threshold(const char *prefix, uint8_t length, uint64_t packets, uint64_t octets)
{
	const struct in6_addr address = bench_address(prefix), home = bench_address(HOME);
	const struct abi_threshold threshold = {.packets = packets, .octets = octets};

	assert_int_equal(
		dataplane_threshold_set(bench.plane, &home, &address, length, &threshold), 0);
}

/* By the packet in hand. */
static int busy_by(int (*pass)(struct bench *, const struct frame *, struct frame *),
	const char *peer, int most)
{
	const struct in6_addr busy[] = {bench_address(HOME), bench_address(peer)};

	bench_events(&bench);
	for (int i = 1; i <= most; i++) {
		assert_int_equal(pass(&bench, &in, &out), REDIRECT);
		struct bench_event event = bench_events(&bench);
		if (event.type != ABI_EVENT_BUSY)
			continue;
		assert_int_equal(event.length, sizeof(busy));
		assert_memory_equal(event.octets, busy, sizeof(busy));
		return i;
	}
	return 0;
}

static int busy_after(const char *peer, int most)
{
	in.length = 0;
	from_home(&in, peer, 20);
	return busy_by(bench_send, peer, most);
}

/* By what comes from it out of the tunnel. */
static int busy_after_receiving(const char *peer, int most)
{
	tunnelled(peer, UDP, 20);
	frame_filling(&in, 20);
	return busy_by(bench_receive, peer, most);
}

static struct abi_traffic_key traffic_key_of(int map, const char *peer)
{
	const struct in6_addr address = bench_address(peer);
	struct abi_traffic_key key, *before = NULL;

	while (bpf_map_get_next_key(map, before, &key) == 0) {
		if (memcmp(&key.peer, &address, sizeof(address)) == 0)
			return key;
		before = &key;
	}
	fail_msg("no estimate of %s", peer);
	return key;
}

/* As if `seconds` had passed since the peer's count began. */
static void age_estimate(const char *peer, uint64_t seconds)
{
	int fd = bench_pinned(&bench, "traffic_estimates");
	struct abi_traffic_estimate estimate;

	assert_true(fd >= 0);
	const struct abi_traffic_key key = traffic_key_of(fd, peer);
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &estimate), 0);
	estimate.since -= seconds * 1000000000ull;
	assert_int_equal(bpf_map_update_elem(fd, &key, &estimate, BPF_EXIST), 0);
	close(fd);
}

/* Shows RFC 6275 11.7.2-6. */
static void reports_peers_above_the_threshold(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	threshold("2001:db8:bad::", 48, 0, 160);
	threshold("2001:db8:bad::66", 128, 0, 0);
	assert_int_equal(busy_after("2001:db8:7::1", 10), 5);
	/* three packets of 60 octets are more than 160; once for ten seconds */
	assert_int_equal(busy_after("2001:db8:bad::1", 10), 3);
	assert_int_equal(busy_after("2001:db8:bad::1", 10), 0);
	assert_int_equal(busy_after("2001:db8:bad::66", 10), 0);
	assert_int_equal(busy_after("2001:db9::1", 10), 0);
	/* directly already */
	assert_int_equal(busy_after(CORRESPONDENT, 10), 0);
	/* at home there is no way that is better */
	bench_home_link(&bench, 9, "\x02\x00\x00\x00\xee\x01");
	assert_int_equal(busy_after("2001:db8:7::2", 10), 0);
}

/* Both ways together; told once, and not for who is never to know. */
/* Shows RFC 6275 11.7.2-3. */
static void counts_inbound_traffic_too(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	threshold("2001:db8:bad::", 48, 0, 160);
	threshold("2001:db8:bad::66", 128, 0, 0);
	assert_int_equal(busy_after("2001:db8:7::1", 1), 0);
	assert_int_equal(busy_after_receiving("2001:db8:7::1", 10), 4);
	assert_int_equal(busy_after_receiving("2001:db8:7::1", 10), 0);
	assert_int_equal(busy_after("2001:db8:7::1", 10), 0);
	assert_int_equal(busy_after("2001:db8:bad::1", 1), 0);
	assert_int_equal(busy_after_receiving("2001:db8:bad::1", 10), 2);
	assert_int_equal(busy_after("2001:db8:bad::66", 1), 0);
	assert_int_equal(busy_after_receiving("2001:db8:bad::66", 10), 0);
}

/* Forged sources cause no tests to these sources (RFC 6275 15.4.5), before or after an end. */
static void inbound_traffic_begins_no_estimate(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	assert_int_equal(busy_after_receiving("2001:db8:7::1", 20), 0);
	assert_int_equal(busy_after("2001:db8:7::1", 10), 5);
	assert_int_equal(busy_after("2001:db8:7::2", 1), 0);
	age_estimate("2001:db8:7::2", 11);
	assert_int_equal(busy_after_receiving("2001:db8:7::2", 20), 0);
}

/* A stream that was worth it, and has nothing to ask for any more. */
static void a_stream_above_the_threshold_continues_to_count(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	assert_int_equal(busy_after("2001:db8:7::1", 5), 5);
	for (int i = 0; i < 3; i++) {
		age_estimate("2001:db8:7::1", 11);
		assert_int_equal(busy_after_receiving("2001:db8:7::1", 10), 5);
	}
	age_estimate("2001:db8:7::1", 21);
	assert_int_equal(busy_after_receiving("2001:db8:7::1", 20), 0);
}

/* RFC 6275 9.3.1: the peer is the home address of the option, not where it comes from. */
/* Shows RFC 6275 11.7.2-5. */
static void who_has_a_home_address_option_is_that(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	bench_route_remove(&bench, HOME, PEER, 1);
	assert_int_equal(busy_after(PEER, 1), 0);
	tunnelled(PEER_CARE_OF, 60, 24 + 20);
	frame_option(&in, UDP, PEER);
	frame_filling(&in, 20);
	assert_int_equal(busy_by(bench_receive, PEER, 10), 4);
}

/* Not by the home agent. */
static void what_comes_directly_needs_no_better_way(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	assert_int_equal(busy_after("2001:db8:7::1", 1), 0);
	in.length = 0;
	routed(&in, "2001:db8:7::1", CARE_OF, UDP, 20);
	frame_filling(&in, 20);
	assert_int_equal(busy_by(bench_receive, "2001:db8:7::1", 10), 0);
}

static void the_next_daemon_forgets_thresholds(void **state)
{
	(void)state;
	threshold("2001:db8::", 32, 5, 0);
	bench_reopen(&bench);
	assert_int_equal(busy_after("2001:db8:7::1", 10), 0);
}

/* ---- maps ---- */

struct found {
	unsigned int nodes, tunnels;
	struct effect_subject subject[8]; /* that have tunnels */
	struct effect_tunnel tunnel[16];
};

static void keep_tunnel(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	struct found *found = ctx;

	if (found->nodes == 0 || found->subject[found->nodes - 1].subject != subject->subject)
		found->subject[found->nodes++] = *subject;
	found->tunnel[found->tunnels++] = *tunnel;
}

static struct found look(void)
{
	struct found found = {0};

	dataplane_each_tunnel(bench.plane, keep_tunnel, &found);
	return found;
}

static void finds_routes_again(void **state)
{
	const struct in6_addr home = bench_address(HOME), peer = bench_address(PEER);
	(void)state;
	bench_reopen(&bench);
	struct found found = look();
	assert_int_equal(found.nodes, 4);
	assert_int_equal(found.tunnels, 5);
	unsigned int kinds[4] = {0};
	for (unsigned int i = 0; i < found.tunnels; i++)
		kinds[found.tunnel[i].encapsulation]++;
	assert_int_equal(kinds[ENCAP_IPV6], 2);
	assert_int_equal(kinds[ENCAP_TO_CORRESPONDENT], 2);
	assert_int_equal(kinds[ENCAP_TO_MOBILE_NODE], 1);
	assert_memory_equal(&found.subject[3].home_address, &peer, sizeof(peer));
	assert_memory_equal(&found.subject[3].peer, &home, sizeof(home));
	assert_memory_equal(&found.tunnel[4].local.address, &home, sizeof(home));
	inserts_option(state);
}

/* A subject goes with all that belongs to it, and its place is free. */
static void routes_leave_nothing_behind(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		bench_route(
			&bench, ENCAP_TO_CORRESPONDENT, HOME, STRANGER, 1, CARE_OF, NANOS_NEVER);
		bench_route(
			&bench, ENCAP_TO_CORRESPONDENT, HOME, STRANGER, 2, CARE_OF_2, NANOS_NEVER);
		bench_route_remove(&bench, HOME, STRANGER, 1);
		assert_int_equal(look().nodes, 5);
		const struct in6_addr home = bench_address(HOME), other = bench_address(STRANGER);
		assert_int_equal(
			dataplane_subject_remove(bench.plane, ranked_subject(&home, &other)), 0);
		assert_int_equal(look().nodes, 4);
	}
}

/* The mobile node's own subject, after others have taken its place. */
static void own_subject_comes_back(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	assert_int_equal(
		dataplane_subject_remove(bench.plane, ranked_subject(&home, &in6addr_any)), 0);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, STRANGER, 1, CARE_OF, NANOS_NEVER);
	bench_reopen(&bench);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, "2001:db8:7::1", 1, CARE_OF, NANOS_NEVER);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, true);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, true);
	assert_int_equal(bench_counters(&bench, 1).received_packets, 0);
	signalling_is_the_daemons(state);
}

/* A link that only carries what goes directly is watched as others are. */
static void direct_packets_are_signs_of_their_link(void **state)
{
	nanos sent, received;

	(void)state;
	from_home(&in, CORRESPONDENT, 20);
	bench_send(&bench, &in, &out);
	dataplane_link_activity(bench.plane, bench.link, &sent, &received);
	assert_true(sent > 0);
	assert_int_equal(received, 0);
	in.length = 0;
	routed(&in, CORRESPONDENT, CARE_OF, UDP, 20);
	frame_filling(&in, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	dataplane_link_activity(bench.plane, bench.link, &sent, &received);
	assert_true(received >= sent);
	dataplane_link_activity(bench.plane, bench.link + 1, &sent, &received);
	assert_true(sent == 0 && received == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, passage_end)
	const struct CMUnitTest tests[] = {
		TEST(inserts_option),
		TEST(others_go_by_home_agent),
		TEST(goes_by_home_agent_when_expired_unusable_or_gone),
		TEST(what_is_not_extended_goes_by_home_agent),
		TEST(neighbour_discovery_has_no_option),
		TEST(extends_fragments),
		TEST(too_large_goes_by_home_agent),
		TEST(minimum_goes_by_home_agent_in_fragments),
		TEST(flow_of_both_ways_keeps_its_links),
		TEST(to_another_mobile_node_with_both),
		TEST(with_both_it_must_fit),
		TEST(to_another_mobile_node_by_home_agent),
		TEST(gso_is_measured_by_its_segments),
		TEST(moves_at_once_when_a_way_fails),
		TEST(flows_spread_over_equal_paths),
		TEST(takes_routing_header_out),
		TEST(direct_packets_are_signs_of_their_link),
		TEST(takes_routing_header_out_without_binding),
		TEST(takes_routing_header_out_before_other_headers),
		TEST(drops_wrong_routing_headers),
		TEST(drops_routing_header_to_another_address),
		TEST(ah_is_left),
		TEST(drops_cut_short),
		TEST(signalling_is_the_daemons),
		TEST(signalling_to_the_home_address_is_the_daemons),
		cmocka_unit_test_setup_teardown(
			at_home_too_signalling_is_the_daemons, set_up_at_home, passage_end),
		TEST(mobility_headers_for_others_are_left),
		TEST(takes_both_out),
		TEST(both_without_binding_is_the_daemons),
		cmocka_unit_test_setup_teardown(without_correspondent_the_option_stays,
			set_up_without_correspondent, passage_end),
		TEST(option_at_home_is_taken_out),
		TEST(option_at_home_without_binding_is_the_daemons),
		TEST(signalling_in_the_tunnel_is_the_daemons),
		TEST(flood_in_the_tunnel_costs_others_nothing),
		TEST(signalling_in_a_wrong_tunnel_is_dropped),
		TEST(option_in_the_tunnel_is_taken_out),
		TEST(option_in_the_tunnel_keeps_congestion),
		TEST(data_in_the_tunnel_is_delivered),
		TEST(errors_about_options_are_the_daemons),
		TEST(errors_about_signalling_are_the_daemons),
		TEST(errors_in_the_tunnel_about_routing_headers),
		TEST(reports_peers_above_the_threshold),
		TEST(counts_inbound_traffic_too),
		TEST(inbound_traffic_begins_no_estimate),
		TEST(a_stream_above_the_threshold_continues_to_count),
		TEST(who_has_a_home_address_option_is_that),
		TEST(what_comes_directly_needs_no_better_way),
		TEST(the_next_daemon_forgets_thresholds),
		TEST(finds_routes_again),
		TEST(routes_leave_nothing_behind),
		TEST(own_subject_comes_back),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
