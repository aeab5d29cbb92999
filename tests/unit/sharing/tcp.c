/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp.h"

#include <math.h>
#include <string.h>

#define DUPLICATES 3
#define WINDOW_FIRST 10
#define WINDOW_MOST 16000.0
#define TIMEOUT_LEAST (200 * NANOS_PER_MS)
#define CUBIC_BETA 0.7
#define CUBIC_C 0.4

static struct tcp_segment *at(struct tcp *tcp, uint32_t segment)
{
	return &tcp->segments[segment % TCP_SEGMENTS];
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

void tcp_init(struct tcp *tcp, enum congestion_control control,
	void (*send)(void *ctx, uint32_t segment), void *ctx)
{
	memset(tcp, 0, sizeof(*tcp));
	tcp->control = control;
	tcp->send = send;
	tcp->ctx = ctx;
	tcp->window = WINDOW_FIRST;
	tcp->threshold = WINDOW_MOST;
	tcp->round_trip_min = tcp->round_min = tcp->timeout = NANOS_NEVER;
}

static void arm(struct tcp *tcp, nanos now)
{
	/* As Linux: the least time is for the deviation. */
	const nanos by = tcp->round_trip
				 ? tcp->round_trip + nanos_max(4 * tcp->deviation, TIMEOUT_LEAST)
				 : NANOS_PER_SECOND;

	tcp->timeout = tcp->una == tcp->nxt ? NANOS_NEVER : now + (by << tcp->backoff);
}

static void transmit(struct tcp *tcp, nanos now, uint32_t segment)
{
	at(tcp, segment)->sent = now;
	at(tcp, segment)->lost = false;
	tcp->send(tcp->ctx, segment);
}

static uint32_t in_flight(const struct tcp *tcp)
{
	return tcp->nxt - tcp->una - tcp->sacked_count - tcp->lost_count;
}

static void push(struct tcp *tcp, nanos now)
{
	uint32_t segment = tcp->una;

	while (in_flight(tcp) < (uint32_t)tcp->window) {
		if (tcp->lost_count > 0) {
			while (!at(tcp, segment)->lost)
				segment++;
			tcp->lost_count--;
			tcp->retransmitted++;
			at(tcp, segment)->sent_again = true;
			transmit(tcp, now, segment);
		} else if (tcp->nxt - tcp->una < TCP_SEGMENTS - 1) {
			*at(tcp, tcp->nxt) = (struct tcp_segment){0};
			transmit(tcp, now, tcp->nxt++);
		} else {
			break;
		}
	}
	if (tcp->timeout == NANOS_NEVER)
		arm(tcp, now);
}

void tcp_start(struct tcp *tcp, nanos now)
{
	push(tcp, now);
}

static void measure(struct tcp *tcp, nanos now, nanos sent)
{
	const nanos sample = now - sent;
	const nanos off =
		sample > tcp->round_trip ? sample - tcp->round_trip : tcp->round_trip - sample;

	tcp->deviation = tcp->round_trip ? (3 * tcp->deviation + off) / 4 : sample / 2;
	tcp->round_trip = tcp->round_trip ? (7 * tcp->round_trip + sample) / 8 : sample;
	tcp->round_trip_min = nanos_min(tcp->round_trip_min, sample);
	tcp->round_min = nanos_min(tcp->round_min, sample);
	if (before(tcp->una, tcp->round_end))
		return;
	/* The delay part of HyStart, once a round trip. */
	const nanos eighth = tcp->round_trip_min / 8;
	const nanos more = nanos_min(nanos_max(eighth, 4 * NANOS_PER_MS), 16 * NANOS_PER_MS);
	if (tcp->control == CUBIC && tcp->window < tcp->threshold && tcp->window > 16 &&
		tcp->round_min != NANOS_NEVER && tcp->round_min > tcp->round_trip_min + more)
		tcp->threshold = tcp->window;
	tcp->round_end = tcp->nxt;
	tcp->round_min = NANOS_NEVER;
}

static void reduce(struct tcp *tcp)
{
	if (before(tcp->una, tcp->recovery))
		return;
	tcp->recovery = tcp->nxt;
	tcp->timed_out = false;
	tcp->window_max =
		tcp->window < tcp->window_max ? tcp->window * (1 + CUBIC_BETA) / 2 : tcp->window;
	tcp->window = fmax(tcp->window * (tcp->control == CUBIC ? CUBIC_BETA : 0.5), 2);
	tcp->threshold = tcp->window;
	tcp->epoch = 0;
}

static void grow(struct tcp *tcp, nanos now, double segments)
{
	if ((before(tcp->una, tcp->recovery) && !tcp->timed_out) ||
		in_flight(tcp) + 16 < (uint32_t)tcp->window)
		return;
	if (tcp->window < tcp->threshold) {
		tcp->window = fmin(tcp->window + segments, tcp->threshold);
	} else if (tcp->control == RENO) {
		tcp->window += segments / tcp->window;
	} else {
		if (tcp->epoch == 0)
			tcp->epoch = now;
		const double t = (double)(now - tcp->epoch + tcp->round_trip_min) / 1e9;
		const double k =
			cbrt(fmax(tcp->window_max - tcp->window_max * CUBIC_BETA, 0) / CUBIC_C);
		const double target = CUBIC_C * pow(t - k, 3) + tcp->window_max;
		/* RFC 9438 4.3: no slower than Reno. */
		const double reno = 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA);
		double by = fmax(target - tcp->window, 0) / tcp->window;

		by = fmax(fmin(by, 0.5), reno / tcp->window);
		tcp->window += by * segments;
	}
	tcp->window = fmin(tcp->window, WINDOW_MOST);
}

static void find_lost(struct tcp *tcp)
{
	const nanos window = tcp->reordered ? tcp->round_trip_min / 4 : 0;
	uint32_t later = tcp->sacked_count;

	for (uint32_t i = tcp->una; before(i, tcp->sacked_end); i++) {
		struct tcp_segment *segment = at(tcp, i);

		if (segment->sacked) {
			later--;
			continue;
		}
		const bool lost = segment->sent_again || tcp->reordered
					  ? segment->sent + window < tcp->rack
					  : later >= DUPLICATES;
		if (segment->lost || !lost)
			continue;
		segment->lost = true;
		tcp->lost_count++;
		reduce(tcp);
	}
}

static void take(struct tcp *tcp, uint32_t segment, nanos now)
{
	struct tcp_segment *of = at(tcp, segment);

	if (of->sacked)
		return;
	if (of->lost) {
		of->lost = false;
		tcp->lost_count--;
		tcp->reordered |= !of->sent_again;
	}
	of->sacked = true;
	tcp->sacked_count++;
	if (!of->sent_again) {
		tcp->reordered |= before(segment + 1, tcp->sacked_end);
		measure(tcp, now, of->sent);
	}
	if (of->sent > tcp->rack && (!of->sent_again || now - of->sent >= tcp->round_trip_min))
		tcp->rack = of->sent;
	if (before(tcp->sacked_end, segment + 1))
		tcp->sacked_end = segment + 1;
}

void tcp_acknowledged(struct tcp *tcp, nanos now, uint32_t next, uint32_t segment)
{
	const uint32_t una = tcp->una;

	if (!before(segment, tcp->una) && before(segment, tcp->nxt))
		take(tcp, segment, now);
	for (uint32_t i = tcp->una; before(i, next); i++) {
		take(tcp, i, now);
		tcp->sacked_count--;
	}
	if (before(tcp->una, next)) {
		tcp->una = next;
		tcp->backoff = 0;
		arm(tcp, now);
	}
	if (before(tcp->sacked_end, tcp->una))
		tcp->sacked_end = tcp->una;
	find_lost(tcp);
	grow(tcp, now, (double)(tcp->una - una));
	push(tcp, now);
}

void tcp_timeout(struct tcp *tcp, nanos now)
{
	for (uint32_t i = tcp->una; before(i, tcp->nxt); i++) {
		struct tcp_segment *segment = at(tcp, i);

		if (segment->sacked || segment->lost)
			continue;
		segment->lost = true;
		tcp->lost_count++;
	}
	reduce(tcp);
	tcp->timed_out = true;
	tcp->window = 2;
	tcp->backoff += tcp->backoff < 6;
	push(tcp, now);
	arm(tcp, now);
}

bool tcp_sink_take(struct tcp_sink *sink, uint32_t segment)
{
	bool *received = &sink->received[segment % TCP_SEGMENTS];

	if (before(segment, sink->next) || *received) {
		sink->duplicates++;
		return true;
	}
	if (segment != sink->next) {
		*received = true;
		sink->out_of_order++;
		return true;
	}
	bool filled = false;
	for (sink->next++; sink->received[sink->next % TCP_SEGMENTS]; sink->next++) {
		sink->received[sink->next % TCP_SEGMENTS] = false;
		filled = true;
	}
	if (!filled && ++sink->unacknowledged < 2)
		return false;
	sink->unacknowledged = 0;
	return true;
}
