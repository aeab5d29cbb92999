/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces of a home agent or a correspondent. Those of a mobile node are its links
 * (watched_links.c).
 */
#ifndef MONAMI_DAEMON_INTERFACES_H
#define MONAMI_DAEMON_INTERFACES_H

#include "attached_link.h"
#include "warnings.h"

struct agent;

/* A configured interface, as last seen. */
struct watched_interface {
	struct host_interface seen;
	struct attached_link attached;
	struct warning warning;
};

void interfaces_init(struct agent *);
/* One is now like this; it may be none of the configured ones. */
void interfaces_changed(struct agent *, const struct host_interface *);
/* Attaches what could not be. False: something still cannot. */
bool interfaces_retry(struct agent *);

#endif
