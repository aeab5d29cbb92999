/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent (RFC 6275 10), as core.c sees it.
 */
#ifndef MONAMI_CORE_HOME_AGENT_ROLE_H
#define MONAMI_CORE_HOME_AGENT_ROLE_H

#include "../base/role.h"

struct home_agent;

extern const struct role home_agent_role;

/* 0, -ENOMEM or -EINVAL. `base` is borrowed; the address is added to its addresses. */
int home_agent_new(struct core_base *, const struct home_agent_config *, struct home_agent **ret);

/* As core_each_...() of the same name. */
void home_agent_each_home_agent(const struct home_agent *,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx);
void home_agent_each_prefix(
	const struct home_agent *, void (*each)(void *ctx, const struct host_prefix *), void *ctx);

#endif
