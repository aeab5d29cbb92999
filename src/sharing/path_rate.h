/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast one path may be sent by, from what the receiver reports of it (ADR 56). The rate is
 * steered so that a small queue stands in the network: as long as one stands, the receiver's count
 * is the path's rate.
 *
 * A round begins with a decision and ends when a report covers enough packets that were sent after
 * it. If the queue's delay is above its target, the rate is what arrived, less what drains the
 * queue. If it is below, and the path always had packets to send, the rate grows. One-way delays
 * are compared over one clock offset, which cancels in differences.
 */
#ifndef MONAMI_SHARING_PATH_RATE_H
#define MONAMI_SHARING_PATH_RATE_H

#include "../core/api/port.h"

#include <stdbool.h>

#define PATH_RATE_FIRST 500000 /* octets in a second */
#define PATH_RATE_MIN 16000

/* What a report says of the packet that arrived last. Counters and the receiver's clock do not wrap
 * here. */
struct path_sample {
	nanos reported;   /* when the report arrived */
	nanos sent;       /* when the packet was sent */
	nanos burst_wait; /* that it waited behind packets of the same burst, at the path's rate */
	uint64_t sent_total; /* octets sent by the path up to this packet */
	int64_t arrived;     /* microseconds of the receiver's clock */
	uint64_t received_total;
};

enum path_rate_phase {
	PATH_RATE_STARTUP, /* doubles each round until a queue stands */
	PATH_RATE_STEADY,
	PATH_RATE_DRAIN, /* one round of less, to see the delay without a queue */
};

/* Times in microseconds, but for `nanos`. */
struct path_rate {
	enum path_rate_phase phase;
	uint64_t rate;     /* octets in a second that the path can carry */
	unsigned int gain; /* per cent of it to send by now */
	int64_t delay;     /* one-way, without queue, clock offset included */
	int64_t queue;     /* delay that the queue adds */
	int64_t jitter;
	nanos round_trip; /* 0: not known. With the time that the report waited */
	nanos deviation;

	bool unmeasured; /* others send by the path, too: the rate stays */
	nanos round_began;
	bool round_has_first;
	bool starved; /* in this round: there was a time without a packet for the path */
	struct path_sample first;
	int64_t round_queue; /* least of the round */
	unsigned int grown;  /* rounds in a row in which the rate grew */

	struct path_sample busy; /* since this sample the link has not been idle */
	uint64_t busy_rate;      /* measured last between two of them, */
	nanos busy_at;           /* and when */
	struct path_sample last;
	int64_t last_queue;
	bool urgent;   /* that had a long queue */
	nanos lowered; /* when the rate was lowered for a queue without a measurement */

	int64_t delays[2]; /* least of the window before and of this window */
	nanos window_began;
	unsigned int undrained;     /* rounds in a row above the target */
	int64_t undrained_queue;    /* in the first of them */
	uint64_t unpoliced;         /* rate before the last loss window; 0: that had few losses */
	nanos lossy_until;          /* losses do not follow the rate */
	struct path_sample loss_at; /* since when losses are counted */
	bool has_loss_at;
};

void path_rate_init(struct path_rate *, nanos now);
void path_rate_sample(struct path_rate *, const struct path_sample *);
/* Octets in a second to send by now. */
uint64_t path_rate_pace(const struct path_rate *);
/* One-way delay that a packet sent now would have, but for its own transmission. */
int64_t path_rate_delay(const struct path_rate *);
/* Whether the rate is to follow the samples, which are of all packets of the path then. */
void path_rate_measure(struct path_rate *, nanos now, bool measure);
/* The path was silent and is used again: half of the rate is assumed. */
void path_rate_resume(struct path_rate *, nanos now);

#endif
