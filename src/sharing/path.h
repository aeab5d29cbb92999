/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One path of a sender: when it may send next, what it sent of late, and whether it is silent. A
 * path is silent if what was sent by it is not reported as received in a round trip and a margin.
 * Probes find out whether it works again.
 */
#ifndef MONAMI_SHARING_PATH_H
#define MONAMI_SHARING_PATH_H

#include "path_rate.h"
#include "report.h"

#define PATH_SILENCE_MAX (150 * NANOS_PER_MS) /* beyond the round trip */
#define PATH_PROBE_IDLE (200 * NANOS_PER_MS)
#define PATH_PROBE_BLIND (40 * NANOS_PER_MS)
#define PATH_PROBE_SILENT (100 * NANOS_PER_MS)
#define PATH_MARKS 4096

/* One packet that was sent by the path. */
struct sent_mark {
	nanos sent;
	nanos burst_wait;    /* that it waits behind packets sent just before */
	uint64_t sent_total; /* octets of the path up to this packet */
	uint32_t sequence;
	uint8_t flow;
};

enum path_state {
	PATH_ABSENT,
	PATH_ACTIVE,
	PATH_SILENT,
};

struct sharing_path {
	enum path_state state;
	bool held; /* nothing is to be sent by it */
	bool idle; /* there was nothing to send when it might have sent: that time is not made up */
	uint16_t number;
	struct path_rate rate;
	nanos next;            /* may send from then on */
	nanos drained;         /* when the link has carried what was sent, at the path's rate */
	nanos probe_at;        /* when a probe is due if nothing else is sent */
	uint64_t order;        /* packets sent */
	uint64_t octets;       /* sent */
	uint64_t arrived;      /* the newest packet that is known to have arrived: its order */
	nanos arrived_sent;    /* and when it was sent */
	nanos since;           /* when the oldest packet after it was sent; 0: there is none */
	uint64_t silent_from;  /* order: probes after it count */
	unsigned int answered; /* probes of a silent path */

	bool reported; /* the following are of a report */
	uint32_t report_octets;
	uint64_t received;
	uint64_t delivered_rate; /* octets in a second that have arrived, of late */
	uint64_t delivered_from; /* `received` when they were counted, */
	nanos delivered_since;   /* and when that was */
	struct sent_mark *marks; /* ring of PATH_MARKS, packet n at n % PATH_MARKS */
};

/* `number`: both ends know the path by it. -ENOMEM. */
int sharing_path_init(struct sharing_path *, uint16_t number, nanos now);
void sharing_path_fini(struct sharing_path *);
/* Octets with the GRE header, without the outer header. Returns the packet's order. */
uint64_t sharing_path_sent(
	struct sharing_path *, nanos now, uint8_t flow, uint32_t sequence, size_t octets);
/* The peer's counters and clock begin anew. */
void sharing_path_forget_reports(struct sharing_path *, nanos now);
/* `arrived`: the report's time, microseconds, of a clock that does not wrap and is the same for all
 * paths. True: new packets of the path have arrived. A silent path may have become active. */
bool sharing_path_reported(
	struct sharing_path *, nanos now, const struct path_report *, int64_t arrived);
/* Counts what arrived: to be called from time to time. */
void sharing_path_count_delivered(struct sharing_path *, nanos now);
/* When it becomes silent if nothing more is heard; NANOS_NEVER: it does not. */
nanos sharing_path_silent_at(const struct sharing_path *);
/* Whether the other end has received packets by other paths up to `newest` (microseconds of its
 * clock), and not the oldest one that was due by this path before. */
bool sharing_path_is_overdue(const struct sharing_path *, int64_t newest);
void sharing_path_enter_silent(struct sharing_path *, nanos now);
/* Whether a packet of this order, sent at that time, is lost: later ones have arrived. */
bool sharing_path_has_lost(const struct sharing_path *, uint64_t order, nanos sent);

#endif
