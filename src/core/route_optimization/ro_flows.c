/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells a correspondent of the rules (RFC 6089 5.2, ADR 66). Each update that has a BID names all
 * flow bindings, whole: the correspondent deletes those that are not named. They are told again
 * when they differ from what the last acknowledged update said.
 */
#include "ro_peer.h"

static bool is_being_bound(const struct ro_binding *binding)
{
	return binding->update.waiting && update_registers(binding->update.kind);
}

/* Those that the correspondent has after the update and the ones before it: if one of these is
 * lost, its repetition tells of the rules again. NULL: after those that have left. */
static struct bound_links bound_after(const struct ro_peer *peer, const struct ro_update *update)
{
	struct bound_links ret = {.count = 0};
	for (size_t i = 0; i < peer->bindings.count && ret.count < BINDINGS_MAX; i++) {
		const struct ro_binding *binding = &peer->bindings.at[i];
		bool named = update && update->bid == binding->bid;
		bool has = (binding->state == RO_BINDING_BOUND || is_being_bound(binding)) &&
			   !(update && ro_update_replaces(update, binding));
		if (binding->bid != 0 && (named ? update_registers(update->kind) : has))
			ret.bids[ret.count++] = binding->bid;
	}
	return ret;
}

static bool may_say(const struct ro_peer *peer)
{
	return peer_bids_used(peer->bids) && !peer->flows.unsupported;
}

static bool says(const struct ro_peer *peer, const struct ro_update *update)
{
	return may_say(peer) && (update->kind == UPDATE_REGISTER || update->kind == UPDATE_REMOVE);
}

void ro_flows_sent(
	const struct route_optimization *ro, struct ro_peer *peer, struct ro_update *update)
{
	const struct bound_links bound = bound_after(peer, update);
	update->flows =
		says(peer, update) ? correspondent_flows_digest(ro->node->policy, &bound) : 0;
	if (update->flows != peer->flows.held)
		peer->flows.known = false;
}

void ro_flows_write(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_update *update, struct message *message)
{
	const struct bound_links bound = bound_after(peer, update);
	if (says(peer, update))
		correspondent_flows_write(ro->node->policy, &bound, message);
}

void ro_flows_answered(
	struct ro_peer *peer, const struct ro_update *update, const struct message *message)
{
	struct ro_flows *flows = &peer->flows;
	if (update->flows != 0 && message->flow_count == 0)
		*flows = (struct ro_flows){.unsupported = true, .known = true};
	if (flows->known)
		return;
	flows->held = update->flows;
	flows->known = update->sequence == peer->bindings.sequence;
}

/* A registration that has just left may tell of them, or of one more link. */
static nanos answered_at(const struct ro_peer *peer)
{
	nanos at = 0;
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_update *update = &peer->bindings.at[i].update;
		if (update->waiting && update->attempts <= 1)
			at = nanos_max(at, update->again);
	}
	return at;
}

nanos ro_flows_at(const struct route_optimization *ro, const struct ro_peer *peer)
{
	const struct bound_links bound = bound_after(peer, NULL);
	if (!may_say(peer) || bound.count == 0)
		return NANOS_NEVER;
	if (peer->flows.known &&
		peer->flows.held == correspondent_flows_digest(ro->node->policy, &bound))
		return NANOS_NEVER;
	return answered_at(peer);
}
