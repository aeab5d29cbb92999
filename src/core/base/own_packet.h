/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets from the address that a node keeps: as routed; from a mobile node that is away, through
 * the tunnel to its home agent (RFC 6275 11.3.1), whole in the effect, so that nobody else has a
 * hand in them.
 */
#ifndef MONAMI_CORE_OWN_PACKET_H
#define MONAMI_CORE_OWN_PACKET_H

#include "role.h"

/* False: a mobile node has no way to its home agent, or it does not fit; nothing is sent. */
bool own_packet_send(
	struct core *, const struct packet_envelope *, struct octets payload, struct outbox *);

#endif
