/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When packets went to care-of addresses and came from them: a home agent and a correspondent that
 * recover from unreachable ones (ADR 62) are told several times in a second, of tunnels in use.
 */
#ifndef MONAMI_DAEMON_TRAFFIC_TUNNEL_ACTIVITY_H
#define MONAMI_DAEMON_TRAFFIC_TUNNEL_ACTIVITY_H

#include "../base/daemon_basis.h"

struct tunnel_activity {
	const struct daemon_basis *basis;
	uint32_t tunnels_max; /* that the maps are made for */
	nanos report_at;
};

/* Tells the core, if it is time. */
void tunnel_activity_report(struct tunnel_activity *);
/* When it is; NANOS_NEVER: no role of this host recovers. */
nanos tunnel_activity_next(const struct tunnel_activity *);

#endif
