/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent's physical home link: events for the core, and the host's part of interception.
 * Bound home addresses are routed to the device one by one, because the prefix is the link's own;
 * the core answers solicitations for them on the link (RFC 6275 10.4.1).
 */
#ifndef MONAMI_DAEMON_HOME_LINK_H
#define MONAMI_DAEMON_HOME_LINK_H

#include "../../core/api/effect.h"
#include "../../io/host/host.h"

struct daemon_basis;
struct interception;

struct home_link {
	struct daemon_basis *basis;
	struct host_interface seen;
	bool warned;
	bool incomplete;   /* the host refused a part of some interception, and the log says so */
	int anycast_error; /* of joining the Home-Agents anycast group; 0: joined, or not wanted */
	struct interception *interceptions; /* by home address */
};

/* At the start, tells core and data plane the prefix and the home agent's addresses. */
void home_link_start(struct home_link *);
/* An interface has this state now; it may be another interface than the home link. */
void home_link_changed(struct home_link *, const struct host_interface *);
/* EFFECT_INTERCEPT */
void home_link_intercept(struct home_link *, const struct effect_intercept *);
/* Tries again after the host refused something. False: it still refuses. */
bool home_link_retry(struct home_link *);
void home_link_fini(struct home_link *);

#endif
