/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking into a mobile node's route optimization.
 */
#include "ro_peer.h"

static unsigned bindings_of(const struct ro_peer *peer)
{
	unsigned count = 0;
	for (size_t i = 0; i < peer->bindings.count; i++)
		count += ro_binding_is_bound(&peer->bindings.at[i]);
	return count;
}

static unsigned failures_of(const struct ro_peer *peer)
{
	unsigned most = peer->home.waiting ? peer->home.attempts - 1 : 0;
	for (size_t i = 0; i < peer->tests_count; i++) {
		const struct test *test = &peer->tests[i].test;
		unsigned its = test->waiting ? test->attempts - 1 : 0;
		most = its > most ? its : most;
	}
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_binding *binding = &peer->bindings.at[i];
		unsigned its = binding->update.waiting ? binding->update.attempts - 1 : 0;
		its = binding->refusals > its ? binding->refusals : its;
		most = its > most ? its : most;
	}
	return most;
}

void ro_each(const struct route_optimization *ro,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx)
{
	for (uint32_t i = 0; i < ro->count; i++) {
		const struct ro_peer *peer = ro->at[i];
		nanos home_token = peer->home.token.until;
		const struct correspondent_view view = {
			.address = peer->address,
			.state = peer->state,
			.mcoa = peer_bids_used(peer->bids),
			.bindings = bindings_of(peer),
			.failures = failures_of(peer),
			.home_token = home_token > ro_now(ro) ? home_token : 0,
			.until = peer->state == ROUTE_REFUSED ? peer->until : 0,
		};
		each(ctx, &view);
	}
}

void ro_each_binding(const struct route_optimization *ro,
	void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (uint32_t i = 0; i < ro->count; i++) {
		const struct ro_peer *peer = ro->at[i];
		for (size_t j = 0; j < peer->bindings.count; j++) {
			const struct ro_binding *binding = &peer->bindings.at[j];
			const struct binding_view view = {
				.home_address = ro->node->config->home_address,
				.peer = peer->address,
				.care_of = binding->care_of,
				.expires = binding->expires,
				.subject = peer->subject,
				.tunnel = binding->bid,
				.sequence = peer->bindings.sequence,
				.bid = binding->bid,
				.priority = binding->priority,
				.verified = true,
			};
			if (ro_binding_is_bound(binding))
				each(ctx, &view);
		}
	}
}
