/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent as a correspondent of its mobile nodes (RFC 6275 9.3.1, 9.3.2; RFC 5648 6.5), and a
 * mobile node that has no other: frame in, verdict and exact frame out.
 */
#include "passage.h"

#define PLAIN 0x60000000
#define UDP 17
#define TCP 6
#define ICMPV6 58

static int home_agent(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, false, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, false);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, false);
	return 0;
}

static int mobile_node(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, true, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, true);
	return 0;
}

static void begin(struct frame *frame)
{
	frame->length = 0;
	frame_ethernet(frame);
}

/* ---- what comes to the home agent ---- */

/* Twenty octets behind a Home Address option; a type of ICMPv6, or whatever. */
static void with_option(uint8_t protocol, uint8_t first, const char *care_of, const char *home)
{
	begin(&in);
	frame_ipv6(&in, 0x6b912345, 44, 60, 61, care_of, HOME_AGENT);
	frame_option(&in, protocol, home);
	frame_octets(&in, &first, 1);
	frame_filling(&in, 19);
}

static void expect_from_home(uint8_t protocol, uint8_t first)
{
	begin(&expected);
	frame_ipv6(&expected, 0x6b912345, 20, protocol, 61, HOME, HOME_AGENT);
	frame_octets(&expected, &first, 1);
	frame_filling(&expected, 19);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* From each care-of address, whatever its BID. */
/* Shows RFC 6275 9.3.1-4, 9.3.1-7; RFC 5648 6.5-1. */
static void delivers_data(void **state)
{
	static const uint8_t protocols[] = {UDP, TCP, 50, 132, 253};

	(void)state;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		with_option(protocols[i], 0x12, CARE_OF, HOME);
		expect_from_home(protocols[i], 0x12);
		with_option(protocols[i], 0x12, CARE_OF_2, HOME);
		expect_from_home(protocols[i], 0x12);
	}
	struct dataplane_counters counters = bench_counters(&bench, 2);
	assert_int_equal(counters.received_packets, sizeof(protocols));
	assert_int_equal(counters.received_octets, 60 * sizeof(protocols));
	assert_true(counters.received_at > 0);
}

/* RFC 4443: errors, echo replies of any identifier; another request than that of a probe */
static void delivers_icmpv6(void **state)
{
	static const uint8_t types[] = {1, 2, 3, 4, 129, 130, 200};

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		with_option(ICMPV6, types[i], CARE_OF, HOME);
		expect_from_home(ICMPV6, types[i]);
	}
	with_option(ICMPV6, 128, CARE_OF, HOME);
	in.octets[14 + 65] = 1;
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.octets[14 + 6], ICMPV6);
}

/* RFC 6275 6.5 to 6.8, RFC 4861: the daemon knows what to do with them, or says that it does not */
static void takes_discovery(void **state)
{
	static const uint8_t types[] = {133, 134, 135, 136, 137, 144, 145, 146, 147};

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		with_option(ICMPV6, types[i], CARE_OF, HOME);
		assert_event(ABI_EVENT_PACKET);
	}
}

/* RFC 8200 4.5: the option is before the Fragment header, in each of them. */
static void delivers_fragments(void **state)
{
	static const uint8_t fragment[] = {UDP, 0, 0, 1, 0, 0, 0, 9};

	(void)state;
	begin(&in);
	frame_ipv6(&in, PLAIN, 48, 60, 61, CARE_OF, HOME_AGENT);
	frame_option(&in, 44, HOME);
	frame_octets(&in, fragment, sizeof(fragment));
	frame_filling(&in, 16);
	begin(&expected);
	frame_ipv6(&expected, PLAIN, 24, 44, 61, HOME, HOME_AGENT);
	frame_octets(&expected, fragment, sizeof(fragment));
	frame_filling(&expected, 16);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* Put together again, it may be what the daemon takes. */
static void drops_fragments_of_signalling(void **state)
{
	static const uint8_t hiding[] = {135, 60, 43, 41};

	(void)state;
	for (size_t i = 0; i < sizeof(hiding); i++) {
		const uint8_t fragment[] = {hiding[i], 0, 0, 1, 0, 0, 0, 9};
		begin(&in);
		frame_ipv6(&in, PLAIN, 48, 60, 61, CARE_OF, HOME_AGENT);
		frame_option(&in, 44, HOME);
		frame_octets(&in, fragment, sizeof(fragment));
		frame_filling(&in, 16);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FRAGMENT), i + 1);
	}
	assert_int_equal(bench_events(&bench).count, 0);
}

/* With other options beside it, it stays, used up (ADR 22); of the type of an experiment. */
static void delivers_options_beside_it(void **state)
{
	(void)state;
	begin(&in);
	frame_ipv6(&in, PLAIN, 52, 60, 61, CARE_OF, HOME_AGENT);
	frame_octets(&in, "\x11\x03\x01\x02\x00\x00\xc9\x10", 8);
	frame_address(&in, HOME);
	frame_octets(&in, "\x01\x06\x00\x00\x00\x00\x00\x00", 8);
	frame_filling(&in, 20);
	begin(&expected);
	frame_ipv6(&expected, PLAIN, 52, 60, 61, HOME, HOME_AGENT);
	frame_octets(&expected, "\x11\x03\x01\x02\x00\x00\x1e\x10", 8);
	frame_address(&expected, CARE_OF);
	frame_octets(&expected, "\x01\x06\x00\x00\x00\x00\x00\x00", 8);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* RFC 6275 9.3.1, 9.3.3: the daemon answers with a Binding Error. */
/* Shows RFC 6275 9.3.1-3; RFC 5648 6.5-2. */
static void takes_what_is_not_bound(void **state)
{
	(void)state;
	with_option(UDP, 0, STRANGER, HOME);
	assert_event(ABI_EVENT_PACKET);
	with_option(UDP, 0, CARE_OF, "2001:db8:e::11");
	assert_event(ABI_EVENT_PACKET);
	with_option(UDP, 0, HOME, HOME);
	assert_event(ABI_EVENT_PACKET);
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	with_option(UDP, 0, CARE_OF, HOME);
	assert_event(ABI_EVENT_PACKET);
	bench_home_link(&bench, 3, LINK_LAYER);
	with_option(UDP, 0, HOME, HOME);
	assert_event(ABI_EVENT_PACKET);
}

/* As often as anybody likes to ask for one, and not oftener than there is room. */
static void limits_what_is_not_bound(void **state)
{
	(void)state;
	with_option(UDP, 0, STRANGER, HOME);
	bench_flood(&bench, &in);
	assert_true(dataplane_drops(bench.plane, ABI_DROP_FLOOD) > 0);
}

/* A packet in a packet with a Home Address option goes to the daemon; it is not decapsulated. */
static void takes_tunnel_with_option(void **state)
{
	(void)state;
	with_option(41, 0x60, CARE_OF, HOME);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_other_destinations(void **state)
{
	(void)state;
	begin(&in);
	frame_ipv6(&in, PLAIN, 44, 60, 61, CARE_OF, CORRESPONDENT);
	frame_option(&in, UDP, HOME);
	frame_filling(&in, 20);
	assert_left_alone();
}

/* ---- what the home agent sends ---- */

/* Twenty octets to HOME. */
static void to_home(uint8_t protocol, uint8_t first, const char *source)
{
	begin(&in);
	frame_ipv6(&in, 0x60312345, 20, protocol, 64, source, HOME);
	frame_octets(&in, &first, 1);
	frame_filling(&in, 19);
}

/* The kernel fills in the link header afterwards. */
static void begin_departing(void)
{
	expected.length = 0;
	frame_octets(&expected, (uint8_t[14]){0}, 14);
}

static void expect_routed(uint8_t protocol, uint8_t first, const char *care_of)
{
	begin_departing();
	frame_ipv6(&expected, 0x60312345, 44, 43, 64, HOME_AGENT, care_of);
	frame_routing(&expected, protocol, HOME);
	frame_octets(&expected, &first, 1);
	frame_filling(&expected, 19);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

static void expect_tunnelled(void)
{
	begin(&expected);
	frame_ipv6(&expected, 0x60312345, 60, 41, 64, HOME_AGENT, CARE_OF);
	frame_octets(&expected, in.octets + 14, in.length - 14);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* RFC 6275 9.3.2 */
static void routes_its_own(void **state)
{
	(void)state;
	to_home(UDP, 0x12, HOME_AGENT);
	expect_routed(UDP, 0x12, CARE_OF);
	to_home(TCP, 0x12, HOME_AGENT);
	expect_routed(TCP, 0x12, CARE_OF);
	to_home(ICMPV6, 128, HOME_AGENT);
	expect_routed(ICMPV6, 128, CARE_OF);
	to_home(ICMPV6, 129, HOME_AGENT);
	expect_routed(ICMPV6, 129, CARE_OF);
	struct dataplane_counters counters = bench_counters(&bench, 1);
	assert_int_equal(counters.sent_packets, 4);
	assert_int_equal(counters.sent_octets, 4 * 60);
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	to_home(UDP, 0x12, HOME_AGENT);
	expect_routed(UDP, 0x12, CARE_OF_2);
}

/* RFC 6275 10.4.2: also what an address of its own sends that no binding is with */
static void tunnels_what_it_forwards(void **state)
{
	(void)state;
	to_home(UDP, 0x12, CORRESPONDENT);
	expect_tunnelled();
	to_home(UDP, 0x12, "2001:db8:f::2");
	expect_tunnelled();
}

/* RFC 6275 6.1, 9.3.2: Mobility Headers get no routing header here. Nor do ICMPv6 errors, most of
 * which answer packets of the tunnel, and packets with headers that must stay in front
 * (extension.h). Neighbour Discovery is discarded (RFC 6275 10.4.2). */
static void tunnels_what_may_not_be_routed(void **state)
{
	static const uint8_t protocols[] = {135, ICMPV6, ICMPV6, 0, 43, 51};
	static const uint8_t firsts[] = {59, 1, 4, UDP, UDP, UDP};

	(void)state;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		to_home(protocols[i], firsts[i], HOME_AGENT);
		expect_tunnelled();
	}
	to_home(ICMPV6, 135, HOME_AGENT);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
}

/* RFC 8200 5: every link carries 1280 octets, so that no Packet Too Big is about smaller packets.
 */
static void tunnels_what_some_link_may_not_carry(void **state)
{
	(void)state;
	for (uint16_t octets = 1256; octets <= 1257; octets++) {
		begin(&in);
		frame_ipv6(&in, PLAIN, (uint16_t)(octets - 40), UDP, 64, HOME_AGENT, HOME);
		frame_filling(&in, octets - 40u);
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
		assert_int_equal(out.octets[14 + 6], octets == 1256 ? 43 : 41);
		assert_int_equal(out.length, 14 + octets + (octets == 1256 ? 24 : 40));
	}
}

/* RFC 5648 5.6: at home it needs neither. */
static void sends_its_own_by_home_link(void **state)
{
	(void)state;
	bench_home_link(&bench, 3, "\x02\x00\x00\x00\xee\x02");
	to_home(UDP, 0x12, HOME_AGENT);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, in.length);
	assert_memory_equal(out.octets + 14, in.octets + 14, in.length - 14);
}

/* RFC 8200 4.5: behind the routing header */
static void routes_its_fragments(void **state)
{
	static const uint8_t fragment[] = {UDP, 0, 0, 1, 0, 0, 0, 9};

	(void)state;
	begin(&in);
	frame_ipv6(&in, PLAIN, 24, 44, 64, HOME_AGENT, HOME);
	frame_octets(&in, fragment, sizeof(fragment));
	frame_filling(&in, 16);
	begin_departing();
	frame_ipv6(&expected, PLAIN, 48, 43, 64, HOME_AGENT, CARE_OF);
	frame_routing(&expected, 44, HOME);
	frame_octets(&expected, fragment, sizeof(fragment));
	frame_filling(&expected, 16);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* ---- what comes to the mobile node ---- */

static void with_routing_header(
	uint8_t protocol, const uint8_t *octets, const char *source, const char *home)
{
	begin(&in);
	frame_ipv6(&in, 0x6b912345, 32, 43, 61, source, CARE_OF);
	frame_routing(&in, protocol, home);
	frame_octets(&in, octets, 8);
}

static const uint8_t data[8] = {0x12, 0x34};
static const uint8_t echo_request[8] = {128, 0, 0, 0, 0x4d, 0x50};
static const uint8_t other_reply[8] = {129, 0, 0, 0, 0x4d, 0x51};
static const uint8_t probe_reply[8] = {129, 0, 0, 0, 0x4d, 0x50};
static const uint8_t unreachable[8] = {1, 4};
static const uint8_t prefix_advertisement[8] = {147, 0};

static void expect_delivered(uint8_t protocol, const uint8_t *octets)
{
	with_routing_header(protocol, octets, HOME_AGENT, HOME);
	begin(&expected);
	frame_ipv6(&expected, 0x6b912345, 8, protocol, 61, HOME_AGENT, HOME);
	frame_octets(&expected, octets, 8);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* Whether it optimizes routes or not. */
/* Shows RFC 6275 6.4-1. */
static void takes_data_of_home_agent(void **state)
{
	(void)state;
	expect_delivered(UDP, data);
	expect_delivered(TCP, data);
	expect_delivered(ICMPV6, echo_request);
	expect_delivered(ICMPV6, other_reply);
	expect_delivered(ICMPV6, unreachable);
	struct dataplane_counters counters = bench_counters(&bench, 1);
	assert_int_equal(counters.received_packets, 5);
	assert_int_equal(counters.received_octets, 5 * 48);
}

static void leaves_the_daemon_its_own(void **state)
{
	(void)state;
	with_routing_header(ICMPV6, probe_reply, HOME_AGENT, HOME);
	assert_event(ABI_EVENT_PACKET);
	with_routing_header(ICMPV6, prefix_advertisement, HOME_AGENT, HOME);
	assert_event(ABI_EVENT_PACKET);
	with_routing_header(135, data, HOME_AGENT, HOME);
	assert_event(ABI_EVENT_PACKET);
}

/* RFC 6275 6.4: of a home address that is not ours. Of others: it optimizes no routes. */
static void drops_other_routing_headers(void **state)
{
	const struct in6_addr care_of = bench_address(CARE_OF);

	(void)state;
	assert_int_equal(dataplane_local_set(bench.plane, &care_of, true), 0);
	with_routing_header(UDP, data, HOME_AGENT, "2001:db8:e::11");
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	with_routing_header(UDP, data, STRANGER, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_WRONG_ROUTING_HEADER), 2);
}

#define AT_HOME_AGENT(name) cmocka_unit_test_setup_teardown(name, home_agent, passage_end)
#define AT_MOBILE_NODE(name) cmocka_unit_test_setup_teardown(name, mobile_node, passage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_HOME_AGENT(delivers_data),
		AT_HOME_AGENT(delivers_icmpv6),
		AT_HOME_AGENT(takes_discovery),
		AT_HOME_AGENT(delivers_fragments),
		AT_HOME_AGENT(drops_fragments_of_signalling),
		AT_HOME_AGENT(delivers_options_beside_it),
		AT_HOME_AGENT(takes_what_is_not_bound),
		AT_HOME_AGENT(limits_what_is_not_bound),
		AT_HOME_AGENT(takes_tunnel_with_option),
		AT_HOME_AGENT(leaves_other_destinations),
		AT_HOME_AGENT(routes_its_own),
		AT_HOME_AGENT(tunnels_what_it_forwards),
		AT_HOME_AGENT(tunnels_what_may_not_be_routed),
		AT_HOME_AGENT(tunnels_what_some_link_may_not_carry),
		AT_HOME_AGENT(sends_its_own_by_home_link),
		AT_HOME_AGENT(routes_its_fragments),
		AT_MOBILE_NODE(takes_data_of_home_agent),
		AT_MOBILE_NODE(leaves_the_daemon_its_own),
		AT_MOBILE_NODE(drops_other_routing_headers),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
