/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correspondent's Binding Acknowledgement: RFC 6275 9.5.4, 5.2.6; RFC 5648 6.2.
 */
#include "correspondent_part.h"
#include "../base/own_packet.h"

/* RFC 5648 6.2: every option of the update, status zero; 4.3, erratum 1904: without care-of
 * address; RFC 6089 4.1: BID-PRI as it came */
static void echo_bids(const struct correspondent *correspondent, const struct message *update,
	uint16_t count, struct message *ret)
{
	ret->bid_count = count;
	for (uint16_t i = 0; i < count; i++)
		ret->bid[i] = (struct opt_bid){
			.bid = update->bid[i].bid,
			.flags = update->bid[i].flags &
				 correspondent->base->dialect->bid_priority_mask,
		};
}

static void fill(const struct correspondent *correspondent, const struct message *update,
	const struct correspondent_ack *ack, struct message *ret)
{
	message_init(ret, MH_binding_ack);
	ret->binding_ack.status = ack->status;
	ret->binding_ack.sequence = ack->sequence;
	ret->binding_ack.lifetime = ack->lifetime;
	echo_bids(correspondent, update, ack->bid_count, ret);
}

/* RFC 6275 9.5.4: no authorization with 136, 137 and 138 */
static int encode(const struct correspondent *correspondent, const struct correspondent_ack *ack,
	struct message *message, uint8_t *octets, size_t capacity)
{
	struct message_layout layout;
	const struct binding_parties parties = {ack->care_of, *ack->own};
	if (ack->kbm)
		return binding_key_seal(
			correspondent->base, ack->kbm, &parties, message, octets, capacity);
	return message_encode(correspondent->base->dialect, message, octets, capacity, &layout)
		       ? (int)layout.length
		       : -1;
}

void correspondent_ack_send(struct correspondent *correspondent, const struct received *received,
	const struct correspondent_ack *ack, struct outbox *outbox)
{
	struct message message;
	uint8_t octets[MESSAGE_OCTETS_MAX];
	fill(correspondent, received->message, ack, &message);
	int length = encode(correspondent, ack, &message, octets, sizeof(octets));
	if (length < 0) {
		base_drop(correspondent->base, DROP_NO_HMAC);
		return;
	}
	/* RFC 6275 9.5.4: to where the update came from, whatever is bound, with the home address
	 * in a routing header unless it came from there */
	const struct packet_envelope envelope = {
		.source = *ack->own,
		.destination = received->packet->source,
		.routing_address =
			packet_is_from_home_address(received->packet) ? NULL : ack->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	if (own_packet_send(correspondent->base, &envelope, (struct octets){octets, (size_t)length},
		    outbox))
		correspondent->base->counters.acks_sent++;
}
