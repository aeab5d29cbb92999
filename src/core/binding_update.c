/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update at the home agent: RFC 6275 9.5.1 and 10.3.1 in their order, with RFC 4285 in
 * the place of IPsec. Nothing changes, and no answer depends on state, before it is authentic.
 */
#include "authentication.h"
#include "duplicate_address_detection.h"
#include "home_agent.h"
#include "home_binding.h"
#include "registration.h"
#include "sequence.h"
#include "status.h"

#include <string.h>

/* One update on its way through the checks. */
struct update {
	struct core *core;
	struct moment now;
	const struct received *received;
	const struct message *message;
	const struct packet *packet;
	struct outbox *outbox;
	struct node *node;
	uint16_t bid_count; /* options to heed: none if we are to know RFC 6275 only */
	bool detected;      /* the home address is unique on the home link */
};

static const struct home_agent_config *config_of(const struct update *update)
{
	return &update->core->home_agent->config;
}

static bool drop(const struct update *update, enum drop why)
{
	core_drop(update->core, why);
	return false;
}

static void tell(const struct update *update, enum note_type type, uint8_t status)
{
	if (!rate_limit_allows(
		    &update->core->home_agent->notes, update->now.mono, &update->packet->source))
		return;
	struct effect_note *note = &outbox_add(update->outbox, EFFECT_NOTE)->note;
	note->type = type;
	note->status = status;
	note->home_address = update->node->home_address;
	note->peer = update->packet->source;
}

/* What every answer has in common. RFC 4285 6: the replay option of the update is in it. */
static struct binding_ack answer_to(const struct update *update, uint8_t status)
{
	return (struct binding_ack){
		.status = status,
		.sequence = update->message->binding_update.sequence,
		.has_timestamp = update->message->has_replay,
		.timestamp = update->message->replay.timestamp,
		.bid_count = update->bid_count <= BIDS_ECHOED_MAX ? update->bid_count : 0,
	};
}

static bool refuse_with(const struct update *update, const struct binding_ack *ack)
{
	update->core->counters.updates_refused++;
	tell(update, NOTE_UPDATE_REFUSED, ack->status);
	binding_ack_send(update->core, update->node, update->received, ack, update->outbox);
	return false;
}

static bool refuse(const struct update *update, uint8_t status)
{
	struct binding_ack ack = answer_to(update, status);
	return refuse_with(update, &ack);
}

/* RFC 6275 6.1.7: Alternate Care-of Address, else the source */
static const struct in6_addr *care_of_address(const struct update *update)
{
	return update->message->has_alternate_care_of ? &update->message->alternate_care_of.address
						      : &update->packet->source;
}

/*
 * RFC 6275 10.3.1: a registration carries the Home Address option. A de-registration from the home
 * link needs none (9.5.1: lifetime zero, or the home address as care-of address), nor does a
 * binding of the home link itself (RFC 5648 5.6).
 */
static bool may_lack_home_address(const struct update *update)
{
	if (update->message->binding_update.lifetime == 0)
		return true;
	if (update->bid_count == 0)
		return IN6_ARE_ADDR_EQUAL(care_of_address(update), &update->packet->source);
	for (uint16_t i = 0; i < update->bid_count; i++)
		if (update->message->bid[i].flags & BID_HOME)
			return true;
	return false;
}

/* Whose update it claims to be. */
static bool identify(struct update *update)
{
	const struct packet *packet = update->packet;
	/* RFC 6275 9.5.4: no answer would reach it */
	if (!address_is_unicast_routable(&packet->source))
		return drop(update, DROP_BAD_CARE_OF_ADDRESS);
	if (!(update->message->binding_update.flags & BU_HOME))
		return drop(update, DROP_NOT_HOME_REGISTRATION);
	/* RFC 6275 9.5.1 */
	if (update->message->has_nonce_indices)
		return drop(update, DROP_UNEXPECTED_NONCE);
	if (!packet->has_home_address && !may_lack_home_address(update))
		return drop(update, DROP_NO_HOME_ADDRESS);
	update->node = binding_cache_find(&update->core->home_agent->cache,
		packet->has_home_address ? &packet->home_address : &packet->source);
	/* RFC 4285 5.1: without association, silence */
	return update->node ? true : drop(update, DROP_UNKNOWN_HOME_ADDRESS);
}

/* RFC 4285 5.3. Anybody can cause this answer, and choose who gets it: within limits. */
static bool authentication_failed(const struct update *update)
{
	core_drop(update->core, DROP_AUTHENTICATION_FAILED);
	tell(update, NOTE_AUTHENTICATION_FAILED, STATUS_AUTHENTICATION_FAILED);
	if (!rate_limit_allows(&update->core->answers, update->now.mono, &update->packet->source))
		return drop(update, DROP_RATE_LIMITED);
	update->core->counters.updates_refused++;
	const struct binding_ack ack = answer_to(update, STATUS_AUTHENTICATION_FAILED);
	binding_ack_send(update->core, update->node, update->received, &ack, update->outbox);
	return false;
}

static bool authenticate(const struct update *update)
{
	const struct in6_addr *care_of = &update->packet->source;
	if (update->bid_count > 0)
		care_of = authentication_care_of(update->message, care_of);
	switch (authentication_check(update->core, &update->node->auth, care_of,
		&update->node->home_address, update->message, update->packet->payload)) {
	case AUTH_OK:
		return true;
	case AUTH_MISSING:
		return drop(update, DROP_NO_AUTHENTICATION);
	case AUTH_UNKNOWN_SPI:
		return drop(update, DROP_UNKNOWN_SPI);
	case AUTH_WRONG:
		return authentication_failed(update);
	case AUTH_FAILURE:
		break;
	}
	return drop(update, DROP_NO_HMAC);
}

/* RFC 4285 6: its low half and our high half tell the mobile node how to set its clock. */
static bool refuse_timestamp(const struct update *update)
{
	const uint64_t high = UINT64_C(0xffffffff) << 32;
	struct binding_ack ack = answer_to(update, STATUS_ID_MISMATCH);
	ack.timestamp = (update->now.ntp & high) | (ack.timestamp & ~high);
	core_drop(update->core, DROP_REPLAYED);
	return refuse_with(update, &ack);
}

static bool check_timestamp(const struct update *update)
{
	if (!update->message->has_replay) {
		core_drop(update->core, DROP_NO_REPLAY_OPTION);
		return refuse(update, STATUS_MESSAGE_ID_REQUIRED);
	}
	uint64_t timestamp = update->message->replay.timestamp;
	if (!replay_timestamp_valid(timestamp, update->now.ntp, update->node->replay_accepted))
		return refuse_timestamp(update);
	update->node->replay_accepted = timestamp;
	return true;
}

/* RFC 6275 9.5.1: the last accepted number is in the answer */
static bool check_sequence(const struct update *update)
{
	const struct node *node = update->node;
	if (update->now.mono >= node->sequence_until ||
		sequence_greater(update->message->binding_update.sequence, node->sequence))
		return true;
	core_drop(update->core, DROP_OLD_SEQUENCE);
	struct binding_ack ack = answer_to(update, STATUS_SEQUENCE_OUT_OF_WINDOW);
	ack.sequence = node->sequence;
	return refuse_with(update, &ack);
}

/* RFC 4285 7: where timestamps are demanded, they guard and the sequence number does not. */
static bool check_fresh(const struct update *update)
{
	return update->node->auth.replay ? check_timestamp(update) : check_sequence(update);
}

/* RFC 6275 10.3.1 */
static bool check_home_link(const struct update *update)
{
	const struct home_agent_config *config = config_of(update);
	if (address_in_prefix(
		    &update->node->home_address, &config->home_prefix, config->home_prefix_length))
		return true;
	return refuse(update, STATUS_NOT_HOME_SUBNET);
}

static uint16_t least(uint16_t asked, uint32_t limit)
{
	return asked <= limit ? asked : (uint16_t)limit;
}

/* RFC 6275 6.2.4: only less than the lifetime is of use */
static uint16_t advice_for(const struct home_agent_config *config, uint16_t lifetime)
{
	uint32_t interval = config->refresh_interval / LIFETIME_UNIT;
	return interval < lifetime ? (uint16_t)interval : 0;
}

static void put_into_force(const struct update *update, const struct registration *registration,
	const struct binding_ack *ack)
{
	struct node *node = update->node;
	detection_abandon(update->core, update->now, node);
	home_binding_learn(node, &registration->bindings, update->message);
	node_change_bindings(
		update->core, update->now, node, &registration->bindings, update->outbox);
	node->sequence = ack->sequence;
	node->sequence_until =
		node->bindings.count ? NANOS_NEVER : update->now.mono + DELETED_REMEMBERED;
	struct effect_node *effect = &outbox_add(update->outbox, EFFECT_NODE_SET)->node;
	effect->home_address = node->home_address;
	effect->sequence = node->sequence;
	effect->replay_accepted = node->replay_accepted;
	update->core->counters.updates_accepted++;
	binding_ack_send(update->core, node, update->received, ack, update->outbox);
}

/* RFC 6275 10.3.1: nobody else on the home link may have the address; the update waits. */
static bool detect_duplicates(const struct update *update)
{
	if (update->detected || !detection_needed(update->core, update->node))
		return false;
	if (detection_begin(
		    update->core, update->now, update->node, update->received, update->outbox) < 0)
		refuse(update, STATUS_NO_RESOURCES);
	return true;
}

static void register_bindings(const struct update *update)
{
	const struct home_agent_config *config = config_of(update);
	uint16_t lifetime = least(
		update->message->binding_update.lifetime, config->lifetime_max / LIFETIME_UNIT);
	const struct registration_request request = {
		.dialect = update->core->dialect,
		.update = update->message,
		.home_address = &update->node->home_address,
		.home_agent = &config->address,
		.care_of = care_of_address(update),
		.expires = update->now.mono + lifetime * LIFETIME_UNIT * NANOS_PER_SECOND,
		.bid_count = update->bid_count,
		.bindings_max = update->node->bindings_max,
		.bulk = config->bulk,
		.home_status = home_binding_status(update->core, update->node, update->message),
	};
	bool deletes = registration_deletes(&request);
	/* RFC 6275 6.1.7: silently */
	if (!deletes && request.bid_count == 0 &&
		!registration_care_of_valid(&request, request.care_of)) {
		core_drop(update->core, DROP_BAD_CARE_OF_ADDRESS);
		return;
	}
	/* What waits is not what the mobile node wants any more. */
	if (deletes)
		detection_abandon(update->core, update->now, update->node);
	struct registration registration;
	registration_evaluate(&request, &update->node->bindings, &registration);
	struct binding_ack ack = answer_to(update, registration.status);
	ack.bid_status = request.bid_count ? registration.bid_status : NULL;
	if (!registration.accepted) {
		refuse_with(update, &ack);
		return;
	}
	if (!deletes && detect_duplicates(update))
		return;
	ack.lifetime = deletes ? 0 : lifetime;
	ack.advice = advice_for(config, ack.lifetime);
	put_into_force(update, &registration, &ack);
}

static struct update update_of(struct core *core, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	return (struct update){
		.core = core,
		.now = now,
		.received = received,
		.message = received->message,
		.packet = received->packet,
		.outbox = outbox,
		.bid_count = core->home_agent->config.mcoa ? received->message->bid_count : 0,
	};
}

/* What has to be so when the update arrives, and still when it has waited. */
static void process(const struct update *update)
{
	if (check_home_link(update))
		register_bindings(update);
}

void binding_update_receive(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	struct update update = update_of(core, now, received, outbox);
	if (!identify(&update) || !authenticate(&update))
		return;
	node_expire(core, now, update.node, outbox);
	if (detection_waits_for(update.node, received))
		core_drop(core, DROP_OLD_SEQUENCE);
	else if (check_fresh(&update))
		process(&update);
}

void binding_update_detected(struct core *core, struct moment now, struct node *node,
	const struct received *received, bool duplicate, struct outbox *outbox)
{
	struct update update = update_of(core, now, received, outbox);
	update.node = node;
	update.detected = true;
	if (duplicate)
		refuse(&update, STATUS_DAD_FAILED);
	else
		process(&update);
}
