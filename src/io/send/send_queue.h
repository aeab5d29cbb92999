/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that wait to be sent by one socket: packets that the kernel routes, or frames to
 * link-layer addresses. Private to the sender. All -errno.
 */
#ifndef MONAMI_IO_SEND_QUEUE_H
#define MONAMI_IO_SEND_QUEUE_H

#include "../../wire/packet.h"

#include <linux/if_packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* As many as a pass of the daemon's loop answers, so that they are one transaction of the store. */
#define SEND_QUEUE_PACKETS 256
#define SEND_LINK_LAYER_OCTETS 6 /* Ethernet */

/* The system call's view of one queued packet, set up once; only lengths and addresses change. */
struct send_slot {
	uint8_t octets[PACKET_OCTETS_MAX];
	union {
		struct sockaddr_in6 routed;
		struct sockaddr_ll framed;
	} to;
	struct iovec piece;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct send_queue {
	uint32_t ifindex;
	bool framed;
	int fd;
	unsigned int count;
	uint64_t turn;     /* the sender's: when the first of them came */
	unsigned int made; /* slots that have been set up: memory is taken as it is needed */
	struct send_slot slots[SEND_QUEUE_PACKETS];
	struct mmsghdr messages[SEND_QUEUE_PACKETS];
};

/* ifindex 0, not framed: as routed. */
int send_queue_new(uint32_t ifindex, bool framed, struct send_queue **ret);
void send_queue_free(struct send_queue *);

/* Each needs room, and a packet of an IPv6 header to PACKET_OCTETS_MAX octets. */
void send_queue_add(struct send_queue *, const uint8_t *octets, size_t length);
void send_queue_add_frame(
	struct send_queue *, const uint8_t *link_layer, const uint8_t *octets, size_t length);
bool send_queue_full(const struct send_queue *);
void send_queue_clear(struct send_queue *);
/* Sends all. The kernel stops at a packet that it refuses; the others go on without it. Returns how
 * many were refused. */
unsigned int send_queue_flush(struct send_queue *);

#endif
