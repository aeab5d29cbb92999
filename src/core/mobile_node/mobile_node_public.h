/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node and its route optimization: what the latter may read of the former, and the
 * functions by which the former calls the latter. The mobile node includes no file of route
 * optimization; core.c hands it the functions (struct core_base).
 */
#ifndef MONAMI_CORE_MOBILE_NODE_PUBLIC_H
#define MONAMI_CORE_MOBILE_NODE_PUBLIC_H

#include "../base/role.h"
#include "home_use.h"
#include "peer_policy.h"

struct policy;

/* A link, as far as route optimization needs to know it. */
struct ro_link {
	uint16_t bid;
	uint8_t priority;
	bool visited; /* enum link_use */
	bool home;
	bool usable; /* packets pass its path to the home agent, as far as is known */
	enum path_state path;
	uint32_t ifindex;
	bool has_care_of;
	struct in6_addr care_of;
};

/* Zeros between the members and behind the last link: they are compared as memory. */
struct ro_links {
	uint16_t resort; /* BID of the one that is used while no path is good; 0: none */
	size_t count;
	struct ro_link at[BINDINGS_MAX];
};

/* How packets of the home address reach the home agent. */
enum ro_way_home {
	RO_WAY_HOME_NONE,
	RO_WAY_HOME_TUNNEL,
	RO_WAY_HOME_LINK,
};

/* What route optimization follows from; the mobile node keeps it up to date (ro_basis.c). */
struct ro_basis {
	struct core_base *base;
	const struct mobile_node_config *config;
	const struct registration_parties *parties;
	const nanos *now; /* of the present call */
	enum home_use home;
	enum ro_way_home way_home;
	struct in6_addr way_home_from; /* this end of that tunnel; ::, there is none */
	bool is_registered;            /* the home agent has acknowledged a binding, ... */
	nanos expires;                 /* ... of which the last ends then */
	uint32_t bound;                /* bit i: and one of them is that of links.at[i] */
	struct ro_links links;
	/* For peer_policy_of() and correspondent_flows.h; NULL: there is none. */
	const struct policy *policy;
	uint32_t policy_changes; /* it says something else after a change of this */
};

struct route_optimization;

struct ro_functions {
	/* 0 or -ENOMEM. *ret is NULL if the configuration switches it off. `node` is borrowed. */
	int (*new)(const struct ro_basis *node, struct route_optimization **ret);
	void (*free)(struct route_optimization *);

	/* HOST_PEER_BUSY: traffic above the threshold goes to this address, which is of no link. */
	void (*busy)(struct route_optimization *, const struct in6_addr *address, struct outbox *);
	/* HOST_ACTIVITY of a tunnel to a correspondent. */
	void (*activity)(struct route_optimization *, const struct host_activity *);
	/* Home Test, Care-of Test; Binding Acknowledgement, Binding Refresh Request and Binding
	 * Error from others than the home agent. Returns as the function of struct role. */
	enum drop (*message)(struct route_optimization *, const struct received *, struct outbox *);
	/* RFC 6275 11.3.5: a Parameter Problem about one of its messages, or about a Home Address
	 * option. False: it is not. */
	bool (*problem)(
		struct route_optimization *, const struct received_icmpv6 *, struct outbox *);
	/* RFC 4443 3.1: Destination Unreachable about a packet on a route-optimized path. False: it
	 * is not. */
	bool (*unreachable)(struct route_optimization *, const struct received_icmpv6 *);

	/* Links, care-of addresses, paths or the home registration may have changed. */
	void (*reconcile)(struct route_optimization *, struct outbox *);
	/* The home agent has lost the bindings, and forwarded no Home Test Init (RFC 6275 11.6.1):
	 * begins the home tests that are under way anew. */
	void (*home_lost)(struct route_optimization *);
	/* HOST_STOP: takes all bindings away; whether that is done. */
	void (*stop)(struct route_optimization *, struct outbox *);
	bool (*stopped)(const struct route_optimization *);
	nanos (*next_deadline)(const struct route_optimization *);

	void (*each)(const struct route_optimization *,
		void (*each)(void *ctx, const struct correspondent_view *), void *ctx);
	void (*each_binding)(const struct route_optimization *,
		void (*each)(void *ctx, const struct binding_view *), void *ctx);
};

#endif
