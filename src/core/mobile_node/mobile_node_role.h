/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node (RFC 6275 11), as core.c sees it.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_ROLE_H
#define MONAMI_CORE_MOBILE_NODE_ROLE_H

#include "../base/role.h"

struct mobile_node;

extern const struct role mobile_node_role;

const struct in6_addr *mobile_node_home_address(const struct mobile_node *);
/* Whether one of its links has this address, which may serve as its care-of address. */
bool mobile_node_has_address(const struct mobile_node *, const struct in6_addr *);

#endif
