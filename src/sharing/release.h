/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiver's order: packets of a flow are delivered in the order of their numbers. A packet is
 * held for the packets before it no longer than the hold time, and no longer than the copy of a
 * lost packet takes if every path has delivered later ones. A packet that is too late is delivered
 * at once; a duplicate is discarded, and one that is too old to be known from a duplicate. Memory
 * is fixed.
 */
#ifndef MONAMI_SHARING_RELEASE_H
#define MONAMI_SHARING_RELEASE_H

#include "packet.h"
#include "report.h"

#define RELEASE_WINDOW 4096 /* numbers of a flow that are known apart */
#define RELEASE_FLOWS 256

struct held_packet {
	struct held_packet *next; /* in the order of numbers */
	struct held_packet *before;
	struct held_packet *later; /* in the order of arrival */
	struct held_packet *earlier;
	nanos arrived;
	uint32_t sequence;
	uint16_t length;
	uint8_t flow;
	uint8_t octets[SHARED_PACKET_OCTETS_MAX];
};

struct held_flow {
	uint32_t next; /* the first number that is waited for */
	uint32_t end;  /* behind the greatest that arrived */
	struct held_packet *first;
	struct held_packet *last;
	nanos lost_since; /* every path has delivered later packets than `next`; 0: not so */
	uint32_t greatest[SHARING_PATHS_MAX]; /* number that the path has delivered, plus one */
	nanos heard[SHARING_PATHS_MAX];       /* when; 0: never */
	uint64_t seen[RELEASE_WINDOW / 64];
};

struct release {
	struct held_packet *packets;
	struct held_packet *unused;
	struct held_packet *oldest; /* by arrival */
	struct held_packet *newest;
	struct held_flow *flows; /* RELEASE_FLOWS */
	nanos hold;
	nanos repair; /* time that a copy of a lost packet takes at most */
	void (*deliver)(void *ctx, struct octets packet);
	void *ctx;
	uint64_t delivered;  /* octets */
	uint64_t given_up;   /* packets that were waited for in vain */
	uint64_t late;       /* packets that were delivered out of order */
	uint64_t duplicates; /* discarded */
};

/* `deliver` is called with a view of the packet. -ENOMEM. */
int release_init(struct release *, size_t packets, nanos hold,
	void (*deliver)(void *ctx, struct octets packet), void *ctx);
void release_fini(struct release *);
/* The sender has begun anew: delivers what is held. */
void release_restart(struct release *);
/* True: a packet is missing that was not known to be missing before. */
bool release_add(struct release *, nanos now, uint8_t path, uint8_t flow, uint32_t sequence,
	struct octets packet);
/* Delivers what has waited long enough. */
void release_expire(struct release *, nanos now);
/* When that has something to do; NANOS_NEVER. */
nanos release_deadline(const struct release *);
/* Writes what is missing to the report, whose views are into `bits`. */
void release_missing(const struct release *, struct report *, uint8_t *bits, size_t capacity);

#endif
