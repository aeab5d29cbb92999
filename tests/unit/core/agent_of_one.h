/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent with one mobile node, for tests of its entry.
 */
#ifndef MONAMI_TESTS_UNIT_AGENT_OF_ONE_H
#define MONAMI_TESTS_UNIT_AGENT_OF_ONE_H

#include "../../../src/core/home_agent/home_agent.h"

#define PROBE_IDENTIFIER 33

/* 2001:db8:`network`::`host` */
struct in6_addr agent_address(uint8_t network, uint8_t host);

/* The home agent is 1::1, the mobile node 1::9; bindings are refreshed on request. */
struct home_agent *agent_new(enum verify);
void agent_free(struct home_agent *);
struct binding_entry *agent_entry(struct home_agent *);
struct moment agent_time(nanos mono);
/* Adds to `bindings`, for 100 s from time zero. */
struct binding *agent_bind(struct bindings *, uint16_t bid, struct in6_addr care_of);

#endif
