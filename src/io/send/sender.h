/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends whole IPv6 packets: signalling, probes, the slow path, Neighbour Discovery on a home link.
 * One raw socket for each link, bound to it, so that a packet for one link cannot leave by another,
 * and one packet socket for the frames of each link. Packets keep their order among those of one
 * socket; sockets send in the order of their first packets, so that packets that leave by several
 * links in one pass (Binding Updates with increasing sequence numbers) keep their order here.
 */
#ifndef MONAMI_IO_SENDER_H
#define MONAMI_IO_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sender;

int sender_new(struct sender **ret);
void sender_free(struct sender *);
/* Queues one packet, sending what is queued if the queue is full. ifindex 0: as routed. */
int sender_add(struct sender *, uint32_t ifindex, const uint8_t *octets, size_t length);
/* As sender_add(), in a frame to that link-layer address, without Neighbour Discovery. */
int sender_add_frame(struct sender *, uint32_t ifindex, const uint8_t link_layer[6],
	const uint8_t *octets, size_t length);
/* How many packets can be added before one of them sends what is queued. */
size_t sender_room(const struct sender *);
/* Forgets what is queued, unsent. */
void sender_clear(struct sender *);
/* Sends all that is queued, many packets for one system call. Returns how many were refused. */
unsigned int sender_flush(struct sender *);
/* Forgets the socket of a link that is gone. */
void sender_link_gone(struct sender *, uint32_t ifindex);
/* Packets refused by the kernel since the start. */
uint64_t sender_refused(const struct sender *);

#endif
