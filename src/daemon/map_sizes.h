/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the maps must have room for, so that no node is acknowledged and then has no tunnel.
 */
#ifndef MONAMI_DAEMON_MAP_SIZES_H
#define MONAMI_DAEMON_MAP_SIZES_H

#include "config/config.h"

struct map_sizes {
	uint32_t nodes;
	uint32_t tunnels;
};

/* With all that the configuration admits. */
struct map_sizes map_sizes_of(const struct config *);

#endif
