/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows over equally good tunnels: evenly, and with the fewest moves (src/bpf/flow_hash.h). */
#include "bpf/flow_hash.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define FLOWS 1000
#define TUNNELS_MAX 8

static struct abi_flow_key keys[FLOWS];

/* Flows as they are met: an application that opens one connection after the other, many clients of
 * one server, many servers of one client, one packet stream to each of many peers. */
enum kind { PORTS_OF_HERE, PORTS_OF_THERE, PEERS, NETWORKS, BOTH_PORTS, PEERS_AND_PORTS, KINDS };

static struct abi_flow_key key_of(enum kind kind, uint32_t n)
{
	struct abi_flow_key key = {
		.home_address = {{0x20, 1, 0xd, 0xb8, 0xe, [15] = 0x10}},
		.other = {{0x20, 1, 0xd, 0xb8, 0xc, [15] = 2}},
		.home_port_be = 0x1234,
		.other_port_be = 0xbb01,
		.protocol = 6,
	};
	const uint16_t port_be = htobe16((uint16_t)(40000 + n));

	if (kind == PORTS_OF_HERE || kind == BOTH_PORTS || kind == PEERS_AND_PORTS)
		key.home_port_be = port_be;
	if (kind == PORTS_OF_THERE || kind == BOTH_PORTS)
		key.other_port_be = port_be;
	if (kind == PEERS || kind == PEERS_AND_PORTS) {
		key.other.octets[14] = (uint8_t)(n >> 8);
		key.other.octets[15] = (uint8_t)n;
	}
	if (kind == NETWORKS) {
		key.other.octets[6] = (uint8_t)(n >> 8);
		key.other.octets[7] = (uint8_t)n;
	}
	return key;
}

static void make_flows(enum kind kind)
{
	for (uint32_t n = 0; n < FLOWS; n++)
		keys[n] = key_of(kind, n);
}

/* `bids`: a set of bits. */
static int tunnel_of(const struct abi_flow_key *key, uint32_t bids)
{
	const __u64 flow = flow_hash(key);
	__u64 highest = 0;
	int best = -1;

	for (int bid = 1; bid <= TUNNELS_MAX; bid++) {
		if ((bids & 1u << bid) && (best < 0 || flow_weight(flow, (__u16)bid) > highest)) {
			highest = flow_weight(flow, (__u16)bid);
			best = bid;
		}
	}
	return best;
}

static uint32_t first_bids(int tunnels)
{
	return ((1u << tunnels) - 1) << 1;
}

/* A fair draw exceeds this chi-square once in 10,000 times; with a bad hash it is in the hundreds.
 */
static double limit_of(int tunnels)
{
	static const double limits[] = {[2] = 15.14, [3] = 18.42, [8] = 29.88};

	return limits[tunnels];
}

static double chi_square(int tunnels)
{
	const double expected = (double)FLOWS / tunnels;
	int count[TUNNELS_MAX + 1] = {0};
	double sum = 0;

	for (int n = 0; n < FLOWS; n++)
		count[tunnel_of(&keys[n], first_bids(tunnels))]++;
	for (int bid = 1; bid <= tunnels; bid++)
		sum += (count[bid] - expected) * (count[bid] - expected) / expected;
	return sum;
}

static void test_spreads_evenly(void **state)
{
	static const int tunnels[] = {2, 3, 8};

	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		make_flows(kind);
		for (size_t i = 0; i < sizeof(tunnels) / sizeof(*tunnels); i++)
			assert_true(chi_square(tunnels[i]) < limit_of(tunnels[i]));
	}
}

/* What a tunnel that went had carried is spread over all others, not given to one of them. */
static void test_flows_of_a_lost_tunnel_are_spread(void **state)
{
	int count[TUNNELS_MAX + 1] = {0};
	int moved = 0;

	(void)state;
	make_flows(PORTS_OF_HERE);
	for (int n = 0; n < FLOWS; n++) {
		if (tunnel_of(&keys[n], first_bids(3)) != 1)
			continue;
		count[tunnel_of(&keys[n], first_bids(3) & ~(1u << 1))]++;
		moved++;
	}
	/* four standard deviations of the half of about 333 */
	assert_in_range(count[2], moved / 2 - 37, moved / 2 + 37);
	assert_int_equal(count[2] + count[3], moved);
}

static void test_only_its_own_flows_move(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KINDS; kind++) {
		make_flows(kind);
		for (int n = 0; n < FLOWS; n++) {
			const int before = tunnel_of(&keys[n], first_bids(8));
			for (int bid = 1; bid <= 8; bid++) {
				const int after = tunnel_of(&keys[n], first_bids(8) & ~(1u << bid));
				assert_true(before == bid ? after != bid : after == before);
			}
		}
	}
}

/* A BID may be any number from 1 to 65535 (RFC 5648 4.1). */
static void test_any_two_bids(void **state)
{
	static const __u16 bids[][2] = {
		{1, 2}, {1, 65535}, {100, 200}, {256, 512}, {32767, 65535}, {1, 257}};

	(void)state;
	make_flows(BOTH_PORTS);
	for (size_t i = 0; i < sizeof(bids) / sizeof(*bids); i++) {
		int first = 0;
		for (int n = 0; n < FLOWS; n++) {
			const __u64 flow = flow_hash(&keys[n]);
			first += flow_weight(flow, bids[i][0]) > flow_weight(flow, bids[i][1]);
		}
		/* four standard deviations */
		assert_in_range(first, FLOWS / 2 - 63, FLOWS / 2 + 63);
	}
}

/* Each part of the key matters, but the way that a flow goes. */
static void test_what_a_flow_is(void **state)
{
	const struct abi_flow_key key = key_of(PEERS, 1);
	struct abi_flow_key other = key;

	(void)state;
	other.direct = 1;
	assert_true(flow_hash(&other) == flow_hash(&key));
	other.protocol = 17;
	assert_true(flow_hash(&other) != flow_hash(&key));
	other = key;
	other.home_port_be = key.other_port_be;
	other.other_port_be = key.home_port_be;
	assert_true(flow_hash(&other) != flow_hash(&key));
	other = key;
	other.home_address.octets[7] ^= 0x80;
	assert_true(flow_hash(&other) != flow_hash(&key));
	other = key;
	other.home_address.octets[15] ^= 1;
	assert_true(flow_hash(&other) != flow_hash(&key));
	other = key;
	other.other.octets[0] ^= 1;
	assert_true(flow_hash(&other) != flow_hash(&key));
}

/* The same numbers as in tests/net/test_rendezvous.py: both ends, and tests/support/rendezvous.py,
 * must agree. Between ends with different hashes the two directions of a flow may take different
 * links. */
static void test_example(void **state)
{
	const struct abi_flow_key key = {
		.home_address = {{0x20, 1, 0xd, 0xb8, 1, 0, [14] = 1}},
		.other = {{0x20, 1, 0xd, 0xb8, 0, 0xc, [15] = 1}},
		.home_port_be = htobe16(8001),
		.other_port_be = htobe16(8080),
		.protocol = 6,
	};

	(void)state;
	assert_true(flow_hash(&key) == 0x985e859f2c88d42dull);
	assert_true(flow_weight(flow_hash(&key), 1) == 0x6732b02abd504c7bull);
	assert_true(flow_weight(flow_hash(&key), 2) == 0xbf2bb992f33ea22eull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spreads_evenly),
		cmocka_unit_test(test_flows_of_a_lost_tunnel_are_spread),
		cmocka_unit_test(test_only_its_own_flows_move),
		cmocka_unit_test(test_any_two_bids),
		cmocka_unit_test(test_what_a_flow_is),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
