/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's correspondents (RFC 6275 11.6, 11.7.2, RFC 5648 5): return routability for each
 * care-of address, one registration for each Binding Identifier, and what follows from both.
 */
#ifndef MONAMI_CORE_ROUTE_OPTIMIZATION_H
#define MONAMI_CORE_ROUTE_OPTIMIZATION_H

#include "../base/role.h"

struct route_optimization;
struct mobile_node;

/* node->config is set. -ENOMEM; node->routes stays NULL if it is off. */
int route_optimization_new(struct mobile_node *, const struct core_port *);
void route_optimization_free(struct mobile_node *);

/* HOST_PEER_BUSY: more than a little goes to this address. */
void route_optimization_busy(
	struct mobile_node *, struct moment, const struct in6_addr *peer, struct outbox *);
/* HOST_ACTIVITY of a tunnel to a correspondent. */
void route_optimization_activity(struct mobile_node *, const struct host_activity *);

/* Home Test, Care-of Test; Binding Acknowledgement, Binding Refresh Request and Binding Error from
 * others than the home agent. DROP_NONE: it was handled. DROP_WRONG_PEER: it is none of these, or
 * from nobody known. Otherwise this correspondent has sent it to another mobile node, or for
 * nothing: the reason. */
enum drop route_optimization_message(
	struct mobile_node *, const struct received *, struct outbox *);
/* RFC 6275 11.3.5: a Parameter Problem about one of our messages, or about our Home Address option.
 * False: it is not. */
bool route_optimization_problem(
	struct mobile_node *, struct moment, const struct received_icmpv6 *, struct outbox *);
/* RFC 4443 3.1: Destination Unreachable about what went by a direct way. False: it did not. */
bool route_optimization_unreachable(struct mobile_node *, const struct received_icmpv6 *);

/* To be called by node_settle(): links, care-of addresses, paths or the registration with the home
 * agent may have changed. */
void route_optimization_settle(struct mobile_node *, struct moment, struct outbox *);
/* The home agent has lost the bindings, and forwarded no Home Test Init (RFC 6275 11.6.1): begins
 * the home tests that are under way anew. */
void route_optimization_home_lost(struct mobile_node *);
/* HOST_STOP: takes all bindings away; whether that is done. */
void route_optimization_stop(struct mobile_node *, struct moment, struct outbox *);
bool route_optimization_stopped(const struct mobile_node *);

nanos route_optimization_next_deadline(const struct mobile_node *);
void route_optimization_each(const struct mobile_node *,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx);
void route_optimization_each_binding(const struct mobile_node *,
	void (*each)(void *ctx, const struct binding_view *), void *ctx);

#endif
