/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node (RFC 6275 11), as core.c sees it.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_ROLE_H
#define MONAMI_CORE_MOBILE_NODE_ROLE_H

#include "../base/role.h"

struct mobile_node;

extern const struct role mobile_node_role;

/* Those of one core. */
struct mobile_nodes {
	unsigned count;
	const struct mobile_node *at[MOBILE_NODES_MAX];
};
/*
 * draft-montavont-mip6-mmi-02 5.1: the care-of address may be another home address. Packets must
 * not enter a tunnel that goes through itself: whether they would if mobile node `own` had
 * `care_of`.
 */
bool mobile_nodes_loop(const struct mobile_nodes *, unsigned own, const struct in6_addr *care_of);

#endif
