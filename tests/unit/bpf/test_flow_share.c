/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows by weights: their shares, and how few move (src/bpf/flow_share.h). */
#include "bpf/flow_share.h"

#include <endian.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define FLOWS 10000
#define TUNNELS_MAX 8

static __u64 flow_of(uint32_t n)
{
	const struct abi_flow_key key = {
		.home_address = {{0x20, 1, 0xd, 0xb8, 0xe, [15] = 0x10}},
		.other = {{0x20, 1, 0xd, 0xb8, 0xc, [14] = (uint8_t)(n >> 12), [15] = 2}},
		.home_port_be = htobe16((uint16_t)(40000 + n % 4096)),
		.other_port_be = htobe16(443),
		.protocol = 6,
	};

	return flow_hash(&key);
}

/* The BIDs are 1, 2 and so on; a weight of 0: the tunnel is not there. */
static int tunnel_of(__u64 flow, const __u8 *weights, int count)
{
	__u64 least = UINT64_MAX;
	int best = -1;

	for (int i = 0; i < count; i++) {
		if (weights[i] == 0)
			continue;
		const __u64 cost = flow_cost(flow, (__u16)(i + 1), weights[i]);
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	return best;
}

static void test_logarithm(void **state)
{
	(void)state;
	for (int shift = 0; shift < 64; shift++) {
		for (uint32_t i = 0; i < 1000; i++) {
			const __u64 hash = flow_mix(i) >> shift | 1;
			const double expected = -log2((double)hash / 0x1p64);
			const double actual = (double)flow_log(hash) / FLOW_LOG_ONE;
			assert_true(fabs(actual - expected) < 1e-4);
		}
	}
}

/* Of 10,000 flows: shares within 2 % of the weights. */
static void test_shares(void **state)
{
	static const __u8 cases[][3] = {{5, 3, 1}, {1, 1, 1}, {50, 20, 5}, {255, 1, 128}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const int sum = cases[i][0] + cases[i][1] + cases[i][2];
		int count[3] = {0};
		for (uint32_t n = 0; n < FLOWS; n++)
			count[tunnel_of(flow_of(n), cases[i], 3)]++;
		for (int j = 0; j < 3; j++)
			assert_true(
				fabs((double)count[j] / FLOWS - (double)cases[i][j] / sum) < 0.02);
	}
}

/* A tunnel that goes moves its own flows only; a lower weight only flows away from its tunnel. */
static void test_only_flows_of_the_changed_tunnel_move(void **state)
{
	static const __u8 before[] = {5, 3, 1}, gone[] = {5, 0, 1}, lowered[] = {5, 1, 1};

	(void)state;
	for (uint32_t n = 0; n < FLOWS; n++) {
		const __u64 flow = flow_of(n);
		const int first = tunnel_of(flow, before, 3);
		if (first != 1) {
			assert_int_equal(tunnel_of(flow, gone, 3), first);
			assert_int_equal(tunnel_of(flow, lowered, 3), first);
		}
	}
}

/* With equal weights it is the rendezvous hash of ADR 34: no flow moves when weights are given. */
static void test_equal_weights_change_nothing(void **state)
{
	static const __u8 weights[] = {3, 3, 3, 3};

	(void)state;
	for (uint32_t n = 0; n < FLOWS; n++) {
		const __u64 flow = flow_of(n);
		int best = 0;
		for (int i = 1; i < 4; i++)
			if (flow_weight(flow, (__u16)(i + 1)) >
				flow_weight(flow, (__u16)(best + 1)))
				best = i;
		assert_int_equal(tunnel_of(flow, weights, 4), best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logarithm),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_only_flows_of_the_changed_tunnel_move),
		cmocka_unit_test(test_equal_weights_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
