/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes Test Inits and Binding Updates. ro_schedule.c selects them and their times. */
#include "ro_packet.h"

#include "../base/own_packet.h"
#include "../mobile_node/update_packet.h"

#include <string.h>

#define TEST_INIT_OCTETS 64

/* RFC 6275 11.6.1: from the home address, through the tunnel */
bool ro_packet_home_test(struct route_optimization *ro, const struct ro_peer *peer, uint64_t cookie,
	struct outbox *outbox)
{
	struct message message;
	struct message_layout layout;
	uint8_t octets[TEST_INIT_OCTETS];
	message_init(&message, MH_home_test_init);
	message.home_test_init.cookie = cookie;
	const struct packet_envelope envelope = {
		.source = ro->node->config->home_address,
		.destination = peer->address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	return message_encode(ro->node->base->dialect, &message, octets, sizeof(octets), &layout) &&
	       own_packet_send(
		       ro->node->base, &envelope, (struct octets){octets, layout.length}, outbox);
}

static void send_directly(uint32_t ifindex, const struct packet_envelope *envelope,
	struct octets payload, struct outbox *outbox)
{
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->ifindex = ifindex;
	send->length =
		(uint16_t)packet_build(envelope, payload, send->octets, sizeof(send->octets));
}

/* draft-05 5.2: with the Binding Identifier, whose flags are zero. */
void ro_packet_care_of_test(struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_link *link, uint64_t cookie, struct outbox *outbox)
{
	struct message message;
	struct message_layout layout;
	uint8_t octets[TEST_INIT_OCTETS];
	message_init(&message, MH_care_of_test_init);
	message.care_of_test_init.cookie = cookie;
	if (peer_bids_used(peer->bids))
		message.bid[message.bid_count++] = (struct opt_bid){.bid = link->bid};
	const struct packet_envelope envelope = {
		.source = link->care_of,
		.destination = peer->address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	if (message_encode(ro->node->base->dialect, &message, octets, sizeof(octets), &layout))
		send_directly(
			link->ifindex, &envelope, (struct octets){octets, layout.length}, outbox);
}

static void write_bid(const struct mobile_node_config *config, const struct ro_update *update,
	struct message *message)
{
	const struct update_item item = {update->bid, update->priority, update->care_of};
	if (update->kind == UPDATE_REGISTER || update->kind == UPDATE_REMOVE)
		message->bid[message->bid_count++] = update_bid_option(config, update->kind, &item);
}

static void write_update(const struct mobile_node_config *config, const struct ro_update *update,
	const struct share_statement *shares, struct message *message)
{
	message_init(message, MH_binding_update);
	message->binding_update = (struct msg_binding_update){
		.sequence = update->sequence,
		.flags = BU_ACKNOWLEDGE,
		.lifetime = update->lifetime,
	};
	if (update->overwrite)
		message->binding_update.flags |= BU_OVERWRITE;
	message->has_nonce_indices = true;
	message->nonce_indices =
		(struct opt_nonce_indices){update->home_index, update->care_of_index};
	write_bid(config, update, message);
	share_statement_write(shares, message);
}

static int seal(const struct route_optimization *ro, const struct ro_peer *peer,
	struct ro_update *update, uint8_t *octets, size_t capacity)
{
	struct message message;
	const struct binding_parties parties = {update->care_of, peer->address};
	write_update(ro->node->config, update, &peer->shares_sent, &message);
	ro_flows_write(ro, peer, update, &message);
	int length =
		binding_key_seal(ro->node->base, update->key, &parties, &message, octets, capacity);
	/* RFC 6275 6.2.7: it ends the message */
	if (length > 0)
		memcpy(update->authenticator, octets + length - AUTHORIZATION_OCTETS,
			AUTHORIZATION_OCTETS);
	return length;
}

void ro_packet_update(struct route_optimization *ro, const struct ro_peer *peer,
	struct ro_update *update, struct outbox *outbox)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	const struct in6_addr *home = &ro->node->config->home_address;
	bool from_home = IN6_ARE_ADDR_EQUAL(&update->source, home);
	const struct packet_envelope envelope = {
		.source = update->source,
		.destination = peer->address,
		.home_address = from_home ? NULL : home,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	int length = seal(ro, peer, update, octets, sizeof(octets));
	if (length <= 0)
		return;
	const struct octets payload = {octets, (size_t)length};
	ro->node->base->counters.updates_sent++;
	if (from_home)
		(void)own_packet_send(ro->node->base, &envelope, payload, outbox);
	else
		send_directly(update->ifindex, &envelope, payload, outbox);
}
