/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Home Agents List of a home link (RFC 6275 10.1, 10.5.1): which other home agents are heard
 * there by their Router Advertisements, and how long each counts. Advertisements are not authentic,
 * so the list is short, has no address but of the home link, and serves for nothing but answers to
 * discovery.
 */
#ifndef MONAMI_CORE_HOME_AGENTS_LIST_H
#define MONAMI_CORE_HOME_AGENTS_LIST_H

#include "home_prefixes.h"

#include "../wire/icmpv6.h"

/* With the home agent itself, as many as one reply carries: all of the list are in it, so that no
 * preference that an attacker claims keeps another home agent out of the reply. */
#define HOME_AGENTS_LIST_MAX (ICMPV6_HOME_AGENTS_MAX - 1)

struct home_agents_entry {
	struct in6_addr router;  /* link-local: who advertised it */
	struct in6_addr address; /* global */
	uint16_t preference;     /* higher is better */
	nanos until;
};

struct home_agents_list {
	uint8_t count;
	struct home_agents_entry at[HOME_AGENTS_LIST_MAX];
};

/*
 * A Router Advertisement from `router`. Without H it says that the router is no home agent any more
 * (RFC 6275 10.5.1). When the list is full, a new address takes the place of one that a router with
 * at least two places more has, the least preferred; else it is not taken. So a router loses its
 * only place to nobody, and an attacker needs as many router addresses as the list has places.
 */
void home_agents_list_hear(struct home_agents_list *, const struct home_prefixes *, nanos now,
	const struct in6_addr *router, const struct icmpv6 *advertisement);
/* Those whose time is over leave the list. */
void home_agents_list_expire(struct home_agents_list *, nanos now);

#endif
