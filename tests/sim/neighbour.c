/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In some worlds, hosts on the visited links send Router Advertisements (RFC 4861 11.1): with the
 * home prefix, with those of other links, with lifetimes of zero, as the home agent. They do not
 * answer the frames that they get.
 */
#include "world.h"

#include "../../src/wire/icmpv6.h"

#include <string.h>

/* One world in so many; and so many nodes of it know their home prefix. */
#define HOSTILE_ONE_IN 4
#define EVERY_MAX (20 * NANOS_PER_SECOND)
/* What they say has ended long before the world must have come to rest. */
#define VALID_MAX 20

#define PREFIX_INFORMATION 3
#define SOURCE_LINK_LAYER 1
#define ON_LINK 0xc0
#define ROUTER_ADDRESS 0x20
#define RA_OCTETS 16

static uint32_t below(struct world *world, uint32_t limit)
{
	return random_below(&world->hostile, limit);
}

void neighbour_init(struct world *world)
{
	static const enum at_home uses[] = {
		AT_HOME_BOTH, AT_HOME_BOTH, AT_HOME_ONLY, AT_HOME_VISITED};
	world->hostile = world->seed * UINT64_C(0xaf251af3b0f025b5) + 1;
	world->is_hostile = below(world, HOSTILE_ONE_IN) == 0;
	for (uint32_t i = 0; i < world->scale.nodes && world->is_hostile; i++) {
		struct node_actor *node = &world->nodes[i];
		node->config.home_prefix = world_home_address(node->agent, 0);
		node->config.home_prefix_length = 64;
		node->config.at_home = uses[below(world, 4)];
	}
}

void neighbour_begin(struct world *world)
{
	if (world->is_hostile)
		world_after(world, EVERY_MAX / world->scale.nodes, EVENT_ADVERTISEMENT, 0, 0, 0);
}

/* ---- what is said ---- */

struct writer {
	uint8_t octets[256];
	size_t length;
};

static void put(struct writer *writer, const void *octets, size_t length)
{
	memcpy(writer->octets + writer->length, octets, length);
	writer->length += length;
}

static void put_u32(struct writer *writer, uint32_t value)
{
	const uint8_t octets[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
		(uint8_t)(value >> 8), (uint8_t)value};
	put(writer, octets, sizeof(octets));
}

static void put_prefix(
	struct writer *writer, const struct in6_addr *prefix, uint8_t flags, uint32_t valid)
{
	const uint8_t begin[] = {PREFIX_INFORMATION, 4, 64, flags};
	put(writer, begin, sizeof(begin));
	put_u32(writer, valid);
	put_u32(writer, valid);
	put_u32(writer, 0);
	put(writer, prefix, sizeof(*prefix));
}

static struct in6_addr some_prefix(struct world *world, const struct node_actor *node, uint8_t link)
{
	uint32_t number = node->actor.id - world->scale.agents;
	struct in6_addr prefix = world_home_address(node->agent, 0);
	switch (below(world, 4)) {
	case 0:
		prefix = world_care_of(number, link, 0);
		break;
	case 1:
		prefix = world_care_of(number, (uint8_t)below(world, LINKS_MAX), 0);
		break;
	}
	memset(prefix.s6_addr + 8, 0, 8);
	return prefix;
}

static uint32_t some_lifetime(struct world *world)
{
	return below(world, 4) ? 1 + below(world, VALID_MAX) : 0;
}

static void write_advertisement(
	struct world *world, const struct node_actor *node, uint8_t link, struct writer *writer)
{
	uint32_t lifetime = some_lifetime(world);
	const uint8_t begin[RA_OCTETS] = {
		ICMPV6_ROUTER_ADVERTISEMENT, [4] = 64, [6] = 0, [7] = (uint8_t)lifetime};
	const uint8_t source[] = {SOURCE_LINK_LAYER, 1, 2, 0, 0, 0, 0, 0xee};
	put(writer, begin, sizeof(begin));
	put(writer, source, sizeof(source));
	for (uint32_t count = 1 + below(world, 3); count; count--) {
		const struct in6_addr prefix = some_prefix(world, node, link);
		put_prefix(writer, &prefix, ON_LINK, some_lifetime(world));
	}
	if (below(world, 3) == 0)
		put_prefix(writer, &node->config.home_agent, ON_LINK | ROUTER_ADDRESS,
			some_lifetime(world));
}

static void advertise(struct world *world, struct node_actor *node, uint8_t link)
{
	static struct flight flight;
	struct writer writer = {.length = 0};
	const struct packet_envelope envelope = {
		.source = {.s6_addr = {0xfe, 0x80, [15] = (uint8_t)(1 + below(world, 2))}},
		.destination = {.s6_addr = {0xff, 0x02, [15] = 1}},
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 255,
	};
	write_advertisement(world, node, link, &writer);
	flight = (struct flight){.kind = FLIGHT_CONTROL, .from = node->actor.id, .link = link};
	flight.length =
		(uint16_t)packet_build(&envelope, (struct octets){writer.octets, writer.length},
			flight.octets, sizeof(flight.octets));
	TRACE(world, node->actor.id, "link %u: a forged router advertisement", link);
	world->tally.advertisements++;
	node->explained_at = world->now;
	node->links[link].told = world->now;
	node->advertised_until = world->now + VALID_MAX * NANOS_PER_SECOND;
	oracle_disturbed(world, node);
	node_packet(world, node, &flight);
}

void neighbour_event(struct world *world)
{
	struct node_actor *node = &world->nodes[below(world, world->scale.nodes)];
	uint8_t link = (uint8_t)below(world, node->links_count);
	if (world->phase != PHASE_FAULTS)
		return;
	if (node->links[link].up && node->links[link].configured &&
		node->actor.stalled_until <= world->now)
		advertise(world, node, link);
	world_after(world, 1 + random_next(&world->hostile) % (2 * EVERY_MAX / world->scale.nodes),
		EVENT_ADVERTISEMENT, 0, 0, 0);
}
