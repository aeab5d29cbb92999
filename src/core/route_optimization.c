/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.6, 11.7.2, RFC 5648 5.
 */
#include "route_optimization.h"

#include "mobile_node.h"

#include <errno.h>
#include <stdlib.h>

struct route_optimization {
	struct route_optimization_config config;
};

int route_optimization_new(struct mobile_node *node)
{
	if (!node->config.route_optimization.on)
		return 0;
	node->routes = calloc(1, sizeof(*node->routes));
	if (!node->routes)
		return -ENOMEM;
	node->routes->config = node->config.route_optimization;
	return 0;
}

void route_optimization_free(struct mobile_node *node)
{
	free(node->routes);
}

void route_optimization_busy(
	struct core *core, struct moment now, const struct in6_addr *peer, struct outbox *outbox)
{
	(void)core, (void)now, (void)peer, (void)outbox;
}

void route_optimization_activity(struct core *core, const struct host_activity *activity)
{
	(void)core, (void)activity;
}

bool route_optimization_message(struct core *core, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	(void)core, (void)now, (void)received, (void)outbox;
	return false;
}

bool route_optimization_problem(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	(void)core, (void)now, (void)received, (void)outbox;
	return false;
}

void route_optimization_settle(struct core *core, struct moment now, struct outbox *outbox)
{
	(void)core, (void)now, (void)outbox;
}

void route_optimization_stop(struct core *core, struct moment now, struct outbox *outbox)
{
	(void)core, (void)now, (void)outbox;
}

bool route_optimization_stopped(const struct mobile_node *node)
{
	(void)node;
	return true;
}

nanos route_optimization_next_deadline(const struct mobile_node *node)
{
	(void)node;
	return NANOS_NEVER;
}

void route_optimization_each(const struct core *core,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx)
{
	(void)core, (void)each, (void)ctx;
}

void route_optimization_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	(void)core, (void)each, (void)ctx;
}
