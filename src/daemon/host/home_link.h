/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent's physical home link: what the core is told of it, and what interception needs of
 * the host. Bound home addresses are routed to the device one by one, because the prefix is the
 * link's own; the core answers solicitations for them on the link (RFC 6275 10.4.1).
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
	bool incomplete;   /* of some interception the host refused a part, and it was said */
	int anycast_error; /* of joining the Home-Agents anycast group; 0: nothing is left to do */
	struct interception *interceptions; /* by home address */
};

/* Tells core and data plane what is known at the start: the prefix, and the home agent's addresses.
 */
void home_link_start(struct home_link *);
/* An interface is now like this; it may be another one. */
void home_link_changed(struct home_link *, const struct host_interface *);
/* EFFECT_INTERCEPT */
void home_link_intercept(struct home_link *, const struct effect_intercept *);
/* Tries again what the host refused. False: it still does. */
bool home_link_retry(struct home_link *);
void home_link_fini(struct home_link *);

#endif
