/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's entry of a mobile node, made when the mobile node is configured, so that a
 * registration allocates nothing and no packet can make the cache grow.
 */
#ifndef MONAMI_CORE_HOME_AGENT_ENTRY_H
#define MONAMI_CORE_HOME_AGENT_ENTRY_H

#include "home_link/home_link.h"
#include "prefix_delivery.h"
#include "verification.h"

struct home_agent_entry {
	struct home_link_entry at_home;
	struct auth auth;
	uint8_t bindings_max;
	uint8_t verify : 4;  /* enum verify */
	uint8_t sharing : 4; /* enum link_sharing */
	bool mcoa_prohibited : 1;
	bool bulk_prohibited : 1;
	bool flows_prohibited : 1;
	struct verification *verification; /* NULL unless care-of addresses must be verified */
	struct prefix_delivery *delivery;  /* NULL until prefixes have to be delivered */
};

static inline struct home_agent_entry *home_agent_entry_of(const struct binding_entry *entry)
{
	return (struct home_agent_entry *)entry;
}

#endif
