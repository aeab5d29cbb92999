/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's physical home link: its state, and the Neighbour Discovery messages that are
 * sent on it and received from it (RFC 4861 7.2, RFC 6275 10.4.1). Without
 * home_agent_config.home_link nothing here does anything.
 */
#ifndef MONAMI_CORE_HOME_LINK_H
#define MONAMI_CORE_HOME_LINK_H

#include "../../base/home_prefixes.h"
#include "../../base/role.h"
#include "../../binding/binding_cache.h"

/* Goes on with an update that has waited for Duplicate Address Detection. */
typedef void home_link_detected(void *home_agent, struct moment, struct binding_entry *,
	const struct received *, bool duplicate, struct outbox *);

/* The first member of a home agent's entry. The key of its cache is the home address. */
struct home_link_entry {
	struct binding_entry binding;
	struct interception *interception; /* NULL without a physical home link */
};

struct home_link {
	const struct home_agent_config *config;
	const struct home_prefixes *prefixes;
	struct binding_cache *cache;
	struct core_base *base;
	home_link_detected *detected; /* its first argument is the cache's `self` */
	struct host_home_link now;
	uint32_t generation;        /* counts the events about it; 0: none yet */
	struct deadlines deadlines; /* of interceptions */
};

/* The entry of a home address; NULL if there is none. */
struct binding_entry *home_link_entry(
	const struct home_link *, const struct in6_addr *home_address);

/* It is configured, exists and is up. */
bool home_link_usable(const struct home_link *);

/* Whether the sender of the packet is on the home link, and not beyond a router on it. */
bool home_link_has_sender(const struct home_link *, uint32_t ifindex, const struct packet *);

/* HOST_HOME_LINK. 0, or -EINVAL: there is none in the configuration. */
int home_link_set(struct home_link *, struct moment, const struct host_home_link *);

/* Neighbour Solicitation or Advertisement. */
void home_link_receive(
	struct home_link *, struct moment, const struct received_icmpv6 *, struct outbox *);

/* RFC 6275 10.4.2: a packet other than Neighbour Discovery came for a link-local address. If that
 * belongs to a mobile node that is away, the answer is Destination Unreachable, code 3. */
void home_link_undeliverable(
	struct home_link *, struct moment, const struct received *, struct outbox *);

/* RFC 4862 5.4.2: the solicitation of Duplicate Address Detection */
void home_link_solicit(const struct home_link *, const struct in6_addr *target, struct outbox *);
/* RFC 6275 10.4.1: to all nodes, unsolicited */
void home_link_advertise(const struct home_link *, const struct in6_addr *target, struct outbox *);

#endif
