/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each interface that the configuration names, once: those of the home agent and the correspondent,
 * and the links of mobile nodes, which several of them may share. Keeps the data plane's programs
 * on it, warns of its problems, and tells the data plane its addresses.
 */
#ifndef MONAMI_DAEMON_HOST_INTERFACES_H
#define MONAMI_DAEMON_HOST_INTERFACES_H

#include "attached_link.h"
#include "warnings.h"

#include "../../io/dataplane/link_rate.h"

struct daemon_basis;

/* As many as the configuration can name. */
#define INTERFACES_MAX (16 + MOBILE_NODES_MAX * BINDINGS_MAX)

struct watched_interface {
	const char *name; /* the configuration's */
	bool is_link;     /* of a mobile node */
	bool is_device;   /* a link of a mobile node through another one (config_link.through) */
	bool is_common;   /* in `interfaces`: of the home agent or the correspondent */
	struct host_interface seen;
	struct attached_link attached;
	struct warning warning;
	struct link_rate rate; /* is_common: read when it is shown */
};

struct interfaces {
	const struct daemon_basis *basis;
	unsigned int count;
	struct watched_interface at[INTERFACES_MAX];
};

void interfaces_init(struct interfaces *, const struct daemon_basis *);
/* An interface has this state now. Returns its previous ifindex if it changed; otherwise 0. */
uint32_t interfaces_changed(struct interfaces *, const struct host_interface *);
/* Attaches programs that could not be attached. False: some still cannot. */
bool interfaces_retry(struct interfaces *);

#endif
