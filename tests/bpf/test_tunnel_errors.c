/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 errors about outer packets (RFC 2473 8): which the daemon gets, and the flow label that
 * shows that this host has sent what they quote.
 */
#include "passage.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PLAIN 0x60000000
#define LABEL 0xfffffu
#define LABELS 64
#define OUTER_AT 14             /* of a sent frame */
#define QUOTED_AT (14 + 40 + 8) /* of an error about it */
#define ERROR_QUOTES 1232

static bool mobile_node;

static void tunnel(uint16_t bid, const char *care_of)
{
	bench_tunnel(&bench, bid, (uint8_t)bid, care_of, NANOS_NEVER, mobile_node);
}

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, mobile_node, false);
	tunnel(1, CARE_OF);
	return 0;
}

static int set_up_home_agent(void **state)
{
	mobile_node = false;
	return set_up(state);
}

static int set_up_mobile_node(void **state)
{
	mobile_node = true;
	return set_up(state);
}

static void inner(uint32_t first, uint16_t octets)
{
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, first, (uint16_t)(octets - 40), 17, 63, mobile_node ? HOME : CORRESPONDENT,
		mobile_node ? CORRESPONDENT : HOME);
	frame_filling(&in, octets - 40u);
}

/* `out` is the outer packet. */
static void send_by_tunnel(uint32_t first, uint16_t octets)
{
	inner(first, octets);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_int_equal(out.length, 14 + 40 + octets);
	bench_events(&bench);
}

static uint32_t sent_word(void)
{
	const uint8_t *at = out.octets + OUTER_AT;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t label_of(uint32_t inner_label)
{
	send_by_tunnel(PLAIN | inner_label, 100);
	assert_int_equal(sent_word() & ~LABEL, PLAIN);
	return sent_word() & LABEL;
}

/* RFC 6438 3: routers that spread flows by the outer label keep packets of one flow together. */
static void one_flow_has_one_label(void **state)
{
	(void)state;
	uint32_t label = label_of(0x12345);
	send_by_tunnel(0x6b912345, 1400);
	assert_int_equal(sent_word(), 0x6b900000 | label);
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int distinct(uint32_t labels[LABELS])
{
	int count = 1;

	qsort(labels, LABELS, sizeof(labels[0]), compare);
	for (int i = 1; i < LABELS; i++)
		count += labels[i] != labels[i - 1];
	return count;
}

/* Of 64 labels of 20 bits, two are the same once in 500 times. */
static void flows_and_tunnels_have_labels_of_their_own(void **state)
{
	uint32_t labels[2][LABELS], both[LABELS];

	(void)state;
	for (uint32_t i = 0; i < LABELS; i++)
		labels[0][i] = label_of(i);
	bench_tunnel(&bench, 1, 1, CARE_OF_2, NANOS_NEVER, mobile_node);
	for (uint32_t i = 0; i < LABELS; i++)
		labels[1][i] = label_of(i);
	for (uint32_t i = 0; i < LABELS; i++)
		both[i] = labels[0][i] ^ labels[1][i];
	assert_in_range(distinct(both), LABELS - 2, LABELS);
	assert_in_range(distinct(labels[0]), LABELS - 2, LABELS);
	assert_in_range(distinct(labels[1]), LABELS - 2, LABELS);
}

static void half_add(struct in6_addr *to, int half, uint64_t summand)
{
	uint64_t word;

	memcpy(&word, to->s6_addr + 8 * half, sizeof(word));
	word += summand;
	memcpy(to->s6_addr + 8 * half, &word, sizeof(word));
}

/*
 * Another mobile node chooses its care-of address, and sees the labels of its own tunnel. Here in
 * the neighbouring network, where the differences of a hash of the sums of addresses cancel out,
 * whatever the key is.
 */
static void chosen_address_does_not_tell_labels_of_others(void **state)
{
	const uint64_t bits = UINT64_C(1) << 63 | UINT64_C(1) << 31;
	struct in6_addr chosen = bench_address(CARE_OF);
	const struct in6_addr local = bench_address(HOME_AGENT);
	uint64_t mine, other;
	char text[INET6_ADDRSTRLEN];

	(void)state;
	if (mobile_node)
		return;
	uint32_t label = label_of(0x12345);
	memcpy(&mine, local.s6_addr + 8, sizeof(mine));
	memcpy(&other, chosen.s6_addr + 8, sizeof(other));
	half_add(&chosen, 0, UINT64_C(1) << 63);
	half_add(&chosen, 1, ((mine + other) ^ bits) - (mine + other));
	inet_ntop(AF_INET6, &chosen, text, sizeof(text));
	bench_tunnel(&bench, 1, 1, text, NANOS_NEVER, false);
	assert_int_not_equal(label_of(0x12345), label);
}

static void assert_taken(uint16_t bid)
{
	const struct in6_addr home = bench_address(HOME);

	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.type, ABI_EVENT_TUNNEL_ERROR);
	assert_int_equal(event.length, in.length - 14);
	assert_memory_equal(event.octets, in.octets + 14, event.length);
	assert_memory_equal(&event.active.home_address, &home, sizeof(home));
	assert_int_equal(event.active.bid, bid);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_UNPROVEN), 0);
}

/* Neither the daemon hears of it, nor the kernel. */
static void assert_refused(uint64_t times)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(bench_events(&bench).count, 0);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_UNPROVEN), times);
}

/* RFC 4443 3.1 to 3.4, 2.1: errors have types below 128. */
static void errors_about_sent_packets_are_the_daemons(void **state)
{
	static const uint8_t types[] = {1, 2, 3, 4, 127};

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		send_by_tunnel(0x60012345, 1400);
		report_sent(types[i], 0, 1300, ERROR_QUOTES);
		assert_taken(1);
	}
	/* as much as RFC 1885 quoted; the inner header is there */
	send_by_tunnel(PLAIN, 1400);
	report_sent(2, 0, 1300, 80);
	assert_taken(1);
}

/* The tunnel is the one that the packet went by, though its remote end is that of others. */
static void error_is_about_one_tunnel(void **state)
{
	(void)state;
	tunnel(2, CARE_OF_2);
	bench_tunnel(&bench, 1, 3, CARE_OF, NANOS_NEVER, mobile_node);
	send_by_tunnel(PLAIN, 1400);
	report_sent(2, 0, 1300, ERROR_QUOTES);
	assert_taken(2);
}

/* A host that does not know the label guesses one of 2^20. */
static void other_labels_are_refused(void **state)
{
	(void)state;
	for (int bit = 0; bit < 20; bit++) {
		send_by_tunnel(0x60012345, 1400);
		report_sent(2, 0, 1280, ERROR_QUOTES);
		in.octets[QUOTED_AT + 3 - bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused((uint64_t)bit + 1);
	}
	/* as the inner packet has it */
	send_by_tunnel(0x60012345, 1400);
	report_sent(1, 0, 0, ERROR_QUOTES);
	memcpy(in.octets + QUOTED_AT, "\x60\x01\x23\x45", 4);
	assert_refused(21);
}

/* As many as are sent as fast as possible: the rest is not looked at. */
static void guesses_are_limited(void **state)
{
	struct timespec began, ended;

	(void)state;
	send_by_tunnel(0x60012345, 1400);
	report_sent(2, 0, 1280, ERROR_QUOTES);
	in.octets[QUOTED_AT + 3] ^= 1;
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	const uint64_t looked_at = dataplane_drops(bench.plane, ABI_DROP_UNPROVEN);
	assert_in_range(looked_at, 100,
		100 * (uint64_t)sysconf(_SC_NPROCESSORS_CONF) *
			(uint64_t)(ended.tv_sec - began.tv_sec + 2));
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_FLOOD), 2000 - looked_at);
	assert_int_equal(bench_events(&bench).count, 0);
}

/* An attacker knows the ends of one tunnel and guesses its labels, or owns the tunnel and knows
 * them. */
static void flood_about_one_tunnel_leaves_the_others(void **state)
{
	(void)state;
	for (int right = 0; right < 2; right++) {
		bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, mobile_node);
		bench_tunnel(&bench, 2, 2, CARE_OF_2, NANOS_NEVER, mobile_node);
		send_by_tunnel(0x60012345, 1400);
		report_sent(2, 0, 1280, ERROR_QUOTES);
		in.octets[QUOTED_AT + 3] ^= (uint8_t)!right;
		for (int i = 0; i < 5000; i++) {
			assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
			if (i % 64 == 0)
				bench_events(&bench);
		}
		bench_events(&bench);
		bench_tunnel(&bench, 1, 3, CARE_OF, NANOS_NEVER, mobile_node);
		send_by_tunnel(0x60012345, 1400);
		report_sent(2, 0, 1300, ERROR_QUOTES);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(bench_events(&bench).active.bid, 2);
	}
}

/* Anybody can send errors about Mobility Headers and route-optimized packets: there is no proof. */
static void flood_about_signalling_leaves_tunnels(void **state)
{
	struct in6_addr care_of = bench_address(CARE_OF);
	struct frame sent;

	(void)state;
	mobile_node = true;
	passage_clear();
	bench_open_optimizing(&bench, true, false);
	tunnel(1, CARE_OF);
	assert_int_equal(dataplane_local_set(bench.plane, &care_of, true), 0);
	send_by_tunnel(0x60012345, 1400);
	sent = out;
	out.octets[OUTER_AT + 6] = 135;
	report_sent(3, 0, 0, 80);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		if (i % 64 == 0)
			bench_events(&bench);
	}
	bench_events(&bench);
	out = sent;
	report_sent(2, 0, 1300, ERROR_QUOTES);
	assert_taken(1);
}

/* A router on one link knows the labels of its own tunnel. */
static void label_of_another_tunnel_is_refused(void **state)
{
	const struct in6_addr other = bench_address(CARE_OF_2);

	(void)state;
	tunnel(2, CARE_OF_2);
	send_by_tunnel(0x60012345, 1400);
	report_sent(2, 0, 1280, ERROR_QUOTES);
	memcpy(in.octets + QUOTED_AT + (mobile_node ? 8 : 24), &other, sizeof(other));
	if (mobile_node)
		memcpy(in.octets + 14 + 24, &other, sizeof(other));
	assert_refused(1);
}

/* The kernel's own: of a ping to the other end, or of another program. */
static void errors_about_other_packets_are_left(void **state)
{
	static const uint8_t others[] = {58, 17, 6, 50, 135};

	(void)state;
	for (size_t i = 0; i < sizeof(others); i++) {
		send_by_tunnel(PLAIN, 1400);
		report_sent(2, 0, 1280, ERROR_QUOTES);
		in.octets[QUOTED_AT + 6] = others[i];
		assert_left_alone();
	}
	/* no tunnel has this end */
	send_by_tunnel(PLAIN, 1400);
	report_sent(2, 0, 1280, ERROR_QUOTES);
	in.octets[QUOTED_AT + 24 + 15] ^= 0x40;
	assert_left_alone();
	/* RFC 4443 2.2: not to the source of what it quotes */
	send_by_tunnel(PLAIN, 1400);
	report_sent(2, 0, 1280, ERROR_QUOTES);
	in.octets[14 + 24 + 15] ^= 0x40;
	assert_left_alone();
	/* the inner header is cut short */
	send_by_tunnel(PLAIN, 1400);
	report_sent(2, 0, 1280, 79);
	assert_left_alone();
	/* of no mobile node */
	send_by_tunnel(PLAIN, 1400);
	report_sent(2, 0, 1280, ERROR_QUOTES);
	in.octets[QUOTED_AT + 40 + (mobile_node ? 8 : 24) + 15] ^= 0x40;
	assert_left_alone();
	/* an answer to an echo request quotes nothing */
	send_by_tunnel(PLAIN, 1400);
	report_sent(129, 0, 7, ERROR_QUOTES);
	assert_left_alone();
}

/* RFC 2473 7.1 b: the outer packet was sent in fragments; the inner header is in the first one. */
static void errors_about_fragments(void **state)
{
	(void)state;
	for (int offset = 0; offset < 2; offset++) {
		const uint8_t fragment[] = {41, 0, 0, (uint8_t)(offset * 8 + 1), 0, 0, 0, 9};

		send_by_tunnel(0x60012345, 1400);
		memmove(out.octets + OUTER_AT + 48, out.octets + OUTER_AT + 40, 1000);
		memcpy(out.octets + OUTER_AT + 40, fragment, sizeof(fragment));
		out.octets[OUTER_AT + 6] = 44;
		report_sent(3, 1, 0, 1000);
		if (offset == 0)
			assert_taken(1);
		else
			assert_left_alone();
	}
}

int main(void)
{
#define BOTH(name)                                                                                 \
	{#name " (home agent)", name, set_up_home_agent, passage_end, NULL},                       \
	{                                                                                          \
#name " (mobile node)", name, set_up_mobile_node, passage_end, NULL                \
	}
	const struct CMUnitTest tests[] = {
		BOTH(one_flow_has_one_label),
		BOTH(flows_and_tunnels_have_labels_of_their_own),
		BOTH(errors_about_sent_packets_are_the_daemons),
		BOTH(error_is_about_one_tunnel),
		BOTH(other_labels_are_refused),
		BOTH(chosen_address_does_not_tell_labels_of_others),
		BOTH(guesses_are_limited),
		BOTH(flood_about_one_tunnel_leaves_the_others),
		cmocka_unit_test_teardown(flood_about_signalling_leaves_tunnels, passage_end),
		BOTH(label_of_another_tunnel_is_refused),
		BOTH(errors_about_other_packets_are_left),
		BOTH(errors_about_fragments),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
