/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data between mobile nodes and their correspondents, as whole packets, by the ways that the data
 * planes choose (src/bpf/ro_output.h, correspondent.h, rh2_input.h, decap_inner.h): directly, if
 * there is one, or by the home agent.
 */
#include "world.h"

#include <string.h>

#define BURST_MAX 8
#define IDLE NANOS_PER_SECOND
#define UDP 17

/* As the data plane counts: so many packets within so long are worth a route-optimized path. */
#define INTEREST (10 * NANOS_PER_SECOND)
#define INTERESTING 2

/* ---- sending ---- */

void flows_begin(struct world *world, struct node_actor *node, uint8_t bond)
{
	nanos every = world->phase == PHASE_SETTLED ? 2 * NANOS_PER_SECOND : 24 * NANOS_PER_SECOND;
	nanos delay = random_next(&world->random) % every;
	world_after(world, delay, EVENT_FLOW, bond,
		(uint16_t)(1 + random_below(&world->random, BURST_MAX)), node->actor.id);
}

/* A packet that is about to be sent. */
struct parcel {
	struct node_actor *of; /* who has the bond */
	uint8_t bond;
	bool up; /* from there */
	struct in6_addr source;
	struct in6_addr destination;
	const struct in6_addr *care_of; /* of the sender, with a Home Address option */
	const struct in6_addr *peer;    /* of the receiver, with a type 2 routing header */
	const struct effect_tunnel *outer;
};

static bool is_up(const struct world *world, const struct node_actor *node, const struct bond *bond)
{
	const struct in6_addr *other = &bond->address;
	struct peer_actor *peer = world_peer_of((struct world *)world, other);
	struct node_actor *mobile = world_node_of((struct world *)world, other);
	bool fine = peer ? peer->powered && (peer->actor.core || peer_is_plain(peer) ||
						    peer->kind == PEER_SILENT)
			 : quiet_expects(world, mobile);
	return fine && quiet_expects(world, node);
}

static void write_packet(const struct parcel *parcel, struct flight *flight)
{
	static const uint8_t udp[8] = {0x30, 0x39, 0x30, 0x39, 0, 8};
	const struct packet_envelope envelope = {
		.source = parcel->care_of ? *parcel->care_of : parcel->source,
		.destination = parcel->peer ? *parcel->peer : parcel->destination,
		.home_address = parcel->care_of ? &parcel->source : NULL,
		.routing_address = parcel->peer ? &parcel->destination : NULL,
		.next_header = UDP,
		.hop_limit = 64,
	};
	uint8_t octets[FLIGHT_OCTETS];
	size_t length =
		packet_build(&envelope, (struct octets){udp, sizeof(udp)}, octets, sizeof(octets));
	if (parcel->outer) {
		const struct packet_envelope outer = {
			.source = parcel->outer->local.address,
			.destination = parcel->outer->remote.address,
			.next_header = 41,
			.hop_limit = 64,
		};
		flight->length = (uint16_t)packet_build(&outer, (struct octets){octets, length},
			flight->octets, sizeof(flight->octets));
		return;
	}
	flight->length = (uint16_t)length;
	memcpy(flight->octets, octets, length);
}

static void dispatch(struct world *world, const struct actor *from, const struct parcel *parcel)
{
	uint32_t number = flights_take(&world->flights);
	struct flight *flight = flights_at(&world->flights, number);
	const struct bond *bond = &parcel->of->bonds[parcel->bond];
	flight->kind = FLIGHT_FLOW;
	flight->from = from->id;
	flight->flow_node = parcel->of->actor.id;
	flight->flow_bond = parcel->bond;
	flight->flow_up = parcel->up;
	flight->flow_direct = parcel->care_of || parcel->peer;
	flight->must_arrive = world->phase == PHASE_SETTLED && is_up(world, parcel->of, bond) &&
			      (!flight->flow_direct || quiet_routes_last(world, parcel->of));
	if (bond->is_direct && world->phase == PHASE_SETTLED && !flight->flow_direct)
		world_fail(world, flight->flow_node,
			"invariant 14: a packet %s actor %u goes by the home agent",
			parcel->up ? "to" : "from", bond->correspondent);
	write_packet(parcel, flight);
	world->tally.flow_sent++;
	if (network_leave(world, number))
		return;
	flows_lost(world, flight, "it cannot leave");
	flights_give_back(&world->flights, number);
}

static void woken(struct world *world, struct node_actor *node)
{
	if (node->actor.core && node->actor.stalled_until <= world->now)
		node_deadline(world, node);
}

/* By one of its links. */
static void depart(
	struct world *world, struct node_actor *node, uint8_t number, const struct parcel *parcel)
{
	nanos now = world->now + node->actor.offset;
	struct link_actor *link = &node->links[number];
	bool wakes = now - link->sent > IDLE;
	link->sent = now;
	link->active = true;
	dispatch(world, &node->actor, parcel);
	if (wakes)
		woken(world, node);
}

/* RFC 6275 11.6: so much goes by the home agent that it is worth a route-optimized path. */
static void note_interest(struct world *world, struct node_actor *node, struct bond *bond)
{
	struct host_event event = {.type = HOST_PEER_BUSY, .peer = bond->address};
	if (world->now - bond->interest_since > INTEREST) {
		bond->interest_since = world->now;
		bond->interest = 0;
		bond->interest_told = false;
	}
	if (++bond->interest < INTERESTING || bond->interest_told ||
		node->actor.stalled_until > world->now)
		return;
	bond->interest_told = true;
	node_tell(world, node, &event);
}

static struct way_tunnel *choose(struct world *world, struct actor *actor,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	struct way *way = ways_find(&actor->ways, home_address, peer);
	return way ? way_choose(way, world->now + actor->offset) : NULL;
}

/* Packets from a mobile node's home address. */
static void node_departs(struct world *world, struct node_actor *node, struct parcel *parcel)
{
	nanos now = world->now + node->actor.offset;
	const struct in6_addr *home = &parcel->source;
	struct way_tunnel *peer =
		node->corresponds ? choose(world, &node->actor, &parcel->destination, home) : NULL;
	struct way_tunnel *direct = choose(world, &node->actor, home, &parcel->destination);
	struct in6_addr peer_care_of, care_of;
	if (peer) {
		peer_care_of = peer->tunnel.remote.address;
		parcel->peer = &peer_care_of;
		peer->sent = now;
	}
	if (direct) {
		care_of = direct->tunnel.local.address;
		parcel->care_of = &care_of;
		direct->sent = now;
		if (parcel->up)
			bond_departs(world, node, &node->bonds[parcel->bond], &care_of, true);
		depart(world, node, (uint8_t)(direct->tunnel.local.ifindex - 1), parcel);
		return;
	}
	const struct effect_tunnel *tunnel = plane_choose(&node->plane, now);
	if (!tunnel)
		return;
	const struct effect_tunnel outer = *tunnel;
	parcel->outer = &outer;
	if (parcel->up && node == parcel->of)
		note_interest(world, node, &node->bonds[parcel->bond]);
	depart(world, node, (uint8_t)(outer.local.ifindex - 1), parcel);
}

static void peer_departs(struct world *world, struct peer_actor *peer, struct parcel *parcel)
{
	struct in6_addr care_of;
	struct way_tunnel *way = choose(world, &peer->actor, &parcel->destination, &parcel->source);
	if (!peer->powered)
		return;
	if (way) {
		care_of = way->tunnel.remote.address;
		parcel->peer = &care_of;
		bond_departs(world, parcel->of, &parcel->of->bonds[parcel->bond], &care_of, false);
		way->sent = world->now + peer->actor.offset;
	}
	dispatch(world, &peer->actor, parcel);
}

static void send_up(struct world *world, struct node_actor *node, uint8_t bond)
{
	struct parcel parcel = {
		.of = node,
		.bond = bond,
		.up = true,
		.source = node->config.home_address,
		.destination = node->bonds[bond].address,
	};
	node_departs(world, node, &parcel);
}

static void send_down(struct world *world, struct node_actor *node, uint8_t bond)
{
	struct peer_actor *peer = world_peer_of(world, &node->bonds[bond].address);
	struct parcel parcel = {
		.of = node,
		.bond = bond,
		.source = node->bonds[bond].address,
		.destination = node->config.home_address,
	};
	if (peer)
		peer_departs(world, peer, &parcel);
	else
		node_departs(world, world_node_of(world, &node->bonds[bond].address), &parcel);
}

void flows_event(struct world *world, struct node_actor *node, uint8_t bond, uint16_t left)
{
	uint32_t which = random_below(&world->random, 4);
	if (which != 0)
		send_up(world, node, bond);
	if (which != 1)
		send_down(world, node, bond);
	if (left <= 1) {
		flows_begin(world, node, bond);
		return;
	}
	nanos gap = random_between(&world->random, 10, 100) * NANOS_PER_MS;
	world_after(world, gap, EVENT_FLOW, bond, (uint16_t)(left - 1), node->actor.id);
}

/* ---- arriving ---- */

static struct bond *bond_in(struct world *world, const struct flight *flight)
{
	struct node_actor *node = (struct node_actor *)world_actor(world, flight->flow_node);
	return &node->bonds[flight->flow_bond];
}

void flows_lost(struct world *world, const struct flight *flight, const char *why)
{
	TRACE(world, flight->flow_node, "packet %s actor %u, %s, is lost: %s",
		flight->flow_up ? "to" : "from", bond_in(world, flight)->correspondent,
		flight->flow_direct ? "directly" : "by the home agent", why);
	if (flight->must_arrive && world->phase == PHASE_SETTLED)
		world_fail(world, flight->flow_node,
			"invariant 11: a packet %s its correspondent, %s, is lost: %s",
			flight->flow_up ? "to" : "from",
			flight->flow_direct ? "directly" : "by the home agent", why);
}

static void arrived(struct world *world, const struct flight *flight)
{
	struct bond *bond = bond_in(world, flight);
	world->tally.flow_arrived++;
	world->tally.flow_direct += flight->flow_direct;
	if (flight->flow_up && flight->flow_direct)
		bond->lost_since = bond->told_error = 0;
}

/* RFC 6275 9.3.1, RFC 5648 6.5: the binding that a packet with a Home Address option belongs to. */
static struct way_tunnel *binding_of(struct world *world, struct actor *actor,
	const struct packet *packet, const struct in6_addr *own)
{
	struct way *way = ways_find(&actor->ways, &packet->home_address, own);
	struct way_tunnel *place =
		way ? way_between(way, own, &packet->source, world->now + actor->offset) : NULL;
	if (!place)
		return NULL;
	const struct node_actor *node = world_node_of(world, &packet->home_address);
	const struct bond *bond = node ? bond_of(node, actor->id) : NULL;
	if (!bond || !bond_is_bound(world, bond, &packet->source))
		world_fail(world, node ? node->actor.id : actor->id,
			"invariant 9: a packet is taken from an address that is not bound");
	place->received = world->now + actor->offset;
	return place;
}

static void unbound(struct world *world, const struct flight *flight)
{
	struct bond *bond = bond_in(world, flight);
	if (bond->lost_since == 0)
		bond->lost_since = world->now;
	flows_lost(world, flight, "it is not bound");
}

static void arrive_at_peer(struct world *world, struct peer_actor *peer, struct flight *flight)
{
	struct packet packet;
	if (!peer->powered || packet_decode(flight->octets, flight->length, &packet) != WIRE_OK) {
		flows_lost(world, flight, "there is nobody");
		return;
	}
	if (!packet.has_home_address ||
		(!peer_is_plain(peer) &&
			binding_of(world, &peer->actor, &packet, &packet.destination))) {
		arrived(world, flight);
		return;
	}
	unbound(world, flight);
	if (peer_is_plain(peer))
		peer_complain(world, peer, flight, 2);
	else if (peer->actor.stalled_until <= world->now)
		peer_packet(world, peer, flight);
}

/* RFC 6275 11.3.3: packets with a routing header, or out of the tunnel. */
static void arrive_at_node(struct world *world, struct node_actor *node, struct flight *flight)
{
	struct packet outer, packet;
	uint32_t number, generation;
	uint8_t link;
	const struct in6_addr *home = &node->config.home_address;
	if (packet_decode(flight->octets, flight->length, &outer) != WIRE_OK ||
		packet_decode(flight->octets + flight->outer,
			(size_t)(flight->length - flight->outer), &packet) != WIRE_OK ||
		!world_care_of_read(&outer.destination, &number, &link, &generation) ||
		!node_has(node, link, generation)) {
		flows_lost(world, flight, "it is not at that address");
		return;
	}
	node->links[link].received = world->now + node->actor.offset;
	node->links[link].active = true;
	const struct in6_addr *to =
		packet.has_routing ? &packet.routing_address : &packet.destination;
	if (!same_address(to, home) || (!flight->outer && !packet.has_routing)) {
		flows_lost(world, flight, "it is somebody else's");
		return;
	}
	struct way *way = ways_find(&node->actor.ways, home, &packet.source);
	struct way_tunnel *place = way ? way_between(way, &outer.destination, &packet.source,
						 world->now + node->actor.offset)
				       : NULL;
	if (place && !flight->outer)
		place->received = world->now + node->actor.offset;
	if (!packet.has_home_address ||
		(node->corresponds && binding_of(world, &node->actor, &packet, home))) {
		arrived(world, flight);
		return;
	}
	unbound(world, flight);
	if (node->corresponds && node->actor.stalled_until <= world->now)
		node_packet(world, node, flight);
}

void flows_arrive(struct world *world, struct flight *flight)
{
	struct actor *to = world_actor(world, flight->to);
	if (world_is_node(world, flight->to))
		arrive_at_node(world, (struct node_actor *)to, flight);
	else
		arrive_at_peer(world, (struct peer_actor *)to, flight);
}
