/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets from the home address that the mobile node itself sends: through the tunnel to the home
 * agent (RFC 6275 11.3.1, RFC 2473), or at home to the router of the home link.
 */
#ifndef MONAMI_CORE_HOME_PACKET_H
#define MONAMI_CORE_HOME_PACKET_H

#include "../base/node_addresses.h"

/* `mobile_node` is a struct mobile_node. False: no tunnel is usable, or it does not fit. */
bool home_packet_send(
	void *mobile_node, const struct packet_envelope *, struct octets payload, struct outbox *);

#endif
