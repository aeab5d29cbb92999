/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dynamic Home Agent Address Discovery at the home agent: RFC 6275 10.5.
 */
#ifndef MONAMI_CORE_HOME_AGENT_DISCOVERY_H
#define MONAMI_CORE_HOME_AGENT_DISCOVERY_H

#include "../base/role.h"

struct home_agent;

/* A Router Advertisement on the home link. */
void home_agent_discovery_hear(
	struct home_agent *, struct moment, const struct received_icmpv6 *, struct outbox *);
/* A Home Agent Address Discovery Request: anybody can send one, so answers have a limit. */
void home_agent_discovery_request(
	struct home_agent *, struct moment, const struct received_icmpv6 *, struct outbox *);

#endif
