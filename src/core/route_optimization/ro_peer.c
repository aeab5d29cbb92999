/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in ro_peer.h.
 */
#include "ro_peer.h"

#include <assert.h>

struct effect_event *ro_event(const struct registration_parties *parties,
	const struct ro_peer *peer, enum event_type type, uint16_t bid, struct outbox *outbox)
{
	struct effect_event *event = parties_event(parties, type, bid, outbox);
	if (event)
		event->peer = peer->address;
	return event;
}

void ro_unbind(const struct registration_parties *parties, const struct ro_peer *peer,
	struct ro_binding *binding, struct outbox *outbox)
{
	if (!ro_binding_is_bound(binding))
		return;
	ro_binding_step(binding, RO_BINDING_ENDED);
	struct effect_event *event =
		ro_event(parties, peer, EVENT_ROUTE_LOST, binding->bid, outbox);
	if (event)
		event->care_of = binding->care_of;
}

void ro_unbind_all(
	const struct registration_parties *parties, struct ro_peer *peer, struct outbox *outbox)
{
	for (size_t i = 0; i < peer->bindings.count; i++)
		ro_unbind(parties, peer, &peer->bindings.at[i], outbox);
}

static void report_refusal(const struct ro_peer *peer, const struct ro_peer_change *change)
{
	struct effect_event *event =
		ro_event(change->parties, peer, EVENT_ROUTE_REFUSED, 0, change->outbox);
	if (event)
		event->status = change->status;
}

static void enter(struct ro_peer *peer, enum route_state state, const struct ro_peer_change *change)
{
	bool ends = state == ROUTE_REFUSED || state == ROUTE_LEAVING;
	peer->state = state;
	if (!ends)
		return;
	ro_unbind_all(change->parties, peer, change->outbox);
	peer->until = change->until;
	peer->due = 0;
	if (state == ROUTE_REFUSED)
		report_refusal(peer, change);
}

static enum route_state while_tried(enum route_state state, enum ro_peer_event event)
{
	switch (event) {
	case RO_PEER_TESTS:
		return ROUTE_TESTING;
	case RO_PEER_REGISTERS:
		return ROUTE_REGISTERING;
	case RO_PEER_BOUND:
		return ROUTE_OPTIMIZED;
	case RO_PEER_REFUSED:
		return ROUTE_REFUSED;
	case RO_PEER_LEFT:
		return ROUTE_LEAVING;
	case RO_PEER_EVENTS:
		break;
	}
	assert(false);
	return state;
}

static enum route_state next_of(enum route_state state, enum ro_peer_event event)
{
	switch (state) {
	case ROUTE_TESTING:
	case ROUTE_REGISTERING:
	case ROUTE_OPTIMIZED:
		return while_tried(state, event);
	case ROUTE_REFUSED:
		return event == RO_PEER_LEFT ? ROUTE_LEAVING : state;
	case ROUTE_LEAVING:
		return state;
	case ROUTE_STATES:
		break;
	}
	assert(false);
	return state;
}

void ro_peer_step(
	struct ro_peer *peer, enum ro_peer_event event, const struct ro_peer_change *change)
{
	enum route_state next = next_of(peer->state, event);
	if (next != peer->state)
		enter(peer, next, change);
}

enum ro_peer_event ro_peer_event_of(const struct ro_peer *peer)
{
	if (ro_bindings_any(&peer->bindings))
		return RO_PEER_BOUND;
	for (size_t i = 0; i < peer->bindings.count; i++)
		if (peer->bindings.at[i].update.waiting)
			return RO_PEER_REGISTERS;
	return RO_PEER_TESTS;
}

bool ro_peer_is_tried(const struct ro_peer *peer)
{
	return peer->state != ROUTE_REFUSED && peer->state != ROUTE_LEAVING;
}
