/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties of a link by which a rule of the policy orders its links.
 */
#ifndef MONAMI_CORE_LINK_QUALITY_H
#define MONAMI_CORE_LINK_QUALITY_H

#include "../api/policy.h"

#include <stdbool.h>
#include <stddef.h>

/* The least round trip of the last one to two minutes. Zeroed, it knows none. */
struct least_delay {
	nanos present; /* of this minute; 0: none */
	nanos before;  /* of the minute before */
	nanos since;   /* when this minute began */
};

/* `delay` 0: not known. */
void least_delay_add(struct least_delay *, nanos delay, nanos now);
/* 0: none is known. */
nanos least_delay_get(const struct least_delay *);

struct link_quality {
	uint16_t bid;
	bool present;    /* with a care-of address, up */
	bool carries;    /* its path is usable */
	bool registered; /* its care-of address is bound */
	bool leaving;    /* HOST_LINK_HINT */
	bool metered;
	unsigned loss_percent;
	nanos delay;   /* smoothed round trip; 0: not known */
	nanos least;   /* the least one lately */
	uint64_t rate; /* bits a second; 0: not known */
};

/* Of all links, in the order of their priorities. */
struct link_qualities {
	size_t count;
	struct link_quality at[BINDINGS_MAX];
};

const struct link_quality *link_qualities_find(const struct link_qualities *, uint16_t bid);
/*
 * More is queued on the path than it carries: it loses packets, or its round trip is half again
 * its least one and 20 ms more.
 */
bool link_quality_is_overloaded(const struct link_quality *);

#endif
