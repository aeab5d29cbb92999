/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's Binding Acknowledgement: RFC 6275 9.5.4, 10.3.1; RFC 5648 6.2; RFC 4285 5.1, 6.
 */
#include "../base/authentication.h"
#include "home_agent.h"
#include "home_link/home_binding.h"

/* RFC 5648 4.3, erratum 1904: without care-of address. RFC 6089 4.1: BID-PRI as it came */
static void echo_bids(const struct home_agent *agent, const struct message *update,
	const struct binding_ack *ack, struct message *message)
{
	message->bid_count = ack->bid_count;
	for (uint16_t i = 0; i < ack->bid_count; i++) {
		struct opt_bid *option = &message->bid[i];
		option->bid = update->bid[i].bid;
		option->status = ack->bid_status ? ack->bid_status[i] : 0;
		option->flags = update->bid[i].flags & agent->base->dialect->bid_priority_mask;
		option->care_of.length = 0;
	}
}

static void fill(const struct home_agent *agent, const struct message *update,
	const struct binding_ack *ack, struct message *message)
{
	message_init(message, MH_binding_ack);
	message->binding_ack.status = ack->status;
	message->binding_ack.sequence = ack->sequence;
	message->binding_ack.lifetime = ack->lifetime;
	message->has_refresh_advice = ack->advice != 0;
	message->refresh_advice.interval = ack->advice;
	message->has_replay = ack->has_timestamp;
	message->replay.timestamp = ack->timestamp;
	echo_bids(agent, update, ack, message);
}

/*
 * RFC 6275 9.5.4: to where the update came from, whatever is bound, and with the home address in a
 * routing header unless the update came from the home address itself.
 */
static void wrap(const struct home_agent *agent, const struct received *received,
	struct octets message, struct outbox *outbox)
{
	const struct packet *update = received->packet;
	const struct packet_envelope envelope = {
		.source = agent->config.address,
		.destination = update->source,
		.routing_address =
			packet_is_from_home_address(update) ? NULL : &update->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *effect = &outbox_add(outbox, EFFECT_SEND)->send;
	effect->length =
		(uint16_t)packet_build(&envelope, message, effect->octets, sizeof(effect->octets));
	home_binding_address_answer(
		agent, received->arrival->ifindex, update, received->message, effect);
}

void binding_ack_send(struct home_agent *agent, const struct auth *auth,
	const struct received *received, const struct binding_ack *ack, struct outbox *outbox)
{
	const struct packet *update = received->packet;
	struct message message;
	fill(agent, received->message, ack, &message);
	uint8_t octets[MESSAGE_OCTETS_MAX];
	const struct in6_addr *care_of = authentication_care_of(&message, &update->source);
	int length = authentication_seal(agent->base, auth, care_of, packet_home_address(update),
		&message, octets, sizeof(octets));
	if (length < 0) {
		base_drop(agent->base, DROP_NO_HMAC);
		return;
	}
	wrap(agent, received, (struct octets){octets, (size_t)length}, outbox);
	agent->base->counters.acks_sent++;
}
