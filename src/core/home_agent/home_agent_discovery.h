/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dynamic Home Agent Address Discovery at the home agent: RFC 6275 10.5.
 */
#ifndef MONAMI_CORE_HOME_AGENT_DISCOVERY_H
#define MONAMI_CORE_HOME_AGENT_DISCOVERY_H

#include "../base/home_agents_list.h"
#include "home_link/home_link.h"

struct home_agent_discovery {
	const struct home_agent_config *config;
	const struct home_prefixes *prefixes;
	const struct home_link *home_link;
	struct core_base *base;
	struct home_agents_list home_agents;
};

/* A Router Advertisement on the home link. */
void home_agent_discovery_hear(
	struct home_agent_discovery *, struct moment, const struct received_icmpv6 *);
/* A Home Agent Address Discovery Request: any host can send one, so answers are limited. */
void home_agent_discovery_request(struct home_agent_discovery *, struct moment,
	const struct received_icmpv6 *, struct outbox *);
/* As home_agent_each_home_agent(). */
void home_agent_discovery_each(const struct home_agent_discovery *,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx);

#endif
