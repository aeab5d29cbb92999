/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Route optimization in the daemon: tunnels to correspondents and to mobile nodes, which only the
 * data plane stores, and their activity, which the core needs.
 */
#ifndef MONAMI_DAEMON_TRAFFIC_RO_PATHS_H
#define MONAMI_DAEMON_TRAFFIC_RO_PATHS_H

#include "../host/mobile_host.h"

struct ro_paths {
	const struct daemon_basis *basis;
	uint32_t tunnels_max; /* that the maps are made for */
	nanos report_at;      /* when the core gets the next activity */
};

/* Whether the tunnel leads past the home agent. */
static inline bool is_direct(const struct effect_tunnel *tunnel)
{
	return tunnel->encapsulation == ENCAP_TO_CORRESPONDENT ||
	       tunnel->encapsulation == ENCAP_TO_MOBILE_NODE;
}

/* Mobile node: tells the data plane the thresholds from which on paths are optimized. */
void ro_paths_start(const struct ro_paths *);
/* `lower`: from now on one packet suffices; otherwise the configured thresholds count again. */
void ro_paths_lower_thresholds(const struct ro_paths *, unsigned int mobile_node, bool lower);
/* Gives the core the times of the last packets of every tunnel; every few seconds, since no
 * deadline needs more precision. */
void ro_paths_report_activity(struct ro_paths *);
/* Mobile node: the router of a link has changed. */
void ro_paths_follow_router(const struct ro_paths *, const struct mobile_link *);
/* ABI_EVENT_BUSY: `octets` are a struct abi_busy. */
void ro_paths_busy(struct mobile_hosts *, struct octets octets);

#endif
