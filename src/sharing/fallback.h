/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Falls back to the best path (ADR 56). If the paths together deliver less than the best path
 * alone carries, in two seconds one after the other, although packets waited, were discarded or
 * came out of order, only that path is used. If the host is late for some seconds, the same is
 * tried: it may forward by one path without this process. If that was no better in three seconds,
 * all paths are used for a longer while before it is tried again.
 */
#ifndef MONAMI_SHARING_FALLBACK_H
#define MONAMI_SHARING_FALLBACK_H

#include "../core/api/port.h"

#include <stdbool.h>

enum fallback_state {
	FALLBACK_ALL,    /* all paths are used */
	FALLBACK_DOUBT,  /* so they are, and the second before was worse than the best path */
	FALLBACK_SINGLE, /* only the best path is used, to see whether that is better */
	FALLBACK_BETTER, /* it was: so for longer */
	FALLBACK_BACK,   /* all paths are used: the best path alone was no better */
};

/* The measurements that decide. Counters are totals. */
struct fallback_sample {
	uint64_t delivered;  /* octets, as the receiver reports */
	uint32_t disordered; /* packets that were late or waited for in vain */
	uint64_t congested;  /* packets that the sender's queue discarded */
	uint64_t sent;       /* packets */
	uint64_t best;       /* octets in a second that the best path carries; 0: not known yet */
	bool waits;          /* packets wait to be sent */
	bool late;           /* packets that arrived waited for this process */
};

struct fallback {
	enum fallback_state state;
	nanos better;              /* how long FALLBACK_BETTER lasted last; 0 */
	nanos until;               /* SINGLE, BETTER, BACK end */
	uint64_t rate;             /* octets in a second, in the second before */
	uint64_t peak;             /* the greatest of late */
	bool was_late;             /* when it was tried: it is tried again sooner */
	unsigned int late_seconds; /* seconds in a row in which the host was late */
	uint64_t rate_before;      /* octets in a second, before FALLBACK_SINGLE */
	struct fallback_sample at; /* when this second began */
	nanos window;
	nanos looked;
	nanos waited; /* of this second, packets waited */
};

static inline bool fallback_is_single(const struct fallback *fallback)
{
	return fallback->state == FALLBACK_SINGLE || fallback->state == FALLBACK_BETTER;
}

void fallback_step(struct fallback *, nanos now, const struct fallback_sample *);

#endif
