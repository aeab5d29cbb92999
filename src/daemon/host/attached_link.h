/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data plane's program on one interface. It is attached again when the interface or its
 * link-layer address changes, and after a failure.
 */
#ifndef MONAMI_DAEMON_ATTACHED_LINK_H
#define MONAMI_DAEMON_ATTACHED_LINK_H

#include "../../io/dataplane/dataplane.h"
#include "../../io/host/host.h"

struct attached_link {
	uint32_t ifindex; /* 0: it is not there */
	uint8_t link_layer[6];
	bool has_link_layer;
	bool corresponds; /* the egress program, too */
	bool done;
	int error;    /* logged last; 0: none */
	bool refused; /* its type: the programs cannot work there, and are not attached */
};

/* False: the interface exists, but the program is not attached. */
bool attached_link_follow(
	struct attached_link *, struct dataplane *, const struct host_interface *);
bool attached_link_retry(struct attached_link *, struct dataplane *, const char *name);

#endif
