/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tc programs on a host that is a home agent and two mobile nodes at once, and the lookup of
 * the longest prefix: frame in, verdict and exact frame out (ADR 43).
 */
#include "passage.h"
#include "ranked.h"

#include <errno.h>

#define PLAIN 0x60000000
#define OWN_HOME "2001:db8:e1::10" /* of agent A */
#define OWN_HOME_2 "2001:db8:e2::10"
#define AGENT "2001:db8:f1::1"
#define AGENT_2 "2001:db8:f2::1"
#define GUEST "2001:db8:e::20" /* another one of HOME_AGENT */
#define OWN_CARE_OF "2001:db8:a:80::3"

static const uint32_t all_roles = ABI_ROLE_HOME_AGENT | ABI_ROLE_MOBILE_NODE |
				  ABI_ROLE_CORRESPONDENT | ABI_ROLE_ROUTE_OPTIMIZATION;

static void tunnel(uint32_t side, const char *home, const char *local, const char *remote)
{
	const bool mobile = ABI_SIDE_IS_MOBILE(side);
	const struct in6_addr next_hop = bench_address("2001:db8:f::2");
	const struct effect_tunnel effect = {
		.local = {.address = bench_address(local), .ifindex = mobile ? bench.link : 0},
		.remote = {.address = bench_address(remote)},
		.expires = NANOS_NEVER,
		.bid = 1,
		.usable = true,
	};

	assert_int_equal(ranked_tunnel_set(bench.plane, mobile, bench_address(home), in6addr_any,
				 &effect, 1, mobile ? &next_hop : NULL),
		0);
}

static int set_up(void **state)
{
	(void)state;
	passage_clear();
	bench_open_roles(&bench, all_roles);
	tunnel(ABI_SIDE_HOME_AGENT, HOME, HOME_AGENT, CARE_OF);
	tunnel(ABI_SIDE_MOBILE_NODE, OWN_HOME, OWN_CARE_OF, AGENT);
	tunnel(ABI_SIDE_MOBILE_NODE, OWN_HOME_2, OWN_CARE_OF, AGENT_2);
	return 0;
}

static void inner(struct frame *frame, const char *source, const char *destination)
{
	frame_ipv6(frame, PLAIN, 20, 17, 64, source, destination);
	frame_filling(frame, 20);
}

static void plain(struct frame *frame, const char *source, const char *destination)
{
	frame->length = 0;
	frame_ethernet(frame);
	inner(frame, source, destination);
}

static void tunnelled(struct frame *frame, const char *from, const char *to, const char *source,
	const char *destination)
{
	frame->length = 0;
	frame_ethernet(frame);
	frame_ipv6(frame, PLAIN, 60, 41, 64, from, to);
	inner(frame, source, destination);
}

/* The packet leaves monami0 by the tunnel between these ends. */
static void expect_sent(
	const char *source, const char *destination, const char *local, const char *remote)
{
	plain(&in, source, destination);
	tunnelled(&expected, local, remote, source, destination);
	expect_outer_label();
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

static void expect_not_sent(const char *source, const char *destination)
{
	plain(&in, source, destination);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
}

/* The packet comes out of the tunnel between these ends. */
static void expect_received(
	const char *remote, const char *local, const char *source, const char *destination)
{
	tunnelled(&in, remote, local, source, destination);
	plain(&expected, source, destination);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	assert_frame(&expected);
}

static void expect_refused(const char *remote, const char *local, const char *source,
	const char *destination, enum abi_drop reason)
{
	const uint64_t before = dataplane_drops(bench.plane, reason);

	tunnelled(&in, remote, local, source, destination);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, reason), before + 1);
}

/* ---- roles ---- */

static void sends_by_each_role(void **state)
{
	(void)state;
	expect_sent(CORRESPONDENT, HOME, HOME_AGENT, CARE_OF);
	expect_sent(OWN_HOME, CORRESPONDENT, OWN_CARE_OF, AGENT);
	expect_sent(OWN_HOME_2, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	/* The home agent's tunnel is the shorter way to its own mobile node. */
	expect_sent(OWN_HOME, HOME, HOME_AGENT, CARE_OF);
	expect_not_sent(STRANGER, CORRESPONDENT);
}

static void receives_by_each_role(void **state)
{
	(void)state;
	expect_received(CARE_OF, HOME_AGENT, HOME, CORRESPONDENT);
	expect_received(AGENT, OWN_CARE_OF, CORRESPONDENT, OWN_HOME);
	expect_received(AGENT_2, OWN_CARE_OF, CORRESPONDENT, OWN_HOME_2);
}

/* Each mobile node's packets come from its own home agent. */
static void refuses_the_tunnel_of_another(void **state)
{
	(void)state;
	expect_refused(
		AGENT_2, OWN_CARE_OF, CORRESPONDENT, OWN_HOME, ABI_DROP_WRONG_CARE_OF_ADDRESS);
	expect_refused(CARE_OF_2, HOME_AGENT, HOME, CORRESPONDENT, ABI_DROP_WRONG_CARE_OF_ADDRESS);
	assert_int_equal(bench_events(&bench).type, ABI_EVENT_UNBOUND);
	/* A mobile node does not forward for another one's home address. */
	expect_refused(CARE_OF, HOME_AGENT, OWN_HOME, CORRESPONDENT, ABI_DROP_UNKNOWN_HOME_ADDRESS);
	expect_refused(AGENT, OWN_CARE_OF, CORRESPONDENT, HOME, ABI_DROP_UNKNOWN_HOME_ADDRESS);
}

/* ---- attacks ---- */

/* RFC 6275 10.4.5, 11.3.3: no inner address of one role comes out of another one's tunnel. */
static void refuses_forged_inner_addresses(void **state)
{
	static const char *const own[] = {OWN_HOME, OWN_HOME_2, HOME_AGENT, OWN_CARE_OF, AGENT};

	(void)state;
	tunnel(ABI_SIDE_HOME_AGENT, GUEST, HOME_AGENT, CARE_OF_2);
	expect_received(CARE_OF_2, HOME_AGENT, GUEST, CORRESPONDENT);
	for (size_t i = 0; i < 5; i++)
		expect_refused(
			CARE_OF, HOME_AGENT, own[i], CORRESPONDENT, ABI_DROP_UNKNOWN_HOME_ADDRESS);
	/* one mobile node as the other, in both directions */
	expect_refused(CARE_OF, HOME_AGENT, GUEST, CORRESPONDENT, ABI_DROP_WRONG_CARE_OF_ADDRESS);
	expect_refused(CARE_OF_2, HOME_AGENT, HOME, OWN_HOME, ABI_DROP_WRONG_CARE_OF_ADDRESS);
	expect_refused(AGENT_2, OWN_CARE_OF, OWN_HOME_2, OWN_HOME, ABI_DROP_WRONG_CARE_OF_ADDRESS);
	/* to what is behind this host, which only the home agent forwards to */
	expect_refused(
		AGENT, OWN_CARE_OF, CORRESPONDENT, HOME_AGENT, ABI_DROP_UNKNOWN_HOME_ADDRESS);
	expect_refused(AGENT, OWN_CARE_OF, CORRESPONDENT, GUEST, ABI_DROP_UNKNOWN_HOME_ADDRESS);
}

/* The outer addresses are those of this host, or of a role that has no such tunnel. */
static void leaves_foreign_tunnels_alone(void **state)
{
	static const char *const ends[][2] = {{HOME_AGENT, OWN_CARE_OF}, {OWN_HOME, OWN_CARE_OF},
		{OWN_CARE_OF, OWN_CARE_OF}, {STRANGER, OWN_CARE_OF}, {CARE_OF, OWN_CARE_OF},
		{STRANGER, OWN_HOME}};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		tunnelled(&in, ends[i][0], ends[i][1], CORRESPONDENT, OWN_HOME);
		assert_left_alone();
	}
	expect_refused(AGENT, HOME_AGENT, CORRESPONDENT, OWN_HOME, ABI_DROP_WRONG_CARE_OF_ADDRESS);
	expect_refused(AGENT, OWN_HOME, CORRESPONDENT, OWN_HOME_2, ABI_DROP_WRONG_CARE_OF_ADDRESS);
}

static void optioned(
	struct frame *frame, const char *care_of, const char *destination, const char *home)
{
	frame->length = 0;
	frame_ethernet(frame);
	frame_ipv6(frame, PLAIN, 24 + 20, 60, 64, care_of, destination);
	frame_option(frame, 17, home);
	frame_filling(frame, 20);
}

/* RFC 6275 9.3.1: the Home Address option of a pair that is not bound, at each address of ours. */
static void believes_no_option_of_another(void **state)
{
	static const char *const pairs[][2] = {{CARE_OF, OWN_HOME}, {CARE_OF, OWN_HOME_2},
		{OWN_CARE_OF, HOME}, {CARE_OF_2, HOME}, {AGENT, OWN_HOME}, {OWN_CARE_OF, OWN_HOME},
		{CARE_OF, HOME_AGENT}};
	const struct in6_addr care_of = bench_address(OWN_CARE_OF);
	static const char *const to[] = {HOME_AGENT, OWN_CARE_OF};

	(void)state;
	assert_int_equal(dataplane_local_set(bench.plane, &care_of, true), 0);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		for (size_t j = 0; j < 2; j++) {
			optioned(&in, pairs[i][0], to[j], pairs[i][1]);
			assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		}
	/* the binding with one role is none with another */
	optioned(&in, CARE_OF, OWN_CARE_OF, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	optioned(&in, CARE_OF, HOME_AGENT, HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	plain(&expected, HOME, HOME_AGENT);
	assert_frame(&expected);
}

static void routed(struct frame *frame, const char *source, const char *care_of, const char *home)
{
	frame->length = 0;
	frame_ethernet(frame);
	frame_ipv6(frame, PLAIN, 24 + 20, 43, 64, source, care_of);
	frame_routing(frame, 17, home);
	frame_filling(frame, 20);
}

/* RFC 6275 6.4: without route optimization, from the home agent of this home address only. */
static void takes_no_routing_header_of_another(void **state)
{
	static const char *const pairs[][2] = {{AGENT, OWN_HOME_2}, {AGENT_2, OWN_HOME},
		{AGENT, HOME}, {AGENT, HOME_AGENT}, {HOME_AGENT, OWN_HOME}, {STRANGER, OWN_HOME},
		{CARE_OF, OWN_HOME}};
	struct dataplane_state without = bench.config.state;

	(void)state;
	without.roles &= ~(uint32_t)ABI_ROLE_ROUTE_OPTIMIZATION;
	dataplane_state_set(bench.plane, &without);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		routed(&in, pairs[i][0], OWN_CARE_OF, pairs[i][1]);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(
			dataplane_drops(bench.plane, ABI_DROP_WRONG_ROUTING_HEADER), i + 1);
	}
	routed(&in, AGENT, OWN_CARE_OF, OWN_HOME);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
	plain(&expected, AGENT, OWN_HOME);
	assert_frame(&expected);
}

/* With route optimization from any host, but for a home address of this host only. */
static void takes_no_routing_header_of_nobody(void **state)
{
	static const char *const homes[] = {HOME, HOME_AGENT, OWN_CARE_OF, STRANGER};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		routed(&in, CORRESPONDENT, OWN_CARE_OF, homes[i]);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		routed(&in, AGENT, OWN_CARE_OF, homes[i]);
		assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
		assert_int_equal(
			dataplane_drops(bench.plane, ABI_DROP_WRONG_ROUTING_HEADER), 2 * i + 2);
	}
}

/* ---- the state ---- */

/* What the daemon says counts at once, without loading the programs again. */
static void follows_the_state(void **state)
{
	struct dataplane_state changed = bench.config.state;

	(void)state;
	changed.roles &= ~(uint32_t)ABI_ROLE_HOME_AGENT;
	dataplane_state_set(bench.plane, &changed);
	expect_not_sent(CORRESPONDENT, HOME);
	expect_sent(OWN_HOME, CORRESPONDENT, OWN_CARE_OF, AGENT);
	changed.roles = ABI_ROLE_HOME_AGENT;
	dataplane_state_set(bench.plane, &changed);
	expect_sent(CORRESPONDENT, HOME, HOME_AGENT, CARE_OF);
	expect_not_sent(OWN_HOME, CORRESPONDENT);
	(void)bench_events(&bench);
	tunnelled(&in, AGENT, OWN_CARE_OF, CORRESPONDENT, OWN_HOME);
	assert_left_alone();
}

/* ADR 29: of the mobile nodes on this host, not of those that it is the home agent of. */
static void guards_its_own_home_addresses(void **state)
{
	const struct in6_addr home = bench_address(OWN_HOME);

	(void)state;
	plain(&in, OWN_HOME, CORRESPONDENT);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_SHOT);
	plain(&in, OWN_HOME_2, CORRESPONDENT);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_SHOT);
	plain(&in, HOME, CORRESPONDENT);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_OK);
	/* One mobile node is at home on the link, the other is not. */
	assert_int_equal(dataplane_home_link(bench.plane, &home, bench.link, true), 0);
	plain(&in, OWN_HOME, CORRESPONDENT);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_OK);
	plain(&in, OWN_HOME_2, CORRESPONDENT);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_SHOT);
}

/* RFC 6275 10.4.2: of a mobile node that is away; a mobile node's own is tunnelled. */
static void knows_whose_message_of_link_scope(void **state)
{
	const uint8_t solicitation = 135;

	(void)state;
	plain(&in, CORRESPONDENT, HOME);
	in.octets[14 + 6] = 58;
	in.octets[14 + 40] = solicitation;
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_LINK_SCOPE), 1);
	plain(&in, OWN_HOME, CORRESPONDENT);
	in.octets[14 + 6] = 58;
	in.octets[14 + 40] = solicitation;
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
}

/* ---- route optimization ---- */

static void threshold(const char *home, const char *prefix, uint8_t length, uint64_t packets)
{
	const struct in6_addr home_address = bench_address(home), address = bench_address(prefix);
	const struct abi_threshold threshold = {.packets = packets};

	assert_int_equal(
		dataplane_threshold_set(bench.plane, &home_address, &address, length, &threshold),
		0);
}

/* After how many packets to the correspondent the daemon is told that this home address is busy. */
static int busy_after(const char *home, int most)
{
	const struct in6_addr busy[] = {bench_address(home), bench_address(CORRESPONDENT)};

	bench_events(&bench);
	for (int i = 1; i <= most; i++) {
		plain(&in, home, CORRESPONDENT);
		assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
		const struct bench_event event = bench_events(&bench);
		if (event.type != ABI_EVENT_BUSY)
			continue;
		assert_int_equal(event.length, sizeof(busy));
		assert_memory_equal(event.octets, busy, sizeof(busy));
		return i;
	}
	return 0;
}

/* RFC 6275 11.6.1: traffic and thresholds are each mobile node's own. */
static void estimates_traffic_of_each(void **state)
{
	(void)state;
	threshold(OWN_HOME, "::", 0, 3);
	threshold(OWN_HOME_2, "::", 0, 0);
	assert_int_equal(busy_after(OWN_HOME_2, 10), 0);
	assert_int_equal(busy_after(OWN_HOME, 10), 3);
	threshold(OWN_HOME_2, "2001:db8::", 16, 7);
	bench_reopen(&bench);
	threshold(OWN_HOME, "::", 0, 4);
	threshold(OWN_HOME_2, "2001:db8::", 16, 6);
	assert_int_equal(busy_after(OWN_HOME, 2), 0);
	assert_int_equal(busy_after(OWN_HOME_2, 10), 6);
	assert_int_equal(busy_after(OWN_HOME, 10), 2);
	assert_int_equal(busy_after(OWN_HOME, 10), 0);
}

/* ---- prefixes ---- */

#define NETWORK "2001:db8:e1::"
#define IN_NETWORK "2001:db8:e1::77"
#define IN_WIDER_NETWORK "2001:db8:e1:1::77"
#define OTHER_NETWORK "2001:db8:e4::"
#define IN_OTHER_NETWORK "2001:db8:e4::77"

/* RFC 3963: a mobile network's prefix leads to its mobile router; a home address in it is another
 * one's. */
static void finds_the_longest_prefix(void **state)
{
	(void)state;
	expect_not_sent(IN_NETWORK, CORRESPONDENT);
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	expect_sent(IN_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	expect_sent(OWN_HOME, CORRESPONDENT, OWN_CARE_OF, AGENT);
	expect_received(AGENT_2, OWN_CARE_OF, CORRESPONDENT, IN_NETWORK);
	expect_received(AGENT, OWN_CARE_OF, CORRESPONDENT, OWN_HOME);
	expect_not_sent(IN_WIDER_NETWORK, CORRESPONDENT);
	bench_prefix(&bench, OWN_HOME, NETWORK, 48, true);
	expect_sent(IN_WIDER_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT);
	expect_sent(IN_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, false);
	expect_sent(IN_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT);
	bench_prefix(&bench, OWN_HOME, NETWORK, 48, false);
	expect_not_sent(IN_NETWORK, CORRESPONDENT);
}

/* A mobile router that is the home agent of a node inside its mobile network: the same address at
 * both sides. */
static void goes_from_one_tunnel_into_another(void **state)
{
	(void)state;
	bench_prefix(&bench, OWN_HOME, "2001:db8:e::", 64, true);
	expect_received(AGENT, OWN_CARE_OF, CORRESPONDENT, HOME);
	expect_sent(CORRESPONDENT, HOME, HOME_AGENT, CARE_OF);
	expect_received(CARE_OF, HOME_AGENT, HOME, CORRESPONDENT);
	expect_sent(HOME, CORRESPONDENT, OWN_CARE_OF, AGENT);
}

static void guards_prefixes(void **state)
{
	(void)state;
	plain(&in, IN_NETWORK, CORRESPONDENT);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_OK);
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	assert_int_equal(bench_leave(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(dataplane_drops(bench.plane, ABI_DROP_BARE), 1);
}

/* The next daemon finds the prefixes of the one before, as the home addresses. */
static void prefixes_stay_after_a_restart(void **state)
{
	(void)state;
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	bench_reopen(&bench);
	expect_sent(IN_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	expect_sent(OWN_HOME, CORRESPONDENT, OWN_CARE_OF, AGENT);
	expect_sent(CORRESPONDENT, HOME, HOME_AGENT, CARE_OF);
}

static int prefix_remove(const char *home, const char *prefix, uint8_t length)
{
	const struct in6_addr home_address = bench_address(home);
	const struct effect_prefix effect = {
		.subject = ranked_subject(&home_address, &in6addr_any),
		.prefix = bench_address(prefix),
		.length = length,
	};

	return dataplane_prefix_remove(bench.plane, &effect);
}

/* The subject and its other prefixes stay. */
static void a_prefix_is_removed_once(void **state)
{
	(void)state;
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 48, true);
	assert_int_equal(prefix_remove(OWN_HOME, NETWORK, 64), -ENOENT);
	assert_int_equal(prefix_remove(STRANGER, NETWORK, 64), -ENOENT);
	assert_int_equal(prefix_remove(OWN_HOME_2, NETWORK, 48), 0);
	assert_int_equal(prefix_remove(OWN_HOME_2, NETWORK, 48), -ENOENT);
	expect_not_sent(IN_WIDER_NETWORK, CORRESPONDENT);
	expect_sent(IN_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	expect_sent(OWN_HOME_2, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
}

/* Of those that the daemon before has left, the ones remain that this daemon has set again; also
 * if their subjects are the same. */
static void prefixes_that_were_not_set_again_are_swept(void **state)
{
	const struct in6_addr home = bench_address(OWN_HOME), home_2 = bench_address(OWN_HOME_2);

	(void)state;
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 48, true);
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	bench_prefix(&bench, OWN_HOME, OTHER_NETWORK, 64, true);
	bench_reopen(&bench);
	assert_int_equal(
		ranked_subject_set(bench.plane, SUBJECT_AT_MOBILE_NODE, &home, &in6addr_any), 0);
	assert_int_equal(
		ranked_subject_set(bench.plane, SUBJECT_AT_MOBILE_NODE, &home_2, &in6addr_any), 0);
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	/* not before the sweep */
	expect_sent(IN_WIDER_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	expect_sent(IN_OTHER_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT);
	assert_int_equal(dataplane_sweep(bench.plane), 0);
	expect_not_sent(IN_WIDER_NETWORK, CORRESPONDENT);
	expect_not_sent(IN_OTHER_NETWORK, CORRESPONDENT);
	expect_sent(IN_NETWORK, CORRESPONDENT, OWN_CARE_OF, AGENT_2);
	expect_sent(OWN_HOME, CORRESPONDENT, OWN_CARE_OF, AGENT);
	/* the subject of HOME was not set again */
	expect_not_sent(CORRESPONDENT, HOME);
	assert_int_equal(prefix_remove(OWN_HOME_2, NETWORK, 48), -ENOENT);
}

/* A number that another subject has got in the meantime. */
static void trusts_no_old_reference(void **state)
{
	const struct in6_addr home = bench_address(OWN_HOME_2);

	(void)state;
	bench_prefix(&bench, OWN_HOME_2, NETWORK, 64, true);
	assert_int_equal(
		dataplane_subject_remove(bench.plane, ranked_subject(&home, &in6addr_any)), 0);
	for (int i = 0; i < 8; i++) {
		tunnel(ABI_SIDE_MOBILE_NODE, "2001:db8:e3::1", OWN_CARE_OF, AGENT);
		const struct in6_addr other = bench_address("2001:db8:e3::1");
		expect_not_sent(IN_NETWORK, CORRESPONDENT);
		assert_int_equal(
			dataplane_subject_remove(bench.plane, ranked_subject(&other, &in6addr_any)),
			0);
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, passage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_by_each_role),
		TEST(receives_by_each_role),
		TEST(refuses_the_tunnel_of_another),
		TEST(refuses_forged_inner_addresses),
		TEST(leaves_foreign_tunnels_alone),
		TEST(believes_no_option_of_another),
		TEST(takes_no_routing_header_of_another),
		TEST(takes_no_routing_header_of_nobody),
		TEST(follows_the_state),
		TEST(guards_its_own_home_addresses),
		TEST(knows_whose_message_of_link_scope),
		TEST(estimates_traffic_of_each),
		TEST(finds_the_longest_prefix),
		TEST(goes_from_one_tunnel_into_another),
		TEST(guards_prefixes),
		TEST(prefixes_stay_after_a_restart),
		TEST(a_prefix_is_removed_once),
		TEST(prefixes_that_were_not_set_again_are_swept),
		TEST(trusts_no_old_reference),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
