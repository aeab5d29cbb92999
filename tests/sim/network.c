/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network between mobile nodes' links, their home agents and correspondents: it delays, loses,
 * doubles, holds back and alters packets, and knows who has which address. Home agents' data planes
 * are part of it, as far as they forward whole packets.
 */
#include "world.h"

#include "../../src/wire/icmpv6.h"

#include <string.h>

#define IPV6_NEXT_HEADER_AT 6
#define IPV6_IN_IPV6 41
#define IPV6_SOURCE_AT 8
#define IPV6_DESTINATION_AT 24
#define ICMPV6_TYPE_AT 40
#define ICMPV6_CHECKSUM_AT 42
#define ECHO_OCTETS 48
/* Between the types of an echo request and of its reply, as the first octet of a word. */
#define ECHO_DIFFERENCE 0x0100

#define LATE_MAX (2 * NANOS_PER_SECOND)
#define TWICE_MAX (300 * NANOS_PER_MS)
#define REPLAY_CHANCE 400
#define REPLAY_MAX (120 * NANOS_PER_SECOND)
/* Older than this it must have been replayed. */
#define OLD (5 * NANOS_PER_SECOND)

static struct in6_addr address_at(const uint8_t *octets, size_t at)
{
	struct in6_addr ret;
	memcpy(&ret, octets + at, sizeof(ret));
	return ret;
}

/* ---- what is authenticated ---- */

static uint64_t mix(uint64_t state, const uint8_t *octets, size_t length)
{
	uint64_t word;
	for (size_t at = 0; at < length; at += sizeof(word)) {
		size_t rest = length - at;
		word = 0;
		memcpy(&word, octets + at, rest < sizeof(word) ? rest : sizeof(word));
		state = (state ^ word) * UINT64_C(0x9fb21c651e98df25);
		state ^= state >> 31;
	}
	return state;
}

uint16_t network_outer(const uint8_t *octets, size_t length)
{
	return length > IPV6_HEADER_OCTETS && octets[IPV6_NEXT_HEADER_AT] == IPV6_IN_IPV6
		       ? IPV6_HEADER_OCTETS
		       : 0;
}

/* The home address, and the message without its checksum. */
uint64_t network_digest(const uint8_t *octets, size_t length)
{
	struct packet packet;
	uint16_t outer = network_outer(octets, length);
	if (packet_decode(octets + outer, length - outer, &packet) != WIRE_OK ||
		packet.next_header != MH_NEXT_HEADER ||
		packet.payload.length < MESSAGE_HEADER_OCTETS)
		return 0;
	const struct in6_addr *home_address = &packet.source;
	if (packet.has_home_address)
		home_address = &packet.home_address;
	if (packet.has_routing)
		home_address = &packet.routing_address;
	/* RFC 6275 9.2: what follows the length that Header Len gives is not the message's */
	size_t whole = 8 * ((size_t)packet.payload.at[1] + 1);
	if (whole > packet.payload.length)
		whole = packet.payload.length;
	uint64_t state = mix(1, home_address->s6_addr, sizeof(*home_address));
	state = mix(state, packet.payload.at, MESSAGE_CHECKSUM_AT);
	state = mix(
		state, packet.payload.at + MESSAGE_HEADER_OCTETS, whole - MESSAGE_HEADER_OCTETS);
	return state | 1;
}

/* ---- under way ---- */

static void schedule(struct world *world, uint32_t number, nanos delay)
{
	world_actor(world, flights_at(&world->flights, number)->from)->in_flight++;
	world_after(world, delay, EVENT_ARRIVAL, 0, 0, number);
}

static uint32_t copy(struct world *world, const struct flight *from)
{
	uint32_t number = flights_take(&world->flights);
	struct flight *flight = flights_at(&world->flights, number);
	uint32_t next_free = flight->next_free;
	memcpy(flight, from, offsetof(struct flight, octets) + from->length);
	flight->next_free = next_free;
	return number;
}

static void put_checksum(struct flight *flight)
{
	struct packet packet;
	if (packet_decode(flight->octets, flight->length, &packet) != WIRE_OK ||
		packet.payload.length < MESSAGE_HEADER_OCTETS)
		return;
	size_t at = packet.payload_at +
		    (packet.next_header == MH_NEXT_HEADER ? MESSAGE_CHECKSUM_AT : 2);
	memset(flight->octets + at, 0, 2);
	uint16_t sum =
		packet_checksum(packet.has_home_address ? &packet.home_address : &packet.source,
			packet.has_routing ? &packet.routing_address : &packet.destination,
			packet.next_header, packet.payload);
	flight->octets[at] = (uint8_t)(sum >> 8);
	flight->octets[at + 1] = (uint8_t)sum;
}

/* By accident, or by somebody who knows how to write a checksum. */
static void alter(struct world *world, struct flight *flight)
{
	if (flight->length <= IPV6_SOURCE_AT)
		return;
	uint32_t octets = 1 + random_below(&world->random, 3);
	for (; octets; octets--) {
		uint32_t at = IPV6_SOURCE_AT +
			      random_below(&world->random, flight->length - IPV6_SOURCE_AT);
		flight->octets[at] ^= (uint8_t)(1 + random_below(&world->random, 255));
	}
	if (random_below(&world->random, 2))
		put_checksum(flight);
	world->tally.packets_altered++;
}

static void lose(struct world *world, uint32_t number, const char *why)
{
	const struct flight *flight = flights_at(&world->flights, number);
	world->tally.packets_lost++;
	if (flight->kind == FLIGHT_FLOW)
		flows_lost(world, flight, why);
	flights_give_back(&world->flights, number);
}

static void disturb(
	struct world *world, uint32_t number, const struct link_actor *link, nanos further)
{
	nanos delay = link->delay + random_next(&world->random) % (link->jitter + 1) + further;
	struct flight *flight = flights_at(&world->flights, number);
	bool bad = link->marginal_bad && link->marginal_loss > link->loss;
	if (random_chance(&world->random, bad ? link->marginal_loss : link->loss)) {
		lose(world, number, "on its way");
		return;
	}
	if (random_chance(&world->random, link->late))
		delay += random_next(&world->random) % LATE_MAX;
	if (random_chance(&world->random, link->twice))
		schedule(world, copy(world, flight),
			delay + random_next(&world->random) % TWICE_MAX);
	if (flight->digest && random_chance(&world->random, REPLAY_CHANCE)) {
		world->tally.replays++;
		schedule(world, copy(world, flight),
			delay + random_next(&world->random) % REPLAY_MAX);
	}
	flight = flights_at(&world->flights, number);
	if (flight->kind == FLIGHT_CONTROL && random_chance(&world->random, link->altered))
		alter(world, flight);
	schedule(world, number, delay);
}

static const struct peer_actor *as_peer(const struct world *world, uint32_t id)
{
	uint32_t others = world->scale.agents + world->scale.nodes;
	return id >= others && id < others + world->peers_count ? &world->peers[id - others] : NULL;
}

/* Correspondents and home agents may be cut off as well. */
static bool is_cut(const struct world *world, const struct flight *flight)
{
	const struct node_actor *node = &world->nodes[flight->node];
	const struct link_actor *link = &node->links[flight->link];
	const struct peer_actor *peer =
		as_peer(world, flight->leg == LEG_UP ? flight->to : flight->from);
	bool by_agent = flight->outer || world_is_agent(world, flight->from) ||
			world_is_agent(world, flight->to);
	return (flight->leg == LEG_UP ? link->cut_up : link->cut_down) ||
	       (by_agent && world->agents[node->agent].cut) || (peer && peer->cut) ||
	       (flight->digest && !flight->outer && link->blocked);
}

/* Over a mobile node's link, and `further`. */
static void fly(struct world *world, uint32_t number, nanos further)
{
	struct flight *flight = flights_at(&world->flights, number);
	const struct link_actor *link = &world->nodes[flight->node].links[flight->link];
	if (is_cut(world, flight)) {
		traffic_unreachable(world, flight);
		flight = flights_at(&world->flights, number);
		lose(world, number, "for it is cut");
		return;
	}
	if (world->phase == PHASE_FAULTS)
		disturb(world, number, link, further);
	else
		schedule(world, number,
			link->delay + random_next(&world->random) % (link->jitter + 1) + further);
}

/* ---- sending ---- */

/* By the first link, if the sender may send it there by it (RFC 3704). */
static bool route_up(struct world *world, struct flight *flight, uint32_t ifindex)
{
	struct in6_addr source = address_at(flight->octets, IPV6_SOURCE_AT);
	struct in6_addr destination = address_at(flight->octets, IPV6_DESTINATION_AT);
	const struct home_agent_actor *agent = world_agent_of(world, &destination);
	const struct peer_actor *peer = world_peer_of(world, &destination);
	uint32_t generation;
	if (!world_care_of_read(&source, &flight->node, &flight->link, &generation) ||
		ifindex != flight->link + 1u)
		return false;
	flight->leg = LEG_UP;
	flight->care_of = source;
	flight->to = agent ? agent->actor.id : peer ? peer->actor.id : FLIGHT_ONWARD;
	return flight->from == world->scale.agents + flight->node &&
	       node_has(&world->nodes[flight->node], flight->link, generation);
}

static bool route_down(struct world *world, struct flight *flight)
{
	struct in6_addr destination = address_at(flight->octets, IPV6_DESTINATION_AT);
	uint32_t generation;
	if (!world_care_of_read(&destination, &flight->node, &flight->link, &generation) ||
		flight->node >= world->scale.nodes ||
		flight->link >= world->nodes[flight->node].links_count)
		return false;
	flight->leg = LEG_DOWN;
	flight->to = world->scale.agents + flight->node;
	return true;
}

/* RFC 6275 10.4.2: to the care-of address that the home agent's data plane chooses. */
static bool encapsulate(struct world *world, struct flight *flight, const struct node_actor *node)
{
	const struct home_agent_actor *agent = &world->agents[node->agent];
	const struct effect_tunnel *tunnel =
		plane_choose(&node->home.plane, world->now + agent->actor.offset);
	if (!agent->powered || agent->cut || !tunnel ||
		flight->length + IPV6_HEADER_OCTETS > FLIGHT_OCTETS)
		return false;
	memmove(flight->octets + IPV6_HEADER_OCTETS, flight->octets, flight->length);
	memset(flight->octets, 0, IPV6_HEADER_OCTETS);
	flight->octets[0] = 6 << 4;
	flight->octets[4] = (uint8_t)(flight->length >> 8);
	flight->octets[5] = (uint8_t)flight->length;
	flight->octets[IPV6_NEXT_HEADER_AT] = IPV6_IN_IPV6;
	flight->octets[7] = 64;
	memcpy(flight->octets + IPV6_SOURCE_AT, &tunnel->local.address,
		sizeof(tunnel->local.address));
	memcpy(flight->octets + IPV6_DESTINATION_AT, &tunnel->remote.address,
		sizeof(tunnel->remote.address));
	flight->length = (uint16_t)(flight->length + IPV6_HEADER_OCTETS);
	flight->outer = IPV6_HEADER_OCTETS;
	return true;
}

/* From where there is no mobile node's link in between: to one, or to a correspondent. */
static bool go_on(struct world *world, uint32_t number, nanos delay)
{
	struct flight *flight = flights_at(&world->flights, number);
	struct in6_addr destination = address_at(flight->octets, IPV6_DESTINATION_AT);
	const struct peer_actor *peer = world_peer_of(world, &destination);
	const struct node_actor *node = world_node_of(world, &destination);
	if (peer && !peer->cut) {
		flight->leg = LEG_NET;
		flight->to = peer->actor.id;
		schedule(world, number, delay + peer->delay);
		return true;
	}
	if (node && !encapsulate(world, flight, node))
		return false;
	if (!route_down(world, flight))
		return false;
	fly(world, number, delay);
	return true;
}

static bool leave(struct world *world, uint32_t number, uint32_t ifindex)
{
	struct flight *flight = flights_at(&world->flights, number);
	const struct peer_actor *peer = as_peer(world, flight->from);
	flight->outer = network_outer(flight->octets, flight->length);
	flight->sent = world->now;
	if (peer)
		return !peer->cut && go_on(world, number, peer->delay);
	if (!(world_is_agent(world, flight->from) ? route_down(world, flight)
						  : route_up(world, flight, ifindex)))
		return false;
	peer = as_peer(world, flight->to);
	fly(world, number, peer ? peer->delay : 0);
	return true;
}

bool network_leave(struct world *world, uint32_t number)
{
	uint32_t node, generation;
	uint8_t link = 0;
	struct in6_addr source =
		address_at(flights_at(&world->flights, number)->octets, IPV6_SOURCE_AT);
	world_care_of_read(&source, &node, &link, &generation);
	return leave(world, number, link + 1u);
}

void network_send(
	struct world *world, struct actor *from, const struct effect_send *send, uint64_t digest)
{
	if (send->length > FLIGHT_OCTETS)
		world_fail(world, from->id, "a packet of %u octets", send->length);
	uint32_t number = flights_take(&world->flights);
	struct flight *flight = flights_at(&world->flights, number);
	flight->from = from->id;
	flight->kind = FLIGHT_CONTROL;
	flight->digest = digest;
	flight->length = send->length;
	memcpy(flight->octets, send->octets, send->length);
	if (!leave(world, number, send->ifindex))
		flights_give_back(&world->flights, number);
}

void network_forge(struct world *world, struct actor *from, const struct effect_send *send)
{
	uint32_t number = flights_take(&world->flights);
	struct flight *flight = flights_at(&world->flights, number);
	flight->from = from->id;
	flight->kind = FLIGHT_CONTROL;
	flight->digest = 1; /* nobody's, and it may be replayed */
	flight->sent = world->now;
	flight->length = send->length;
	memcpy(flight->octets, send->octets, send->length);
	if (!go_on(world, number, 0))
		flights_give_back(&world->flights, number);
}

void network_data(struct world *world, struct flight *data, uint32_t number)
{
	data->sent = world->now;
	data->leg = data->kind == FLIGHT_DATA_UP ? LEG_UP : LEG_DOWN;
	fly(world, number, 0);
}

/* ---- arriving ---- */

/* RFC 4443 4.2: the reply of a kernel. The difference of the types is the checksum's, too. */
static void answer_echo(struct world *world, struct actor *by, const struct flight *flight)
{
	struct effect_send reply = {.length = flight->length, .ifindex = flight->link + 1u};
	memcpy(reply.octets, flight->octets, flight->length);
	memcpy(reply.octets + IPV6_SOURCE_AT, flight->octets + IPV6_DESTINATION_AT, 16);
	memcpy(reply.octets + IPV6_DESTINATION_AT, flight->octets + IPV6_SOURCE_AT, 16);
	reply.octets[ICMPV6_TYPE_AT]++;
	uint32_t sum = (uint32_t)(reply.octets[ICMPV6_CHECKSUM_AT] << 8 |
				  reply.octets[ICMPV6_CHECKSUM_AT + 1]);
	sum = sum > ECHO_DIFFERENCE ? sum - ECHO_DIFFERENCE : sum + 0xffff - ECHO_DIFFERENCE;
	reply.octets[ICMPV6_CHECKSUM_AT] = (uint8_t)(sum >> 8);
	reply.octets[ICMPV6_CHECKSUM_AT + 1] = (uint8_t)sum;
	network_send(world, by, &reply, 0);
}

/*
 * RFC 6275 9.3.1, 9.3.2: the reply of the home agent's data plane, whose maps outlive the daemon.
 * False: the daemon handles the packet.
 */
static bool answer_bound(
	struct world *world, struct home_agent_actor *agent, const struct flight *flight)
{
	struct packet packet;
	struct icmpv6 echo;
	uint8_t octets[FLIGHT_OCTETS];
	if (packet_decode(flight->octets, flight->length, &packet) != WIRE_OK ||
		!packet.has_home_address || packet.next_header != ICMPV6_NEXT_HEADER ||
		icmpv6_decode(&packet, &echo) != WIRE_OK || echo.type != ICMPV6_ECHO_REQUEST)
		return false;
	const struct node_actor *node = world_node_of(world, &packet.home_address);
	if (!node || node->agent != agent->actor.id ||
		!same_address(&packet.destination, &agent->config.address) ||
		!plane_accepts(&node->home.plane, &packet.source, world->now + agent->actor.offset))
		return false;
	echo.type = ICMPV6_ECHO_REPLY;
	const struct packet_envelope envelope = {
		.source = packet.destination,
		.destination = packet.source,
		.routing_address = &packet.home_address,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send reply = {.ifindex = flight->link + 1u};
	const struct octets payload = {octets, icmpv6_encode(&echo, octets, sizeof(octets))};
	reply.length =
		(uint16_t)packet_build(&envelope, payload, reply.octets, sizeof(reply.octets));
	network_send(world, &agent->actor, &reply, 0);
	return true;
}

static bool is_echo_request(const struct flight *flight)
{
	return flight->length >= ECHO_OCTETS &&
	       flight->octets[IPV6_NEXT_HEADER_AT] == ICMPV6_NEXT_HEADER &&
	       flight->octets[ICMPV6_TYPE_AT] == 128;
}

/* It is for an address of ours, and whole. */
static bool kernel_takes(const struct flight *flight, const struct in6_addr *own)
{
	struct packet packet;
	return packet_decode(flight->octets, flight->length, &packet) == WIRE_OK &&
	       same_address(&packet.destination, own) &&
	       packet_checksum(&packet.source, &packet.destination, ICMPV6_NEXT_HEADER,
		       packet.payload) == 0;
}

static bool is_there(struct world *world, const struct flight *flight)
{
	struct in6_addr destination = address_at(flight->octets, IPV6_DESTINATION_AT);
	uint32_t node, generation;
	uint8_t link;
	return world_care_of_read(&destination, &node, &link, &generation) &&
	       node == flight->node && link == flight->link &&
	       node_has(&world->nodes[node], link, generation);
}

static void arrive_down(struct world *world, const struct flight *flight)
{
	struct node_actor *node = &world->nodes[flight->node];
	if (!is_there(world, flight))
		return;
	struct in6_addr own = address_at(flight->octets, IPV6_DESTINATION_AT);
	if (!is_echo_request(flight))
		node_packet(world, node, flight);
	else if (kernel_takes(flight, &own))
		answer_echo(world, &node->actor, flight);
}

static void arrive_up(struct world *world, const struct flight *flight)
{
	struct home_agent_actor *agent = &world->agents[flight->to];
	if (!agent->powered || answer_bound(world, agent, flight))
		return;
	if (!is_echo_request(flight)) {
		struct in6_addr source = address_at(flight->octets, IPV6_SOURCE_AT);
		if (flight->octets[IPV6_NEXT_HEADER_AT] == ICMPV6_NEXT_HEADER)
			oracle_answered(&world->nodes[flight->node], &source);
		agent_packet(world, agent, flight);
	} else if (kernel_takes(flight, &agent->config.address))
		answer_echo(world, &agent->actor, flight);
}

static void arrive_at_peer(struct world *world, const struct flight *flight)
{
	struct peer_actor *peer = (struct peer_actor *)world_actor(world, flight->to);
	bool mobility = flight->digest || network_digest(flight->octets, flight->length);
	if (!peer->powered)
		return;
	if (!peer_is_plain(peer))
		peer_packet(world, peer, flight);
	else if (mobility)
		peer_complain(world, peer, flight, 1);
}

/* ---- on the way ---- */

/* RFC 6275 10.4.5: out of a tunnel whose care-of address is registered, and as its home address. */
static bool decapsulate(struct world *world, struct flight *flight)
{
	const struct home_agent_actor *agent = &world->agents[flight->to];
	struct in6_addr care_of = address_at(flight->octets, IPV6_SOURCE_AT);
	struct in6_addr home = address_at(flight->octets + flight->outer, IPV6_SOURCE_AT);
	const struct node_actor *node = world_node_of(world, &home);
	if (!agent->powered || !node || node->agent != flight->to)
		return false;
	if (!plane_accepts(&node->home.plane, &care_of, world->now + agent->actor.offset)) {
		traffic_unbound(world, node, &care_of);
		return false;
	}
	flight->length = (uint16_t)(flight->length - flight->outer);
	memmove(flight->octets, flight->octets + flight->outer, flight->length);
	flight->outer = 0;
	return true;
}

/* Whether it is not there yet. */
static bool passes(const struct world *world, const struct flight *flight)
{
	return (flight->kind == FLIGHT_CONTROL || flight->kind == FLIGHT_FLOW) &&
	       flight->leg == LEG_UP &&
	       (flight->to == FLIGHT_ONWARD ||
		       (world_is_agent(world, flight->to) && flight->outer));
}

static void pass(struct world *world, uint32_t number)
{
	struct flight *flight = flights_at(&world->flights, number);
	if (flight->outer && !decapsulate(world, flight)) {
		lose(world, number, "for the home agent does not take it");
		return;
	}
	if (!go_on(world, number, 0))
		lose(world, number, "for nobody knows where it is to go");
}

/* The process is held up: it takes the packet as soon as it goes on. */
static bool stalled(struct world *world, uint32_t number)
{
	const struct flight *flight = flights_at(&world->flights, number);
	const struct actor *to = world_actor(world, flight->to);
	if (flight->kind != FLIGHT_CONTROL || is_echo_request(flight) ||
		to->stalled_until <= world->now)
		return false;
	world_at(world, to->stalled_until, EVENT_ARRIVAL, 0, 0, number);
	return true;
}

static void arrive(struct world *world, struct flight *flight)
{
	if (world->phase != PHASE_FAULTS && world->now - flight->sent > OLD)
		return;
	if (flight->kind == FLIGHT_FLOW)
		flows_arrive(world, flight);
	else if (flight->kind != FLIGHT_CONTROL)
		traffic_arrive(world, flight);
	else if (world_is_agent(world, flight->to))
		arrive_up(world, flight);
	else if (world_is_node(world, flight->to))
		arrive_down(world, flight);
	else
		arrive_at_peer(world, flight);
}

void network_arrive(struct world *world, uint32_t number)
{
	struct flight *flight = flights_at(&world->flights, number);
	if (passes(world, flight)) {
		world_actor(world, flight->from)->in_flight--;
		pass(world, number);
		return;
	}
	if (stalled(world, number))
		return;
	world_actor(world, flight->from)->in_flight--;
	world->arriving = flight;
	arrive(world, flight);
	world->arriving = NULL;
	flights_give_back(&world->flights, number);
}
