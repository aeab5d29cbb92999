/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ends in virtual time, with links of a rate, a delay, jitter, a drop-tail queue and loss
 * between them; a TCP connection from the near end to the far end (tcp.h). The daemons may get the
 * processor late (late.h). All that is random comes from one seed.
 */
#ifndef MONAMI_TEST_SHARING_WORLD_H
#define MONAMI_TEST_SHARING_WORLD_H

#include "late.h"
#include "tcp.h"

#include "../../../src/sharing/sharing.h"

#define LINKS_MAX 3
#define OUTER_OCTETS 40
#define LINK_MTU 1500

struct link_kind {
	unsigned int kbits;  /* in a second */
	unsigned int delay;  /* ms, one way */
	unsigned int jitter; /* ms, both ways from the delay: packets overtake one another */
	unsigned int loss;   /* of 100,000 packets */
	unsigned int queue;  /* ms that the link's queue holds at most; 0: 200 */
};

/* One direction. */
struct link_state {
	struct link_kind kind;
	bool dead;
	nanos free_at;
	uint64_t carried; /* octets */
};

struct end {
	struct sharing *sharing; /* NULL: packets go by link 0 without it */
	struct world *world;
	int side;
	struct late_process process; /* of the daemon */
};

/* Something that happens to link 0 in mid-flow. */
enum incident {
	NO_INCIDENT,
	HALVES,
	DIES,
};

struct run {
	unsigned int links;
	struct link_kind kinds[LINKS_MAX];
	enum sharing_mode mode;
	bool alone; /* link 0 without sharing */
	enum congestion_control control;
	unsigned int seconds;
	unsigned int from;          /* seconds that are not measured; at least 1 */
	enum incident incident;     /* at half of the time */
	unsigned int offered_kbits; /* a stream of datagrams instead of TCP */
	struct lateness late;
};

struct result {
	uint64_t seed;
	double mbits;         /* of payload, without the first seconds */
	double stall_ms;      /* longest time without progress, after the first seconds */
	double round_trip_ms; /* of the connection, at the end */
	uint64_t retransmitted;
	uint64_t out_of_order; /* datagrams, or segments */
	uint64_t duplicates;
	uint64_t lost; /* datagrams */
	uint64_t offered;
	struct sharing_counters counters; /* of the sender, */
	struct sharing_counters received; /* of the receiver */
};

void world_run(const struct run *, uint64_t seed, struct result *ret);

#endif
