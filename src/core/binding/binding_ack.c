/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_ack.h"
#include "binding_role.h"
#include "binding_update.h"
#include "registration.h"

struct binding_ack binding_ack_of(const struct binding_update *update, uint8_t status)
{
	return (struct binding_ack){
		.status = status,
		.sequence = update->message->binding_update.sequence,
		.has_timestamp = update->message->has_replay,
		.timestamp = update->message->replay.timestamp,
		.bid_count = update->bid_count <= BIDS_ECHOED_MAX ? update->bid_count : 0,
	};
}

/* RFC 5648 4.3, erratum 1904: without care-of address. RFC 6089 4.1: BID-PRI as it came. */
static void echo_bids(const struct binding_ack *ack, const struct dialect *dialect,
	const struct message *update, struct message *ret)
{
	ret->bid_count = ack->bid_count;
	for (uint16_t i = 0; i < ack->bid_count; i++) {
		struct opt_bid *option = &ret->bid[i];
		option->bid = update->bid[i].bid;
		option->status = ack->bid_status ? ack->bid_status[i] : 0;
		option->flags = update->bid[i].flags & dialect->bid_priority_mask;
		option->care_of.length = 0;
	}
}

/* RFC 6089 5.3.5: copies of the update's options. Sub-options that are malformed, or for which
 * there is no place, are left out. */
static void answer_flows(const struct binding_ack *ack, struct message *ret)
{
	size_t left = (size_t)(BIDS_ECHOED_MAX - ack->bid_count) * ACK_BID_OCTETS -
		      (size_t)ack->flow_count * ACK_FLOW_OCTETS;
	ret->flow_count = ack->flow_count;
	for (uint8_t i = 0; i < ack->flow_count; i++) {
		const struct flow_answer *answer = &ack->flows[i];
		ret->flow[i] = (struct opt_flow){
			.fid = answer->fid, .priority = answer->priority, .status = answer->status};
		if (!answer->option || answer->option->flow_options.malformed)
			continue;
		size_t octets = flow_options_octets_max(&answer->option->flow_options);
		if (octets > left || octets + ACK_FLOW_OCTETS > UINT8_MAX)
			continue;
		left -= octets;
		ret->flow[i].flow_options = answer->option->flow_options;
	}
}

void binding_ack_fill(const struct binding_ack *ack, const struct dialect *dialect,
	const struct message *update, struct message *ret)
{
	message_init(ret, MH_binding_ack);
	ret->binding_ack.status = ack->status;
	ret->binding_ack.sequence = ack->sequence;
	ret->binding_ack.lifetime = ack->lifetime;
	ret->has_refresh_advice = ack->advice != 0;
	ret->refresh_advice.interval = ack->advice;
	ret->has_replay = ack->has_timestamp;
	ret->replay.timestamp = ack->timestamp;
	echo_bids(ack, dialect, update, ret);
	answer_flows(ack, ret);
}

/*
 * RFC 6275 9.5.4: to the source of the update, with or without a binding, with the home address in
 * a routing header unless the source is the home address.
 */
void binding_ack_send(const struct binding_update *update, const struct binding_ack *ack)
{
	const struct update_policy *policy = update->cache->role->update;
	struct core_base *base = update->cache->base;
	const struct packet *packet = update->packet;
	struct message message;
	uint8_t octets[MESSAGE_OCTETS_MAX];
	binding_ack_fill(ack, base->dialect, update->message, &message);
	int length = policy->seal(update, ack, &message, octets, sizeof(octets));
	if (length < 0) {
		base_drop(base, DROP_NO_HMAC);
		return;
	}
	const struct packet_envelope envelope = {
		.source = *update->own,
		.destination = packet->source,
		.routing_address =
			packet_is_from_home_address(packet) ? NULL : packet_home_address(packet),
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	if (policy->send(update, &envelope, (struct octets){octets, (size_t)length}))
		base->counters.acks_sent++;
}
