/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traffic between two ends over several paths at once (ADR 56). Both ends send and receive. Time is
 * an argument; packets go out by the port. Everything is bounded: packets that wait and copies of
 * sent ones share one pool, held ones have another.
 *
 *   sharing_send -> queue_limit -> scheduler -> path (pace) -> port.send
 *                                     repair -^
 *   sharing_receive -> release -> port.deliver;  reports -> path_rate, repair
 */
#ifndef MONAMI_SHARING_SHARING_H
#define MONAMI_SHARING_SHARING_H

#include "gre.h"
#include "../core/api/port.h"

#include <stdbool.h>

#define SHARING_HOLD_MAX (100 * NANOS_PER_MS)
#define SHARING_PACKETS 4096
/* Largest inner packet. */
#define SHARING_INNER_MAX 1500
/* The other end does not answer for so long: it does not share. */
#define SHARING_UNANSWERED NANOS_PER_SECOND

enum sharing_mode {
	SHARING_AGGREGATE, /* each packet by one path */
	SHARING_REDUNDANT, /* each packet by all paths */
};

struct sharing_config {
	enum sharing_mode mode;
	uint32_t instance;       /* 24 bits, other than that of the daemon before */
	size_t packets;          /* of each pool */
	nanos hold_max;          /* no packet is held longer */
	struct in6_addr subject; /* whose traffic it is: messages begin with it */
};

struct sharing_port {
	void *ctx;
	/* Sends a GRE packet by the path: it is the payload of the outer header. */
	void (*send)(void *ctx, uint16_t path, struct octets gre);
	/* An inner packet has arrived. */
	void (*deliver)(void *ctx, struct octets packet);
};

struct sharing_counters {
	uint64_t sent; /* packets */
	uint64_t sent_again;
	uint64_t congested; /* discarded or marked */
	uint64_t delivered; /* octets */
	uint64_t late;
	uint64_t given_up;
	uint64_t duplicates;
	uint64_t silences;
};

struct sharing_path_view {
	bool active;
	uint64_t rate;    /* octets in a second */
	nanos round_trip; /* 0: unknown */
	int64_t queue;    /* microseconds that wait in the network */
	uint64_t sent;    /* octets */
};

struct sharing;

/* -ENOMEM */
int sharing_new(const struct sharing_config *, const struct sharing_port *, struct sharing **ret);
void sharing_free(struct sharing *);

/* `number`: both ends know the path by it. -ENOSPC, -ENOMEM; 0 if it is there already. */
int sharing_path_add(struct sharing *, nanos now, uint16_t number);
/* Whether packets may be sent by it. If not, packets that it has not delivered go by others. */
void sharing_path_use(struct sharing *, nanos now, uint16_t number, bool usable);
/* Packets that it has not delivered go by others. */
void sharing_path_remove(struct sharing *, nanos now, uint16_t number);

/* An inner packet, which is copied. */
void sharing_send(struct sharing *, nanos now, struct octets packet);
/* The payload of an outer packet that came by the path, at `arrived`, which is not after `now`.
 * Anything may be in it. */
void sharing_receive(struct sharing *, nanos now, nanos arrived, uint16_t path, struct octets gre);
/* Does what is due. */
void sharing_expire(struct sharing *, nanos now);
/* When something is due next; NANOS_NEVER. */
nanos sharing_deadline(const struct sharing *);

/* The only path that is used because that is better; -1: all are. The host may forward packets by
 * it without this, and then tells of them. */
int sharing_single(const struct sharing *);
/* `octets`: of inner packets that the host has sent by it since it last told. */
void sharing_forwarded(struct sharing *, nanos now, uint64_t octets);
/* Probes the paths for some seconds, as after a packet. */
void sharing_wake(struct sharing *, nanos now);
/* Whether the other end reports what it gets. */
bool sharing_is_answered(const struct sharing *, nanos now);
void sharing_count(const struct sharing *, struct sharing_counters *ret);
/* False: there is no such path. */
bool sharing_path_view(const struct sharing *, uint16_t number, struct sharing_path_view *ret);

#endif
