/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking into a mobile node's route optimization.
 */
#include "ro_peer.h"

static unsigned bindings_of(const struct route *route)
{
	unsigned count = 0;
	for (size_t i = 0; i < route->bindings.count; i++)
		count += route->bindings.at[i].bound;
	return count;
}

static unsigned failures_of(const struct route *route)
{
	unsigned most = route->home.waiting ? route->home.attempts - 1 : 0;
	for (size_t i = 0; i < route->tests_count; i++) {
		const struct test *test = &route->tests[i].test;
		unsigned its = test->waiting ? test->attempts - 1 : 0;
		most = its > most ? its : most;
	}
	for (size_t i = 0; i < route->bindings.count; i++) {
		const struct route_binding *binding = &route->bindings.at[i];
		unsigned its = binding->update.waiting ? binding->update.attempts - 1 : 0;
		its = binding->refusals > its ? binding->refusals : its;
		most = its > most ? its : most;
	}
	return most;
}

void route_optimization_each(const struct mobile_node *node,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx)
{
	for (uint32_t i = 0; i < node->routes->count; i++) {
		const struct route *route = node->routes->at[i];
		nanos home_token = route->home.token.until;
		const struct correspondent_view view = {
			.address = route->address,
			.state = route_state(route),
			.mcoa = route->mcoa,
			.bindings = bindings_of(route),
			.failures = failures_of(route),
			.home_token = home_token > node->now ? home_token : 0,
			.until = route->refused_until,
		};
		each(ctx, &view);
	}
}

void route_optimization_each_binding(const struct mobile_node *node,
	void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (uint32_t i = 0; i < node->routes->count; i++) {
		const struct route *route = node->routes->at[i];
		for (size_t j = 0; j < route->bindings.count; j++) {
			const struct route_binding *binding = &route->bindings.at[j];
			const struct binding_view view = {
				.home_address = node->config.home_address,
				.peer = route->address,
				.care_of = binding->care_of,
				.expires = binding->expires,
				.sequence = route->bindings.sequence,
				.bid = binding->bid,
				.priority = binding->priority,
				.verified = true,
			};
			if (binding->bound)
				each(ctx, &view);
		}
	}
}
