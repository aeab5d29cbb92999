/* SPDX-License-Identifier: BSD-2-Clause */
/* The tc programs at the home agent: frame in, verdict and exact frame out. */
#include "passage.h"
#include "ranked.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define PLAIN 0x60000000
#define SOURCE_AT (14 + 8) /* in a frame */

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, false, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, false);
	return 0;
}

static void assert_counted(enum abi_drop reason)
{
	struct abi_link link;

	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	for (int i = 0; i < ABI_DROPS; i++)
		assert_int_equal(
			dataplane_drops(bench.plane, (enum abi_drop)i), i == (int)reason ? 1 : 0);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.dropped_packets, 1);
}

static void assert_dropped(enum abi_drop reason)
{
	assert_counted(reason);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* A tunnelled packet without a binding: the daemon gets its addresses, for a Binding Error. */
static void assert_unbound(enum abi_drop reason, const char *care_of, const char *home)
{
	const struct in6_addr expected_care_of = bench_address(care_of);
	const struct in6_addr expected_home = bench_address(home);

	assert_counted(reason);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.type, ABI_EVENT_UNBOUND);
	assert_int_equal(event.length, 32);
	assert_memory_equal(event.octets, &expected_care_of, 16);
	assert_memory_equal(event.octets + 16, &expected_home, 16);
}

static void assert_untouched(void)
{
	assert_left_alone();
	for (int i = 0; i < ABI_DROPS; i++)
		assert_int_equal(dataplane_drops(bench.plane, (enum abi_drop)i), 0);
}

/* The whole packet reaches the daemon, and nobody else. */
static void assert_taken(void)
{
	struct abi_link link;

	assert_event(ABI_EVENT_PACKET);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.signalling_packets, 1);
}

/* ---- sending ---- */

/* From the correspondent to the home address: UDP, so many octets in all. */
static void inner(struct frame *frame, uint32_t first, uint16_t octets)
{
	frame_ipv6(frame, first, (uint16_t)(octets - 40), 17, 63, CORRESPONDENT, HOME);
	frame_filling(frame, octets - 40u);
}

static void outer(struct frame *frame, uint32_t first, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, first, octets, 41, 64, HOME_AGENT, CARE_OF);
}

static void encapsulates(void **state)
{
	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	outer(&expected, PLAIN, 100);
	inner(&expected, PLAIN, 100);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	struct dataplane_counters counters = bench_counters(&bench, 1);
	assert_int_equal(counters.sent_packets, 1);
	assert_int_equal(counters.sent_octets, 100);
	assert_true(counters.sent_at > 0);
	/* A home agent need not be told. */
	assert_int_equal(bench_events(&bench).count, 0);
}

/* RFC 6040 4.1: the congestion bits, here ECT(1) and CE; also the class and the label. */
static void copies_traffic_class(void **state)
{
	static const uint32_t firsts[] = {0x6b912345, 0x60300000, 0x60254321};

	(void)state;
	for (int i = 0; i < 3; i++) {
		in.length = expected.length = 0;
		frame_ethernet(&in);
		inner(&in, firsts[i], 60);
		outer(&expected, firsts[i], 60);
		inner(&expected, firsts[i], 60);
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
		assert_frame(&expected);
	}
}

static void sends_up_to_mtu(void **state)
{
	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, MTU);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, 14 + 40 + MTU);
	in.length = 0;
	frame_ethernet(&in);
	inner(&in, PLAIN, MTU + 1);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 1);
}

/* RFC 2473 7.1 b: what is left of it to fragment has its outer header, and is counted. */
static void leaves_packets_of_the_minimum_to_be_fragmented(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	assert_int_equal(dataplane_path_mtu(bench.plane, ranked_subject(&home, &in6addr_any),
				 ranked_number(1), 1240, NANOS_NEVER),
		0);
	frame_ethernet(&in);
	inner(&in, PLAIN, 1240);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	in.length = 0;
	frame_ethernet(&in);
	inner(&in, 0x6b912345, 1280);
	outer(&expected, 0x6b912345, 1280);
	inner(&expected, 0x6b912345, 1280);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&expected);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 2);
	assert_int_equal(bench_counters(&bench, 1).sent_octets, 1240 + 1280);
	in.length = 0;
	frame_ethernet(&in);
	inner(&in, PLAIN, 1281);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
}

/* A packet that fits every link leaves in fragments if the route's link is not wide enough. */
static void leaves_what_the_link_does_not_carry_to_be_fragmented(void **state)
{
	(void)state;
	bench_set_link_mtu(1300);
	frame_ethernet(&in);
	inner(&in, PLAIN, 1280);
	frame_ethernet(&expected);
	frame_ipv6(&expected, PLAIN, 1280, 41, 64, HOME_AGENT, CARE_OF);
	inner(&expected, PLAIN, 1280);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
		assert_frame(&expected);
		assert_int_equal(bench_counters(&bench, 1).mtu, bench_route_mtu(1300) - 40);
	}
}

/*
 * TCP with 32 octets of header: a segment of 1388 octets makes 1460. A test run has no way to say
 * that it is TCP that is to be cut up, so that the kernel refuses what we find small enough;
 * test_forwarding.py sends real ones.
 */
static void measures_gso_by_segment(void **state)
{
	const uint8_t tcp[32] = {[12] = 0x80};

	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 32 + 2776, 6, 63, CORRESPONDENT, HOME);
	frame_octets(&in, tcp, sizeof(tcp));
	frame_filling(&in, 2776);
	assert_int_equal(bench_send_gso(&bench, &in, 1389, 2, &out), TC_ACT_OK);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 0);
	assert_int_equal(bench_send_gso(&bench, &in, 1388, 2, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 1);
}

/* From one mobile node to another, with the first one's Home Address option. */
static void measures_gso_behind_extensions(void **state)
{
	const uint8_t tcp[32] = {[12] = 0x80};

	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 24 + 32 + 2776, 60, 63, CARE_OF_2, HOME);
	frame_option(&in, 6, "2001:db8:e::20");
	frame_octets(&in, tcp, sizeof(tcp));
	frame_filling(&in, 2776);
	assert_int_equal(bench_send_gso(&bench, &in, 1389 - 24, 2, &out), TC_ACT_OK);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 0);
	assert_int_equal(bench_send_gso(&bench, &in, 1388 - 24, 2, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 1);
}

/* RFC 2473 7.1: the link that the route leads to carries 1400 octets. */
static void learns_mtu_of_link(void **state)
{
	(void)state;
	bench_set_link_mtu(1400);
	frame_ethernet(&in);
	inner(&in, PLAIN, 1361);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(bench_counters(&bench, 1).mtu, bench_route_mtu(1400) - 40);
}

/* The kernel believes a Packet Too Big whatever it quotes. Its answer to the question what the path
 * to CARE_OF_2 carries is 1400 (bench.c). Before Linux 5.12 no other answer is to be had. */
static void does_not_heed_path_mtu_of_kernel(void **state)
{
	(void)state;
	bench_tunnel(&bench, 1, 1, CARE_OF_2, NANOS_NEVER, false);
	frame_ethernet(&in);
	inner(&in, PLAIN, 1361);
	bool heeded = bench_route_mtu(1400) != 1400;
	assert_int_equal(bench_send(&bench, &in, &out), heeded ? TC_ACT_OK : REDIRECT);
	assert_int_equal(bench_counters(&bench, 1).mtu, heeded ? 1240 : MTU);
}

static void sends_without_route(void **state)
{
	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	bench_tunnel(&bench, 1, 1, STRANGER, NANOS_NEVER, false);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_NO_ROUTE), 1);
	/* A care-of address that is itself behind the device. */
	bench_tunnel(&bench, 1, 1, "2001:db8:e::77", NANOS_NEVER, false);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_NO_ROUTE), 2);
}

static void assert_slow_path(void)
{
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
}

static void leaves_unknown_to_daemon(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 8, 17, 63, CORRESPONDENT, "2001:db8:e::11");
	frame_filling(&in, 8);
	assert_slow_path();
}

/* RFC 6275 9.5.2: nothing is sent by a binding whose lifetime has ended. */
static void leaves_expired_to_daemon(void **state)
{
	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	assert_slow_path();
}

static void leaves_removed_to_daemon(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 1), 0);
	assert_slow_path();
}

static void leaves_ipv4_alone(void **state)
{
	(void)state;
	frame_octets(&in, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00\x45", 15);
	frame_filling(&in, 40);
	assert_slow_path();
}

/* Shows RFC 6275 10.4.2-2, 10.4.2-3, 10.4.2-5, 10.4.2-6, 10.4.2-7. */
static void drops_local_destinations(void **state)
{
	static const char *const destinations[] = {"ff02::16", "fe80::1", "febf::1"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		in.length = 0;
		frame_ethernet(&in);
		frame_ipv6(&in, PLAIN, 8, 17, 1, HOME, destinations[i]);
		frame_filling(&in, 8);
		assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
	}
	for (int i = 0; i < ABI_DROPS; i++)
		assert_int_equal(dataplane_drops(bench.plane, (enum abi_drop)i), 0);
}

static void next_tunnel_when_best_expired(void **state)
{
	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(bench_counters(&bench, 2).sent_packets, 1);
}

/* ---- receiving data ---- */

static void tunnelled(struct frame *frame, uint32_t outer_first, uint32_t inner_first,
	const char *care_of, const char *home)
{
	frame_ethernet(frame);
	frame_ipv6(frame, outer_first, 60, 41, 61, care_of, HOME_AGENT);
	frame_ipv6(frame, inner_first, 20, 17, 64, home, CORRESPONDENT);
	frame_filling(frame, 20);
}

static void stripped(struct frame *frame, uint32_t first)
{
	frame_ethernet(frame);
	frame_ipv6(frame, first, 20, 17, 64, HOME, CORRESPONDENT);
	frame_filling(frame, 20);
}

static void decapsulates(void **state)
{
	(void)state;
	tunnelled(&in, 0x6b900001, 0x60012345, CARE_OF, HOME);
	stripped(&expected, 0x60012345);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	struct dataplane_counters counters = bench_counters(&bench, 1);
	assert_int_equal(counters.received_packets, 1);
	assert_int_equal(counters.received_octets, 60);
	assert_true(counters.received_at > 0);
}

/* RFC 6040 4.2, the whole table: inner and outer bits, and what is to come out; -1: dropped. */
static void combines_congestion(void **state)
{
	static const int table[4][4] = {
		/* outer: Not-ECT, ECT(1), ECT(0), CE */
		{0, 0, 0, -1}, /* inner Not-ECT */
		{1, 1, 1, 3},  /* ECT(1) */
		{2, 1, 2, 3},  /* ECT(0) */
		{3, 3, 3, 3},  /* CE */
	};

	(void)state;
	for (uint32_t i = 0; i < 16; i++) {
		int result = table[i / 4][i % 4];
		in.length = expected.length = 0;
		tunnelled(&in, PLAIN | (i % 4) << 20, 0x6b800000 | (i / 4) << 20, CARE_OF, HOME);
		stripped(&expected, 0x6b800000 | (uint32_t)(result < 0 ? 0 : result) << 20);
		assert_int_equal(
			bench_receive(&bench, &in, &out), result < 0 ? TC_ACT_SHOT : REDIRECT);
		if (result >= 0)
			assert_frame(&expected);
	}
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_CONGESTION), 1);
}

/* RFC 2473 4.1.1: a Tunnel Encapsulation Limit between the headers, as Linux's ip6_tunnel sends. */
static void strips_extension_headers(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 68, 60, 61, CARE_OF, HOME_AGENT);
	frame_octets(&in, "\x29\x00\x04\x01\x04\x01\x01\x00", 8);
	frame_ipv6(&in, PLAIN, 20, 17, 64, HOME, CORRESPONDENT);
	frame_filling(&in, 20);
	stripped(&expected, PLAIN);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

/* RFC 6275 10.4.5 */
static void drops_wrong_care_of_address(void **state)
{
	(void)state;
	tunnelled(&in, PLAIN, PLAIN, STRANGER, HOME);
	assert_unbound(ABI_DROP_WRONG_CARE_OF_ADDRESS, STRANGER, HOME);
}

static void drops_wrong_home_address(void **state)
{
	(void)state;
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, "2001:db8:e::11");
	assert_unbound(ABI_DROP_UNKNOWN_HOME_ADDRESS, CARE_OF, "2001:db8:e::11");
}

static void drops_expired(void **state)
{
	(void)state;
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, HOME);
	assert_unbound(ABI_DROP_EXPIRED, CARE_OF, HOME);
}

static void drops_removed(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 1), 0);
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, HOME);
	assert_unbound(ABI_DROP_WRONG_CARE_OF_ADDRESS, CARE_OF, HOME);
}

static void drops_cut_short_inner(void **state)
{
	(void)state;
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, HOME);
	in.length = 14 + 40 + 39;
	assert_dropped(ABI_DROP_MALFORMED);
}

static void drops_inner_ipv4(void **state)
{
	(void)state;
	tunnelled(&in, PLAIN, 0x45000000, CARE_OF, HOME);
	assert_dropped(ABI_DROP_MALFORMED);
}

static void leaves_other_destination(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 60, 41, 61, CARE_OF, "2001:db8:f::99");
	frame_ipv6(&in, PLAIN, 20, 17, 64, HOME, CORRESPONDENT);
	frame_filling(&in, 20);
	assert_untouched();
}

static void leaves_other_protocols(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 20, 17, 61, CARE_OF, HOME_AGENT);
	frame_filling(&in, 20);
	assert_untouched();
}

static void leaves_ethernet_of_others(void **state)
{
	(void)state;
	frame_octets(&in, "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x02\x08\x06", 14);
	frame_filling(&in, 46);
	assert_untouched();
}

/* ---- receiving signalling ---- */

/* RFC 6275 6.1.7: a Binding Update without options. */
#define BINDING_UPDATE "\x3b\x01\x05\x00\x00\x00\x12\x34\x80\x00\x00\x3c\x01\x02\x00\x00"

/* RFC 6275 6.3: behind a PadN, so that the address is aligned. */
static void home_address_option(struct frame *frame, uint8_t next_header, const char *home)
{
	const uint8_t begin[] = {next_header, 2, 1, 2, 0, 0, 201, 16};

	frame_octets(frame, begin, sizeof(begin));
	frame_address(frame, home);
}

static void takes_mobility_header(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_octets(&in, BINDING_UPDATE, 16);
	assert_taken();
}

static void takes_home_address_option(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 40, 60, 61, CARE_OF, HOME_AGENT);
	home_address_option(&in, 135, HOME);
	frame_octets(&in, BINDING_UPDATE, 16);
	assert_taken();
}

/* RFC 6275 9.3.1: without binding it is the daemon's to answer. With one: test_own_packets.c. */
static void takes_home_address_option_with_data(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 44, 60, 61, STRANGER, HOME_AGENT);
	home_address_option(&in, 17, HOME);
	frame_filling(&in, 20);
	assert_taken();
}

/* Longer than the small records of the ring buffer. */
static void takes_long_signalling(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 1460, 135, 61, CARE_OF, HOME_AGENT);
	frame_filling(&in, 1460);
	assert_taken();
}

static void ignores_padding_of_the_link(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_octets(&in, BINDING_UPDATE, 16);
	frame_filling(&in, 6);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(bench_events(&bench).length, 56);
}

static void drops_oversized_signalling(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 1461, 135, 61, CARE_OF, HOME_AGENT);
	frame_filling(&in, 1461);
	assert_dropped(ABI_DROP_MALFORMED);
}

static void drops_cut_short_signalling(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 17, 135, 61, STRANGER, HOME_AGENT);
	frame_octets(&in, BINDING_UPDATE, 16);
	assert_dropped(ABI_DROP_MALFORMED);
}

static void drops_cut_short_extension(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 40, 60, 61, CARE_OF, HOME_AGENT);
	frame_octets(&in, "\x3c\x00\x01", 3);
	assert_dropped(ABI_DROP_MALFORMED);
}

/* RFC 8200 4.5: the first and a later fragment; of signalling, of what may hide it. */
static void drops_fragments(void **state)
{
	static const uint8_t hiding[] = {135, 60, 43};

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		const uint8_t fragment[] = {hiding[i / 2], 0, 0, i % 2 ? 0x40 : 1, 0, 0, 0, 9};
		in.length = 0;
		frame_ethernet(&in);
		frame_ipv6(&in, PLAIN, 24, 44, 61, CARE_OF, HOME_AGENT);
		frame_octets(&in, fragment, sizeof(fragment));
		frame_octets(&in, BINDING_UPDATE, 16);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FRAGMENT), i + 1);
	}
	assert_int_equal(bench_events(&bench).count, 0);
}

/* A fragment of an outer packet, with so many octets; of the inner header, if it is the first. */
static void tunnelled_fragment(
	uint16_t offset_and_more, const char *care_of, const char *home, uint16_t octets)
{
	const uint8_t fragment[] = {41, 0, (uint8_t)(offset_and_more >> 8),
		(uint8_t)offset_and_more, 0xde, 0xad, 0xbe, 0xef};

	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, (uint16_t)(8 + octets), 44, 61, care_of, HOME_AGENT);
	frame_octets(&in, fragment, sizeof(fragment));
	if (offset_and_more < 8 && octets >= 40)
		frame_ipv6(&in, PLAIN, 1240, 17, 63, home, CORRESPONDENT);
	frame_filling(&in, octets - (offset_and_more < 8 && octets >= 40 ? 40u : 0u));
}

/* RFC 2473 7.1: the daemon puts them together. The first one is checked as a whole packet is. */
static void hands_tunnelled_fragments_over(void **state)
{
	(void)state;
	tunnelled_fragment(1, CARE_OF, HOME, 1232);
	assert_event(ABI_EVENT_FRAGMENT);
	tunnelled_fragment(1232, CARE_OF, HOME, 48);
	assert_event(ABI_EVENT_FRAGMENT);
	/* also the smallest one that has all headers (RFC 7112 5) */
	tunnelled_fragment(1, CARE_OF, HOME, 40);
	assert_event(ABI_EVENT_FRAGMENT);
	/* nothing is received until it is whole */
	assert_int_equal(bench_counters(&bench, 1).received_at, 0);
	tunnelled_fragment(1, CARE_OF, HOME, 32);
	assert_dropped(ABI_DROP_MALFORMED);
}

static void checks_first_fragments(void **state)
{
	(void)state;
	tunnelled_fragment(1, STRANGER, HOME, 1232);
	assert_unbound(ABI_DROP_WRONG_CARE_OF_ADDRESS, STRANGER, HOME);
}

static void checks_home_address_of_first_fragments(void **state)
{
	(void)state;
	tunnelled_fragment(1, CARE_OF, CORRESPONDENT, 1232);
	assert_unbound(ABI_DROP_UNKNOWN_HOME_ADDRESS, CARE_OF, CORRESPONDENT);
}

static void checks_lifetime_of_first_fragments(void **state)
{
	(void)state;
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	tunnelled_fragment(1, CARE_OF, HOME, 1232);
	assert_unbound(ABI_DROP_EXPIRED, CARE_OF, HOME);
}

static long receive_whole(uint32_t first, const char *care_of, uint8_t *ret, size_t capacity)
{
	in.length = 0;
	frame_ipv6(&in, first, 1280, 41, 61, care_of, HOME_AGENT);
	frame_ipv6(&in, 0x60200000, 1240, 17, 63, HOME, CORRESPONDENT);
	frame_filling(&in, 1240);
	return dataplane_receive(bench.plane, bench.link, in.octets, in.length, ret, capacity);
}

/* What was put together of fragments gets what every packet gets: checks, counters, RFC 6040 4.2.
 */
static void takes_whole_packets_of_the_daemon(void **state)
{
	uint8_t inner_octets[2048];
	struct abi_link link;

	(void)state;
	expected.length = 0;
	frame_ipv6(&expected, 0x60300000, 1240, 17, 63, HOME, CORRESPONDENT);
	frame_filling(&expected, 1240);
	assert_int_equal(
		receive_whole(0x60300000, CARE_OF, inner_octets, sizeof(inner_octets)), 1280);
	assert_memory_equal(inner_octets, expected.octets, 1280);
	struct dataplane_counters counters = bench_counters(&bench, 1);
	assert_int_equal(counters.received_packets, 1);
	assert_int_equal(counters.received_octets, 1280);
	assert_true(counters.received_at > 0);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.received_octets, 1280);
	assert_int_equal(bench_events(&bench).count, 0);
	assert_int_equal(receive_whole(PLAIN, CARE_OF, inner_octets, 1279), -EMSGSIZE);
	assert_int_equal(receive_whole(PLAIN, STRANGER, inner_octets, sizeof(inner_octets)), 0);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_WRONG_CARE_OF_ADDRESS), 1);
	assert_int_equal(bench_events(&bench).type, ABI_EVENT_UNBOUND);
	assert_int_equal(dataplane_receive(bench.plane, bench.device, in.octets, in.length,
				 inner_octets, sizeof(inner_octets)),
		-ENODEV);
}

/* Fragments that belong to nothing leave room for those that do. */
static void flood_of_later_fragments_is_limited(void **state)
{
	(void)state;
	tunnelled_fragment(1232, STRANGER, HOME, 48);
	bench_flood(&bench, &in);
	assert_in_range(bench_events(&bench).count, 1, 4000);
	tunnelled_fragment(1, CARE_OF, HOME, 1232);
	assert_event(ABI_EVENT_FRAGMENT);
	for (int i = 0; i < 400; i++) {
		tunnelled_fragment(1232, CARE_OF, HOME, 48);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	}
	assert_int_equal(bench_events(&bench).count, 400);
}

static void leaves_other_fragments(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 24, 44, 61, CARE_OF, HOME_AGENT);
	frame_octets(&in, "\x3a\x00\x00\x01\x00\x00\x00\x09", 8);
	frame_filling(&in, 16);
	assert_untouched();
}

static void counts_what_the_daemon_misses(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_octets(&in, BINDING_UPDATE, 16);
	bench_receive_from_all(&bench, &in, SOURCE_AT, 10000);
	uint64_t lost = dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL);
	assert_in_range(lost, 1, 9999);
	assert_int_equal(bench_events(&bench).count,
		10000 - lost - dataplane_drops(bench.plane, ABI_DROP_FLOOD));
}

/* ---- ICMPv6 ---- */

#define ANYCAST "2001:db8:e::fdff:ffff:ffff:fffe"
#define ROUTER "fe80::99"
#define NOBODY "2001:db8:e::66"

/* RFC 4443 4.2, RFC 6275 6.5: eight octets, the fifth and sixth are the identifier. */
static void message(uint8_t type, uint16_t identifier, const char *source, const char *destination)
{
	const uint8_t octets[] = {
		type, 0, 0x12, 0x34, (uint8_t)(identifier >> 8), (uint8_t)identifier, 0, 1};

	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 8, 58, 60, source, destination);
	frame_octets(&in, octets, sizeof(octets));
}

/* Draft-13 10: the proof that a care-of address is reachable. */
static void takes_own_echo_reply(void **state)
{
	(void)state;
	message(129, PROBE_IDENTIFIER, CARE_OF, HOME_AGENT);
	assert_taken();
}

static void leaves_other_echo_messages(void **state)
{
	(void)state;
	message(129, PROBE_IDENTIFIER + 1, CARE_OF, HOME_AGENT);
	assert_untouched();
	message(129, PROBE_IDENTIFIER, CARE_OF, CORRESPONDENT);
	assert_untouched();
	message(128, PROBE_IDENTIFIER, CARE_OF, HOME_AGENT);
	assert_untouched();
}

/* RFC 6275 10.5: to the anycast address; to the home agent's own it does no harm. */
static void takes_home_agent_request(void **state)
{
	(void)state;
	bench_state(&bench, HOME_AGENT, ANYCAST, true);
	message(144, 7, STRANGER, ANYCAST);
	assert_taken();
}

static void takes_home_agent_request_to_itself(void **state)
{
	(void)state;
	message(144, 7, STRANGER, HOME_AGENT);
	assert_taken();
}

static void leaves_other_packets_to_anycast(void **state)
{
	(void)state;
	bench_state(&bench, HOME_AGENT, ANYCAST, true);
	message(128, 7, STRANGER, ANYCAST);
	assert_untouched();
	message(129, PROBE_IDENTIFIER, STRANGER, ANYCAST);
	assert_untouched();
	message(145, 7, STRANGER, ANYCAST);
	assert_untouched();
	message(144, 7, STRANGER, "2001:db8:e::fdff:ffff:ffff:fffd");
	assert_untouched();
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, STRANGER, ANYCAST);
	frame_octets(&in, BINDING_UPDATE, 16);
	assert_untouched();
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 60, 41, 61, CARE_OF, ANYCAST);
	frame_ipv6(&in, PLAIN, 20, 17, 64, HOME, CORRESPONDENT);
	frame_filling(&in, 20);
	assert_untouched();
}

static void leaves_home_agent_request_without_anycast(void **state)
{
	(void)state;
	message(144, 7, STRANGER, ANYCAST);
	assert_untouched();
	message(144, 7, STRANGER, "::");
	assert_untouched();
}

/* RFC 6275 6.7: with a Home Address option, or it is none. */
static void takes_prefix_solicitation(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 32, 60, 61, CARE_OF, HOME_AGENT);
	home_address_option(&in, 58, HOME);
	frame_octets(&in, "\x92\x00\x12\x34\x00\x07\x00\x00", 8);
	assert_taken();
}

static void leaves_prefix_solicitation_without_option(void **state)
{
	(void)state;
	message(146, 7, CARE_OF, HOME_AGENT);
	assert_untouched();
}

struct discovery {
	uint8_t type;
	const char *source;
	const char *destination;
	const char *target;
};

/* Of the daemon's interest: routers; who asks for a home address that is bound, or for a link-local
 * address (RFC 6275 10.4.1: L); who is about to take an address (source ::); who says that he has
 * one. */
static const struct discovery of_interest[] = {
	{134, ROUTER, "ff02::1", NULL},
	{135, ROUTER, "ff02::1:ff00:10", HOME},
	{135, ROUTER, "ff02::1:ff00:10", "fe80::10"},
	{135, CORRESPONDENT, "febf::10", "febf::10"},
	{135, "::", "ff02::1:ff00:10", HOME},
	{135, "::", "ff02::1:ff00:66", NOBODY},
	{136, ROUTER, "ff02::1", NOBODY},
	{136, NOBODY, HOME_AGENT, NOBODY},
};

static void discovery(const struct discovery *message, uint8_t hop_limit)
{
	in.length = 0;
	frame_discovery(&in, message->type, hop_limit, message->source, message->destination,
		message->target);
}

/* RFC 6275 10.3.1, 10.4.1, 10.5.1 */
static void hears_discovery_on_home_link(void **state)
{
	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	for (size_t i = 0; i < sizeof(of_interest) / sizeof(*of_interest); i++) {
		discovery(&of_interest[i], 255);
		assert_heard();
	}
}

/* RFC 2710 3, RFC 4861 4, RFC 3122 2, RFC 3810 5.2, RFC 3971 6, RFC 4286 3 to 5 */
static const uint8_t of_link_scope[] = {
	130, 131, 132, 133, 134, 135, 136, 137, 141, 142, 143, 148, 149, 151, 152, 153};

/* A whole message of this type, without a body that is looked at. */
static void neighbours_message(uint8_t type, uint8_t hop_limit, const char *destination)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 24, 58, hop_limit, CORRESPONDENT, destination);
	frame_octets(&in, (const char *)&type, 1);
	frame_filling(&in, 23);
}

static void assert_dropped_as_link_scope(void)
{
	uint64_t before = dataplane_drops(bench.plane, ABI_DROP_LINK_SCOPE);

	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_LINK_SCOPE), before + 1);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* RFC 6275 10.4.1: the kernel would forward a solicitation to the home address into the tunnel. */
static void takes_solicitation_to_home_address(void **state)
{
	static const struct discovery message = {135, CORRESPONDENT, HOME, HOME};

	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	discovery(&message, 255);
	assert_taken();
	discovery(&message, 254);
	assert_dropped_as_link_scope();
	bench_state(&bench, HOME_AGENT, "::", false);
	discovery(&message, 255);
	assert_dropped_as_link_scope();
	neighbours_message(135, 255, NOBODY);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
}

/* RFC 6275 10.4.2: nothing of link scope is tunnelled, whichever way it comes. */
static void drops_link_scope_to_home_address(void **state)
{
	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	for (size_t i = 0; i < sizeof(of_link_scope); i++) {
		if (of_link_scope[i] != 135) {
			neighbours_message(of_link_scope[i], 255, HOME);
			assert_dropped_as_link_scope();
		}
		neighbours_message(of_link_scope[i], 64, HOME);
		assert_dropped_as_link_scope();
	}
	/* these are data, and the kernel's to forward */
	neighbours_message(128, 64, HOME);
	assert_left_alone();
	neighbours_message(150, 64, HOME);
	assert_left_alone();
}

static void never_tunnels_link_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(of_link_scope); i++) {
		neighbours_message(of_link_scope[i], 63, HOME);
		assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_LINK_SCOPE), i + 1);
	}
	neighbours_message(128, 63, HOME);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	/* RFC 2710 3: behind a Router Alert */
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 32, 0, 63, CORRESPONDENT, HOME);
	frame_octets(&in, "\x3a\x00\x05\x02\x00\x00\x01\x00\x83", 9);
	frame_filling(&in, 23);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
}

/* RFC 6275 10.4.2: what comes for a link-local address that is answered for; on the home link
 * alone. */
static void takes_what_is_for_a_proxied_link_local_address(void **state)
{
	static const struct discovery message = {135, ROUTER, "fe80::10", "fe80::10"};
	const struct in6_addr link_local = bench_address("fe80::10");

	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	neighbours_message(128, 64, "fe80::10");
	assert_left_alone();
	assert_int_equal(dataplane_proxied_set(bench.plane, &link_local, true), 0);
	assert_taken();
	discovery(&message, 255);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(bench_events(&bench).count, 1);
	neighbours_message(137, 255, "fe80::10");
	assert_dropped_as_link_scope();
	/* UDP */
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 20, 17, 64, CORRESPONDENT, "fe80::10");
	frame_filling(&in, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(bench_events(&bench).count, 1);
	bench_state(&bench, HOME_AGENT, "::", false);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	/* nothing comes out of a tunnel from it */
	in.length = 0;
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, "fe80::10");
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_UNKNOWN_HOME_ADDRESS), 1);
	bench_events(&bench);
	bench_state(&bench, HOME_AGENT, "::", true);
	assert_int_equal(dataplane_proxied_set(bench.plane, &link_local, false), 0);
	assert_int_equal(dataplane_proxied_set(bench.plane, &link_local, false), 0);
	neighbours_message(128, 64, "fe80::10");
	assert_left_alone();
}

static void leaves_discovery_on_other_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(of_interest) / sizeof(*of_interest); i++) {
		discovery(&of_interest[i], 255);
		assert_untouched();
	}
}

/* RFC 4861 6.1.2, 7.1: it came from another link. */
static void leaves_discovery_that_was_forwarded(void **state)
{
	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	for (size_t i = 0; i < sizeof(of_interest) / sizeof(*of_interest); i++) {
		discovery(&of_interest[i], 254);
		assert_untouched();
	}
}

static void leaves_other_discovery(void **state)
{
	static const struct discovery others[] = {
		{133, ROUTER, "ff02::2", NULL},
		{135, ROUTER, "ff02::1:ff00:66", NOBODY},
		{135, ROUTER, "ff02::1:ff00:66", "fec0::66"},
		{137, ROUTER, "ff02::1", HOME},
	};

	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		discovery(&others[i], 255);
		assert_untouched();
	}
	/* cut short in the middle of the target */
	discovery(&of_interest[1], 255);
	in.length -= 8;
	assert_untouched();
}

/* A neighbour who floods the link costs the daemon neither its signalling nor all its time. */
static void flood_of_discovery_leaves_room_for_signalling(void **state)
{
	int heard = 0;

	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	discovery(&of_interest[1], 255);
	while (dataplane_drops(bench.plane, ABI_DROP_FLOOD) == 0 && heard++ < 100000)
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_in_range(heard, 2, 100000);
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_octets(&in, BINDING_UPDATE, 16);
	bench_receive_from_all(&bench, &in, SOURCE_AT, 5 * heard / 2);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL), 0);
	assert_int_equal(bench_events(&bench).count, heard - 1 + 5 * heard / 2);
}

/* Of 5000 frames `in`. */
/* The link is a real one: a few messages of the kernel's Neighbour Discovery may be among them. */
#define OF_THE_KERNEL 10

static void assert_heard_at_a_rate(int verdict)
{
	struct timespec began, ended;
	cpu_set_t one;
	int heard = 0;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(bench_receive(&bench, &in, &out), verdict);
		heard += bench_events(&bench).count;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_in_range(heard, 1, 1000 * (ended.tv_sec - began.tv_sec + 2));
	assert_in_range(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 5000 - heard,
		5000 - heard + OF_THE_KERNEL);
}

/* Four a second for each care-of address; the others are told of too. */
static void flood_by_no_tunnel_is_told_at_a_rate(void **state)
{
	struct timespec began, ended;
	cpu_set_t one;
	int told = 0;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	clock_gettime(CLOCK_MONOTONIC, &began);
	tunnelled(&in, PLAIN, PLAIN, STRANGER, HOME);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		told += bench_events(&bench).count;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_in_range(told, 1, 4 * (ended.tv_sec - began.tv_sec + 2));
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_WRONG_CARE_OF_ADDRESS), 5000);
	in.length = 0;
	tunnelled(&in, PLAIN, PLAIN, CARE_OF_2, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(bench_events(&bench).type, ABI_EVENT_UNBOUND);
}

static void flood_of_discovery_is_heard_at_a_rate(void **state)
{
	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	discovery(&of_interest[1], 255);
	assert_heard_at_a_rate(TC_ACT_OK);
}

static void flood_of_too_big_is_heard_at_a_rate(void **state)
{
	(void)state;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	report_sent(2, 0, 1400, 1232);
	assert_heard_at_a_rate(TC_ACT_SHOT);
}

/* Anybody can send it: neither is signalling lost for it, nor is the home link less defended. */
static void flood_of_too_big_leaves_room_for_others(void **state)
{
	struct timespec began, ended;
	int heard = 0;

	(void)state;
	bench_state(&bench, HOME_AGENT, "::", true);
	/* as large as an event can be */
	frame_ethernet(&in);
	inner(&in, PLAIN, MTU);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	report_sent(2, 0, 1400, 1452);
	clock_gettime(CLOCK_MONOTONIC, &began);
	while (dataplane_drops(bench.plane, ABI_DROP_FLOOD) == 0 && heard++ < 100000)
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_in_range(heard, 2, 1000 * (ended.tv_sec - began.tv_sec + 2));
	discovery(&of_interest[1], 255);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 1);
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_octets(&in, BINDING_UPDATE, 16);
	bench_receive_from_all(&bench, &in, SOURCE_AT, 1000);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL), 0);
	assert_int_equal(bench_events(&bench).count, heard - 1 + 1 + 1000);
}

/* Anybody may ask for home agents (RFC 6275 10.5), and is answered at a rate. */
static void flood_of_requests_leaves_room_for_others(void **state)
{
	(void)state;
	message(144, 7, STRANGER, HOME_AGENT);
	bench_flood(&bench, &in);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 100);
	message(129, PROBE_IDENTIFIER, CARE_OF, HOME_AGENT);
	bench_receive_from_all(&bench, &in, SOURCE_AT, 1000);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL), 0);
	assert_int_equal(bench_events(&bench).octets[40], 129);
}

/* ---- the home link (RFC 5648 5.6.2, 5.6.4) ---- */

#define NODE_LINK_LAYER "\x02\x00\x00\x00\xee\x02"

/* Destination: the mobile node's; source: LINK_LAYER. */
static void home_frame(struct frame *frame)
{
	frame_octets(frame, NODE_LINK_LAYER "\x02\x00\x00\x00\x00\x77\x86\xdd", 14);
}

static void sends_by_home_link(void **state)
{
	struct abi_link link;

	(void)state;
	bench_home_link(&bench, 2, NODE_LINK_LAYER);
	frame_ethernet(&in);
	inner(&in, 0x60312345, 100);
	home_frame(&expected);
	inner(&expected, 0x60312345, 100);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 0);
	struct dataplane_counters counters = bench_counters(&bench, 2);
	assert_int_equal(counters.sent_packets, 1);
	assert_int_equal(counters.sent_octets, 100);
	assert_true(counters.sent_at > 0);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.sent_packets, 1);
	assert_int_equal(link.sent_octets, 100);
}

/* A new network card, or one whose address was set: the frames come from there. */
static void frames_follow_the_link_layer_address(void **state)
{
	(void)state;
	assert_int_equal(system("ip link set access address 02:00:00:00:00:78"), 0);
	assert_int_equal(dataplane_attach(bench.plane, bench.link), 0);
	bench_home_link(&bench, 2, NODE_LINK_LAYER);
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	int verdict = bench_send(&bench, &in, &out);
	assert_int_equal(system("ip link set access address " LINK_LAYER), 0);
	assert_int_equal(verdict, REDIRECT);
	assert_memory_equal(out.octets + 6, "\x02\x00\x00\x00\x00\x78", 6);
}

/* Its link-layer address is not known. */
static void no_frames_by_a_link_that_is_not_attached(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, NODE_LINK_LAYER);
	assert_int_equal(dataplane_detach(bench.plane, bench.link), 0);
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 1);
	assert_int_equal(bench_counters(&bench, 2).sent_packets, 0);
}

/* The kernel fills in the link-layer addresses afterwards. */
static void sends_to_neighbour_on_home_link(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, NULL);
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&in);
	assert_int_equal(bench_counters(&bench, 2).sent_packets, 1);
}

/* The link's MTU, without subtracting an outer header. */
static void mtu_of_home_link(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, NODE_LINK_LAYER);
	assert_int_equal(bench_counters(&bench, 2).mtu, MTU + 40);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
	frame_ethernet(&in);
	inner(&in, PLAIN, MTU + 40);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	in.length = 0;
	frame_ethernet(&in);
	inner(&in, PLAIN, MTU + 41);
	assert_slow_path();
	dataplane_default_mtu(bench.plane, 1300);
	assert_int_equal(bench_counters(&bench, 2).mtu, 1340);
	assert_int_equal(bench_counters(&bench, 1).mtu, 1300);
}

/* Nobody is to claim to be at home from somewhere else. */
static void drops_tunnelled_from_home_address(void **state)
{
	(void)state;
	bench_home_link(&bench, 2, NODE_LINK_LAYER);
	tunnelled(&in, PLAIN, PLAIN, HOME, HOME);
	assert_unbound(ABI_DROP_WRONG_CARE_OF_ADDRESS, HOME, HOME);
}

static void home_link_becomes_a_tunnel(void **state)
{
	(void)state;
	bench_home_link(&bench, 1, NODE_LINK_LAYER);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU + 40);
	bench_tunnel(&bench, 1, 0, CARE_OF, NANOS_NEVER, false);
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	outer(&expected, PLAIN, 100);
	inner(&expected, PLAIN, 100);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
	in.length = 0;
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
}

/* Draft-13 10: an unverified care-of address gets nothing, and may send. */
static void held_tunnel_only_receives(void **state)
{
	struct effect_tunnel effect = {
		.local.address = bench_address(HOME_AGENT),
		.remote.address = bench_address(CARE_OF),
		.expires = NANOS_NEVER,
		.bid = 1,
	};

	(void)state;
	assert_int_equal(ranked_tunnel_change(bench.plane, false, bench_address(HOME), in6addr_any,
				 &effect, NULL),
		0);
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	assert_slow_path();
	in.length = 0;
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	in.length = 0;
	frame_ethernet(&in);
	inner(&in, PLAIN, 100);
	assert_slow_path();
}

/* ---- what the daemon changes while the programs run ---- */

static void follows_home_agent_address(void **state)
{
	(void)state;
	bench_state(&bench, STRANGER, "::", false);
	tunnelled(&in, PLAIN, PLAIN, CARE_OF, HOME);
	assert_untouched();
	bench_state(&bench, HOME_AGENT, "::", false);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, passage_end)
	const struct CMUnitTest tests[] = {
		TEST(encapsulates),
		TEST(copies_traffic_class),
		TEST(sends_up_to_mtu),
		TEST(leaves_packets_of_the_minimum_to_be_fragmented),
		TEST(leaves_what_the_link_does_not_carry_to_be_fragmented),
		TEST(measures_gso_by_segment),
		TEST(measures_gso_behind_extensions),
		TEST(learns_mtu_of_link),
		TEST(does_not_heed_path_mtu_of_kernel),
		TEST(sends_without_route),
		TEST(leaves_unknown_to_daemon),
		TEST(leaves_expired_to_daemon),
		TEST(leaves_removed_to_daemon),
		TEST(leaves_ipv4_alone),
		TEST(drops_local_destinations),
		TEST(next_tunnel_when_best_expired),
		TEST(decapsulates),
		TEST(combines_congestion),
		TEST(strips_extension_headers),
		TEST(drops_wrong_care_of_address),
		TEST(drops_wrong_home_address),
		TEST(drops_expired),
		TEST(drops_removed),
		TEST(drops_cut_short_inner),
		TEST(drops_inner_ipv4),
		TEST(leaves_other_destination),
		TEST(leaves_other_protocols),
		TEST(leaves_ethernet_of_others),
		TEST(takes_mobility_header),
		TEST(takes_home_address_option),
		TEST(takes_home_address_option_with_data),
		TEST(takes_long_signalling),
		TEST(ignores_padding_of_the_link),
		TEST(drops_oversized_signalling),
		TEST(drops_cut_short_signalling),
		TEST(drops_cut_short_extension),
		TEST(drops_fragments),
		TEST(hands_tunnelled_fragments_over),
		TEST(takes_whole_packets_of_the_daemon),
		TEST(checks_first_fragments),
		TEST(checks_home_address_of_first_fragments),
		TEST(checks_lifetime_of_first_fragments),
		TEST(flood_of_later_fragments_is_limited),
		TEST(leaves_other_fragments),
		TEST(counts_what_the_daemon_misses),
		TEST(takes_own_echo_reply),
		TEST(leaves_other_echo_messages),
		TEST(takes_home_agent_request),
		TEST(takes_home_agent_request_to_itself),
		TEST(leaves_other_packets_to_anycast),
		TEST(leaves_home_agent_request_without_anycast),
		TEST(takes_prefix_solicitation),
		TEST(leaves_prefix_solicitation_without_option),
		TEST(hears_discovery_on_home_link),
		TEST(takes_solicitation_to_home_address),
		TEST(drops_link_scope_to_home_address),
		TEST(never_tunnels_link_scope),
		TEST(takes_what_is_for_a_proxied_link_local_address),
		TEST(leaves_discovery_on_other_links),
		TEST(leaves_discovery_that_was_forwarded),
		TEST(leaves_other_discovery),
		TEST(flood_of_discovery_leaves_room_for_signalling),
		TEST(flood_by_no_tunnel_is_told_at_a_rate),
		TEST(flood_of_discovery_is_heard_at_a_rate),
		TEST(flood_of_too_big_is_heard_at_a_rate),
		TEST(flood_of_too_big_leaves_room_for_others),
		TEST(flood_of_requests_leaves_room_for_others),
		TEST(sends_by_home_link),
		TEST(frames_follow_the_link_layer_address),
		TEST(no_frames_by_a_link_that_is_not_attached),
		TEST(sends_to_neighbour_on_home_link),
		TEST(mtu_of_home_link),
		TEST(drops_tunnelled_from_home_address),
		TEST(home_link_becomes_a_tunnel),
		TEST(held_tunnel_only_receives),
		TEST(follows_home_agent_address),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
