/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inner packets of up to 1280 octets always go through a tunnel (RFC 2473 7.1 b). If the outer
 * packet does not fit its path, the tc program encapsulates it and leaves it to the daemon, which
 * fragments it. At the other end the tc program hands the fragments to the daemon, which
 * reassembles them and runs the program on the whole packet (ADR 35).
 */
#ifndef MONAMI_DAEMON_OUTER_PACKETS_H
#define MONAMI_DAEMON_OUTER_PACKETS_H

#include "../../io/dataplane/outer_fragment.h"

#include <netinet/in.h>

struct daemon_basis;
struct reassembly;
struct sender;

/* RFC 8201 4: a larger packet may be tried again ten minutes later. */
#define PATH_MTU_KEEP (600 * NANOS_PER_SECOND)

struct outer_packets {
	const struct daemon_basis *basis;
	struct sender *sender;         /* apart from that of signalling, which data must not fill */
	struct reassembly *reassembly; /* NULL until the first fragment comes */
	struct identifications identifications;
	uint64_t dropped;
};

/* 0 or -errno. */
int outer_packets_init(struct outer_packets *, const struct daemon_basis *);
void outer_packets_fini(struct outer_packets *);
/* Sends a packet that was read from the device. False: it is no outer packet of a tunnel. */
bool outer_packets_take(struct outer_packets *, struct octets packet);
/* Sends an outer packet of a tunnel of the home address, whole or in fragments. -EMSGSIZE: the
 * inner packet must be smaller. */
int outer_packets_send(
	struct outer_packets *, const struct in6_addr *home_address, struct octets packet);
/* ABI_EVENT_FRAGMENT: `fragment` is a whole IPv6 packet. */
void outer_packets_receive(struct outer_packets *, uint32_t ifindex, struct octets fragment);
void outer_packets_flush(struct outer_packets *);
void outer_packets_link_gone(struct outer_packets *, uint32_t ifindex);

#endif
