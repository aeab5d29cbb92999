/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared traffic at the home agent (ADR 57): which GRE packets the daemon gets, and what the
 * programs do with packets of a home address in the modes AGGREGATE and DUPLICATE.
 */
#include "passage.h"
#include "ranked.h"

#define PLAIN 0x60000000

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open(&bench, false, false);
	bench_tunnel(&bench, 1, 1, CARE_OF, NANOS_NEVER, false);
	return 0;
}

/* RFC 2890: key and sequence number. `protocol`: two octets. */
static void gre(struct frame *frame, const char *care_of, const char *flags, const char *protocol)
{
	frame_ethernet(frame);
	frame_ipv6(frame, PLAIN, 12 + 48, 47, 64, care_of, HOME_AGENT);
	frame_octets(frame, flags, 2);
	frame_octets(frame, protocol, 2);
	frame_octets(frame, "\x00\x00\x01\x02\x00\x00\x00\x07", 8);
}

static void data(const char *care_of, const char *home, const char *flags)
{
	in.length = 0;
	gre(&in, care_of, flags, "\x86\xdd");
	frame_ipv6(&in, PLAIN, 8, 17, 64, home, CORRESPONDENT);
	frame_filling(&in, 8);
}

static void message(const char *home)
{
	in.length = 0;
	gre(&in, CARE_OF, "\x30\x00", "\x88\xb5");
	frame_address(&in, home);
	frame_filling(&in, 32);
}

static void takes_data(void **state)
{
	(void)state;
	data(CARE_OF, HOME, "\x30\x00");
	assert_event(ABI_EVENT_SHARED);
	struct dataplane_counters counters = bench_counters(&bench, 1);
	assert_int_equal(counters.received_packets, 1);
	assert_true(counters.received_at > 0);
}

static void takes_messages(void **state)
{
	(void)state;
	message(HOME);
	assert_event(ABI_EVENT_SHARED);
}

/* RFC 6275 10.4.5: only from a registered care-of address, and of the home address that is bound to
 * it. */
static void discards_others(void **state)
{
	(void)state;
	data(CARE_OF_2, HOME, "\x30\x00");
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_WRONG_CARE_OF_ADDRESS), 1);
	message("2001:db8:e::77");
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_UNKNOWN_HOME_ADDRESS), 1);
}

/* GRE of others: without sequence number, or with a checksum. */
static void leaves_other_forms(void **state)
{
	(void)state;
	data(CARE_OF, HOME, "\x20\x00");
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	data(CARE_OF, HOME, "\xb0\x00");
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_int_equal(bench_events(&bench).count, 0);
}

static void set_mode(uint8_t mode)
{
	const struct in6_addr home = bench_address(HOME);
	const struct effect_traffic effect = {
		.subject = ranked_subject(&home, &in6addr_any),
		.mode = mode,
		.count = 1,
		.set = {{.tunnel = ranked_number(1), .tier = 1, .weight = 1}},
	};

	assert_int_equal(dataplane_traffic_set(bench.plane, &effect), 0);
}

static void move_tunnel(void)
{
	const struct effect_tunnel tunnel = {
		.bid = 1,
		.tunnel = ranked_number(1),
		.local.address = bench_address(HOME_AGENT),
		.remote.address = bench_address(CARE_OF_2),
		.expires = NANOS_NEVER,
		.usable = true,
		.encapsulation = ENCAP_IPV6,
	};

	assert_int_equal(ranked_tunnel_change(bench.plane, false, bench_address(HOME), in6addr_any,
				 &tunnel, NULL),
		0);
}

/* A packet of a mode that the daemon carries goes on to the device. */
static void hands_packets_to_the_daemon(void **state)
{
	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, PLAIN, 60, 17, 63, CORRESPONDENT, HOME);
	frame_filling(&in, 60);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	set_mode(TRAFFIC_AGGREGATE);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	/* A change of the tunnel does not give it packets. */
	move_tunnel();
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	set_mode(TRAFFIC_DUPLICATE);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	set_mode(TRAFFIC_FIRST);
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, passage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_data),
		TEST(takes_messages),
		TEST(discards_others),
		TEST(leaves_other_forms),
		TEST(hands_packets_to_the_daemon),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
