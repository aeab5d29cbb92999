/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate that a link carries, and the rate that it can carry, from its counters (ADR 67). Pure:
 * time is an argument.
 *
 * Only a full link shows its usable rate: one whose round trip has risen, or that loses packets,
 * for three samples in a row. The rate is then the greatest of these three; a greater one that the
 * link carries afterwards replaces it. It is forgotten a minute after the link was last full. Less
 * than 100 kbit/s shows nothing: others may have filled the link.
 */
#ifndef MONAMI_DATAPLANE_LINK_RATE_H
#define MONAMI_DATAPLANE_LINK_RATE_H

#include "../../core/api/port.h"

#include <stdbool.h>

#define LINK_RATE_EVERY NANOS_PER_SECOND /* between samples, at the least */
#define LINK_RATE_HISTORY 60             /* seconds */
#define LINK_RATE_FULL 3                 /* samples */

struct link_rate_sample {
	uint64_t sent_octets, received_octets; /* counted since ever */
	nanos delay;                           /* round trip; 0: not known */
	unsigned loss_percent;
	bool overloaded; /* more is queued on the path than it carries */
};

struct link_rate_second {
	uint64_t sent, received; /* bits a second */
	nanos delay;
	unsigned loss_percent;
};

/* Zeroed, it has seen no sample. */
struct link_rate {
	nanos at; /* of the last sample; 0: none */
	uint64_t sent_octets, received_octets;
	uint64_t full[LINK_RATE_FULL]; /* bits a second of the last samples, if it was full */
	unsigned full_count;           /* how many of them follow each other */
	uint64_t usable;               /* bits a second; 0: never known */
	nanos full_at;
	unsigned seconds;                                   /* that the history has */
	struct link_rate_second history[LINK_RATE_HISTORY]; /* at the number of the second */
};

/* A second has passed since the last sample. */
bool link_rate_due(const struct link_rate *, nanos now);
/* Call it when one is due. Counters that went back, or half a minute without a sample, begin
 * everything anew but the usable rate. */
void link_rate_add(struct link_rate *, const struct link_rate_sample *, nanos now);
/* Bits a second, the greater of both directions; 0: not known. */
uint64_t link_rate_usable(const struct link_rate *, nanos now);
/* The second before the last sample, or one `ago` seconds earlier; NULL: not known. */
const struct link_rate_second *link_rate_second(const struct link_rate *, unsigned ago);

#endif
