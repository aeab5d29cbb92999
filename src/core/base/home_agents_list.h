/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Home Agents List of a home link (RFC 6275 10.1, 10.5.1): the home agents that send Router
 * Advertisements there, with their lifetimes. Advertisements are not authentic, so the list is
 * short, has only addresses of the home link, and is used only for replies to discovery.
 */
#ifndef MONAMI_CORE_HOME_AGENTS_LIST_H
#define MONAMI_CORE_HOME_AGENTS_LIST_H

#include "home_prefixes.h"

#include "../../wire/icmpv6.h"

/* With the home agent itself, as many as one reply carries (RFC 6275 6.6). The reply contains the
 * whole list, so that an attacker cannot displace a home agent from it by claiming a high
 * preference. */
#define HOME_AGENTS_LIST_MAX (ICMPV6_HOME_AGENTS_MAX - 1)

struct home_agents_entry {
	struct in6_addr router;  /* link-local: the router that advertised it */
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
 * (RFC 6275 10.5.1). If the list is full, a new entry replaces the least preferred one of a router
 * that has at least two entries more than `router`; without such a router it is ignored (ADR 39).
 * So no router loses its only entry, and an attacker needs as many router addresses as the list has
 * places.
 */
void home_agents_list_hear(struct home_agents_list *, const struct home_prefixes *, nanos now,
	const struct in6_addr *router, const struct icmpv6 *advertisement);
/* Removes those whose lifetime has ended. */
void home_agents_list_expire(struct home_agents_list *, nanos now);

#endif
