/* SPDX-License-Identifier: BSD-2-Clause */
#include "passage.h"

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

void assert_frame(const struct frame *frame)
{
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
