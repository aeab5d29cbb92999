/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets under way, in a pool: a flight is a number, which an event can carry.
 */
#ifndef MONAMI_TESTS_SIM_FLIGHTS_H
#define MONAMI_TESTS_SIM_FLIGHTS_H

#include "../../src/core/api/port.h"

/* More than any message of a node with BINDINGS_MAX bindings. */
#define FLIGHT_OCTETS 600

enum flight_kind {
	FLIGHT_CONTROL,   /* a whole packet */
	FLIGHT_DATA_UP,   /* tunnelled: only who and by which addresses */
	FLIGHT_DATA_DOWN, /* the same */
	FLIGHT_FLOW,      /* data between a mobile node and a correspondent: a whole packet */
};

/* The section of its path that a packet is on. */
enum leg {
	LEG_DOWN, /* the last link, to a mobile node */
	LEG_UP,   /* the first link, from a mobile node; to `to`, or further */
	LEG_NET,  /* neither */
};

#define FLIGHT_ONWARD UINT32_MAX /* `to`: it goes on where its destination says */

struct flight {
	uint32_t next_free;
	uint32_t from;   /* actor that sent it */
	uint32_t to;     /* actor */
	uint32_t node;   /* mobile node that it concerns */
	uint64_t digest; /* of what the sender authenticated; 0: it did not */
	nanos sent;
	uint16_t length;
	uint16_t outer; /* octets of the header of the tunnel that it is in */
	uint8_t kind;
	uint8_t link;            /* of the mobile node, from 0 */
	uint8_t leg;             /* enum leg */
	bool must_arrive;        /* nothing may go wrong any more */
	bool flow_up;            /* of a flow: from the mobile node that has the bond ... */
	bool flow_direct;        /* not by a home agent */
	uint8_t flow_bond;       /* ... of this number */
	uint32_t flow_node;      /* actor */
	struct in6_addr care_of; /* of data; of control, what the mobile node sent it from */
	uint8_t octets[FLIGHT_OCTETS];
};

struct flights {
	struct flight **chunks;
	uint32_t chunks_count;
	uint32_t free_first; /* UINT32_MAX: none */
};

void flights_init(struct flights *);
void flights_fini(struct flights *);
/* But for the octets it is zeroed. */
uint32_t flights_take(struct flights *);
void flights_give_back(struct flights *, uint32_t number);
struct flight *flights_at(const struct flights *, uint32_t number);

#endif
