/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes Binding Updates. Which one, and when, is home_registration.c's business.
 */
#include "update_packet.h"

#include "../base/authentication.h"

#include <string.h>

#define LINK_LAYER_OF_MOBILE_NODE 2 /* RFC 5568 6.4.4, RFC 5648 5.6.3 */

struct opt_bid update_bid_option(const struct mobile_node_config *config, enum update_kind kind,
	const struct update_item *item)
{
	struct opt_bid option = {.bid = item->bid};
	/* RFC 6089 4.1 */
	if (config->bid_priority)
		option.flags = item->priority & BID_PRIORITY;
	/*
	 * RFC 5648 5.1, 5.4: needed to register; not needed to take away. It need not be in a
	 * refresh, but is: a peer that has lost the binding then has it again at once, where it
	 * would have to answer 167 first.
	 */
	if (kind != UPDATE_REGISTER)
		return option;
	option.care_of.length = sizeof(item->care_of);
	option.care_of.address = item->care_of;
	/* RFC 5648 5.6.3 */
	if (IN6_ARE_ADDR_EQUAL(&item->care_of, &config->home_address))
		option.flags |= BID_HOME;
	return option;
}

static void write_bids(const struct mobile_node_config *config, const struct update *update,
	struct message *message)
{
	for (size_t i = 0; i < update->count; i++)
		message->bid[i] = update_bid_option(config, update->kind, &update->items[i]);
	message->bid_count = (uint16_t)update->count;
}

/*
 * RFC 5648 5.6.3, 5.6.4: where the home agent finds us without Neighbour Discovery, which may not
 * be answered for the home address: also to acknowledge that everything is de-registered.
 */
static void write_link_layer(const struct update *update, struct message *message)
{
	if (!update->home && !update->framed)
		return;
	message->has_link_layer_address = true;
	message->link_layer_address.code = LINK_LAYER_OF_MOBILE_NODE;
	message->link_layer_address.address =
		(struct octets){update->home_link_layer, LINK_LAYER_OCTETS};
}

static void write_message(const struct mobile_node_config *config, const struct update *update,
	struct message *message)
{
	message_init(message, MH_binding_update);
	message->binding_update = (struct msg_binding_update){
		.sequence = update->sequence,
		.flags = BU_ACKNOWLEDGE | BU_HOME, /* RFC 6275 11.7.1 */
		.lifetime = update->lifetime,
	};
	if (update->overwrite)
		message->binding_update.flags |= BU_OVERWRITE;
	if (config->auth.replay) {
		message->has_replay = true;
		message->replay.timestamp = update->timestamp;
	}
	write_link_layer(update, message);
	switch (update->kind) {
	case UPDATE_REGISTER:
	case UPDATE_REMOVE:
		/* RFC 5648 5.2: no Alternate Care-of Address option beside it */
		write_bids(config, update, message);
		share_statement_write(&update->shares, message);
		break;
	case UPDATE_SINGLE:
		/* RFC 6275 11.7.1 */
		message->has_alternate_care_of = true;
		message->alternate_care_of.address = update->items[0].care_of;
		break;
	case UPDATE_REMOVE_ALL:
		/* RFC 5648 5.4: as RFC 6275 has it */
		message->has_alternate_care_of = true;
		message->alternate_care_of.address = update->source;
		break;
	}
}

bool update_packet_build(const struct core_base *base, const struct mobile_node_config *config,
	const struct in6_addr *home_agent, const struct update *update, const struct policy *policy,
	struct effect_send *ret)
{
	struct message message;
	uint8_t octets[PACKET_OCTETS_MAX];
	write_message(config, update, &message);
	if (update->names_flows)
		flow_report_write(policy, &message);
	const struct in6_addr *care_of = authentication_care_of(&message, &update->source);
	int length = authentication_seal(base, &config->auth, care_of, &config->home_address,
		&message, octets, sizeof(octets));
	if (length < 0)
		return false;
	/* RFC 6275 11.5.5: from the home address itself on the home link */
	const struct packet_envelope envelope = {
		.source = update->source,
		.destination = *home_agent,
		.home_address = update->framed ? NULL : &config->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	const struct octets payload = {octets, (size_t)length};
	ret->ifindex = update->ifindex;
	ret->framed = update->framed;
	memcpy(ret->link_layer, update->agent_link_layer, LINK_LAYER_OCTETS);
	ret->length = (uint16_t)packet_build(&envelope, payload, ret->octets, sizeof(ret->octets));
	return ret->length != 0;
}
