/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Route optimization in the daemon: tunnels to correspondents and to mobile nodes, which the data
 * plane alone remembers, and what the core wants to know of them.
 */
#ifndef MONAMI_DAEMON_DIRECT_WAYS_H
#define MONAMI_DAEMON_DIRECT_WAYS_H

#include "../core/effect.h"

struct agent;
struct watched_link;

/* Whether the tunnel leads past the home agent. */
static inline bool is_direct(const struct effect_tunnel *tunnel)
{
	return tunnel->kind == TUNNEL_TO_CORRESPONDENT || tunnel->kind == TUNNEL_TO_MOBILE_NODE;
}

/* Mobile node: tells the data plane which correspondents are worth it. */
void direct_ways_start(struct agent *);
/* Gives the core the times of the last packets of every tunnel; now and then, as nothing is due
 * to the second. */
void direct_ways_report_activity(struct agent *);
/* Mobile node: the router of a link is another one. */
void direct_ways_follow_router(struct agent *, const struct watched_link *);
/* ABI_EVENT_BUSY: `octets` are the peer's address. */
void direct_ways_busy(struct agent *, struct octets octets);

#endif
