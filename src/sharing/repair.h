/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of packets that were sent, in the order in which they were sent last. The sender sends a
 * packet again if the receiver misses it and its path has delivered later ones, or if its path has
 * become silent.
 */
#ifndef MONAMI_SHARING_REPAIR_H
#define MONAMI_SHARING_REPAIR_H

#include "packet.h"
#include "path.h"

#define REPAIR_SLOTS 4096
#define REPAIR_TRIES 3

struct repair {
	struct packet_list copies;
	struct shared_packet *slots[REPAIR_SLOTS]; /* by flow and number */
};

/* The packet was sent, and is in no list. */
void repair_keep(struct repair *, struct shared_packet *);
/* Frees copies that were first sent before `before`; at least one if `one`. */
void repair_expire(struct repair *, struct packet_list *unused, nanos before, bool one);
/* Moves to `again` what the report misses and is known to be lost. Returns how many packets. */
unsigned int repair_missing(struct repair *, const struct flow_missing *,
	const struct sharing_path paths[SHARING_PATHS_MAX], struct packet_list *again);
/* Moves to `again` what the path has not been heard to deliver. */
unsigned int repair_silent(
	struct repair *, uint8_t which, const struct sharing_path *, struct packet_list *again);
/* A packet that was to be sent again leaves the index. */
void repair_forget(struct repair *, struct shared_packet *);

#endif
