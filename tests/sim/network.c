/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network between a mobile node's link and its home agent: it delays, loses, doubles, holds
 * back and alters packets, and knows who has which address.
 */
#include "world.h"

#include <string.h>

#define IPV6_NEXT_HEADER_AT 6
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

/* The home address, and the message without its checksum. */
uint64_t network_digest(const uint8_t *octets, size_t length)
{
	struct packet packet;
	if (packet_decode(octets, length, &packet) != WIRE_OK ||
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

static void disturb(struct world *world, uint32_t number, const struct link_actor *link)
{
	nanos delay = link->delay + random_next(&world->random) % (link->jitter + 1);
	struct flight *flight = flights_at(&world->flights, number);
	if (random_chance(&world->random, link->loss)) {
		world->tally.packets_lost++;
		flights_give_back(&world->flights, number);
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

static void fly(struct world *world, uint32_t number)
{
	struct flight *flight = flights_at(&world->flights, number);
	struct node_actor *node = &world->nodes[flight->node];
	const struct link_actor *link = &node->links[flight->link];
	bool up = !world_is_agent(world, flight->from);
	bool agent_cut = world->agents[node->agent].cut;
	if ((up ? link->cut_up : link->cut_down) || agent_cut ||
		(flight->digest && link->blocked)) {
		world->tally.packets_lost++;
		flights_give_back(&world->flights, number);
		return;
	}
	if (world->phase == PHASE_FAULTS)
		disturb(world, number, link);
	else
		schedule(world, number,
			link->delay + random_next(&world->random) % (link->jitter + 1));
}

/* ---- sending ---- */

/* Where it goes, if the sender may send it there by this link (RFC 3704). */
static bool route_up(struct world *world, struct flight *flight, uint32_t ifindex)
{
	struct in6_addr source = address_at(flight->octets, IPV6_SOURCE_AT);
	struct in6_addr destination = address_at(flight->octets, IPV6_DESTINATION_AT);
	struct home_agent_actor *agent = world_agent_of(world, &destination);
	uint32_t generation;
	if (!agent || !world_care_of_read(&source, &flight->node, &flight->link, &generation) ||
		ifindex != flight->link + 1u)
		return false;
	flight->to = agent->actor.id;
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
	flight->to = world->scale.agents + flight->node;
	return true;
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
	flight->sent = world->now;
	flight->length = send->length;
	memcpy(flight->octets, send->octets, send->length);
	bool routed = world_is_agent(world, from->id) ? route_down(world, flight)
						      : route_up(world, flight, send->ifindex);
	if (routed)
		fly(world, number);
	else
		flights_give_back(&world->flights, number);
}

void network_data(struct world *world, struct flight *data, uint32_t number)
{
	data->sent = world->now;
	fly(world, number);
}

/* ---- arriving ---- */

/* RFC 4443 4.2: what a kernel does. The difference of the types is the checksum's, too. */
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
	if (!agent->powered)
		return;
	if (!is_echo_request(flight)) {
		struct in6_addr source = address_at(flight->octets, IPV6_SOURCE_AT);
		if (flight->octets[IPV6_NEXT_HEADER_AT] == ICMPV6_NEXT_HEADER)
			oracle_answered(&world->nodes[flight->node], &source);
		agent_packet(world, agent, flight);
	} else if (kernel_takes(flight, &agent->config.address))
		answer_echo(world, &agent->actor, flight);
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

void network_arrive(struct world *world, uint32_t number)
{
	struct flight *flight = flights_at(&world->flights, number);
	if (stalled(world, number))
		return;
	world_actor(world, flight->from)->in_flight--;
	bool old = world->phase != PHASE_FAULTS && world->now - flight->sent > OLD;
	world->arriving = flight;
	if (old)
		;
	else if (flight->kind != FLIGHT_CONTROL)
		traffic_arrive(world, flight);
	else if (world_is_agent(world, flight->to))
		arrive_up(world, flight);
	else
		arrive_down(world, flight);
	world->arriving = NULL;
	flights_give_back(&world->flights, number);
}
