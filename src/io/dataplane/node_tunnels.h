/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tunnels a node in the maps has, and in which order it uses them.
 */
#ifndef MONAMI_IO_NODE_TUNNELS_H
#define MONAMI_IO_NODE_TUNNELS_H

#include "../../bpf/abi.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the node has the number of a tunnel (ABI_NO_TUNNEL: a place that is free). -1: nowhere. */
int node_place_of(const struct abi_subject *, uint32_t number);
/* ABI_NO_TUNNEL: none. */
uint32_t node_tunnel_with_bid(
	const struct abi_subject *, const struct abi_tunnel *tunnels, uint16_t bid);
bool node_has_tunnels(const struct abi_subject *);

/*
 * Puts the node's order right after one of its tunnels changed. A reader in between may see a
 * tunnel twice or one missing, and sends by one that is usable all the same.
 */
void node_write_order(struct abi_subject *, const struct abi_tunnel *tunnels);

#endif
