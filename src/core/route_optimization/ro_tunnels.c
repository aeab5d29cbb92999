/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the data plane is to do with packets to and from a correspondent (RFC 6275 6.3, 6.4,
 * 11.3.1), as it follows from links and bindings. It accepts by a care-of address from when an
 * update for it leaves, and sends by it from when that is acknowledged: the correspondent drops
 * what comes from a care-of address that it does not know (9.3.1).
 */
#include "ro_peer.h"

static void fill(const struct mobile_node *node, const struct route *route,
	const struct route_binding *binding, struct effect_tunnel *ret)
{
	*ret = (struct effect_tunnel){
		.home_address = node->config.home_address,
		.peer = route->address,
		.remote.address = route->address,
		.bid = binding->bid,
		.priority = binding->priority,
		.encapsulation = ENCAP_TO_CORRESPONDENT,
	};
}

static void lead_by(const struct link *link, struct effect_tunnel *tunnel)
{
	tunnel->local.ifindex = link->ifindex;
	tunnel->priority = link->priority;
}

/* The tunnel of one binding; false if there is to be none. */
static bool want(const struct mobile_node *node, const struct route *route,
	const struct route_binding *binding, struct effect_tunnel *ret)
{
	const struct route_update *update = &binding->update;
	const struct link *link = binding->bound ? route_link_of(node, &binding->care_of) : NULL;
	fill(node, route, binding, ret);
	if (route->leave_until || route->refused_until)
		return false;
	if (!link && update->waiting && route_update_registers(update)) {
		link = route_link_of(node, &update->care_of);
		if (link) {
			ret->local.address = update->care_of;
			ret->expires = NANOS_NEVER;
			lead_by(link, ret);
			return true;
		}
	}
	/* with or without a link: packets that are under way */
	ret->local.address = binding->care_of;
	ret->expires = binding->expires;
	if (!link)
		return binding->bound;
	lead_by(link, ret);
	ret->usable = !binding->doubted && route_link_carries(node, link);
	return true;
}

static struct effect_tunnel *find(struct route *route, uint16_t bid)
{
	for (size_t i = 0; i < route->tunnels_count; i++)
		if (route->tunnels[i].bid == bid)
			return &route->tunnels[i];
	return NULL;
}

static bool has_room(struct route *route, const struct outbox *outbox)
{
	route->unsettled = route->unsettled || outbox_room(outbox) <= ROUTE_OUTBOX_RESERVE;
	return !route->unsettled;
}

static void remove_at(struct route *route, size_t i, struct outbox *outbox)
{
	if (!has_room(route, outbox))
		return;
	struct effect *effect = outbox_add(outbox, EFFECT_TUNNEL_REMOVE);
	effect->tunnel.home_address = route->tunnels[i].home_address;
	effect->tunnel.peer = route->address;
	effect->tunnel.bid = route->tunnels[i].bid;
	route->tunnels[i] = route->tunnels[--route->tunnels_count];
}

static void set(struct route *route, const struct effect_tunnel *tunnel, struct outbox *outbox)
{
	struct effect_tunnel *place = find(route, tunnel->bid);
	if ((place && tunnel_same(place, tunnel)) || !has_room(route, outbox))
		return;
	if (!place) {
		if (route->tunnels_count == ROUTE_BINDINGS_MAX)
			return; /* no more bindings than that: the next round has room */
		place = &route->tunnels[route->tunnels_count++];
	}
	*place = *tunnel;
	outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel = *tunnel;
}

static void remove_old(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	for (size_t i = route->tunnels_count; i-- > 0;) {
		struct effect_tunnel unused;
		const struct route_binding *binding =
			route_binding_find(&route->bindings, route->tunnels[i].bid);
		if (!binding || !want(node, route, binding, &unused))
			remove_at(route, i, outbox);
	}
}

/* Of those that are wanted, the ones that are sent by, or the others. */
static void set_all(
	struct mobile_node *node, struct route *route, bool usable, struct outbox *outbox)
{
	for (size_t i = 0; i < route->bindings.count; i++) {
		struct effect_tunnel tunnel;
		if (want(node, route, &route->bindings.at[i], &tunnel) && tunnel.usable == usable)
			set(route, &tunnel, outbox);
	}
}

void route_tunnels_update(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	route->unsettled = false;
	remove_old(node, route, outbox);
	set_all(node, route, false, outbox);
	set_all(node, route, true, outbox);
}

void route_tunnels_remove(struct route *route, struct outbox *outbox)
{
	route->unsettled = false;
	for (size_t i = route->tunnels_count; i-- > 0;)
		remove_at(route, i, outbox);
}
