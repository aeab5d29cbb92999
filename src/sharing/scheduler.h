/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Assigns packets to paths: earliest delivery by octets (ADR 56). A path takes the
 * first packet of the queue that the faster paths would deliver no earlier than it does. So packets
 * arrive nearly in order, and a slow path is used only if the queue is long enough.
 *
 * Paths are assigned when they may send, not when packets arrive: the queue is here, not in the
 * network.
 */
#ifndef MONAMI_SHARING_SCHEDULER_H
#define MONAMI_SHARING_SCHEDULER_H

#include "packet.h"
#include "path.h"

struct scheduler {
	struct packet_list queue;   /* in order of their numbers */
	struct packet_list repairs; /* to be sent again, before the queue */
};

/* The paths that may be used, the one with the least delay first. */
struct path_order {
	unsigned int count;
	uint8_t at[SHARING_PATHS_MAX];
	int64_t delay[SHARING_PATHS_MAX]; /* more than the first, microseconds */
	uint64_t rate;                    /* of all, octets in a second */
};

/* Paths whose delay exceeds the least by more than `spread_max` (microseconds) are left out. With
 * `only` >= 0, no other path than that. */
void path_order_make(const struct sharing_path paths[SHARING_PATHS_MAX], int64_t spread_max,
	int only, struct path_order *ret);
/* The delay of the last above that of the first, microseconds. */
int64_t path_order_spread(const struct path_order *);

/*
 * Takes the next packet out of its list; the caller sends it by path `ret_path`. NULL: none may be
 * sent now. `*ret_next`: when the next may, NANOS_NEVER if nothing waits for that. Sets `starved`
 * of paths that had nothing to send.
 */
struct shared_packet *scheduler_next(struct scheduler *, nanos now,
	struct sharing_path paths[SHARING_PATHS_MAX], const struct path_order *, uint8_t *ret_path,
	nanos *ret_next);
/* How long a packet waits that enters the queue now. */
nanos scheduler_wait(const struct scheduler *, const struct path_order *);

#endif
