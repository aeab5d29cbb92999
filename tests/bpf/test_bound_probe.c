/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes that show the binding, at the home agent: which ones the program answers in place, and
 * with which octets. The checksums were computed by hand over the pseudo-header of RFC 8200 8.1
 * with the home address (RFC 6275 9.3.1); scapy computes the same for the reply.
 */
#include "passage.h"
#include "ranked.h"

#include <time.h>

#define PLAIN 0x60000000
#define NONE 59

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, false, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, false);
	return 0;
}

/* Identifier 0x4d50, sequence number 7, sixteen octets. */
static void echo(struct frame *frame, uint8_t type, const char *checksum)
{
	const uint8_t begin[2] = {type, 0};

	frame_octets(frame, begin, sizeof(begin));
	frame_octets(frame, checksum, 2);
	frame_octets(frame, "\x4d\x50\x00\x07", 4);
	frame_filling(frame, 16);
}

static void request_from(struct frame *frame, const char *care_of, const char *home)
{
	frame_ethernet(frame);
	frame_ipv6(frame, 0x6b312345, 48, 60, 61, care_of, HOME_AGENT);
	frame_option(frame, 58, home);
	echo(frame, 128, "\x9e\x75");
}

static void reply_to(struct frame *frame, const char *care_of, const char *home)
{
	frame_ethernet(frame);
	frame_ipv6(frame, PLAIN, 48, 43, 64, HOME_AGENT, care_of);
	frame_routing(frame, 58, home);
	echo(frame, 129, "\x9d\x75");
}

static void assert_answered(void)
{
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* RFC 6275 9.3.1, 9.3.2. As long as the question. */
static void answers_for_a_binding(void **state)
{
	struct abi_link link;

	(void)state;
	request_from(&in, CARE_OF, HOME);
	reply_to(&expected, CARE_OF, HOME);
	assert_int_equal(expected.length, in.length);
	assert_answered();
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.signalling_packets, 1);
	assert_int_equal(link.received_packets, 0);
}

/* Under whatever BID; of several, by the one that it came from. */
static void answers_where_it_came_from(void **state)
{
	(void)state;
	bench_tunnel(&bench, 7, 9, CARE_OF_2, NANOS_NEVER, false);
	request_from(&in, CARE_OF_2, HOME);
	reply_to(&expected, CARE_OF_2, HOME);
	assert_answered();
}

/* The option with four octets of Pad1 in place of a PadN (RFC 8200 4.2). */
static void answers_other_padding(void **state)
{
	(void)state;
	request_from(&in, CARE_OF, HOME);
	memset(in.octets + 14 + 40 + 2, 0, 4);
	reply_to(&expected, CARE_OF, HOME);
	assert_answered();
}

/* Nobody reads the ring buffer: the daemon is dead, and its programs go on. */
static void answers_any_number(void **state)
{
	(void)state;
	request_from(&in, CARE_OF, HOME);
	reply_to(&expected, CARE_OF, HOME);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
	assert_int_equal(bench_events(&bench).count, 0);
	bench_reopen(&bench);
	assert_answered();
}

/* A wrong checksum stays wrong, by as much. */
static void keeps_a_wrong_checksum(void **state)
{
	(void)state;
	request_from(&in, CARE_OF, HOME);
	in.octets[14 + 64 + 3] ^= 0x01;
	reply_to(&expected, CARE_OF, HOME);
	expected.octets[14 + 64 + 3] ^= 0x01;
	assert_answered();
}

/* ---- what is the daemon's to answer (RFC 6275 9.3.3) ---- */

static void leaves_what_is_not_bound(void **state)
{
	(void)state;
	/* another care-of address, another home address */
	request_from(&in, STRANGER, HOME);
	assert_event(ABI_EVENT_PACKET);
	in.length = 0;
	request_from(&in, CARE_OF, "2001:db8:e::11");
	assert_event(ABI_EVENT_PACKET);
	in.length = 0;
	request_from(&in, CARE_OF, CARE_OF);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_what_has_expired(void **state)
{
	(void)state;
	bench_tunnel(&bench, 1, 1, CARE_OF, 1, false);
	request_from(&in, CARE_OF, HOME);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_what_was_removed(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 1), 0);
	request_from(&in, CARE_OF, HOME);
	assert_event(ABI_EVENT_PACKET);
}

/* RFC 5648 5.6: the home link's binding is for no care-of address. */
static void leaves_the_home_link(void **state)
{
	(void)state;
	bench_home_link(&bench, 3, NULL);
	request_from(&in, HOME, HOME);
	assert_event(ABI_EVENT_PACKET);
}

static void leaves_other_messages(void **state)
{
	static const struct {
		size_t at;
		uint8_t octet;
	} changes[] = {
		{64, 129},  /* a reply */
		{64, 1},    /* an error */
		{65, 1},    /* a code */
		{40, 17},   /* UDP */
		{40, NONE}, /* nothing */
		{41, 1},    /* the option's header is shorter */
		{46, 0x1e}, /* another option */
		{47, 15},   /* a length that it cannot have */
		{42, 5},    /* another option before it: router alert */
		{43, 1},    /* a PadN that ends within the padding */
	};

	const struct in6_addr home_agent = bench_address(HOME_AGENT);

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		in.length = 0;
		request_from(&in, CARE_OF, HOME);
		in.octets[14 + changes[i].at] = changes[i].octet;
		bench_receive(&bench, &in, &out);
		/* The program has not answered; the kernel or the daemon may get the packet. */
		assert_memory_equal(out.octets + 14 + 24, &home_agent, sizeof(home_agent));
		bench_events(&bench);
	}
}

/* The payload length says less than an echo request has; or the frame ends before it does: the
 * kernel's business. */
static void leaves_what_is_too_short(void **state)
{
	(void)state;
	request_from(&in, CARE_OF, HOME);
	in.octets[14 + 5] = 31;
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.octets[14 + 40], 128);
	in.length = 0;
	request_from(&in, CARE_OF, HOME);
	in.length = 14 + 64 + 7;
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.octets[14 + 40], 128);
}

/* RFC 4443 4.1: no data at all. */
static void answers_the_shortest(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 32, 60, 61, CARE_OF, HOME_AGENT);
	frame_option(&in, 58, HOME);
	frame_octets(&in, "\x80\x00\xd6\xc5\x4d\x50\x00\x07", 8);
	frame_ethernet(&expected);
	frame_ipv6(&expected, PLAIN, 32, 43, 64, HOME_AGENT, CARE_OF);
	frame_routing(&expected, 58, HOME);
	frame_octets(&expected, "\x81\x00\xd5\xc5\x4d\x50\x00\x07", 8);
	assert_answered();
}

/* Only to the home agent. */
static void leaves_others(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 48, 60, 61, CARE_OF, CORRESPONDENT);
	frame_option(&in, 58, HOME);
	echo(&in, 128, "\x9e\x75");
	assert_left_alone();
}

static void does_not_answer_without_route(void **state)
{
	(void)state;
	bench_tunnel(&bench, 1, 1, STRANGER, NANOS_NEVER, false);
	request_from(&in, STRANGER, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_NO_ROUTE), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, passage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_for_a_binding),
		TEST(answers_where_it_came_from),
		TEST(answers_other_padding),
		TEST(answers_any_number),
		TEST(keeps_a_wrong_checksum),
		TEST(answers_the_shortest),
		TEST(leaves_what_is_not_bound),
		TEST(leaves_what_has_expired),
		TEST(leaves_what_was_removed),
		TEST(leaves_the_home_link),
		TEST(leaves_other_messages),
		TEST(leaves_what_is_too_short),
		TEST(leaves_others),
		TEST(does_not_answer_without_route),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
