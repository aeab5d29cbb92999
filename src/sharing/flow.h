/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses one of the GRE_FLOWS sequences for a packet. Packets of one connection share a sequence,
 * so that a missing packet delays few other connections.
 */
#ifndef MONAMI_SHARING_FLOW_H
#define MONAMI_SHARING_FLOW_H

#include "gre.h"

/* By addresses and, for TCP and UDP without extension headers, ports. Any octets have a flow. */
uint8_t flow_of(struct octets packet);

#endif
