/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of a packet that traffic selectors compare (RFC 6088 3). */
#ifndef MONAMI_WIRE_PACKET_FLOW_H
#define MONAMI_WIRE_PACKET_FLOW_H

#include "packet.h"
#include "traffic_selector.h"

/*
 * Of an IPv6 packet as it is, whose payload may be cut off. Ports and SPI are unknown if they are
 * not there, and of a fragment. False: it is no IPv6 packet.
 */
bool packet_flow_key(const uint8_t *octets, size_t length, struct flow_key *ret);

#endif
