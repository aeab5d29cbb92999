/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Route optimization in the daemon: tunnels to correspondents and to mobile nodes, which the data
 * plane alone remembers, and what the core wants to know of them.
 */
#ifndef MONAMI_DAEMON_TRAFFIC_RO_PATHS_H
#define MONAMI_DAEMON_TRAFFIC_RO_PATHS_H

#include "../../core/api/effect.h"

struct daemon;
struct watched_link;

/* Whether the tunnel leads past the home agent. */
static inline bool is_direct(const struct effect_tunnel *tunnel)
{
	return tunnel->kind == TUNNEL_TO_CORRESPONDENT || tunnel->kind == TUNNEL_TO_MOBILE_NODE;
}

/* Mobile node: tells the data plane which correspondents are worth it. */
void ro_paths_start(struct daemon *);
/* Gives the core the times of the last packets of every tunnel; now and then, as nothing is due
 * to the second. */
void ro_paths_report_activity(struct daemon *);
/* Mobile node: the router of a link is another one. */
void ro_paths_follow_router(struct daemon *, const struct watched_link *);
/* ABI_EVENT_BUSY: `octets` are the peer's address. */
void ro_paths_busy(struct daemon *, struct octets octets);

#endif
