/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces of a home agent or a correspondent. Those of a mobile node are its links
 * (watched_links.c).
 */
#ifndef MONAMI_DAEMON_INTERFACES_H
#define MONAMI_DAEMON_INTERFACES_H

#include "attached_link.h"
#include "warnings.h"

struct daemon;

/* A configured interface, as last seen. */
struct watched_interface {
	struct host_interface seen;
	struct attached_link attached;
	struct warning warning;
};

void interfaces_init(struct daemon *);
/* One is now like this; it may be none of the configured ones. */
void interfaces_changed(struct daemon *, const struct host_interface *);
/* Attaches what could not be. False: something still cannot. */
bool interfaces_retry(struct daemon *);

#endif
