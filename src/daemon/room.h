/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the maps must have room for, so that no node is acknowledged and then has no tunnel.
 */
#ifndef MONAMI_DAEMON_ROOM_H
#define MONAMI_DAEMON_ROOM_H

#include "config.h"

struct room {
	uint32_t nodes;
	uint32_t tunnels;
};

/* With all that the configuration admits. */
struct room room_of(const struct config *);

#endif
