/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP connection as far as its rate goes: selective acknowledgements, losses by three later
 * segments or, once reordering was seen, by time (RFC 8985), cubic (RFC 9438) with the exit from
 * slow start by delay, or Reno. Segments are numbers.
 */
#ifndef MONAMI_TEST_SHARING_TCP_H
#define MONAMI_TEST_SHARING_TCP_H

#include "../../../src/core/api/port.h"

#include <stdbool.h>

#define TCP_SEGMENTS 65536 /* in flight at most */

enum congestion_control {
	CUBIC,
	RENO,
};

struct tcp_segment {
	nanos sent;
	bool sacked;
	bool lost;
	bool sent_again;
};

struct tcp {
	enum congestion_control control;
	void (*send)(void *ctx, uint32_t segment);
	void *ctx;
	uint32_t una;
	uint32_t nxt;
	uint32_t sacked_end; /* behind the greatest that is acknowledged in any way */
	uint32_t lost_count;
	uint32_t sacked_count;
	uint32_t recovery; /* losses before it are of one event */
	bool timed_out;    /* that event is a timeout: the window grows meanwhile (RFC 5681 3.1) */
	double window;
	double threshold;
	double window_max; /* cubic */
	nanos epoch;
	nanos round_trip;
	nanos deviation;
	nanos round_trip_min;
	uint32_t round_end; /* of hystart */
	nanos round_min;
	nanos rack; /* when the newest acknowledged segment was sent */
	bool reordered;
	nanos timeout;
	unsigned int backoff;
	uint64_t retransmitted;
	struct tcp_segment segments[TCP_SEGMENTS];
};

struct tcp_sink {
	uint32_t next;
	uint64_t out_of_order;
	uint64_t duplicates;
	bool received[TCP_SEGMENTS];
	unsigned int unacknowledged;
};

void tcp_init(struct tcp *, enum congestion_control, void (*send)(void *ctx, uint32_t segment),
	void *ctx);
void tcp_start(struct tcp *, nanos now);
/* All before `next`, and `segment`. */
void tcp_acknowledged(struct tcp *, nanos now, uint32_t next, uint32_t segment);
void tcp_timeout(struct tcp *, nanos now);
/* True: an acknowledgement is to be sent now. */
bool tcp_sink_take(struct tcp_sink *, uint32_t segment);

#endif
