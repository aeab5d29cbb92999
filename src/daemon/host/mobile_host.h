/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host of one mobile node: its links with a routing table each, its home address with a table
 * and a rule, and the tunnels of its links. The core has the mobile node itself, under the same
 * index.
 *
 *     mobile_links.c   links, care-of addresses, routers
 *     home_address.c   the home address, at home and away
 *     policy.c         the rules of its policy
 */
#ifndef MONAMI_DAEMON_HOST_MOBILE_HOST_H
#define MONAMI_DAEMON_HOST_MOBILE_HOST_H

#include "../base/daemon_basis.h"
#include "policy.h"

#include "../../io/dataplane/link_rate.h"

/* The routers that a link uses: the kernel's, or in their place the one that advertised the prefix
 * of the care-of address. */
struct mobile_link_routers {
	uint32_t ifindex;
	struct host_next_hop home_agent; /* the next hop to it */
	struct in6_addr by_default;
};

/* A link of a mobile node, as last seen. */
struct mobile_link {
	const struct config_link *config;
	const struct mobile_host *through; /* NULL: a link of its own (config_link.through) */
	bool through_usable;               /* as the core knows */
	uint8_t priority;                  /* the configured one, or the operator's since */
	struct host_interface seen;
	struct in6_addr
		advertised; /* router of the care-of address (RFC 8028 3.1); :: if not known */
	struct mobile_link_routers routers;
	bool has_tunnel;
	struct effect_tunnel tunnel;
	struct link_rate rate;
};

struct mobile_host {
	const struct daemon_basis *basis;
	unsigned int index; /* of the mobile node in core and configuration, of its home agent in
			       `host` */
	const struct config_mobile_node *config;
	unsigned int links_count;
	struct mobile_link links[BINDINGS_MAX];
	struct policy policy;
	struct effect_home_address home_address; /* as in the core's last effect */
	/* The router of a link has changed: tunnels to correspondents use the new one, too. */
	void (*router_changed)(struct daemon *, const struct mobile_link *);
};

struct mobile_hosts {
	unsigned int count;
	struct mobile_host at[MOBILE_NODES_MAX];
};

void mobile_hosts_init(struct mobile_hosts *, const struct daemon_basis *,
	void (*router_changed)(struct daemon *, const struct mobile_link *));
/* NULL: no mobile node has it. */
struct mobile_host *mobile_hosts_with_home_address(
	struct mobile_hosts *, const struct in6_addr *home_address);
const struct in6_addr *mobile_host_home_address(const struct mobile_host *);
/* Its packets get through: it is registered by a link with a living path, or at home. */
bool mobile_host_is_usable(const struct mobile_host *);
/* The home agent in use; :: while none is found. */
struct in6_addr mobile_host_home_agent(const struct mobile_host *);
/* As basis_host(), of an event of this mobile node. */
int mobile_host_event(const struct mobile_host *, struct host_event *);

/* ---- mobile_links.c ---- */

/* At the start: the core knows the configured links, which are down until they are seen. */
void mobile_links_start(struct mobile_host *);
/* An interface has this state now; it may be none of the mobile node's links. */
void mobile_links_changed(struct mobile_host *, const struct host_interface *);
struct mobile_link *mobile_links_with_bid(struct mobile_host *, uint16_t bid);
struct mobile_link *mobile_links_named(struct mobile_host *, const char *name);
struct mobile_link *mobile_links_with_ifindex(struct mobile_host *, uint32_t ifindex);
/* The core has another care-of address, or knows another router for it. */
void mobile_links_follow_care_of(struct mobile_host *);
/* The tunnel of a link has been removed, if it is one of this mobile node's. */
void mobile_links_tunnel_gone(struct mobile_host *, const struct effect_tunnel *);
/* The neighbour on the link that packets of this tunnel are sent to. */
const struct in6_addr *mobile_link_next_hop(
	const struct mobile_link *, const struct effect_tunnel *);
/* Links through other mobile nodes of this host follow these. */
void mobile_links_follow_through(struct mobile_hosts *);
/* Gives the core the times of the last packets of every link, through the home agent or
 * directly. */
void mobile_links_report_activity(struct mobile_host *);
/* Reads the counters of its links, if a second has passed since they were last read. */
void mobile_links_measure(struct mobile_host *);
/* What the link can carry, as measured or else as configured: bits a second; 0: not known. */
uint64_t mobile_link_usable_rate(const struct mobile_link *);

/*
 * ---- home_address.c ----
 *
 * The home address is on the device all the time, where connections keep it. The core says whether
 * it is on the home link as well (RFC 6275 11.5.5, RFC 5648 5.6).
 */

/* At the start: away, until the core says otherwise. 0 or -errno. */
int home_address_start(struct mobile_host *);
/* EFFECT_HOME_ADDRESS */
void home_address_use(struct mobile_host *, const struct effect_home_address *);
/* Tells the data plane by which links packets may leave without a tunnel: home links. */
void home_addresses_guard(struct mobile_hosts *);
/* Takes it from links that the previous daemon left it on. */
void home_address_sweep(struct mobile_host *);

#endif
