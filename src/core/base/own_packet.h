/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets from the address that a node keeps: as routed, or, from a home address, in the way of its
 * mobile node (node_addresses.h). The effect holds the whole packet.
 */
#ifndef MONAMI_CORE_OWN_PACKET_H
#define MONAMI_CORE_OWN_PACKET_H

#include "core_base.h"

/* False: a mobile node has no way to its home agent, or the packet does not fit; nothing is sent.
 */
bool own_packet_send(
	struct core_base *, const struct packet_envelope *, struct octets payload, struct outbox *);

/* As routed, whatever its source is. NULL: it does not fit. */
struct effect_send *own_packet_route(
	const struct packet_envelope *, struct octets payload, struct outbox *);

#endif
