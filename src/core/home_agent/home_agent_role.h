/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent (RFC 6275 10), as core.c sees it.
 */
#ifndef MONAMI_CORE_HOME_AGENT_ROLE_H
#define MONAMI_CORE_HOME_AGENT_ROLE_H

#include "../base/role.h"

extern const struct role home_agent_role;

#endif
