/* SPDX-License-Identifier: BSD-2-Clause */
/* The tunnel by which a flow leaves, and the bindings that a daemon restores after a restart. */
#include "bench.h"
#include "ranked.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define REDIRECT 7 /* TC_ACT_REDIRECT */
#define FLOWS 200
#define FLOWS_MANY 1000

static struct bench bench;

static bool is_mobile_node(void)
{
	return (bench.config.state.roles & ABI_ROLE_MOBILE_NODE) != 0;
}

static int set_up(void **state)
{
	(void)state;
	bench_open(&bench, false, false);
	return 0;
}

static int set_up_keep_flows(void **state)
{
	(void)state;
	bench_open(&bench, false, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bench_close(&bench);
	return 0;
}

/* The care-of address of a BID. */
static const char *care_of(uint16_t bid)
{
	static const char *const all[] = {NULL, CARE_OF, CARE_OF_2, "2001:db8:a::3",
		"2001:db8:a::4", "2001:db8:a::5", "2001:db8:a::6", "2001:db8:a::7",
		"2001:db8:a::8"};

	return bid < sizeof(all) / sizeof(*all) ? all[bid] : NULL;
}

/* At a mobile node they are tied to the link, as the daemon's are. */
static void tunnel(uint16_t bid, uint8_t priority)
{
	bench_tunnel(&bench, bid, priority, care_of(bid), NANOS_NEVER, is_mobile_node());
}

static void tunnel_remove(uint16_t bid)
{
	const struct in6_addr home = bench_address(HOME);

	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, bid), 0);
}

/* Sends a packet of a flow, and says by which care-of address it went. */
static uint16_t bid_of(uint16_t flow)
{
	const bool mobile = is_mobile_node();
	const uint8_t to_home[] = {0, 53, (uint8_t)(flow >> 8), (uint8_t)flow, 0, 8, 0, 0};
	const uint8_t from_home[] = {(uint8_t)(flow >> 8), (uint8_t)flow, 0, 53, 0, 8, 0, 0};
	static struct frame in, out;
	struct in6_addr used;

	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, 0x60000000, 8, 17, 64, mobile ? HOME : CORRESPONDENT,
		mobile ? CORRESPONDENT : HOME);
	frame_octets(&in, mobile ? from_home : to_home, sizeof(to_home));
	assert_int_equal(bench_send(&bench, &in, &out), REDIRECT);
	memcpy(&used, out.octets + 14 + (mobile ? 8 : 24), sizeof(used));
	for (uint16_t bid = 1; care_of(bid); bid++) {
		const struct in6_addr address = bench_address(care_of(bid));
		if (memcmp(&used, &address, sizeof(used)) == 0)
			return bid;
	}
	return 0;
}

/* ---- choice ---- */

static void sends_by_lowest_priority(void **state)
{
	(void)state;
	tunnel(1, 20);
	tunnel(2, 10);
	tunnel(3, 30);
	assert_int_equal(bid_of(1), 2);
	tunnel(2, 40);
	assert_int_equal(bid_of(1), 1);
}

static int numbered_tunnel(uint32_t subject, uint16_t tunnel, uint16_t bid)
{
	const struct effect_tunnel effect = {
		.subject = subject,
		.tunnel = tunnel,
		.bid = bid,
		.local.address = bench_address(is_mobile_node() ? care_of(bid) : HOME_AGENT),
		.remote.address = bench_address(is_mobile_node() ? HOME_AGENT : care_of(bid)),
		.expires = NANOS_NEVER,
		.usable = true,
	};

	return dataplane_tunnel_set(bench.plane, &effect, NULL);
}

static int number(uint32_t subject)
{
	const struct effect_subject effect = {
		.subject = subject,
		.side = is_mobile_node() ? SUBJECT_AT_MOBILE_NODE : SUBJECT_AT_HOME_AGENT,
		.home_address = bench_address(HOME),
	};
	const struct effect_prefix prefix = {
		.subject = subject, .prefix = effect.home_address, .length = 128};
	int result = dataplane_subject_set(bench.plane, &effect);

	return result == 0 ? dataplane_prefix_set(bench.plane, &prefix) : result;
}

/* A tunnel is sent by as the rule says, and not before it says so. */
static void traffic_ranks_tunnels(void **state)
{
	const struct effect_traffic first = {
		.subject = 5, .count = 2, .set = {{11, 10, 1}, {12, 20, 1}}};
	const struct effect_traffic second = {.subject = 5, .count = 1, .set = {{12, 5, 1}}};
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	assert_int_equal(dataplane_traffic_set(bench.plane, &first), -ENOENT);
	assert_int_equal(numbered_tunnel(5, 11, 1), -ENOENT);
	assert_int_equal(number(5), 0);
	assert_int_equal(numbered_tunnel(5, 11, 1), 0);
	assert_int_equal(numbered_tunnel(5, 12, 2), 0);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 0);
	assert_int_equal(dataplane_traffic_set(bench.plane, &first), 0);
	assert_int_equal(bid_of(1), 1);
	/* setting a tunnel again leaves its tier */
	assert_int_equal(numbered_tunnel(5, 12, 2), 0);
	assert_int_equal(bid_of(1), 1);
	assert_int_equal(dataplane_traffic_set(bench.plane, &second), 0);
	assert_int_equal(bid_of(1), 2);
	assert_int_equal(dataplane_traffic_remove(bench.plane, 5, 1), -ENOENT);
	assert_int_equal(dataplane_traffic_remove(bench.plane, 6, TRAFFIC_DEFAULT), -ENOENT);
	assert_int_equal(dataplane_traffic_remove(bench.plane, 5, TRAFFIC_DEFAULT), 0);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 0);
	assert_int_equal(dataplane_traffic_set(bench.plane, &first), 0);
	assert_int_equal(bid_of(1), 1);
}

/* The numbers are no BIDs: the next daemon finds by them what forwards meanwhile, and removes the
 * rest. */
static void adopts_by_numbers(void **state)
{
	const struct effect_traffic rule = {
		.subject = 5, .count = 2, .set = {{2, 10, 1}, {1, 20, 1}}};

	(void)state;
	assert_int_equal(number(5), 0);
	assert_int_equal(numbered_tunnel(5, 2, 1), 0);
	assert_int_equal(numbered_tunnel(5, 1, 2), 0);
	assert_int_equal(dataplane_traffic_set(bench.plane, &rule), 0);
	assert_int_equal(bid_of(1), 1);
	bench_reopen(&bench);
	assert_int_equal(bid_of(1), 1);
	assert_int_equal(number(5), 0);
	assert_int_equal(bid_of(1), 1);
	/* the tunnel of BID 1, which has sent two packets */
	struct dataplane_counters counters;
	assert_int_equal(numbered_tunnel(5, 2, 1), 0);
	assert_int_equal(dataplane_tunnel_counters(bench.plane, 5, 2, &counters), 0);
	assert_int_equal(counters.sent_packets, 3);
	assert_int_equal(dataplane_sweep(bench.plane), 0);
	assert_int_equal(bid_of(1), 1);
	bench_reopen(&bench);
	assert_int_equal(bid_of(1), 1);
	assert_int_equal(dataplane_sweep(bench.plane), 0);
	assert_int_equal(dataplane_tunnel_counters(bench.plane, 5, 2, &counters), -ENOENT);
}

/* A subject of a daemon before that has the addresses, or the number, of another one goes. */
static void another_number_is_another_subject(void **state)
{
	struct dataplane_counters counters;

	(void)state;
	assert_int_equal(number(5), 0);
	assert_int_equal(numbered_tunnel(5, 1, 1), 0);
	assert_int_equal(number(9), 0);
	assert_int_equal(dataplane_tunnel_counters(bench.plane, 5, 1, &counters), -ENOENT);
	assert_int_equal(dataplane_subject_remove(bench.plane, 5), -ENOENT);
	assert_int_equal(dataplane_subject_remove(bench.plane, 9), 0);
}

/* The number is free afterwards: another binding may get it. */
static void a_tunnel_is_removed_once(void **state)
{
	const struct effect_traffic rule = {.subject = 5, .count = 1, .set = {{1, 10, 1}}};

	(void)state;
	assert_int_equal(dataplane_tunnel_remove(bench.plane, 5, 1), -ENOENT);
	assert_int_equal(number(5), 0);
	assert_int_equal(numbered_tunnel(5, 1, 1), 0);
	assert_int_equal(dataplane_tunnel_remove(bench.plane, 5, 2), -ENOENT);
	assert_int_equal(dataplane_tunnel_remove(bench.plane, 5, 1), 0);
	assert_int_equal(dataplane_tunnel_remove(bench.plane, 5, 1), -ENOENT);
	assert_int_equal(numbered_tunnel(5, 1, 2), 0);
	assert_int_equal(dataplane_traffic_set(bench.plane, &rule), 0);
	assert_int_equal(bid_of(1), 2);
}

static void unusable_is_not_chosen(void **state)
{
	struct effect_tunnel effect = {
		.local.address = bench_address(HOME_AGENT),
		.remote.address = bench_address(CARE_OF),
		.expires = NANOS_NEVER,
		.bid = 1,
	};

	(void)state;
	tunnel(1, 10);
	tunnel(2, 20);
	assert_int_equal(ranked_tunnel_change(bench.plane, false, bench_address(HOME), in6addr_any,
				 &effect, NULL),
		0);
	assert_int_equal(bid_of(1), 2);
	effect.usable = true;
	assert_int_equal(ranked_tunnel_change(bench.plane, false, bench_address(HOME), in6addr_any,
				 &effect, NULL),
		0);
	assert_int_equal(bid_of(1), 1);
}

/* Where each of many flows goes now. */
static void map_flows(uint8_t *ret)
{
	for (uint16_t flow = 0; flow < FLOWS_MANY; flow++)
		ret[flow] = (uint8_t)bid_of(flow);
}

static unsigned int count_flows(const uint8_t *map, uint16_t bid)
{
	unsigned int count = 0;

	for (uint16_t flow = 0; flow < FLOWS_MANY; flow++)
		count += map[flow] == bid;
	return count;
}

/* Within four standard deviations of an even share, for 1,000 flows. */
static void spreads_flows_among_equals(void **state)
{
	static const struct {
		uint16_t tunnels;
		unsigned int least, most;
	} cases[] = {{2, 437, 563}, {3, 274, 393}, {8, 84, 166}};
	static uint8_t map[FLOWS_MANY];
	uint16_t last = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		while (last < cases[i].tunnels)
			tunnel(++last, 10);
		map_flows(map);
		for (uint16_t bid = 1; bid <= last; bid++)
			assert_in_range(count_flows(map, bid), cases[i].least, cases[i].most);
	}
}

static void less_good_ones_get_nothing(void **state)
{
	static uint8_t map[FLOWS_MANY];

	(void)state;
	tunnel(1, 10);
	tunnel(2, 10);
	tunnel(3, 20);
	map_flows(map);
	assert_int_equal(count_flows(map, 3), 0);
}

/* Whichever of eight goes: its flows move, and no others; it gets the same back. */
static void flows_come_back_with_their_tunnel(void **state)
{
	static uint8_t before[FLOWS_MANY], without[FLOWS_MANY], after[FLOWS_MANY];

	(void)state;
	for (uint16_t bid = 1; bid <= 8; bid++)
		tunnel(bid, 10);
	map_flows(before);
	for (uint16_t gone = 1; gone <= 8; gone++) {
		tunnel_remove(gone);
		map_flows(without);
		for (uint16_t flow = 0; flow < FLOWS_MANY; flow++) {
			if (before[flow] == gone)
				assert_int_not_equal(without[flow], gone);
			else
				assert_int_equal(without[flow], before[flow]);
		}
		tunnel(gone, 10);
		map_flows(after);
		assert_memory_equal(after, before, sizeof(before));
	}
}

/* One flow has one tunnel at a time, whatever others do, until the set of tunnels changes. */
/* Shows RFC 5648 3-8. */
static void flow_has_one_tunnel(void **state)
{
	static uint8_t first[FLOWS_MANY], again[FLOWS_MANY];

	(void)state;
	tunnel(1, 10);
	tunnel(2, 10);
	map_flows(first);
	map_flows(again);
	assert_memory_equal(again, first, sizeof(first));
}

/* Home agent and mobile node agree, so that both directions of a flow share their fate. */
static void both_directions_take_the_same_link(void **state)
{
	static uint8_t down[FLOWS_MANY], up[FLOWS_MANY];

	(void)state;
	for (uint16_t bid = 1; bid <= 3; bid++)
		tunnel(bid, 10);
	map_flows(down);
	bench_close(&bench);
	bench_open(&bench, true, false);
	for (uint16_t bid = 3; bid >= 1; bid--)
		tunnel(bid, 77);
	map_flows(up);
	assert_memory_equal(up, down, sizeof(down));
}

/* Flows of one that has expired, though the daemon has not yet taken it away, go by the others. */
static void expired_is_not_chosen_among_equals(void **state)
{
	static uint8_t map[FLOWS_MANY];

	(void)state;
	bench_tunnel(&bench, 1, 10, care_of(1), 1, false);
	tunnel(2, 10);
	tunnel(3, 10);
	map_flows(map);
	assert_int_equal(count_flows(map, 1), 0);
	assert_in_range(count_flows(map, 2), 437, 563);
	bench_tunnel(&bench, 2, 10, care_of(2), 1, false);
	bench_tunnel(&bench, 3, 20, care_of(3), NANOS_NEVER, false);
	assert_int_equal(bid_of(1), 3);
}

/* `keep_flows`: only what begins later goes by one that has come or come back. */
static void kept_flow_stays_among_equals(void **state)
{
	uint16_t before[FLOWS];
	unsigned int third = 0;

	(void)state;
	tunnel(1, 10);
	tunnel(2, 10);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		before[flow] = bid_of(flow);
	tunnel(3, 10);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		assert_int_equal(bid_of(flow), before[flow]);
	for (uint16_t flow = FLOWS; flow < 2 * FLOWS; flow++)
		third += bid_of(flow) == 3;
	assert_in_range(third, FLOWS / 6, FLOWS / 2);
	tunnel_remove(1);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		assert_int_not_equal(bid_of(flow), 1);
	tunnel(1, 10);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		assert_int_not_equal(bid_of(flow), 1);
}

/* Nor by a tunnel that is not to be sent by just now. */
static void kept_flow_leaves_what_is_held(void **state)
{
	struct effect_tunnel effect = {
		.local.address = bench_address(HOME_AGENT),
		.remote.address = bench_address(CARE_OF),
		.expires = NANOS_NEVER,
		.bid = 1,
	};

	(void)state;
	tunnel(1, 10);
	assert_int_equal(bid_of(1), 1);
	tunnel(2, 20);
	assert_int_equal(ranked_tunnel_change(bench.plane, false, bench_address(HOME), in6addr_any,
				 &effect, NULL),
		0);
	assert_int_equal(bid_of(1), 2);
}

static void flow_leaves_what_is_no_longer_equal(void **state)
{
	(void)state;
	tunnel(1, 10);
	tunnel(2, 10);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		bid_of(flow);
	tunnel(1, 20);
	tunnel(3, 10);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		assert_int_not_equal(bid_of(flow), 1);
}

static void better_tunnel_takes_flows_over(void **state)
{
	(void)state;
	tunnel(2, 20);
	assert_int_equal(bid_of(1), 2);
	tunnel(1, 10);
	assert_int_equal(bid_of(1), 1);
}

/* A packet of the mobile node from that care-of address. */
static void hear(const char *care_of)
{
	static struct frame in, out;

	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, 0x60000000, 48, 41, 61, care_of, HOME_AGENT);
	frame_ipv6(&in, 0x60000000, 8, 17, 62, HOME, CORRESPONDENT);
	frame_filling(&in, 8);
	assert_int_equal(bench_receive(&bench, &in, &out), REDIRECT);
}

/* RFC 5648 3: without a policy, the binding last verified by receiving packets. */
/* Shows RFC 5648 3-6. */
static void without_preference_the_last_heard_is_taken(void **state)
{
	(void)state;
	tunnel(1, PRIORITY_NONE);
	tunnel(2, PRIORITY_NONE);
	assert_int_equal(bid_of(1), 1);
	hear(CARE_OF_2);
	for (uint16_t flow = 0; flow < FLOWS; flow++)
		assert_int_equal(bid_of(flow), 2);
	hear(CARE_OF);
	assert_int_equal(bid_of(1), 1);
	tunnel(3, 127);
	assert_int_equal(bid_of(1), 3);
}

static void kept_flow_leaves_only_when_its_tunnel_goes(void **state)
{
	(void)state;
	tunnel(2, 20);
	assert_int_equal(bid_of(1), 2);
	tunnel(1, 10);
	assert_int_equal(bid_of(1), 2);
	assert_int_equal(bid_of(2), 1);
	tunnel_remove(2);
	assert_int_equal(bid_of(1), 1);
	tunnel(2, 20);
	assert_int_equal(bid_of(1), 1);
}

/* A flow remembers the number of a tunnel, which may since have become another. */
static void flow_forgets_a_tunnel_that_changed(void **state)
{
	(void)state;
	tunnel(2, 20);
	assert_int_equal(bid_of(1), 2);
	tunnel(1, 10);
	assert_int_equal(bid_of(1), 2);
	bench_tunnel(&bench, 2, 20, "2001:db8:b::7", NANOS_NEVER, false);
	assert_int_equal(bid_of(1), 1);
}

/* ---- restart ---- */

struct found {
	unsigned int nodes, tunnels; /* nodes: subjects that have tunnels */
	uint32_t subject;
	struct effect_tunnel tunnel[ABI_TUNNELS_PER_SUBJECT];
};

static void keep_tunnel(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *effect)
{
	struct found *found = ctx;

	found->nodes += found->subject != subject->subject;
	found->subject = subject->subject;
	found->tunnel[found->tunnels++] = *effect;
}

static struct found look(void)
{
	struct found found = {0};

	dataplane_each_tunnel(bench.plane, keep_tunnel, &found);
	return found;
}

static void finds_everything_again(void **state)
{
	(void)state;
	tunnel(1, 10);
	tunnel(2, 20);
	assert_int_equal(bid_of(1), 1);
	struct found before = look();
	bench_reopen(&bench);
	struct found after = look();
	assert_int_equal(after.nodes, 1);
	assert_int_equal(after.tunnels, 2);
	for (int i = 0; i < 2; i++) {
		assert_memory_equal(
			&after.tunnel[i].local.address, &before.tunnel[i].local.address, 16);
		assert_memory_equal(
			&after.tunnel[i].remote.address, &before.tunnel[i].remote.address, 16);
		assert_true(after.tunnel[i].expires == NANOS_NEVER);
	}
	assert_int_equal(after.tunnel[1].bid, 2);
	assert_true(after.tunnel[1].usable);
	assert_int_equal(bench_counters(&bench, 1).sent_packets, 1);
	/* The daemon writes into what the programs read. */
	tunnel(3, 5);
	assert_int_equal(bid_of(1), 3);
}

#define NODE_LINK_LAYER "\x02\x00\x00\x00\xee\x02"

/* RFC 5648 5.6.2, both topologies; and a care-of address that is not verified yet (draft-13 10). */
static void finds_home_link_and_held_again(void **state)
{
	struct effect_tunnel held = {
		.local.address = bench_address(HOME_AGENT),
		.remote.address = bench_address(CARE_OF),
		.expires = NANOS_NEVER,
		.bid = 3,
	};
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	bench_home_link(&bench, 1, NODE_LINK_LAYER);
	bench_home_link(&bench, 2, NULL);
	assert_int_equal(ranked_tunnel_change(
				 bench.plane, false, bench_address(HOME), in6addr_any, &held, NULL),
		0);
	bench_reopen(&bench);
	struct found found = look();
	assert_int_equal(found.tunnels, 3);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(found.tunnel[i].bid, i + 1);
		assert_int_equal(found.tunnel[i].encapsulation, ENCAP_HOME_LINK);
		assert_int_equal(found.tunnel[i].local.ifindex, bench.link);
		assert_memory_equal(&found.tunnel[i].remote.address, &home, sizeof(home));
		assert_true(found.tunnel[i].usable);
	}
	assert_true(found.tunnel[0].remote.framed);
	assert_memory_equal(found.tunnel[0].remote.link_layer, NODE_LINK_LAYER, 6);
	assert_false(found.tunnel[1].remote.framed);
	assert_int_equal(found.tunnel[2].encapsulation, ENCAP_IPV6);
	assert_false(found.tunnel[2].remote.framed);
	assert_false(found.tunnel[2].usable);
	/* Its being held is not forgotten by the next change of the order. */
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 1), 0);
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 2), 0);
	tunnel(2, 20);
	assert_int_equal(bid_of(1), 2);
	held.usable = true;
	assert_int_equal(ranked_tunnel_change(
				 bench.plane, false, bench_address(HOME), in6addr_any, &held, NULL),
		0);
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 2), 0);
	found = look();
	assert_int_equal(found.tunnels, 1);
	assert_int_equal(found.tunnel[0].bid, 3);
	assert_true(found.tunnel[0].usable);
}

/* The maps of another version have another meaning. */
static void other_version_begins_anew(void **state)
{
	const uint32_t first = 0, other = ABI_VERSION - 1;
	int fd = bench_pinned(&bench, "version");

	(void)state;
	tunnel(1, 10);
	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(fd, &first, &other, BPF_ANY), 0);
	close(fd);
	bench_reopen(&bench);
	assert_int_equal(look().nodes, 0);
	tunnel(1, 10);
	assert_int_equal(bid_of(1), 1);
}

static void events_wait_for_the_next_daemon(void **state)
{
	static struct frame in, out;

	(void)state;
	frame_ethernet(&in);
	frame_ipv6(&in, 0x60000000, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_filling(&in, 16);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	bench_reopen(&bench);
	assert_int_equal(bench_events(&bench).count, 1);
}

static void other_sizes_begin_anew(void **state)
{
	(void)state;
	tunnel(1, 10);
	bench.config.tunnels_max *= 2;
	bench_reopen(&bench);
	assert_int_equal(look().nodes, 0);
	tunnel(1, 10);
	assert_int_equal(bid_of(1), 1);
}

/* Links that the next daemon has no more keep no program, though it begins anew; those that it has
 * keep their counters. */
static void other_sizes_know_the_links(void **state)
{
	static struct frame in, out;
	struct abi_link link;

	(void)state;
	tunnel(1, 10);
	frame_ethernet(&in);
	frame_ipv6(&in, 0x60000000, 16, 135, 61, STRANGER, HOME_AGENT);
	frame_filling(&in, 16);
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	bench.config.tunnels_max *= 2;
	bench_reopen(&bench);
	assert_int_equal(dataplane_link_counters(bench.plane, bench.link, &link), 0);
	assert_int_equal(link.signalling_packets, 1);
	dataplane_close(bench.plane);
	bench.config.tunnels_max *= 2;
	assert_int_equal(dataplane_open(&bench.config, &bench.plane, NULL, 0), 0);
	assert_int_equal(dataplane_detach_others(bench.plane, NULL, 0), 0);
	assert_false(bench_is_attached(bench.link, BPF_TC_INGRESS));
	assert_int_equal(system("tc qdisc show dev access | grep -q clsact"), 256);
}

/* ---- programs that somebody else takes off ---- */

struct told {
	int count;
	int error;
	uint32_t times;
	char what[100];
};

static void keep_told(void *ctx, const char *what, const struct put_back *state)
{
	struct told *told = ctx;

	told->count++;
	told->error = state->error;
	told->times = state->times;
	snprintf(told->what, sizeof(told->what), "%s", what);
}

static struct told compare(uint64_t now)
{
	struct told told = {0};
	uint64_t again = NANOS_NEVER;

	dataplane_reconcile(bench.plane, now, keep_told, &told, &again);
	return told;
}

static void puts_programs_back(void **state)
{
	static const struct {
		const char *command, *what;
		bool device;
		enum bpf_tc_attach_point point;
	} removals[] = {
		{"tc qdisc del dev access clsact", "program on access ingress", false,
			BPF_TC_INGRESS},
		{"tc filter del dev access ingress", "program on access ingress", false,
			BPF_TC_INGRESS},
		{"tc qdisc del dev monami0 clsact", "program on monami0 egress", true,
			BPF_TC_EGRESS},
		{"tc filter del dev monami0 egress", "program on monami0 egress", true,
			BPF_TC_EGRESS},
	};
	uint64_t now = 1000000000;

	(void)state;
	assert_int_equal(compare(now).count, 0);
	for (size_t i = 0; i < sizeof(removals) / sizeof(*removals); i++) {
		uint32_t ifindex = removals[i].device ? bench.device : bench.link;

		assert_int_equal(system(removals[i].command), 0);
		assert_false(bench_is_attached(ifindex, removals[i].point));
		struct told told = compare(now);
		assert_int_equal(told.count, 1);
		assert_string_equal(told.what, removals[i].what);
		assert_int_equal(told.error, 0);
		assert_true(bench_is_attached(ifindex, removals[i].point));
		assert_int_equal(compare(now).count, 0);
	}
}

/* Another program in its place is as bad as none. */
static void puts_program_back_that_was_replaced(void **state)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)bench.link, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 5648,
		.prog_fd = bench.encapsulate_fd, .flags = BPF_TC_F_REPLACE);

	(void)state;
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
	assert_int_equal(compare(1000000000).count, 1);
	assert_int_equal(compare(1000000000).count, 0);
}

/* A link that was left is not put back. */
static void leaves_left_links_alone(void **state)
{
	(void)state;
	assert_int_equal(dataplane_detach(bench.plane, bench.link), 0);
	assert_int_equal(compare(1000000000).count, 0);
	assert_false(bench_is_attached(bench.link, BPF_TC_INGRESS));
}

/* ---- limits ---- */

static void says_when_full(void **state)
{
	struct in6_addr home = bench_address(HOME);
	struct effect_tunnel effect = {
		.local.address = bench_address(HOME_AGENT),
		.remote.address = bench_address(CARE_OF),
		.expires = NANOS_NEVER,
		.bid = 1,
	};

	(void)state;
	for (uint8_t i = 0; i < 4; i++) {
		home.s6_addr[15] = i;
		assert_int_equal(
			ranked_tunnel_change(bench.plane, false, home, in6addr_any, &effect, NULL),
			0);
	}
	home.s6_addr[15] = 4;
	assert_int_equal(ranked_tunnel_change(bench.plane, false, home, in6addr_any, &effect, NULL),
		-ENOSPC);
	home.s6_addr[15] = 0;
	assert_int_equal(
		dataplane_subject_remove(bench.plane, ranked_subject(&home, &in6addr_any)), 0);
	assert_int_equal(dataplane_subject_remove(bench.plane, ranked_subject(&home, &in6addr_any)),
		-ENOENT);
	home.s6_addr[15] = 4;
	assert_int_equal(
		ranked_tunnel_change(bench.plane, false, home, in6addr_any, &effect, NULL), 0);
}

/* ---- records ---- */

static struct record record_of(const char *home_address, const char *peer)
{
	return (struct record){
		.home_address = bench_address(home_address),
		.peer = bench_address(peer),
		.sequence = 0xfffe,
		.timestamp = 0x123456789abcdef0,
		.count = 1,
		.bindings = {{.care_of = bench_address(CARE_OF),
			.expires = NANOS_NEVER,
			.bid = 7,
			.lifetime = 75}},
	};
}

static void keep_record(void *ctx, const struct record *record)
{
	struct record *found = ctx;

	assert_int_equal(found->count, 0);
	*found = *record;
}

static void finds_records_again(void **state)
{
	struct record record = record_of(HOME, "::"), found = {0};
	const struct in6_addr none = in6addr_any;

	(void)state;
	assert_int_equal(dataplane_record_set(bench.plane, &record), 0);
	record.bindings[0].lifetime = 100;
	assert_int_equal(dataplane_record_set(bench.plane, &record), 0);
	bench_reopen(&bench);
	dataplane_each_record(bench.plane, keep_record, &found);
	assert_memory_equal(&found, &record, sizeof(record));
	memset(&found, 0, sizeof(found));
	assert_int_equal(dataplane_record(bench.plane, &record.home_address, &none, &found), 0);
	assert_memory_equal(&found, &record, sizeof(record));
	assert_int_equal(dataplane_record_remove(bench.plane, &record.home_address, &none), 0);
	assert_int_equal(
		dataplane_record(bench.plane, &record.home_address, &none, &found), -ENOENT);
	assert_int_equal(dataplane_record_remove(bench.plane, &record.home_address, &none), 0);
}

/* A home address keeps its numbers; a pair without bindings has nothing to be remembered. */
static void forgets_pairs_without_bindings(void **state)
{
	struct record home = record_of(HOME, "::"), pair = record_of(HOME, HOME_AGENT), found;

	(void)state;
	home.count = pair.count = 0;
	assert_int_equal(dataplane_record_set(bench.plane, &home), 0);
	assert_int_equal(dataplane_record_set(bench.plane, &pair), 0);
	assert_int_equal(dataplane_record(bench.plane, &home.home_address, &home.peer, &found), 0);
	assert_int_equal(
		dataplane_record(bench.plane, &pair.home_address, &pair.peer, &found), -ENOENT);
}

static int learn(const struct in6_addr *home, uint16_t bid, uint32_t mtu, nanos until)
{
	return dataplane_path_mtu(
		bench.plane, ranked_subject(home, &in6addr_any), ranked_number(bid), mtu, until);
}

/* Both tunnels have the same remote end, as a mobile node's: what one path carries says nothing of
 * the other. */
static void path_mtu_of_one_tunnel(void **state)
{
	const struct in6_addr home = bench_address(HOME), other = bench_address(CARE_OF_2);

	(void)state;
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 0);
	tunnel(1, 10);
	tunnel(2, 10);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), MTU);
	assert_int_equal(learn(&other, 2, 1300, NANOS_NEVER), -ENOENT);
	assert_int_equal(learn(&home, 3, 1300, NANOS_NEVER), -ENOENT);
	assert_int_equal(learn(&home, 2, 1300, NANOS_NEVER), 0);
	/* a path never grows by being told so */
	assert_int_equal(learn(&home, 2, 1400, NANOS_NEVER), 0);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
	assert_int_equal(bench_counters(&bench, 2).mtu, 1300);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 1300);
	/* RFC 2473 7.1: packets of 1280 octets always go through, in fragments */
	assert_int_equal(learn(&home, 2, 1240, NANOS_NEVER), 0);
	assert_int_equal(bench_counters(&bench, 2).mtu, 1240);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 1280);
}

/* Of the tunnels that the programs choose; a narrow one that is kept in reserve says nothing of it.
 */
static void path_mtu_of_the_best_tunnel(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	tunnel(1, 10);
	tunnel(2, 20);
	assert_int_equal(learn(&home, 2, 1300, NANOS_NEVER), 0);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), MTU);
	assert_int_equal(learn(&home, 1, 1350, NANOS_NEVER), 0);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 1350);
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 1), 0);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 1300);
}

/* A flow that has had the other tunnel still has it. */
static void path_mtu_where_flows_are_kept(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	tunnel(1, 10);
	tunnel(2, 20);
	assert_int_equal(learn(&home, 2, 1300, NANOS_NEVER), 0);
	assert_int_equal(dataplane_best_mtu(bench.plane, &home), 1300);
}

/* RFC 8201 4: after a while larger packets are tried again, by each path in its own time. */
static void path_mtus_are_forgotten_one_by_one(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	tunnel(1, 10);
	tunnel(2, 20);
	assert_int_equal(dataplane_next_forgotten(bench.plane), NANOS_NEVER);
	assert_int_equal(learn(&home, 1, 1300, 1000), 0);
	assert_int_equal(learn(&home, 2, 1350, 2000), 0);
	assert_int_equal(dataplane_next_forgotten(bench.plane), 1000);
	dataplane_forget_path_mtus(bench.plane, 999);
	assert_int_equal(bench_counters(&bench, 1).mtu, 1300);
	dataplane_forget_path_mtus(bench.plane, 1000);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
	assert_int_equal(bench_counters(&bench, 2).mtu, 1350);
	assert_int_equal(dataplane_next_forgotten(bench.plane), 2000);
	/* the path is narrower still: from now on anew */
	assert_int_equal(learn(&home, 2, 1300, 3000), 0);
	dataplane_forget_path_mtus(bench.plane, 2000);
	assert_int_equal(bench_counters(&bench, 2).mtu, 1300);
	dataplane_forget_path_mtus(bench.plane, 3000);
	assert_int_equal(bench_counters(&bench, 2).mtu, MTU);
	assert_int_equal(dataplane_next_forgotten(bench.plane), NANOS_NEVER);
}

/* A link that changes says nothing of what lies behind it; another path is not narrow. */
static void path_mtu_outlives_that_of_links(void **state)
{
	const struct in6_addr home = bench_address(HOME);

	(void)state;
	tunnel(1, 10);
	assert_int_equal(learn(&home, 1, 1300, 1000), 0);
	dataplane_default_mtu(bench.plane, MTU - 1);
	assert_int_equal(bench_counters(&bench, 1).mtu, 1300);
	dataplane_default_mtu(bench.plane, 1290);
	assert_int_equal(bench_counters(&bench, 1).mtu, 1290);
	dataplane_default_mtu(bench.plane, MTU);
	assert_int_equal(bench_counters(&bench, 1).mtu, 1290);
	bench_tunnel(&bench, 1, 10, CARE_OF_2, NANOS_NEVER, false);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
	assert_int_equal(learn(&home, 1, 1300, 2000), 0);
	assert_int_equal(ranked_tunnel_remove(bench.plane, &home, &in6addr_any, 1), 0);
	dataplane_forget_path_mtus(bench.plane, 2000);
	assert_int_equal(dataplane_next_forgotten(bench.plane), NANOS_NEVER);
}

/* The programs have found that the link carries less. */
static void path_mtu_of_the_programs_is_forgotten(void **state)
{
	const struct in6_addr home = bench_address(HOME);
	struct frame in = {.length = 0}, out;

	(void)state;
	tunnel(1, 10);
	tunnel(2, 20);
	dataplane_note_path_mtus(bench.plane, &home, &in6addr_any, 1000);
	assert_int_equal(dataplane_next_forgotten(bench.plane), NANOS_NEVER);
	bench_set_link_mtu(1400);
	frame_ethernet(&in);
	frame_ipv6(&in, 0x60000000, 1361 - 40, 17, 63, CORRESPONDENT, HOME);
	frame_filling(&in, 1361 - 40);
	assert_int_equal(bench_send(&bench, &in, &out), TC_ACT_OK);
	assert_true(bench_counters(&bench, 1).mtu < MTU);
	dataplane_note_path_mtus(bench.plane, &home, &in6addr_any, 1000);
	dataplane_note_path_mtus(bench.plane, &home, &in6addr_any, 1500);
	assert_int_equal(dataplane_next_forgotten(bench.plane), 1000);
	dataplane_forget_path_mtus(bench.plane, 1000);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
	assert_int_equal(dataplane_next_forgotten(bench.plane), NANOS_NEVER);
}

static void mtu_of_each_link(void **state)
{
	const struct tunnel_mtus mtus = {
		.all = MTU, .links = {{.ifindex = bench.link, .mtu = 1240}}};

	(void)state;
	bench_tunnel(&bench, 1, 10, CARE_OF, NANOS_NEVER, true);
	tunnel(2, 20);
	dataplane_tunnel_mtus(bench.plane, &mtus);
	assert_int_equal(bench_counters(&bench, 1).mtu, 1240);
	assert_int_equal(bench_counters(&bench, 2).mtu, MTU);
	bench_tunnel(&bench, 3, 30, CARE_OF, NANOS_NEVER, true);
	assert_int_equal(bench_counters(&bench, 3).mtu, 1240);
	dataplane_default_mtu(bench.plane, MTU);
	assert_int_equal(bench_counters(&bench, 1).mtu, MTU);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(sends_by_lowest_priority),
		TEST(traffic_ranks_tunnels),
		TEST(adopts_by_numbers),
		TEST(another_number_is_another_subject),
		TEST(a_tunnel_is_removed_once),
		TEST(unusable_is_not_chosen),
		TEST(spreads_flows_among_equals),
		TEST(less_good_ones_get_nothing),
		TEST(flows_come_back_with_their_tunnel),
		TEST(flow_has_one_tunnel),
		TEST(both_directions_take_the_same_link),
		TEST(expired_is_not_chosen_among_equals),
		TEST(flow_leaves_what_is_no_longer_equal),
		TEST(better_tunnel_takes_flows_over),
		TEST(without_preference_the_last_heard_is_taken),
		cmocka_unit_test_setup_teardown(
			kept_flow_leaves_only_when_its_tunnel_goes, set_up_keep_flows, tear_down),
		cmocka_unit_test_setup_teardown(
			kept_flow_stays_among_equals, set_up_keep_flows, tear_down),
		cmocka_unit_test_setup_teardown(
			kept_flow_leaves_what_is_held, set_up_keep_flows, tear_down),
		cmocka_unit_test_setup_teardown(
			flow_forgets_a_tunnel_that_changed, set_up_keep_flows, tear_down),
		TEST(finds_everything_again),
		TEST(finds_home_link_and_held_again),
		TEST(other_version_begins_anew),
		TEST(events_wait_for_the_next_daemon),
		TEST(other_sizes_begin_anew),
		TEST(other_sizes_know_the_links),
		TEST(puts_programs_back),
		TEST(puts_program_back_that_was_replaced),
		TEST(leaves_left_links_alone),
		TEST(says_when_full),
		TEST(finds_records_again),
		TEST(forgets_pairs_without_bindings),
		TEST(path_mtu_of_one_tunnel),
		TEST(path_mtu_of_the_best_tunnel),
		cmocka_unit_test_setup_teardown(
			path_mtu_where_flows_are_kept, set_up_keep_flows, tear_down),
		TEST(path_mtus_are_forgotten_one_by_one),
		TEST(path_mtu_outlives_that_of_links),
		TEST(path_mtu_of_the_programs_is_forgotten),
		TEST(mtu_of_each_link),
	};

	if (bench_prepare() < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
