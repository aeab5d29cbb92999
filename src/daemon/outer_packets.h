/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inner packets of up to 1280 octets always go through a tunnel (RFC 2473 7.1 b). If the outer
 * packet does not fit its path, the tc program encapsulates it all the same and leaves it to the
 * daemon, which fragments it. At the other end that tc program hands the fragments over, the daemon
 * puts them together, and the program takes the whole as if it had just come in (ADR 35).
 */
#ifndef MONAMI_DAEMON_OUTER_PACKETS_H
#define MONAMI_DAEMON_OUTER_PACKETS_H

#include "../io/outer_fragment.h"

#include <netinet/in.h>

struct agent;
struct reassembly;
struct sender;

struct outer_packets {
	struct sender *sender; /* of its own: data does not take the room of signalling */
	struct reassembly *reassembly;
	struct identifications identifications;
};

int outer_packets_init(struct agent *);
void outer_packets_fini(struct outer_packets *);
/* What was read from the device. False: it is no outer packet of a tunnel. */
bool outer_packets_take(struct agent *, struct octets packet);
/* Sends an outer packet of a tunnel of the home address, whole or in fragments. -EMSGSIZE: the
 * inner one has to be smaller. */
int outer_packets_send(struct agent *, const struct in6_addr *home_address, struct octets packet);
/* ABI_EVENT_FRAGMENT */
void outer_packets_receive(struct agent *, uint32_t ifindex, struct octets fragment);
void outer_packets_flush(struct agent *);
void outer_packets_link_gone(struct agent *, uint32_t ifindex);

#endif
