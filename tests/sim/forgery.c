/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody who is on no path writes messages of route optimization: with random cookies and
 * authenticators, or with cookies that were seen once, from addresses that are somebody else's
 * (RFC 6275 15.4).
 */
#include "world.h"

/* RFC 6275 6.2.7: 96 bits */
#define AUTHENTICATOR_OCTETS 12

static struct message message;

/* The victim of a forgery, and its subject. */
struct fraud {
	struct node_actor *node;
	struct bond *bond;
	struct in6_addr care_of; /* the node's, of one link */
	bool to_correspondent;
	struct packet_envelope envelope;
};

static void write_test(struct world *world, const struct fraud *fraud, bool home)
{
	bool seen = random_below(&world->random, 4) == 0;
	uint64_t cookie = seen ? fraud->bond->cookies[!home] : random_next(&world->random);
	uint64_t token = random_next(&world->random);
	uint16_t index = (uint16_t)random_next(&world->random);
	message_init(&message, home ? MH_home_test : MH_care_of_test);
	if (home)
		message.home_test = (struct msg_home_test){index, cookie, token};
	else
		message.care_of_test = (struct msg_care_of_test){index, cookie, token};
}

static void write_ack(struct world *world, const struct fraud *fraud)
{
	static const uint8_t statuses[] = {0, 0, 128, 135, 136, 137, 138, 141};
	message_init(&message, MH_binding_ack);
	message.binding_ack.status = statuses[random_below(&world->random, sizeof(statuses))];
	message.binding_ack.lifetime = 100;
	message.binding_ack.sequence = (uint16_t)(fraud->bond->sequence + 1);
}

static void write_update(struct world *world, const struct fraud *fraud)
{
	message_init(&message, MH_binding_update);
	message.binding_update.sequence = (uint16_t)(fraud->bond->sequence + 1);
	message.binding_update.lifetime = (uint16_t)(random_below(&world->random, 2) * 100);
	message.binding_update.flags = BU_ACKNOWLEDGE;
	message.has_nonce_indices = true;
	message.nonce_indices.home = (uint16_t)random_below(&world->random, 65536);
	message.nonce_indices.care_of = message.nonce_indices.home;
	if (random_below(&world->random, 2) == 0)
		return;
	message.bid_count = 1;
	message.bid[0].bid = 1;
	message.bid[0].care_of.length = sizeof(fraud->care_of);
	message.bid[0].care_of.address = fraud->care_of;
}

static void write_authenticator(struct world *world)
{
	static uint8_t octets[AUTHENTICATOR_OCTETS];
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random_next(&world->random);
	message.has_authorization = true;
	message.authorization.authenticator = (struct octets){octets, sizeof(octets)};
}

static void write_error(struct world *world, const struct fraud *fraud)
{
	message_init(&message, MH_binding_error);
	message.binding_error.status = (uint8_t)(1 + random_below(&world->random, 2));
	message.binding_error.home_address = fraud->node->config.home_address;
}

static void address(struct fraud *fraud, bool routed)
{
	fraud->envelope.source = fraud->bond->address;
	fraud->envelope.destination = fraud->care_of;
	if (routed)
		fraud->envelope.routing_address = &fraud->node->config.home_address;
}

static void invent(struct world *world, struct fraud *fraud)
{
	switch (random_below(&world->random, 6)) {
	case 0:
		write_test(world, fraud, true);
		address(fraud, false);
		fraud->envelope.destination = fraud->node->config.home_address;
		break;
	case 1:
		write_test(world, fraud, false);
		address(fraud, false);
		break;
	case 2:
		write_ack(world, fraud);
		write_authenticator(world);
		address(fraud, true);
		break;
	case 3:
		write_error(world, fraud);
		address(fraud, false);
		break;
	case 4:
		message_init(&message, MH_refresh_request);
		address(fraud, true);
		break;
	default:
		write_update(world, fraud);
		write_authenticator(world);
		fraud->to_correspondent = true;
		fraud->envelope.source = fraud->care_of;
		fraud->envelope.destination = fraud->bond->address;
		fraud->envelope.home_address = &fraud->node->config.home_address;
	}
}

void forgery(struct world *world)
{
	struct node_actor *node = &world->nodes[random_below(&world->random, world->scale.nodes)];
	uint8_t link = (uint8_t)random_below(&world->random, node->links_count);
	const struct place *place = node_address(&node->links[link]);
	uint8_t octets[128];
	struct message_layout layout;
	struct effect_send send = {0};
	if (node->bonds_count == 0 || !place)
		return;
	struct fraud fraud = {
		.node = node,
		.bond = &node->bonds[random_below(&world->random, node->bonds_count)],
		.care_of = world_care_of(
			node->actor.id - world->scale.agents, link, place->generation),
		.envelope = {.next_header = MH_NEXT_HEADER, .hop_limit = 64},
	};
	invent(world, &fraud);
	if (!message_encode(&dialect_rfc5648, &message, octets, sizeof(octets), &layout))
		return;
	send.length = (uint16_t)packet_build(&fraud.envelope,
		(struct octets){octets, layout.length}, send.octets, sizeof(send.octets));
	world->tally.forgeries++;
	TRACE(world, node->actor.id, "somebody forges message %d of actor %u", (int)message.type,
		fraud.bond->correspondent);
	network_forge(world, world_actor(world, fraud.bond->correspondent), &send);
}
