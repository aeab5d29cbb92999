/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Derives the tunnels to a correspondent from links and bindings (RFC 6275 6.3, 6.4, 11.3.1). The
 * data plane accepts packets by a care-of address once an update for it leaves, and sends by it
 * once the update is acknowledged: the correspondent drops packets from an unknown care-of address
 * (9.3.1).
 */
#include "ro_peer.h"

#include "../base/subject.h"
#include "../mobile_node/tunnels.h"

/* Of one tunnel: subject, tunnel, traffic. */
#define SET_EFFECTS 3

struct planned_tunnel {
	struct effect_tunnel tunnel;
	uint8_t tier;
};

static void lead_by(const struct ro_link *link, struct planned_tunnel *planned)
{
	planned->tunnel.local.ifindex = link->ifindex;
	planned->tier = link->priority;
}

/* The tunnel of one binding; false if there is to be none. */
static bool plan_tunnel(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_binding *binding, struct planned_tunnel *ret)
{
	struct effect_tunnel *tunnel = &ret->tunnel;
	const struct ro_update *update = &binding->update;
	const struct ro_link *link =
		ro_binding_is_bound(binding) ? ro_link_of(ro, &binding->care_of) : NULL;
	*ret = (struct planned_tunnel){.tier = binding->priority};
	tunnel->remote.address = peer->address;
	tunnel->tunnel = tunnel->bid = binding->bid;
	tunnel->encapsulation = ENCAP_TO_CORRESPONDENT;
	if (!ro_peer_is_tried(peer))
		return false;
	if (!link && update->waiting && update_registers(update->kind)) {
		link = ro_link_of(ro, &update->care_of);
		if (link) {
			tunnel->local.address = update->care_of;
			tunnel->expires = NANOS_NEVER;
			lead_by(link, ret);
			return true;
		}
	}
	/* with or without a link: packets that are under way */
	tunnel->local.address = binding->care_of;
	tunnel->expires = binding->expires;
	if (!link)
		return ro_binding_is_bound(binding);
	lead_by(link, ret);
	tunnel->usable = binding->state == RO_BINDING_BOUND && ro_link_carries(ro, link);
	return true;
}

static struct effect_tunnel *find_tunnel(struct ro_peer *peer, uint16_t bid)
{
	for (size_t i = 0; i < peer->tunnels_count; i++)
		if (peer->tunnels[i].bid == bid)
			return &peer->tunnels[i];
	return NULL;
}

static bool has_room(struct ro_peer *peer, const struct outbox *outbox)
{
	peer->outbox_was_full =
		peer->outbox_was_full || outbox_room(outbox) <= RO_OUTBOX_RESERVE + SET_EFFECTS;
	return !peer->outbox_was_full;
}

static void remove_at(struct ro_peer *peer, size_t i, struct outbox *outbox)
{
	if (!has_room(peer, outbox))
		return;
	outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel = peer->tunnels[i];
	peer->tunnels[i] = peer->tunnels[--peer->tunnels_count];
	peer->tiers[i] = peer->tiers[peer->tunnels_count];
}

static void rank(const struct ro_peer *peer, struct outbox *outbox)
{
	struct effect_traffic *traffic = traffic_set(peer->subject, SHARE_FIRST, outbox);
	for (size_t i = 0; i < peer->tunnels_count; i++)
		traffic_add(traffic, peer->tunnels[i].tunnel, peer->tiers[i]);
}

static void set(const struct route_optimization *ro, struct ro_peer *peer,
	const struct planned_tunnel *planned, struct outbox *outbox)
{
	const struct effect_tunnel *tunnel = &planned->tunnel;
	struct effect_tunnel *place = find_tunnel(peer, tunnel->bid);
	bool told = place && tunnel_same(place, tunnel);
	if ((told && peer->tiers[place - peer->tunnels] == planned->tier) ||
		!has_room(peer, outbox))
		return;
	if (!place) {
		if (peer->tunnels_count == RO_BINDINGS_MAX)
			return; /* no more bindings than that: the next round has room */
		place = &peer->tunnels[peer->tunnels_count];
		peer->tiers[peer->tunnels_count++] = TIER_NONE;
	}
	if (!told) {
		subject_need(ro->node->base, &peer->subject, SUBJECT_DIRECT,
			&ro->node->config->home_address, &peer->address, outbox);
		*place = *tunnel;
		place->subject = peer->subject;
		outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel = *place;
	}
	uint8_t *tier = &peer->tiers[place - peer->tunnels];
	if (*tier == planned->tier)
		return;
	*tier = planned->tier;
	rank(peer, outbox);
}

static void remove_old(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	for (size_t i = peer->tunnels_count; i-- > 0;) {
		struct planned_tunnel unused;
		const struct ro_binding *binding =
			ro_binding_find(&peer->bindings, peer->tunnels[i].bid);
		if (!binding || !plan_tunnel(ro, peer, binding, &unused))
			remove_at(peer, i, outbox);
	}
}

/* Of those that are wanted, the ones that are sent by, or the others. */
static void set_all(
	struct route_optimization *ro, struct ro_peer *peer, bool usable, struct outbox *outbox)
{
	for (size_t i = 0; i < peer->bindings.count; i++) {
		struct planned_tunnel planned;
		if (plan_tunnel(ro, peer, &peer->bindings.at[i], &planned) &&
			planned.tunnel.usable == usable)
			set(ro, peer, &planned, outbox);
	}
}

void ro_tunnels_update(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	peer->outbox_was_full = false;
	remove_old(ro, peer, outbox);
	set_all(ro, peer, false, outbox);
	set_all(ro, peer, true, outbox);
	if (peer->tunnels_count == 0)
		subject_remove(&peer->subject, outbox);
}

void ro_tunnels_remove(struct ro_peer *peer, struct outbox *outbox)
{
	peer->outbox_was_full = false;
	for (size_t i = peer->tunnels_count; i-- > 0;)
		remove_at(peer, i, outbox);
	if (peer->tunnels_count == 0)
		subject_remove(&peer->subject, outbox);
}
