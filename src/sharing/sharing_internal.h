/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two halves of one end: sharing.c sends, sharing_receive.c receives.
 */
#ifndef MONAMI_SHARING_SHARING_INTERNAL_H
#define MONAMI_SHARING_SHARING_INTERNAL_H

#include "fallback.h"
#include "queue_limit.h"
#include "release.h"
#include "repair.h"
#include "scheduler.h"
#include "sharing.h"

/* The packets that came by one path. */
struct received {
	uint8_t flow; /* of the last packet */
	uint32_t sequence;
	uint32_t arrived; /* microseconds */
	uint32_t packets;
	uint32_t octets;
	nanos reported; /* when it was last said by this path */
};

struct sharing {
	struct sharing_config config;
	struct sharing_port port;
	struct sharing_path paths[SHARING_PATHS_MAX];

	/* sender */
	struct packet_pool pool;
	struct scheduler scheduler;
	struct repair repair;
	struct queue_limit limit;
	struct fallback fallback;
	int only_path; /* index of the only path that is used; -1 */
	struct path_order order;
	uint32_t sequences[GRE_CONTROL_FLOW + 1];
	nanos send_next;    /* a path may send again */
	nanos used;         /* a packet entered last */
	nanos answered;     /* the last report came */
	nanos unanswered;   /* since when nothing is answered; 0 */
	nanos silence_next; /* look for silent paths again */
	uint64_t forwarded; /* octets that the host has sent by the only path */
	uint64_t peer_delivered;
	uint32_t peer_delivered_low;
	uint32_t peer_disordered;
	int64_t peer_clock;  /* microseconds, does not wrap */
	int64_t peer_newest; /* arrival of a packet, by that clock */
	uint32_t report_sequence;
	bool has_report;
	uint64_t sent;
	uint64_t sent_again;
	uint64_t congested;
	uint64_t silences;

	/* receiver */
	struct release release;
	struct received received[SHARING_PATHS_MAX];
	bool has_peer;
	uint32_t peer;        /* instance */
	uint32_t peer_before; /* whose late packets are ignored */
	nanos report_at;      /* NANOS_NEVER: there is nothing to report */
	nanos report_last;
	nanos waited; /* of packets that arrived since `waited_since`, in all */
	unsigned int waited_packets;
	nanos waited_since;
	bool late; /* they waited long, in the second before */
};

/* Index of a path; -1. */
int sharing_path_index(const struct sharing *, uint16_t number);
/* Sends all that may be sent now. */
void sharing_pump(struct sharing *, nanos now);
/* Sends a message by the path. `counted`: it is one whose arrival the peer reports. */
void sharing_message(
	struct sharing *, nanos now, uint8_t which, const struct report *, bool counted);
/* How long the other end should hold packets, microseconds. */
uint32_t sharing_hold_advice(const struct sharing *);
/* Least round trip of the paths in use; 0: not known. */
nanos sharing_round_trip(const struct sharing *);
void sharing_report_send(struct sharing *, nanos now);

#endif
