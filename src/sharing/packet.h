/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that a sender of shared traffic keeps: waiting to be sent, or sent and perhaps to be sent
 * again. They come from a pool of fixed size. A packet is in one list at a time.
 */
#ifndef MONAMI_SHARING_PACKET_H
#define MONAMI_SHARING_PACKET_H

#include "../core/api/port.h"

#define SHARED_PACKET_OCTETS_MAX 1500 /* of an inner packet */

struct shared_packet {
	struct shared_packet *next;
	struct shared_packet *before;
	struct shared_packet *same_slot; /* of the index of copies */
	bool indexed;
	uint8_t flow;
	uint8_t path;       /* index of the path that it was last sent by */
	uint8_t sent_again; /* how often */
	uint16_t length;
	uint32_t sequence;
	uint64_t order;   /* among the packets of its path */
	nanos first_sent; /* 0: not sent yet */
	nanos sent;       /* last */
	uint8_t octets[SHARED_PACKET_OCTETS_MAX];
};

struct packet_list {
	struct shared_packet *first;
	struct shared_packet *last;
	size_t count;
	uint64_t octets;
};

struct packet_pool {
	struct shared_packet *packets;
	struct packet_list unused;
};

void packet_append(struct packet_list *, struct shared_packet *);
void packet_remove(struct packet_list *, struct shared_packet *);

/* -ENOMEM */
int packet_pool_init(struct packet_pool *, size_t count);
void packet_pool_fini(struct packet_pool *);
/* NULL: all are in use. */
struct shared_packet *packet_pool_take(struct packet_pool *);

#endif
