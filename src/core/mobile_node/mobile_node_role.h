/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node (RFC 6275 11), as core.c sees it.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_ROLE_H
#define MONAMI_CORE_MOBILE_NODE_ROLE_H

#include "../base/role.h"

struct mobile_node;
struct ro_functions;

extern const struct role mobile_node_role;

/*
 * 0, -ENOMEM or -EINVAL. `base` is borrowed; the home address is added to its addresses. `index`:
 * by which events of the host name this mobile node. `ro` is borrowed (mobile_node_public.h).
 */
int mobile_node_new(struct core_base *, const struct mobile_node_config *, uint8_t index,
	const struct ro_functions *, struct mobile_node **ret);

/* As core_...() of the same name. */
void mobile_node_each_link(
	const struct mobile_node *, void (*each)(void *ctx, const struct link_view *), void *ctx);
enum home_state mobile_node_home_state(const struct mobile_node *);
struct registration_view mobile_node_registration(const struct mobile_node *);
struct in6_addr mobile_node_home_agent(const struct mobile_node *);
void mobile_node_each_correspondent(const struct mobile_node *,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx);
/* core_each_found_home_agent() */
void mobile_node_each_home_agent(const struct mobile_node *,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx);
/* core_each_learnt_prefix() */
void mobile_node_each_prefix(
	const struct mobile_node *, void (*each)(void *ctx, const struct host_prefix *), void *ctx);

#endif
