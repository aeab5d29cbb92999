/* SPDX-License-Identifier: BSD-2-Clause */
#include "passage.h"

#include <arpa/inet.h>

#define ETHERNET_OCTETS 14
#define ROUTER_ON_THE_WAY "2001:db8:9::1"

struct bench bench;
struct frame in, expected, out;

void passage_clear(void)
{
	memset(&in, 0, sizeof(in));
	memset(&expected, 0, sizeof(expected));
}

int passage_end(void **state)
{
	(void)state;
	bench_close(&bench);
	return 0;
}

void report_sent(uint8_t type, uint8_t code, uint32_t detail, size_t quoted)
{
	const uint8_t header[] = {type, code, 0x12, 0x34, (uint8_t)(detail >> 24),
		(uint8_t)(detail >> 16), (uint8_t)(detail >> 8), (uint8_t)detail};
	const uint8_t *outer = out.octets + ETHERNET_OCTETS;
	char source[INET6_ADDRSTRLEN];

	if (quoted > out.length - ETHERNET_OCTETS)
		quoted = out.length - ETHERNET_OCTETS;
	inet_ntop(AF_INET6, outer + 8, source, sizeof(source));
	in.length = 0;
	frame_ethernet(&in);
	frame_ipv6(&in, 0x60000000, (uint16_t)(sizeof(header) + quoted), 58, 60, ROUTER_ON_THE_WAY,
		source);
	frame_octets(&in, header, sizeof(header));
	frame_octets(&in, outer, quoted);
}

void expect_outer_label(void)
{
	uint8_t *header = expected.octets + ETHERNET_OCTETS;

	if (expected.length < ETHERNET_OCTETS + 40 || header[6] != 41)
		return;
	header[1] = (header[1] & 0xf0) | (out.octets[ETHERNET_OCTETS + 1] & 0x0f);
	memcpy(header + 2, out.octets + ETHERNET_OCTETS + 2, 2);
}

void assert_frame(const struct frame *frame)
{
	if (frame == &expected)
		expect_outer_label();
	assert_int_equal(out.length, frame->length);
	assert_memory_equal(out.octets, frame->octets, frame->length);
}

void assert_left_alone(void)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(bench_events(&bench).count, 0);
}

static int assert_told(uint32_t type)
{
	struct bench_event event = bench_events(&bench);
	assert_int_equal(event.type, type);
	assert_int_equal(event.ifindex, bench.link);
	assert_int_equal(event.length, in.length - 14);
	assert_memory_equal(event.octets, in.octets + 14, event.length);
	return event.count;
}

void assert_event(uint32_t type)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_int_equal(assert_told(type), 1);
}

void assert_last_event(uint32_t type)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_SHOT);
	assert_told(type);
}

void assert_heard(void)
{
	assert_int_equal(bench_receive(&bench, &in, &out), TC_ACT_OK);
	assert_frame(&in);
	assert_int_equal(assert_told(ABI_EVENT_PACKET), 1);
}
