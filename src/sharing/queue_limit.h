/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a packet does not enter the sender's queue, so that TCP learns of congestion: by the time
 * that it would wait, as CoDel does (RFC 8289), but before it gets its sequence number, so that a
 * discarded packet leaves no gap.
 */
#ifndef MONAMI_SHARING_QUEUE_LIMIT_H
#define MONAMI_SHARING_QUEUE_LIMIT_H

#include "../core/api/port.h"

#include <stdbool.h>

struct queue_limit {
	nanos above_since; /* 0: the wait is below the target */
	nanos next;        /* when the next packet is to be discarded */
	unsigned int count;
	bool discarding;
};

enum queue_verdict {
	QUEUE_ADMIT,
	QUEUE_CONGESTED, /* mark the packet, or discard it if its sender does not know ECN */
	QUEUE_FULL,      /* discard it */
};

/* `wait`: what a packet that enters now would wait. */
enum queue_verdict queue_limit_admit(struct queue_limit *, nanos now, nanos wait, nanos target);

#endif
