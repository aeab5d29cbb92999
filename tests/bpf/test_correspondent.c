/* SPDX-License-Identifier: BSD-2-Clause */
/* The tc programs at a correspondent: frame in, verdict and exact frame out. */
#include "passage.h"
#include "ranked.h"

/* Traffic class with congestion bits, and flow label: all of it stays. */
#define FIRST 0x6a2abcde
#define OWN CORRESPONDENT
/* Of the gateway, which has addresses of both kinds behind it. */
#define GATEWAY "\x02\x00\x00\x00\x00\x99"
#define BINDING_UPDATE "\x3b\x01\x05\x00\x00\x00\x00\x01\x80\x00\x00\x3c\x01\x02\x00\x00"

static void own_address(bool present)
{
	const struct in6_addr own = bench_address(OWN);

	assert_int_equal(dataplane_local_set(bench.plane, &own, present), 0);
}

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open_optimizing(&bench, false, true);
	own_address(true);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, OWN, 1, CARE_OF, NANOS_NEVER);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, OWN, 2, CARE_OF_2, NANOS_NEVER);
	return 0;
}

/* ---- out ---- */

/* The frame as routing and Neighbour Discovery have addressed it. */
static void ethernet(struct frame *frame, const char *neighbour)
{
	frame_octets(frame, neighbour, 6);
	frame_octets(frame, "\x02\0\0\0\0\x77\x86\xdd", 8);
}

static void to_home(struct frame *frame, uint16_t octets)
{
	ethernet(frame, GATEWAY);
	frame_ipv6(frame, FIRST, octets, 17, 63, OWN, HOME);
	frame_filling(frame, octets);
}

static void to_care_of(struct frame *frame, uint8_t next_header, uint16_t octets)
{
	ethernet(frame, GATEWAY);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 24), 43, 63, OWN, CARE_OF);
	frame_routing(frame, next_header, HOME);
}

static void assert_goes_untouched(void)
{
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
}

/* RFC 6275 9.3.2, 6.4.1: hop limit, traffic class and flow label are the sender's. */
/* Shows RFC 6275 6.4.1-1, 6.4.1-3, 6.4.1-4, 9.3.2-1, 9.3.2-2. */
static void inserts_routing_header(void **state)
{
	(void)state;
	to_home(&in, 20);
	to_care_of(&expected, 17, 20);
	frame_filling(&expected, 20);
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&expected);
	struct dataplane_counters counters = bench_route_counters(&bench, HOME, OWN, 1);
	assert_int_equal(counters.sent_packets, 1);
	assert_int_equal(counters.sent_octets, 60);
	assert_true(counters.sent_at != 0);
}

/* The home address may have another neighbour before it than the care-of address. */
static void leaves_to_the_right_neighbour(void **state)
{
	(void)state;
	ethernet(&in, "\x02\x00\x00\x00\x00\x98");
	frame_ipv6(&in, FIRST, 20, 17, 63, OWN, HOME);
	frame_filling(&in, 20);
	to_care_of(&expected, 17, 20);
	frame_filling(&expected, 20);
	assert_int_equal(bench_correspond(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, expected.length);
	assert_memory_equal(out.octets + 14, expected.octets + 14, expected.length - 14);
}

/* Shows RFC 6275 9.3.2-1. */
static void goes_untouched_without_binding(void **state)
{
	(void)state;
	ethernet(&in, GATEWAY);
	frame_ipv6(&in, FIRST, 20, 17, 63, OWN, "2001:db8:e::11");
	frame_filling(&in, 20);
	assert_goes_untouched();
	/* a binding is with one address of a node */
	in.length = 0;
	ethernet(&in, GATEWAY);
	frame_ipv6(&in, FIRST, 20, 17, 63, STRANGER, HOME);
	frame_filling(&in, 20);
	assert_goes_untouched();
}

static void goes_untouched_when_expired_or_gone(void **state)
{
	(void)state;
	to_home(&in, 20);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, OWN, 1, CARE_OF, 1);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, OWN, 2, CARE_OF_2, 1);
	assert_goes_untouched();
	bench_route_remove(&bench, HOME, OWN, 1);
	bench_route_remove(&bench, HOME, OWN, 2);
	assert_goes_untouched();
}

static void moves_to_the_other_binding(void **state)
{
	const struct in6_addr other = bench_address(CARE_OF_2);

	(void)state;
	bench_route_remove(&bench, HOME, OWN, 1);
	to_home(&in, 20);
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(out.length, in.length + 24);
	assert_memory_equal(out.octets + 14 + 24, &other, sizeof(other));
}

/* RFC 8200 4.1, 4.5: headers that must follow ours. */
static void extends_before(void **state)
{
	static const struct {
		uint8_t next_header;
		const char *octets;
	} first[] = {
		{44, "\x11\x00\x00\x01\x00\x00\x00\x09"},
		{60, "\x11\x00\x01\x04\x00\x00\x00\x00"},
		{50, "\x00\x00\x01\x00\x00\x00\x00\x01"},
		{58, "\x80\x00\x12\x34\x00\x01\x00\x01"},
		{58, "\x02\x00\x12\x34\x00\x01\x00\x01"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		in.length = expected.length = 0;
		ethernet(&in, GATEWAY);
		frame_ipv6(&in, FIRST, 20, first[i].next_header, 63, OWN, HOME);
		frame_octets(&in, first[i].octets, 8);
		frame_filling(&in, 12);
		to_care_of(&expected, first[i].next_header, 20);
		frame_octets(&expected, first[i].octets, 8);
		frame_filling(&expected, 12);
		assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
		assert_frame(&expected);
	}
}

/* RFC 8200 4.1, RFC 6275 6.1.5, 6.4, 9.3.2 */
/* Shows RFC 6275 9.3.2-3. */
static void does_not_extend(void **state)
{
	static const struct {
		uint8_t next_header;
		const char *octets;
	} first[] = {
		{0, "\x11\x00\x01\x04\x00\x00\x00\x00"},
		{43, "\x11\x00\x04\x00\x00\x00\x00\x00"},
		{60, "\x2b\x00\x01\x04\x00\x00\x00\x00"},
		{51, "\x11\x01\x00\x00\x00\x00\x01\x00"},
		{135, "\x3b\x00\x03\x00\x00\x00\x00\x00"},
		{58, "\x87\x00\x12\x34\x00\x00\x00\x00"},
		{58, "\x88\x00\x12\x34\x00\x00\x00\x00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		in.length = 0;
		ethernet(&in, GATEWAY);
		frame_ipv6(&in, FIRST, 20, first[i].next_header, 63, OWN, HOME);
		frame_octets(&in, first[i].octets, 8);
		frame_filling(&in, 12);
		assert_goes_untouched();
	}
}

/* The link's 1500 octets, and then less as a Packet Too Big says. */
static void too_large_goes_untouched_and_is_told(void **state)
{
	const struct in6_addr home = bench_address(HOME), own = bench_address(OWN);

	(void)state;
	to_home(&in, MTU + 16 - 40);
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(out.length, in.length + 24);
	assert_int_equal(dataplane_path_mtu(bench.plane, ranked_subject(&home, &own),
				 ranked_number(1), MTU + 15, NANOS_NEVER),
		0);
	assert_goes_untouched();
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.type, ABI_EVENT_TOO_LARGE);
	assert_memory_equal(&event.active.home_address, &home, sizeof(home));
	assert_memory_equal(&event.active.peer, &own, sizeof(own));
	assert_int_equal(event.active.bid, 1);
	assert_int_equal(event.mtu, MTU + 15);
	assert_int_equal(event.length, ABI_EVENT_QUOTED_OCTETS);
	assert_memory_equal(event.octets, in.octets + 14, event.length);
}

/* Of the link that the route to the care-of address leads to. */
static void honours_the_mtu_of_the_link(void **state)
{
	const uint32_t learned = bench_route_mtu(1400);

	(void)state;
	bench_set_link_mtu(1400);
	bench_route_remove(&bench, HOME, OWN, 1);
	to_home(&in, 1400 - 24 - 40 + 1);
	assert_goes_untouched();
	assert_int_equal(bench_events(&bench).mtu, learned == 1400 ? 1400 - 24 : 1280);
	in.length = 0;
	to_home(&in, (uint16_t)(learned - 24 - 40));
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(out.length, in.length + 24);
}

/* The segments of a GSO packet must fit, not the packet itself. A test run cannot say that the
 * packet is TCP's, so that the kernel refuses to make it longer: it got that far. */
static void gso_is_measured_by_its_segments(void **state)
{
	(void)state;
	ethernet(&in, GATEWAY);
	frame_ipv6(&in, FIRST, 3000, 6, 63, OWN, HOME);
	frame_octets(&in, "\x00\x50\x13\x89\x00\x00\x00\x01\x00\x00\x00\x02\x50\x10\x00\x40", 16);
	frame_filling(&in, 3000 - 16);
	assert_int_equal(bench_correspond_gso(&bench, &in, 1417, 3, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 0);
	assert_int_equal(bench_correspond_gso(&bench, &in, 1416, 3, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 1);
}

/* ---- in ---- */

static void from_care_of(struct frame *frame, const char *care_of, const char *home,
	uint8_t next_header, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, (uint16_t)(octets + 24), 60, 61, care_of, OWN);
	frame_option(frame, next_header, home);
}

static void from_home(struct frame *frame, uint8_t next_header, uint16_t octets)
{
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, octets, next_header, 61, HOME, OWN);
}

/* RFC 6275 9.3.1, RFC 5648 6.5: from any of the bound care-of addresses. */
/* Shows RFC 5648 6.5-1; RFC 6275 9.3.1-7, 9.3.1-8, 11.3.5-5. */
static void takes_option_out(void **state)
{
	static const char *const care_of[] = {CARE_OF, CARE_OF_2};

	(void)state;
	from_home(&expected, 17, 20);
	frame_filling(&expected, 20);
	for (uint16_t i = 0; i < 2; i++) {
		in.length = 0;
		from_care_of(&in, care_of[i], HOME, 17, 20);
		frame_filling(&in, 20);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
		assert_frame(&expected);
		struct dataplane_counters counters = bench_route_counters(&bench, HOME, OWN, i + 1);
		assert_int_equal(counters.received_packets, 1);
		assert_int_equal(counters.received_octets, 60);
		assert_true(counters.received_at != 0);
	}
	assert_int_equal(bench_events(&bench).count, 0);
}

/* RFC 8200 4.2: padding may have either form. */
static void takes_option_out_behind_other_padding(void **state)
{
	(void)state;
	from_care_of(&in, CARE_OF, HOME, 17, 20);
	frame_filling(&in, 20);
	memset(in.octets + 14 + 40 + 2, 0, 4);
	from_home(&expected, 17, 20);
	frame_filling(&expected, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&expected);
}

static void takes_option_out_before_other_headers(void **state)
{
	static const struct {
		uint8_t next_header;
		const char *octets;
	} first[] = {
		{44, "\x11\x00\x00\x01\x00\x00\x00\x09"},
		{60, "\x11\x00\x01\x04\x00\x00\x00\x00"},
		{50, "\x00\x00\x01\x00\x00\x00\x00\x01"},
		{58, "\x80\x00\x12\x34\x00\x01\x00\x01"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		in.length = expected.length = 0;
		from_care_of(&in, CARE_OF, HOME, first[i].next_header, 20);
		frame_octets(&in, first[i].octets, 8);
		frame_filling(&in, 12);
		from_home(&expected, first[i].next_header, 20);
		frame_octets(&expected, first[i].octets, 8);
		frame_filling(&expected, 12);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
		assert_frame(&expected);
	}
}

/* RFC 6275 9.3.1, 9.3.3: the daemon answers with a Binding Error. */
static void option_without_binding_is_the_daemons(void **state)
{
	static const struct {
		const char *care_of, *home;
	} wrong[] = {
		{STRANGER, HOME},
		{CARE_OF, "2001:db8:e::11"},
		{HOME, CARE_OF},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		in.length = 0;
		from_care_of(&in, wrong[i].care_of, wrong[i].home, 17, 20);
		frame_filling(&in, 20);
		assert_event(ABI_EVENT_PACKET);
	}
}

static void option_of_an_expired_binding_is_the_daemons(void **state)
{
	(void)state;
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, OWN, 1, CARE_OF, 1);
	from_care_of(&in, CARE_OF, HOME, 17, 20);
	frame_filling(&in, 20);
	assert_event(ABI_EVENT_PACKET);
}

static void option_cut_short_is_dropped(void **state)
{
	(void)state;
	from_care_of(&in, CARE_OF, HOME, 17, 0);
	in.length -= 1;
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_MALFORMED), 1);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* As the IPv6 header has it: what is behind it is the link's. */
static void option_beyond_the_packet_is_the_daemons(void **state)
{
	(void)state;
	from_care_of(&in, CARE_OF, HOME, 17, 0);
	in.octets[14 + 5] = 23;
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.type, ABI_EVENT_PACKET);
	assert_int_equal(event.length, 63);
}

static void binding_update(const char *destination)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 40, 60, 61, STRANGER, destination);
	frame_option(&in, 135, HOME);
	frame_octets(&in, BINDING_UPDATE, 16);
}

static void mobility_headers_to_own_addresses_are_the_daemons(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 16, 135, 61, STRANGER, OWN);
	frame_octets(&in, BINDING_UPDATE, 16);
	assert_event(ABI_EVENT_PACKET);
	binding_update(OWN);
	assert_event(ABI_EVENT_PACKET);
	/* also of who has a binding, which no data is taken for */
	in.length = 0;
	from_care_of(&in, CARE_OF, HOME, 135, 16);
	frame_octets(&in, BINDING_UPDATE, 16);
	assert_event(ABI_EVENT_PACKET);
}

static void what_is_for_others_is_left(void **state)
{
	(void)state;
	binding_update(STRANGER);
	assert_left_alone();
	own_address(false);
	binding_update(OWN);
	assert_left_alone();
}

static void other_packets_are_left(void **state)
{
	(void)state;
	from_home(&in, 17, 20);
	frame_filling(&in, 20);
	assert_left_alone();
	in.length = 0;
	from_home(&in, 60, 20);
	frame_octets(&in, "\x11\x00\x01\x04\x00\x00\x00\x00", 8);
	frame_filling(&in, 12);
	assert_left_alone();
}

/* ---- flows ---- */

static void bind_without_preference(uint16_t bid, const char *care_of)
{
	const struct effect_tunnel tunnel = {
		.local.address = bench_address(OWN),
		.remote.address = bench_address(care_of),
		.expires = NANOS_NEVER,
		.bid = bid,
		.usable = true,
		.encapsulation = ENCAP_TO_MOBILE_NODE,
	};

	assert_int_equal(ranked_tunnel_set(bench.plane, false, bench_address(HOME),
				 bench_address(OWN), &tunnel, PRIORITY_NONE, NULL),
		0);
}

static void hear_from(const char *care_of)
{
	in.length = 0;
	from_care_of(&in, care_of, HOME, 17, 20);
	frame_filling(&in, 20);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
}

static void assert_goes_to(uint8_t port, const char *care_of)
{
	const uint8_t ports[] = {0x12, port, 0x20, 0x00};
	const struct in6_addr address = bench_address(care_of);

	in.length = 0;
	ethernet(&in, GATEWAY);
	frame_ipv6(&in, FIRST, 20, 17, 63, OWN, HOME);
	frame_octets(&in, ports, sizeof(ports));
	frame_filling(&in, 16);
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_memory_equal(out.octets + 14 + 24, &address, sizeof(address));
}

/* Nobody has said which is better: a new flow goes where the mobile node was last heard, and stays
 * while that lives. */
/* Shows RFC 5648 3-6, 3-8. */
static void flow_keeps_its_care_of_address(void **state)
{
	(void)state;
	bind_without_preference(1, CARE_OF);
	bind_without_preference(2, CARE_OF_2);
	hear_from(CARE_OF);
	assert_goes_to(1, CARE_OF);
	hear_from(CARE_OF_2);
	assert_goes_to(1, CARE_OF);
	assert_goes_to(2, CARE_OF_2);
	bench_route_remove(&bench, HOME, OWN, 1);
	assert_goes_to(1, CARE_OF_2);
}

static void bind_equal(uint16_t bid, const char *care_of)
{
	const struct effect_tunnel tunnel = {
		.local.address = bench_address(OWN),
		.remote.address = bench_address(care_of),
		.expires = NANOS_NEVER,
		.bid = bid,
		.usable = true,
		.encapsulation = ENCAP_TO_MOBILE_NODE,
	};

	assert_int_equal(ranked_tunnel_set(bench.plane, false, bench_address(HOME),
				 bench_address(OWN), &tunnel, 10, NULL),
		0);
}

#define FLOWS 200

/* How many flows go to CARE_OF; a bit for each of them, and all others to CARE_OF_2. */
static unsigned int flows_to_first(uint8_t *ret_map)
{
	const struct in6_addr first = bench_address(CARE_OF), second = bench_address(CARE_OF_2);
	unsigned int count = 0;

	for (uint8_t port = 0; port < FLOWS; port++) {
		const uint8_t ports[] = {0x12, port, 0x20, 0x00};
		in.length = 0;
		ethernet(&in, GATEWAY);
		frame_ipv6(&in, FIRST, 20, 17, 63, OWN, HOME);
		frame_octets(&in, ports, sizeof(ports));
		frame_filling(&in, 16);
		assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
		ret_map[port] = memcmp(out.octets + 14 + 24, &first, sizeof(first)) == 0;
		if (!ret_map[port])
			assert_memory_equal(out.octets + 14 + 24, &second, sizeof(second));
		count += ret_map[port];
	}
	return count;
}

/* A binding that is as good takes its share of the flows that are under way, and the same again
 * when it comes back. */
static void flows_spread_over_equal_bindings(void **state)
{
	static uint8_t both[FLOWS], again[FLOWS];

	(void)state;
	bench_route_remove(&bench, HOME, OWN, 1);
	bind_equal(2, CARE_OF_2);
	assert_int_equal(flows_to_first(both), 0);
	bind_equal(1, CARE_OF);
	assert_in_range(flows_to_first(both), FLOWS / 3, 2 * FLOWS / 3);
	bench_route_remove(&bench, HOME, OWN, 1);
	assert_int_equal(flows_to_first(again), 0);
	bind_equal(1, CARE_OF);
	flows_to_first(again);
	assert_memory_equal(again, both, sizeof(both));
}

/* ---- errors ---- */

static void error(uint8_t type, uint8_t next_header, const char *source)
{
	const uint8_t begin[] = {type, 0, 0x12, 0x34, 0, 0, 0x05, 0x78};

	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 8 + 40 + 24 + 16, 58, 60, "2001:db8:a::1", OWN);
	frame_octets(&in, begin, sizeof(begin));
	frame_ipv6(&in, FIRST, 24 + 16, 43, 60, source, CARE_OF);
	frame_routing(&in, next_header, HOME);
	frame_filling(&in, 16);
}

/* RFC 6275 9.3.4 */
static void errors_about_routing_headers_are_the_daemons(void **state)
{
	(void)state;
	for (uint8_t type = 1; type <= 4; type++) {
		error(type, 17, OWN);
		assert_event(ABI_EVENT_ERROR);
	}
	error(1, 135, OWN);
	assert_event(ABI_EVENT_PACKET);
}

static void other_errors_are_left(void **state)
{
	(void)state;
	error(128, 17, OWN);
	assert_left_alone();
	error(1, 17, STRANGER);
	assert_left_alone();
	error(1, 17, OWN);
	in.octets[14 + 40 + 8 + 40 + 2] = 4;
	assert_left_alone();
	error(1, 17, OWN);
	in.length = 14 + 40 + 8 + 40 + 23;
	assert_left_alone();
	own_address(false);
	error(1, 17, OWN);
	assert_left_alone();
}

/* ---- floods ---- */

#define SOURCE_AT (14 + 8) /* in a frame */

/* RFC 6275 6.1.3, 6.1.4 */
static void test_init(uint8_t type)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 16, 135, 61, STRANGER, OWN);
	frame_octets(&in, "\x3b\x01\x01\x00\x00\x00\x00\x00\0\0\0\0\0\0\0\0", 16);
	in.octets[14 + 40 + 2] = type;
}

static struct {
	int bindings, tests;
	bool mixed; /* a test came before a binding */
} read_back;

static void sort(void *ctx, const struct abi_event *event, const struct dataplane_active *active)
{
	(void)ctx;
	(void)active;
	if (event->octets[6] == 60) {
		read_back.bindings++;
		read_back.mixed = read_back.mixed || read_back.tests > 0;
	} else {
		read_back.tests++;
	}
}

/* RFC 6275 15.4.5: from anywhere, more than the daemon can take. The Binding Updates of those whose
 * tests have been answered wait for none of it. */
static void flood_of_tests_costs_no_binding_update(void **state)
{
	(void)state;
	for (uint8_t type = 1; type <= 2; type++) {
		test_init(type);
		bench_receive_from_all(&bench, &in, SOURCE_AT, 10000);
	}
	uint64_t lost = dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL) +
			dataplane_drops(bench.plane, ABI_DROP_FLOOD);
	assert_in_range(lost, 1, 20000 - 1000);
	binding_update(OWN);
	bench_receive_from_all(&bench, &in, SOURCE_AT, 1000);
	assert_int_equal(lost, dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL) +
				       dataplane_drops(bench.plane, ABI_DROP_FLOOD));
	memset(&read_back, 0, sizeof(read_back));
	dataplane_events(bench.plane, 1 << 20, sort, NULL);
	assert_int_equal(read_back.bindings, 1000);
	assert_int_equal(read_back.tests, 20000 - (int)lost);
	assert_false(read_back.mixed);
}

/* But for those few who share its place. */
static void assert_others_are_heard(void)
{
	assert_in_range(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 100, 100000);
	uint64_t lost = dataplane_drops(bench.plane, ABI_DROP_FLOOD);
	bench_receive_from_all(&bench, &in, SOURCE_AT, 200);
	assert_in_range(dataplane_drops(bench.plane, ABI_DROP_FLOOD), lost, lost + 10);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_EVENTS_FULL), 0);
}

static void flood_of_one_network_costs_others_nothing(void **state)
{
	(void)state;
	test_init(1);
	bench_flood(&bench, &in);
	assert_others_are_heard();
}

static void flood_of_binding_updates_of_one_network(void **state)
{
	(void)state;
	binding_update(OWN);
	bench_flood(&bench, &in);
	assert_others_are_heard();
}

/* Whom the daemon keeps up with has no limit: a home network may have many mobile nodes. */
static void what_is_read_is_not_limited(void **state)
{
	(void)state;
	test_init(2);
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 256; j++)
			assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(bench_events(&bench).count, 256);
	}
}

/* ---- restart ---- */

static void forwards_and_knows_its_addresses_after_a_restart(void **state)
{
	const struct in6_addr other = bench_address(STRANGER);

	(void)state;
	bench_reopen(&bench);
	inserts_routing_header(state);
	binding_update(OWN);
	assert_event(ABI_EVENT_PACKET);
	dataplane_local_others(bench.plane, &other, 1);
	assert_left_alone();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, passage_end)
	const struct CMUnitTest tests[] = {
		TEST(inserts_routing_header),
		TEST(leaves_to_the_right_neighbour),
		TEST(goes_untouched_without_binding),
		TEST(goes_untouched_when_expired_or_gone),
		TEST(moves_to_the_other_binding),
		TEST(extends_before),
		TEST(does_not_extend),
		TEST(too_large_goes_untouched_and_is_told),
		TEST(honours_the_mtu_of_the_link),
		TEST(gso_is_measured_by_its_segments),
		TEST(takes_option_out),
		TEST(takes_option_out_behind_other_padding),
		TEST(takes_option_out_before_other_headers),
		TEST(option_without_binding_is_the_daemons),
		TEST(option_of_an_expired_binding_is_the_daemons),
		TEST(option_cut_short_is_dropped),
		TEST(option_beyond_the_packet_is_the_daemons),
		TEST(mobility_headers_to_own_addresses_are_the_daemons),
		TEST(what_is_for_others_is_left),
		TEST(other_packets_are_left),
		TEST(flow_keeps_its_care_of_address),
		TEST(flows_spread_over_equal_bindings),
		TEST(errors_about_routing_headers_are_the_daemons),
		TEST(other_errors_are_left),
		TEST(flood_of_tests_costs_no_binding_update),
		TEST(flood_of_one_network_costs_others_nothing),
		TEST(flood_of_binding_updates_of_one_network),
		TEST(what_is_read_is_not_limited),
		TEST(forwards_and_knows_its_addresses_after_a_restart),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
