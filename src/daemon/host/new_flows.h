/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which home address a new flow of this host takes (draft-montavont-mip6-mmi-02 4.4): the routing
 * rules of the new_flows blocks. A socket that has bound no address gets the one of the route that
 * the kernel finds for its first packet; each rule leads to the table of a mobile node, whose route
 * names the home address (ADR 64). Flows that have an address keep it.
 */
#ifndef MONAMI_DAEMON_HOST_NEW_FLOWS_H
#define MONAMI_DAEMON_HOST_NEW_FLOWS_H

#include "mobile_host.h"

struct new_flows_rules {
	struct mobile_hosts *hosts;
	/* for each block: the mobile node that its rule leads to */
	unsigned int chosen[CONFIG_NEW_FLOWS_MAX];
};

/* At the start, when mobile nodes have their home addresses. */
void new_flows_start(struct new_flows_rules *, struct mobile_hosts *);
/* After something has changed: of each block, the first mobile node that has a usable link. */
void new_flows_follow(struct new_flows_rules *);
/* The rules that lead to other tables than the mobile nodes' own. */
void new_flows_add_own(const struct config *, struct host_own *);

struct new_flows_choice {
	const struct config_new_flows *block; /* NULL: no block is for it */
	unsigned int mobile_node;
	unsigned int passed_over; /* preferred mobile nodes that have no usable link */
};
/* For a flow as of packets to the mobile node, without its own address. False: the host's own
 * routes choose its address. */
bool new_flows_choose(
	const struct new_flows_rules *, const struct flow_key *, struct new_flows_choice *ret);

#endif
