/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The routing tables that are the daemon's own: those of its mobile nodes, and those of the daemon
 * before, whose configuration had other mobile nodes or links. The data plane's maps remember them.
 */
#ifndef MONAMI_DAEMON_HOST_OWN_TABLES_H
#define MONAMI_DAEMON_HOST_OWN_TABLES_H

#include "mobile_host.h"

/* At the start, before anything is set in them. */
void own_tables_remember(const struct mobile_hosts *, struct dataplane *);
/* Adds all of them to `own`. `plane` may be NULL: then only those of the configuration. */
void own_tables_add(
	const struct mobile_hosts *, const struct dataplane *plane, struct host_own *own);
/* Routes and rules of the daemon before are gone: removes its home addresses, too, and forgets it.
 */
void own_tables_sweep(const struct mobile_hosts *, const struct daemon_basis *);

#endif
