/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flows that correspondents begin while a mobile node's packets leave by the interface of another
 * home address (draft-montavont-mip6-mmi-02 4.3): accepted, refused, or route-optimized at once.
 * Flows that were there before go on.
 */
#ifndef MONAMI_DAEMON_TRAFFIC_REDIRECTED_FLOWS_H
#define MONAMI_DAEMON_TRAFFIC_REDIRECTED_FLOWS_H

#include "ro_paths.h"

struct redirected_flows {
	const struct ro_paths *ro_paths;
	struct mobile_hosts *hosts;
	bool redirected[MOBILE_NODES_MAX];
	bool refuses; /* one of them may refuse flows: the table is to be there */
	struct put_back table;
};

#define REDIRECTED_FLOWS_TEXT_MAX 64

/* `found`: a daemon before this one may have left a table. */
void redirected_flows_start(
	struct redirected_flows *, const struct ro_paths *, struct mobile_hosts *, bool found);
/* After something has changed. */
void redirected_flows_follow(struct redirected_flows *);
/* 0: the table is there, or none is to be; 1: it was missing and is put back; -errno of nftables.
 * `text`: the table's name, for the log; untouched while no mobile node refuses flows. */
int redirected_flows_check(const struct redirected_flows *, char text[REDIRECTED_FLOWS_TEXT_MAX]);
/* Takes the table away. */
void redirected_flows_stop(const struct redirected_flows *);

#endif
