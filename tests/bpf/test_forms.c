/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tc programs and packets of route optimization that are not of the plain form: fragments,
 * IPsec, other extension headers and options before, beside and behind ours. What can be delivered
 * is; of all else it is said who has it, and nothing is ever garbled. Frame in, verdict and exact
 * frame out.
 */
#include "passage.h"
#include "ranked.h"

#define FIRST 0x6a2abcde
/* A mobile node that has bindings with HOME, which is a mobile node too. */
#define PEER "2001:db8:9::1"
#define PEER_CARE_OF "2001:db8:d::7"
#define IPV6_AT 14
#define BEHIND_AT (IPV6_AT + 40)
#define PAYLOAD 20

/* RFC 8200 4.3 to 4.6: eight octets each, but for the first, which is the header behind. */
#define HOP_BY_HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define ESP 50
#define AH 51
#define DESTINATION 60
#define MOBILITY 135
#define UDP 17
#define ICMPV6 58

static int correspondent(void **state)
{
	const struct in6_addr own = bench_address(CORRESPONDENT);

	(void)state;
	bench_open_optimizing(&bench, false, true);
	assert_int_equal(dataplane_local_set(bench.plane, &own, true), 0);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, HOME, CORRESPONDENT, 1, CARE_OF, NANOS_NEVER);
	passage_clear();
	return 0;
}

/* It is a correspondent too. */
static int mobile_node(void **state)
{
	const struct in6_addr care_of = bench_address(CARE_OF);

	(void)state;
	bench_open_optimizing(&bench, true, true);
	assert_int_equal(dataplane_local_set(bench.plane, &care_of, true), 0);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, true);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, CORRESPONDENT, 1, CARE_OF, NANOS_NEVER);
	bench_route(&bench, ENCAP_TO_CORRESPONDENT, HOME, PEER, 1, CARE_OF, NANOS_NEVER);
	bench_route(&bench, ENCAP_TO_MOBILE_NODE, PEER, HOME, 3, PEER_CARE_OF, NANOS_NEVER);
	passage_clear();
	return 0;
}

static void assert_becomes_expected(int verdict)
{
	assert_int_equal(bench_receive(&bench, &in, &out), verdict);
	assert_frame(&expected);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_KERNEL), 0);
}

static void assert_dropped(enum abi_drop reason)
{
	uint64_t before = dataplane_drops(bench.plane, reason);

	bench_events(&bench);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, reason), before + 1);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* ---- frames ---- */

/* An IPv6 packet, whose Payload Length finish() writes. */
static void packet(struct frame *frame, const char *source, const char *destination, uint8_t first)
{
	frame->length = 0;
	frame_ethernet(frame);
	frame_ipv6(frame, FIRST, 0, first, 61, source, destination);
}

static void finish_from(struct frame *frame, size_t at)
{
	frame->octets[at + 4] = (uint8_t)((frame->length - at - 40) >> 8);
	frame->octets[at + 5] = (uint8_t)(frame->length - at - 40);
}

static void finish(struct frame *frame)
{
	finish_from(frame, IPV6_AT);
}

/* Padding for the whole of it (RFC 8200 4.2). */
static void padding(struct frame *frame, uint8_t next_header)
{
	const uint8_t octets[] = {next_header, 0, 1, 4, 0, 0, 0, 0};

	frame_octets(frame, octets, sizeof(octets));
}

/* RFC 8200 4.4: of an unknown type, used up. */
static void used_up_routing(struct frame *frame, uint8_t next_header)
{
	const uint8_t octets[] = {next_header, 0, 7, 0, 1, 2, 3, 4};

	frame_octets(frame, octets, sizeof(octets));
}

/* `offset`: in units of eight octets. */
static void fragment(struct frame *frame, uint8_t next_header, uint8_t offset, bool more)
{
	const uint8_t octets[] = {
		next_header, 0, 0, (uint8_t)(offset << 3 | more), 0xca, 0xfe, 0, 7};

	frame_octets(frame, octets, sizeof(octets));
}

static void ah(struct frame *frame, uint8_t next_header)
{
	const uint8_t octets[] = {next_header, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 9, 9, 9, 9};

	frame_octets(frame, octets, sizeof(octets));
}

/* Options of type 30 (RFC 4727: skipped by all) beside one of the type given, with an address:
 * before it, and behind. */
static void options(struct frame *frame, uint8_t next_header, uint8_t type, const char *address)
{
	const uint8_t before[] = {next_header, 3, 30, 2, 0xab, 0xcd, type, 16};

	frame_octets(frame, before, sizeof(before));
	frame_address(frame, address);
	frame_octets(frame, "\x1e\x06\x01\x02\x03\x04\x05\x06", 8);
}

/* A header of 24 octets as frame_option(), with an option that is skipped. */
static void skipped_option(struct frame *frame, uint8_t next_header, const char *address)
{
	frame_option(frame, next_header, address);
	frame->octets[frame->length - 18] = 30;
}

/* RFC 8200 4.4: unknown, used up; `address` is where the packet has been. */
static void skipped_routing(struct frame *frame, uint8_t next_header, const char *address)
{
	frame_routing(frame, next_header, address);
	frame->octets[frame->length - 22] = 253;
	frame->octets[frame->length - 21] = 0;
}

/* Headers and options before, beside or behind a Home Address option that is not of the plain
 * form. */
enum form {
	BEHIND_HOP_BY_HOP,
	BEHIND_DESTINATION,
	BEHIND_BOTH,
	BEHIND_ROUTING,
	AMONG_OPTIONS,
	BEFORE_FRAGMENT,
	FORMS,
};

/* With a Home Address option of `home_address`; or, `used`, what it is to become. */
static void option_in_form(struct frame *frame, enum form form, bool used, const char *address)
{
	void (*option)(struct frame *, uint8_t, const char *) =
		used ? skipped_option : frame_option;

	switch (form) {
	case BEHIND_HOP_BY_HOP:
		padding(frame, DESTINATION);
		option(frame, UDP, address);
		break;
	case BEHIND_DESTINATION:
		padding(frame, DESTINATION);
		option(frame, UDP, address);
		break;
	case BEHIND_BOTH:
		padding(frame, DESTINATION);
		padding(frame, DESTINATION);
		option(frame, UDP, address);
		break;
	case BEHIND_ROUTING:
		used_up_routing(frame, DESTINATION);
		option(frame, UDP, address);
		break;
	case AMONG_OPTIONS:
		options(frame, UDP, used ? 30 : 201, address);
		break;
	case BEFORE_FRAGMENT:
		padding(frame, DESTINATION);
		option(frame, FRAGMENT, address);
		fragment(frame, UDP, 3, true);
		break;
	case FORMS:
		break;
	}
	frame_filling(frame, PAYLOAD);
	finish(frame);
}

static uint8_t first_of(enum form form)
{
	if (form == BEHIND_ROUTING)
		return ROUTING;
	return form == BEHIND_DESTINATION || form == AMONG_OPTIONS ? DESTINATION : HOP_BY_HOP;
}

static void with_option(enum form form, const char *care_of, const char *home)
{
	packet(&in, care_of, CORRESPONDENT, first_of(form));
	option_in_form(&in, form, false, home);
}

/* ---- a correspondent: Home Address options ---- */

/* RFC 6275 9.3.1: the addresses are exchanged; all else is as it was. RFC 8200 4.2: an option that
 * is not known may be passed over. */
/* Shows RFC 6275 9.3.1-7, 9.3.1-8. */
static void option_with_others_is_used_up(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		with_option(form, CARE_OF, HOME);
		packet(&expected, HOME, CORRESPONDENT, first_of(form));
		option_in_form(&expected, form, true, CARE_OF);
		assert_becomes_expected(TC_ACT_OK);
		assert_int_equal(bench_events(&bench).count, 0);
	}
	struct dataplane_counters counters = bench_route_counters(&bench, HOME, CORRESPONDENT, 1);
	assert_int_equal(counters.received_packets, FORMS);
	assert_true(counters.received_at != 0);
}

/* RFC 6275 9.3.1, 9.3.3 */
/* Shows RFC 6275 9.3.1-3. */
static void option_with_others_needs_a_binding(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		with_option(form, STRANGER, HOME);
		assert_last_event(ABI_EVENT_PACKET);
		with_option(form, CARE_OF, "2001:db8:e::11");
		assert_last_event(ABI_EVENT_PACKET);
	}
}

/* RFC 6275 6.3 */
/* Shows RFC 6275 6.3-1, 6.3-6. */
static void what_is_no_option_is_not_believed(void **state)
{
	(void)state;
	packet(&in, CARE_OF, CORRESPONDENT, DESTINATION);
	frame_option(&in, DESTINATION, HOME);
	frame_option(&in, UDP, HOME);
	frame_filling(&in, PAYLOAD);
	finish(&in);
	assert_last_event(ABI_EVENT_PACKET);
	with_option(AMONG_OPTIONS, CARE_OF, HOME);
	in.octets[BEHIND_AT + 7] = 15;
	assert_last_event(ABI_EVENT_PACKET);
	in.octets[BEHIND_AT + 7] = 16;
	/* it ends behind its header */
	in.octets[BEHIND_AT + 1] = 2;
	in.octets[BEHIND_AT + 3] = 4;
	memcpy(in.octets + BEHIND_AT + 8, "\xc9\x10", 2);
	assert_last_event(ABI_EVENT_PACKET);
}

/* RFC 8200 4.5, RFC 6275 6.3: each has the option. The kernel puts them together again, of the home
 * address. */
static void fragments_lose_their_option(void **state)
{
	(void)state;
	for (uint8_t offset = 0; offset < 3; offset++) {
		packet(&in, CARE_OF, CORRESPONDENT, DESTINATION);
		frame_option(&in, FRAGMENT, HOME);
		fragment(&in, UDP, offset, offset < 2);
		frame_filling(&in, 8);
		finish(&in);
		packet(&expected, HOME, CORRESPONDENT, FRAGMENT);
		fragment(&expected, UDP, offset, offset < 2);
		frame_filling(&expected, 8);
		finish(&expected);
		assert_becomes_expected(TC_ACT_OK);
	}
}

/* RFC 6275 9.3.1: the Next Header of the option is none of the exceptions, whatever is put together
 * of it later. */
/* Shows RFC 6275 9.3.1-3. */
static void fragments_need_a_binding(void **state)
{
	static const uint8_t behind[] = {UDP, ESP, AH, MOBILITY};

	(void)state;
	for (size_t i = 0; i < sizeof(behind); i++) {
		for (uint8_t offset = 0; offset < 3; offset++) {
			packet(&in, STRANGER, CORRESPONDENT, DESTINATION);
			frame_option(&in, FRAGMENT, HOME);
			fragment(&in, behind[i], offset, offset < 2);
			frame_filling(&in, 8);
			finish(&in);
			assert_last_event(ABI_EVENT_PACKET);
		}
	}
}

/* RFC 6275 9.3.1: processed normally, as the security association is that of a home address; the
 * kernel refuses what has none. */
/* Shows RFC 6275 9.3.1-2. */
static void esp_is_vouched_for(void **state)
{
	static const char *const sources[] = {CARE_OF, STRANGER};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		packet(&in, sources[i], CORRESPONDENT, DESTINATION);
		frame_option(&in, ESP, HOME);
		frame_filling(&in, PAYLOAD);
		finish(&in);
		packet(&expected, HOME, CORRESPONDENT, ESP);
		frame_filling(&expected, PAYLOAD);
		finish(&expected);
		assert_becomes_expected(TC_ACT_OK);
	}
	packet(&in, STRANGER, CORRESPONDENT, HOP_BY_HOP);
	padding(&in, DESTINATION);
	frame_option(&in, ESP, HOME);
	frame_filling(&in, PAYLOAD);
	finish(&in);
	packet(&expected, HOME, CORRESPONDENT, HOP_BY_HOP);
	padding(&expected, DESTINATION);
	skipped_option(&expected, ESP, STRANGER);
	frame_filling(&expected, PAYLOAD);
	finish(&expected);
	assert_becomes_expected(TC_ACT_OK);
}

/* RFC 6275 9.3.1: unicast and routable. */
/* Shows RFC 6275 9.3.1-1. */
static void esp_of_no_home_address_is_not(void **state)
{
	static const char *const wrong[] = {"ff02::1", "fe80::1", "::1", "::", "::ffff:192.0.2.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		packet(&in, STRANGER, CORRESPONDENT, DESTINATION);
		frame_option(&in, ESP, wrong[i]);
		frame_filling(&in, PAYLOAD);
		finish(&in);
		assert_last_event(ABI_EVENT_PACKET);
	}
}

static void esp_for_others_is_left(void **state)
{
	(void)state;
	packet(&in, STRANGER, "2001:db8:c::3", DESTINATION);
	frame_option(&in, ESP, HOME);
	frame_filling(&in, PAYLOAD);
	finish(&in);
	assert_left_alone();
}

/* RFC 6275 9.3.1: AH covers the option, so nothing may be changed. */
static void ah_is_left(void **state)
{
	(void)state;
	packet(&in, STRANGER, CORRESPONDENT, DESTINATION);
	frame_option(&in, AH, HOME);
	ah(&in, UDP);
	frame_filling(&in, PAYLOAD);
	finish(&in);
	assert_left_alone();
	packet(&in, CARE_OF, CORRESPONDENT, DESTINATION);
	frame_option(&in, DESTINATION, HOME);
	padding(&in, AH);
	ah(&in, UDP);
	frame_filling(&in, PAYLOAD);
	finish(&in);
	assert_left_alone();
	packet(&in, CARE_OF, CORRESPONDENT, DESTINATION);
	frame_option(&in, FRAGMENT, HOME);
	fragment(&in, AH, 0, true);
	ah(&in, UDP);
	finish(&in);
	assert_left_alone();
}

/* ---- a correspondent: type 2 routing headers ---- */

/* RFC 6275 6.4, 8.2: no home address is its own. Nothing answers, and nothing is delivered. */
/* Shows RFC 6275 6.4-1, 8.2-3. */
static void routing_headers_are_dropped(void **state)
{
	static const uint8_t behind[] = {UDP, FRAGMENT, ESP, MOBILITY, ICMPV6, DESTINATION};
	static const char *const destinations[] = {HOME, CORRESPONDENT};

	(void)state;
	for (size_t i = 0; i < sizeof(behind); i++) {
		for (uint8_t left = 0; left < 4; left++) {
			packet(&in, STRANGER, CORRESPONDENT, ROUTING);
			frame_routing(&in, behind[i], destinations[left / 2]);
			in.octets[BEHIND_AT + 3] = left % 2;
			frame_filling(&in, PAYLOAD);
			finish(&in);
			assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER);
		}
	}
	packet(&in, STRANGER, CORRESPONDENT, HOP_BY_HOP);
	padding(&in, ROUTING);
	frame_routing(&in, UDP, HOME);
	finish(&in);
	assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER);
	/* of one with a binding */
	packet(&in, CARE_OF, CORRESPONDENT, DESTINATION);
	frame_option(&in, ROUTING, HOME);
	frame_routing(&in, UDP, HOME);
	finish(&in);
	assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER);
}

static void other_routing_headers_are_left(void **state)
{
	(void)state;
	packet(&in, STRANGER, CORRESPONDENT, ROUTING);
	used_up_routing(&in, UDP);
	frame_filling(&in, PAYLOAD);
	finish(&in);
	assert_left_alone();
	packet(&in, STRANGER, "2001:db8:c::3", ROUTING);
	frame_routing(&in, UDP, HOME);
	finish(&in);
	assert_left_alone();
}

/* ---- out: packets that are not extended ---- */

/* AH behind other headers, which has been computed without ours (RFC 6275 9.3.2, 11.3.2); and what
 * may hide it. The last one may be extended. */
static void behind_others(uint8_t which, struct frame *frame, uint8_t *ret_first)
{
	const uint8_t behind = which == 4 ? UDP : AH;

	*ret_first = which == 0 || which == 3 ? FRAGMENT : DESTINATION;
	if (which == 0) {
		fragment(frame, AH, 1, true);
	} else if (which == 1) {
		padding(frame, AH);
	} else if (which == 2 || which == 4) {
		padding(frame, FRAGMENT);
		fragment(frame, behind, 0, true);
	} else {
		fragment(frame, DESTINATION, 0, true);
		padding(frame, AH);
	}
	frame_filling(frame, 2 * PAYLOAD);
}

#define AH_FORMS 4

static void outgoing(struct frame *frame, const char *source, const char *destination, uint8_t form)
{
	struct frame body = {0};
	uint8_t first;

	behind_others(form, &body, &first);
	packet(frame, source, destination, first);
	frame_octets(frame, body.octets, body.length);
	finish(frame);
}

static void correspondent_does_not_extend_before_ah(void **state)
{
	(void)state;
	for (uint8_t form = 0; form < AH_FORMS; form++) {
		outgoing(&in, CORRESPONDENT, HOME, form);
		assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
		assert_frame(&in);
	}
	outgoing(&in, CORRESPONDENT, HOME, AH_FORMS);
	bench_correspond(&bench, &in, &out);
	assert_int_equal(out.length, in.length + 24);
}

static void mobile_node_does_not_extend_before_ah(void **state)
{
	static const char *const peers[] = {CORRESPONDENT, PEER};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (uint8_t form = 0; form < AH_FORMS; form++) {
			outgoing(&in, HOME, peers[i], form);
			assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
			assert_int_equal(out.length, in.length + 40);
			assert_memory_equal(
				out.octets + BEHIND_AT, in.octets + IPV6_AT, in.length - IPV6_AT);
		}
		outgoing(&in, HOME, peers[i], AH_FORMS);
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
		assert_int_equal(out.length, in.length + (i == 0 ? 24 : 48));
	}
}

/* ---- out: the least MTU ---- */

static void datagram(const char *source, const char *destination, size_t octets)
{
	packet(&in, source, destination, UDP);
	frame_filling(&in, octets - 40);
	finish(&in);
}

/* RFC 8200 5: nobody sends smaller packets than that. A way that carries them only without a header
 * of ours does not get them; and there is nothing to be told. */
static void least_packets_of_a_correspondent(void **state)
{
	const struct in6_addr home = bench_address(HOME), own = bench_address(CORRESPONDENT);

	(void)state;
	assert_int_equal(dataplane_path_mtu(bench.plane, ranked_subject(&home, &own),
				 ranked_number(1), 1256, NANOS_NEVER),
		0);
	datagram(CORRESPONDENT, HOME, 1281);
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(bench_events(&bench).mtu, 1280);
	datagram(CORRESPONDENT, HOME, 1280);
	assert_int_equal(bench_correspond(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(bench_events(&bench).count, 0);
	datagram(CORRESPONDENT, HOME, 1256);
	bench_correspond(&bench, &in, &out);
	assert_int_equal(out.length, in.length + 24);
}

static void least_packets_of_a_mobile_node(void **state)
{
	const struct in6_addr home = bench_address(HOME), peer = bench_address(CORRESPONDENT);

	(void)state;
	assert_int_equal(dataplane_path_mtu(bench.plane, ranked_subject(&home, &peer),
				 ranked_number(1), 1256, NANOS_NEVER),
		0);
	/* not for the first time, so that it is told of nothing else */
	datagram(HOME, STRANGER, 100);
	bench_send(&bench, &in, &out);
	bench_events(&bench);
	datagram(HOME, CORRESPONDENT, 1281);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, in.length + 40);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.type, ABI_EVENT_TOO_LARGE);
	assert_int_equal(event.mtu, 1280);
	datagram(HOME, CORRESPONDENT, 1280);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, in.length + 40);
	assert_int_equal(bench_events(&bench).count, 0);
	datagram(HOME, CORRESPONDENT, 1256);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, in.length + 24);
}

/* RFC 2473 7.1: what the route does not carry goes to the daemon as its socket wrote it, which
 * would not know it otherwise. The link that the route leads to carries 1400 octets. */
static void too_big_for_the_route_is_not_extended(void **state)
{
	const struct effect_tunnel tunnel = {
		.local.address = bench_address(CARE_OF),
		.remote.address = bench_address("2001:db8:b::1"),
		.expires = NANOS_NEVER,
		.bid = 1,
		.usable = true,
		.encapsulation = ENCAP_IPV6,
	};

	bench_route_remove(&bench, HOME, PEER, 1);
	(void)state;
	bench_set_link_mtu(1400);
	assert_int_equal(ranked_tunnel_set(bench.plane, true, bench_address(HOME), in6addr_any,
				 &tunnel, 1, NULL),
		0);
	datagram(HOME, PEER, 1400 - 40 - 24 + 1);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	if (bench_route_mtu(1400) != 1400)
		return;
	/* known now: by the home agent, without */
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, in.length + 40);
	datagram(HOME, PEER, 1400 - 40 - 24);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, in.length + 40 + 24);
}

/* ---- a mobile node: type 2 routing headers ---- */

/* What stands before the routing header, and returns what the IPv6 header says. */
static uint8_t before_routing(struct frame *frame, uint8_t form)
{
	if (form == 0) {
		padding(frame, ROUTING);
		return HOP_BY_HOP;
	}
	if (form == 1) {
		padding(frame, ROUTING);
		return DESTINATION;
	}
	if (form == 2) {
		padding(frame, DESTINATION);
		padding(frame, ROUTING);
		return HOP_BY_HOP;
	}
	used_up_routing(frame, ROUTING);
	return ROUTING;
}

#define BEFORE_FORMS 4

static void routed(struct frame *frame, uint8_t form, bool used, uint8_t next_header)
{
	packet(frame, CORRESPONDENT, used ? HOME : CARE_OF, 0);
	frame->octets[IPV6_AT + 6] = before_routing(frame, form);
	if (used)
		skipped_routing(frame, next_header, CARE_OF);
	else
		frame_routing(frame, next_header, HOME);
}

/* RFC 6275 6.4, RFC 8200 4.4: the addresses are exchanged, and Segments Left is 0. */
static void routing_header_behind_others_is_used_up(void **state)
{
	static const uint8_t behind[] = {UDP, FRAGMENT, ESP, ICMPV6};

	(void)state;
	for (uint8_t form = 0; form < BEFORE_FORMS; form++) {
		for (size_t i = 0; i < sizeof(behind); i++) {
			routed(&in, form, false, behind[i]);
			frame_filling(&in, PAYLOAD);
			finish(&in);
			routed(&expected, form, true, behind[i]);
			frame_filling(&expected, PAYLOAD);
			finish(&expected);
			assert_becomes_expected(REDIRECT);
		}
	}
	assert_int_equal(bench_route_counters(&bench, HOME, CORRESPONDENT, 1).received_packets,
		BEFORE_FORMS * sizeof(behind));
}

/* Shows RFC 6275 6.4-1, 6.4.1-3, 6.4.1-4. */
static void wrong_routing_headers_behind_others_are_dropped(void **state)
{
	static const struct {
		size_t at;
		uint8_t octet;
	} wrong[] = {{1, 4}, {3, 0}, {3, 2}, {8 + 15, 0x11}, {0, ROUTING}};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		routed(&in, 0, false, UDP);
		frame_filling(&in, PAYLOAD);
		finish(&in);
		in.octets[BEHIND_AT + 8 + wrong[i].at] = wrong[i].octet;
		assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER);
	}
	/* twice */
	routed(&in, 0, false, DESTINATION);
	padding(&in, ROUTING);
	frame_routing(&in, UDP, HOME);
	finish(&in);
	assert_dropped(ABI_DROP_WRONG_ROUTING_HEADER);
}

static void fragments_lose_their_routing_header(void **state)
{
	(void)state;
	for (uint8_t offset = 0; offset < 3; offset++) {
		packet(&in, CORRESPONDENT, CARE_OF, ROUTING);
		frame_routing(&in, FRAGMENT, HOME);
		fragment(&in, UDP, offset, offset < 2);
		frame_filling(&in, 8);
		finish(&in);
		packet(&expected, CORRESPONDENT, HOME, FRAGMENT);
		fragment(&expected, UDP, offset, offset < 2);
		frame_filling(&expected, 8);
		finish(&expected);
		assert_becomes_expected(REDIRECT);
	}
}

/* RFC 6275 9.3.2: AH covers the routing header. */
static void ah_behind_a_routing_header_is_left(void **state)
{
	(void)state;
	routed(&in, 0, false, AH);
	ah(&in, UDP);
	finish(&in);
	assert_left_alone();
	packet(&in, CORRESPONDENT, CARE_OF, ROUTING);
	frame_routing(&in, FRAGMENT, HOME);
	fragment(&in, AH, 0, true);
	ah(&in, UDP);
	finish(&in);
	assert_left_alone();
}

/* ---- a mobile node: options of a peer that is one too ---- */

static void both(struct frame *frame, enum form form, bool used, const char *peer_care_of)
{
	packet(frame, used ? PEER : peer_care_of, used ? HOME : CARE_OF, HOP_BY_HOP);
	padding(frame, ROUTING);
	if (used)
		skipped_routing(frame, first_of(form), CARE_OF);
	else
		frame_routing(frame, first_of(form), HOME);
	option_in_form(frame, form, used, used ? peer_care_of : PEER);
}

static void both_are_used_up(void **state)
{
	static const enum form forms[] = {BEHIND_DESTINATION, AMONG_OPTIONS};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		both(&in, forms[i], false, PEER_CARE_OF);
		both(&expected, forms[i], true, PEER_CARE_OF);
		assert_becomes_expected(REDIRECT);
		both(&in, forms[i], false, STRANGER);
		assert_last_event(ABI_EVENT_PACKET);
	}
	assert_int_equal(bench_route_counters(&bench, PEER, HOME, 3).received_packets, 2);
}

/* The routing header comes first, and stands where it always does. */
static void option_behind_a_plain_routing_header(void **state)
{
	(void)state;
	packet(&in, PEER_CARE_OF, CARE_OF, ROUTING);
	frame_routing(&in, DESTINATION, HOME);
	option_in_form(&in, AMONG_OPTIONS, false, PEER);
	packet(&expected, PEER, HOME, ROUTING);
	skipped_routing(&expected, DESTINATION, CARE_OF);
	option_in_form(&expected, AMONG_OPTIONS, true, PEER_CARE_OF);
	assert_becomes_expected(REDIRECT);
}

static void tunnelled(const char *source, uint8_t first)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, FIRST, 0, 41, 60, HOME_AGENT, CARE_OF);
	frame_ipv6(&in, FIRST, 0, first, 61, source, HOME);
}

static void tunnelled_finish(void)
{
	finish_from(&in, BEHIND_AT);
	finish(&in);
}

/* RFC 6275 9.3.1: of a peer that has not our care-of address. */
static void option_in_the_tunnel_is_used_up(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		tunnelled(PEER_CARE_OF, first_of(form));
		option_in_form(&in, form, false, PEER);
		tunnelled_finish();
		packet(&expected, PEER, HOME, first_of(form));
		option_in_form(&expected, form, true, PEER_CARE_OF);
		assert_becomes_expected(REDIRECT);
		tunnelled(STRANGER, first_of(form));
		option_in_form(&in, form, false, PEER);
		tunnelled_finish();
		assert_last_event(ABI_EVENT_PACKET);
	}
}

static void fragments_in_the_tunnel(void **state)
{
	(void)state;
	tunnelled(PEER_CARE_OF, DESTINATION);
	frame_option(&in, FRAGMENT, PEER);
	fragment(&in, UDP, 3, true);
	frame_filling(&in, 8);
	tunnelled_finish();
	packet(&expected, PEER, HOME, FRAGMENT);
	fragment(&expected, UDP, 3, true);
	frame_filling(&expected, 8);
	finish(&expected);
	assert_becomes_expected(REDIRECT);
	tunnelled(STRANGER, DESTINATION);
	frame_option(&in, FRAGMENT, PEER);
	fragment(&in, UDP, 3, true);
	frame_filling(&in, 8);
	tunnelled_finish();
	assert_last_event(ABI_EVENT_PACKET);
}

/* RFC 6275 6.4: the home agent has no routing header to put on, and who else does knows the care-of
 * address. */
static void routing_header_in_the_tunnel_is_dropped(void **state)
{
	(void)state;
	for (uint8_t left = 0; left < 2; left++) {
		tunnelled(CORRESPONDENT, ROUTING);
		frame_routing(&in, UDP, HOME);
		in.octets[BEHIND_AT + 40 + 3] = left;
		frame_filling(&in, PAYLOAD);
		tunnelled_finish();
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(
			dataplane_drops(bench.plane, ABI_DROP_WRONG_ROUTING_HEADER), left + 1);
		assert_int_not_equal(bench_events(&bench).type, ABI_EVENT_PACKET);
	}
}

/* RFC 6275 9.3.1, 11.5.5: at home, a peer's data comes by the home link. */
static void option_at_home_is_used_up(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		packet(&in, PEER_CARE_OF, HOME, first_of(form));
		option_in_form(&in, form, false, PEER);
		packet(&expected, PEER, HOME, first_of(form));
		option_in_form(&expected, form, true, PEER_CARE_OF);
		assert_becomes_expected(TC_ACT_OK);
		packet(&in, STRANGER, HOME, first_of(form));
		option_in_form(&in, form, false, PEER);
		assert_last_event(ABI_EVENT_PACKET);
	}
}

int main(void)
{
#define TEST(name, set_up) cmocka_unit_test_setup_teardown(name, set_up, passage_end)
	const struct CMUnitTest tests[] = {
		TEST(option_with_others_is_used_up, correspondent),
		TEST(option_with_others_needs_a_binding, correspondent),
		TEST(what_is_no_option_is_not_believed, correspondent),
		TEST(fragments_lose_their_option, correspondent),
		TEST(fragments_need_a_binding, correspondent),
		TEST(esp_is_vouched_for, correspondent),
		TEST(esp_of_no_home_address_is_not, correspondent),
		TEST(esp_for_others_is_left, correspondent),
		TEST(ah_is_left, correspondent),
		TEST(routing_headers_are_dropped, correspondent),
		TEST(other_routing_headers_are_left, correspondent),
		TEST(correspondent_does_not_extend_before_ah, correspondent),
		TEST(least_packets_of_a_correspondent, correspondent),
		TEST(mobile_node_does_not_extend_before_ah, mobile_node),
		TEST(least_packets_of_a_mobile_node, mobile_node),
		TEST(too_big_for_the_route_is_not_extended, mobile_node),
		TEST(routing_header_behind_others_is_used_up, mobile_node),
		TEST(wrong_routing_headers_behind_others_are_dropped, mobile_node),
		TEST(fragments_lose_their_routing_header, mobile_node),
		TEST(ah_behind_a_routing_header_is_left, mobile_node),
		TEST(both_are_used_up, mobile_node),
		TEST(option_behind_a_plain_routing_header, mobile_node),
		TEST(option_in_the_tunnel_is_used_up, mobile_node),
		TEST(fragments_in_the_tunnel, mobile_node),
		TEST(routing_header_in_the_tunnel_is_dropped, mobile_node),
		TEST(option_at_home_is_used_up, mobile_node),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
