/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node (RFC 6275 11), as core.c sees it.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_ROLE_H
#define MONAMI_CORE_MOBILE_NODE_ROLE_H

#include "../base/role.h"

extern const struct role mobile_node_role;

#endif
