/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node and its route optimization: what the latter may read of the former, and the
 * functions by which the former calls the latter. The mobile node includes no file of route
 * optimization; core.c hands it the functions (struct core_base).
 */
#ifndef MONAMI_CORE_MOBILE_NODE_PUBLIC_H
#define MONAMI_CORE_MOBILE_NODE_PUBLIC_H

#include "../base/role.h"
#include "home_registration.h"
#include "tunnels.h"

struct mobile_node_public {
	struct core_base *base;
	const struct mobile_node_config *config;
	const struct registration_parties *parties;
	const struct links *links;
	const struct home_registration *registration;
	const struct tunnels *tunnels;
	const nanos *now; /* of the present call */
};

struct route_optimization;

struct ro_functions {
	/* 0 or -ENOMEM. *ret is NULL if the configuration switches it off. `node` is borrowed. */
	int (*new)(const struct mobile_node_public *node, struct route_optimization **ret);
	void (*free)(struct route_optimization *);

	/* HOST_PEER_BUSY: traffic above the threshold goes to this address. */
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
