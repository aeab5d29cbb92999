/* SPDX-License-Identifier: BSD-2-Clause */
/* The tc programs at a mobile node: frame in, verdict and exact frame out. */
#include "passage.h"

#define PLAIN 0x60000000

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, true, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, true);
	return 0;
}

static void assert_dropped(enum abi_drop reason)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, reason), 1);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* ---- data ---- */

static void from_home(struct frame *frame, const char *home)
{
	frame_ipv6(frame, PLAIN, 20, 17, 64, home, CORRESPONDENT);
	frame_filling(frame, 20);
}

static void encapsulates(void **state)
{
	struct abi_link link;

	(void)state;
	frame_ethernet(&in);
	from_home(&in, HOME);
	frame_ethernet(&expected);
	frame_ipv6(&expected, PLAIN, 60, 41, 64, CARE_OF, HOME_AGENT);
	from_home(&expected, HOME);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 1);
	assert_int_equal(bench_counters(&bench, 1).sent_octets, 60);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.sent_packets, 1);
	assert_int_equal(link.sent_octets, 60);
}

/* Once after silence, so that the daemon watches the path; not for every packet. */
static void tells_of_activity(void **state)
{
	(void)state;
	frame_ethernet(&in);
	from_home(&in, HOME);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.type, ABI_EVENT_ACTIVE);
	assert_int_equal(event.active.bid, 1);
	const struct in6_addr home = bench_address(HOME);
	assert_memory_equal(&event.active.home_address, &home, sizeof(home));
}

/* ---- egress of the link ---- */

static void guards_home_address(void **state)
{
	struct abi_link link;

	(void)state;
	frame_ethernet(&in);
	from_home(&in, HOME);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_BARE), 1);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.dropped_packets, 1);
}

/* Tunnelled packets, and other packets of the link. */
static void lets_others_leave(void **state)
{
	static const char *const sources[] = {CARE_OF, "fe80::1", "::", "2001:db8:e::11"};

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		passage_clear();
		frame_ethernet(&in);
		frame_ipv6(&in, PLAIN, 60, 41, 64, sources[i], HOME_AGENT);
		from_home(&in, HOME);
		assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_OK);
		assert_frame(&in);
	}
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_BARE), 0);
}

/* RFC 6275 11.5.5: on the home link it needs no tunnel; elsewhere it does again. */
static void home_address_leaves_by_home_link(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	frame_ethernet(&in);
	from_home(&in, HOME);
	assert_int_equal(dataplane_home_link(bench.plane, &home, bench.link, true), 0);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_OK);
	/* a daemon that is killed leaves it so */
	bench_reopen(&bench);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(dataplane_home_link(bench.plane, &home, bench.link, false), 0);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_SHOT);
}

static void leaves_other_source_to_daemon(void **state)
{
	(void)state;
	frame_ethernet(&in);
	from_home(&in, "2001:db8:e::11");
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
}

static void tunnelled(
	struct frame *frame, const char *source, const char *care_of, const char *home)
{
	frame_ethernet(frame);
	frame_ipv6(frame, PLAIN, 60, 41, 61, source, care_of);
	frame_ipv6(frame, PLAIN, 20, 17, 62, CORRESPONDENT, home);
	frame_filling(frame, 20);
}

/* A stream that only comes down must be watched as well. */
static void tells_of_reception(void **state)
{
	(void)state;
	tunnelled(&in, HOME_AGENT, CARE_OF, HOME);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.type, ABI_EVENT_ACTIVE);
	assert_int_equal(event.active.bid, 1);
}

static void decapsulates(void **state)
{
	(void)state;
	tunnelled(&in, HOME_AGENT, CARE_OF, HOME);
	frame_ethernet(&expected);
	frame_ipv6(&expected, PLAIN, 20, 17, 62, CORRESPONDENT, HOME);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_counters(&bench, 1).received_packets, 1);
}

/* RFC 6275 11.3.3: from the home agent only. Anybody else's tunnels are not ours to judge. */
/* Shows RFC 6275 11.3.3-1. */
static void leaves_tunnel_of_others(void **state)
{
	(void)state;
	tunnelled(&in, STRANGER, CARE_OF, HOME);
	assert_left_alone();
}

static void drops_wrong_care_of_address(void **state)
{
	(void)state;
	tunnelled(&in, HOME_AGENT, CARE_OF_2, HOME);
	assert_dropped(ABI_DROP_WRONG_CARE_OF_ADDRESS);
}

/* Shows RFC 6275 11.3.3-3. */
static void drops_wrong_home_address(void **state)
{
	(void)state;
	tunnelled(&in, HOME_AGENT, CARE_OF, "2001:db8:e::11");
	assert_dropped(ABI_DROP_UNKNOWN_HOME_ADDRESS);
}

static void drops_expired(void **state)
{
	(void)state;
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, true);
	tunnelled(&in, HOME_AGENT, CARE_OF, HOME);
	assert_dropped(ABI_DROP_EXPIRED);
}

/* ---- signalling ---- */

/* RFC 6275 6.1.8: a Binding Acknowledgement without options. */
#define BINDING_ACKNOWLEDGEMENT "\x3b\x01\x06\x00\x00\x00\x00\x00\x12\x34\x00\x0f\x01\x02\x00\x00"

static void mobility_header(const char *source)
{
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, source, CARE_OF);
	frame_octets(&in, BINDING_ACKNOWLEDGEMENT, 16);
}

/* RFC 6275 6.4.1 */
static void routed_mobility_header(const char *source, uint8_t type)
{
	const uint8_t begin[] = {135, 2, type, 1, 0, 0, 0, 0};

	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 40, 43, 61, source, CARE_OF);
	frame_octets(&in, begin, sizeof(begin));
	frame_address(&in, HOME);
	frame_octets(&in, BINDING_ACKNOWLEDGEMENT, 16);
}

static void takes_acknowledgement(void **state)
{
	(void)state;
	routed_mobility_header(HOME_AGENT, 2);
	assert_event(ABI_EVENT_PACKET);
}

static void takes_type_2_routing_header_from_anybody(void **state)
{
	(void)state;
	routed_mobility_header(CORRESPONDENT, 2);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_other_routing_headers(void **state)
{
	(void)state;
	routed_mobility_header(CORRESPONDENT, 4);
	assert_left_alone();
}

static void takes_mobility_header_of_home_agent(void **state)
{
	(void)state;
	mobility_header(HOME_AGENT);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_mobility_header_of_others(void **state)
{
	(void)state;
	mobility_header(CORRESPONDENT);
	assert_left_alone();
}

/* RFC 8200 4.3, 4.4: behind a hop-by-hop and a destination options header. */
static void takes_behind_other_extensions(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 32, 0, 61, HOME_AGENT, CARE_OF);
	frame_octets(&in, "\x3c\x00\x01\x04\x00\x00\x00\x00", 8);
	frame_octets(&in, "\x87\x00\x00\x01\x03\x00\x00\x00", 8);
	frame_octets(&in, BINDING_ACKNOWLEDGEMENT, 16);
	assert_event(ABI_EVENT_PACKET);
}

static void drops_fragments(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 24, 44, 61, HOME_AGENT, CARE_OF);
	frame_octets(&in, "\x87\x00\x00\x01\x00\x00\x00\x09", 8);
	frame_octets(&in, BINDING_ACKNOWLEDGEMENT, 16);
	assert_dropped(ABI_DROP_FRAGMENT);
}

static void drops_cut_short(void **state)
{
	(void)state;
	routed_mobility_header(HOME_AGENT, 2);
	in.length -= 1;
	assert_dropped(ABI_DROP_MALFORMED);
}

/* ---- ICMPv6 ---- */

static void echo(const char *source, uint8_t type, uint16_t identifier)
{
	const uint8_t octets[] = {
		type, 0, 0x12, 0x34, (uint8_t)(identifier >> 8), (uint8_t)identifier, 0, 1};

	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 8, 58, 60, source, CARE_OF);
	frame_octets(&in, octets, sizeof(octets));
}

static void takes_own_echo_reply(void **state)
{
	(void)state;
	echo(HOME_AGENT, 129, PROBE_IDENTIFIER);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_echo_reply_to_others(void **state)
{
	(void)state;
	echo(HOME_AGENT, 129, PROBE_IDENTIFIER + 1);
	assert_left_alone();
}

static void leaves_echo_reply_of_others(void **state)
{
	(void)state;
	echo(CORRESPONDENT, 129, PROBE_IDENTIFIER);
	assert_left_alone();
}

static void leaves_echo_request(void **state)
{
	(void)state;
	echo(HOME_AGENT, 128, PROBE_IDENTIFIER);
	assert_left_alone();
}

/* RFC 6275 6.6: to a care-of address, which may have no tunnel yet; a router may see others'. */
static void hears_home_agent_reply(void **state)
{
	(void)state;
	echo(CORRESPONDENT, 145, 7);
	assert_heard();
}

static void leaves_home_agent_request(void **state)
{
	(void)state;
	echo(HOME_AGENT, 144, 7);
	assert_left_alone();
}

/* RFC 6275 6.8: with a type 2 routing header, or it is none. */
static void takes_prefix_advertisement(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 32, 43, 61, HOME_AGENT, CARE_OF);
	frame_octets(&in, "\x3a\x02\x02\x01\x00\x00\x00\x00", 8);
	frame_address(&in, HOME);
	frame_octets(&in, "\x93\x00\x12\x34\x00\x07\x00\x00", 8);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_prefix_advertisement_without_routing_header(void **state)
{
	(void)state;
	echo(HOME_AGENT, 147, 7);
	assert_left_alone();
}

static void hears_routers(void **state)
{
	(void)state;
	frame_discovery(&in, 134, 255, "fe80::99", "ff02::1", NULL);
	assert_heard();
}

/* Replies come from anywhere, Router Advertisements from the link. */
static void hears_routers_in_a_flood_of_replies(void **state)
{
	echo(CORRESPONDENT, 145, 7);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
		if (i % 64 == 0)
			bench_events(&bench);
	}
	bench_events(&bench);
	in.length = 0;
	hears_routers(state);
}

static void hears_home_agent_as_neighbour(void **state)
{
	(void)state;
	frame_discovery(&in, 136, 255, "fe80::99", "ff02::1", HOME_AGENT);
	assert_heard();
}

static void leaves_other_discovery(void **state)
{
	static const struct {
		uint8_t type, hop_limit;
		const char *target;
	} others[] = {
		{134, 254, NULL},
		{136, 254, HOME_AGENT},
		{136, 255, HOME},
		{136, 255, "::"},
		{135, 255, HOME_AGENT},
		{135, 255, HOME},
		{133, 255, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		in.length = 0;
		frame_discovery(&in, others[i].type, others[i].hop_limit, "fe80::99", "ff02::1",
			others[i].target);
		assert_left_alone();
	}
}

/* RFC 6275 11.4.1: none is known, and `::` is the source of those that have no address. */
static void without_home_agent_nothing_is_ours(void **state)
{
	(void)state;
	bench_state(&bench, "::", "::", false);
	mobility_header("::");
	assert_left_alone();
	in.length = 0;
	echo("::", 129, PROBE_IDENTIFIER);
	assert_left_alone();
	in.length = 0;
	mobility_header(HOME_AGENT);
	assert_left_alone();
	in.length = 0;
	frame_discovery(&in, 136, 255, "fe80::99", "ff02::1", "::");
	assert_left_alone();
	in.length = 0;
	tunnelled(&in, "::", CARE_OF, HOME);
	assert_left_alone();
	bench_state(&bench, HOME_AGENT, "::", false);
	in.length = 0;
	mobility_header(HOME_AGENT);
	assert_event(ABI_EVENT_PACKET);
}

/* ---- the home link (RFC 5648 5.6.2, 5.6.4) ---- */

#define ROUTER_LINK_LAYER "\x02\x00\x00\x00\xee\x01"

static void sends_by_home_link(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, ROUTER_LINK_LAYER);
	frame_ethernet(&in);
	from_home(&in, HOME);
	frame_octets(&expected, ROUTER_LINK_LAYER "\x02\x00\x00\x00\x00\x77\x86\xdd", 14);
	from_home(&expected, HOME);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_counters(&bench, 2).sent_packets, 1);
	assert_int_equal(bench_events(&bench).active.bid, 2);
}

/* RFC 6275 9.5.4: to the home address itself, without routing header. */
static void takes_acknowledgement_at_home(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, ROUTER_LINK_LAYER);
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 255, HOME_AGENT, HOME);
	frame_octets(&in, BINDING_ACKNOWLEDGEMENT, 16);
	assert_event(ABI_EVENT_PACKET);
}

static void drops_tunnelled_to_home_address(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, ROUTER_LINK_LAYER);
	tunnelled(&in, HOME_AGENT, HOME, HOME);
	assert_dropped(ABI_DROP_WRONG_CARE_OF_ADDRESS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, passage_end)
	const struct CMUnitTest tests[] = {
		TEST(encapsulates),
		TEST(tells_of_activity),
		TEST(tells_of_reception),
		TEST(guards_home_address),
		TEST(lets_others_leave),
		TEST(home_address_leaves_by_home_link),
		TEST(leaves_other_source_to_daemon),
		TEST(decapsulates),
		TEST(leaves_tunnel_of_others),
		TEST(drops_wrong_care_of_address),
		TEST(drops_wrong_home_address),
		TEST(drops_expired),
		TEST(takes_acknowledgement),
		TEST(takes_type_2_routing_header_from_anybody),
		TEST(leaves_other_routing_headers),
		TEST(takes_mobility_header_of_home_agent),
		TEST(leaves_mobility_header_of_others),
		TEST(takes_behind_other_extensions),
		TEST(drops_fragments),
		TEST(drops_cut_short),
		TEST(takes_own_echo_reply),
		TEST(leaves_echo_reply_to_others),
		TEST(leaves_echo_reply_of_others),
		TEST(leaves_echo_request),
		TEST(hears_home_agent_reply),
		TEST(leaves_home_agent_request),
		TEST(takes_prefix_advertisement),
		TEST(leaves_prefix_advertisement_without_routing_header),
		TEST(hears_routers),
		TEST(hears_routers_in_a_flood_of_replies),
		TEST(hears_home_agent_as_neighbour),
		TEST(leaves_other_discovery),
		TEST(without_home_agent_nothing_is_ours),
		TEST(sends_by_home_link),
		TEST(takes_acknowledgement_at_home),
		TEST(drops_tunnelled_to_home_address),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
