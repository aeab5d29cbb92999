/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update at the home agent: RFC 6275 9.5.1 and 10.3.1 in their order, with RFC 4285 in
 * the place of IPsec. Nothing changes, and no answer depends on state, before it is authentic.
 */
#include "../base/authentication.h"
#include "home_link/duplicate_address_detection.h"
#include "home_agent.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "home_link/link_local.h"
#include "prefix_delivery.h"
#include "../binding/registration.h"
#include "../base/sequence.h"
#include "../base/status.h"

#include <string.h>

/* One update on its way through the checks. */
struct update {
	struct home_agent *agent;
	struct moment now;
	const struct received *received;
	const struct message *message;
	const struct packet *packet;
	struct outbox *outbox;
	struct node *node;
	const struct auth *auth; /* the node's; of an unknown node, one without a key */
	uint16_t bid_count;      /* options to heed: none if we are to know RFC 6275 only */
	bool detected;           /* the home address is unique on the home link */
};

static const struct home_agent_config *config_of(const struct update *update)
{
	return &update->agent->config;
}

static bool drop(const struct update *update, enum drop why)
{
	base_drop(update->agent->base, why);
	return false;
}

static void tell_problem(const struct update *update, enum event_type type, uint8_t status,
	enum registration_problem problem)
{
	if (!rate_limit_allows(&update->agent->notes, update->now.mono, &update->packet->source))
		return;
	struct effect_event *note = &outbox_add(update->outbox, EFFECT_EVENT)->event;
	note->type = type;
	note->status = status;
	note->home_address = *packet_home_address(update->packet);
	note->peer = update->packet->source;
	note->problem = (uint8_t)problem;
}

static void tell(const struct update *update, enum event_type type, uint8_t status)
{
	tell_problem(update, type, status, PROBLEM_NONE);
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
	update->agent->base->counters.updates_refused++;
	tell(update, EVENT_UPDATE_REFUSED, ack->status);
	binding_ack_send(update->agent, update->auth, update->received, ack, update->outbox);
	return false;
}

static bool refuse(const struct update *update, uint8_t status)
{
	struct binding_ack ack = answer_to(update, status);
	return refuse_with(update, &ack);
}

/*
 * What is authentic but not fresh anybody may have recorded, and can send from any source: within
 * limits, which a mobile node that has lost its numbers does not come near.
 */
static bool refuse_replayed(const struct update *update, const struct binding_ack *ack)
{
	if (!rate_limit_allows(
		    &update->agent->base->answers, update->now.mono, &update->packet->source))
		return drop(update, DROP_RATE_LIMITED);
	return refuse_with(update, ack);
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

static bool is_home_registration(const struct update *update)
{
	return update->message->binding_update.flags & BU_HOME;
}

/* RFC 6275 9.5.1: lifetime zero, or the home address as care-of address */
static bool is_deregistration(const struct update *update)
{
	if (update->message->binding_update.lifetime == 0)
		return true;
	return update->bid_count == 0 &&
	       IN6_ARE_ADDR_EQUAL(care_of_address(update), packet_home_address(update->packet));
}

/*
 * RFC 6275 10.3.1, 10.3.2: an update of a mobile node that is not configured. RFC 4285 5.3: without
 * a security association for its home address the update cannot be authentic, and is discarded.
 * Only if no mobile node has an association (insecure-none) is the update refused with a status.
 */
static bool refuse_unknown(struct update *update)
{
	static const struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	struct home_agent *agent = update->agent;
	base_drop(agent->base, DROP_UNKNOWN_HOME_ADDRESS);
	if (!is_home_registration(update) || agent->authenticated > 0 || !agent->cache.nodes)
		return false;
	if (!rate_limit_allows(
		    &update->agent->base->answers, update->now.mono, &update->packet->source))
		return drop(update, DROP_RATE_LIMITED);
	update->auth = &none;
	if (is_deregistration(update))
		return refuse(update, STATUS_NOT_HOME_AGENT);
	return home_prefixes_of(&agent->prefixes, packet_home_address(update->packet))
		       ? refuse(update, STATUS_PROHIBITED)
		       : refuse(update, STATUS_NOT_HOME_SUBNET);
}

/* Whose update it claims to be. */
static bool identify(struct update *update)
{
	const struct packet *packet = update->packet;
	/* RFC 6275 9.5.4: no answer would reach it */
	if (!address_is_unicast_routable(&packet->source))
		return drop(update, DROP_BAD_CARE_OF_ADDRESS);
	/* RFC 6275 9.5.1 */
	if (is_home_registration(update) && update->message->has_nonce_indices)
		return drop(update, DROP_UNEXPECTED_NONCE);
	if (!packet->has_home_address && !may_lack_home_address(update))
		return drop(update, DROP_NO_HOME_ADDRESS);
	update->node = binding_cache_find(&update->agent->cache, packet_home_address(packet));
	if (!update->node)
		return refuse_unknown(update);
	update->auth = &update->node->auth;
	return true;
}

/* RFC 4285 5.3. Anybody can cause this answer, and choose who gets it: within limits. */
static bool authentication_failed(const struct update *update)
{
	base_drop(update->agent->base, DROP_AUTHENTICATION_FAILED);
	tell_problem(update, EVENT_AUTHENTICATION_FAILED, STATUS_AUTHENTICATION_FAILED,
		PROBLEM_OTHER_KEY);
	if (!rate_limit_allows(
		    &update->agent->base->answers, update->now.mono, &update->packet->source))
		return drop(update, DROP_RATE_LIMITED);
	update->agent->base->counters.updates_refused++;
	const struct binding_ack ack = answer_to(update, STATUS_AUTHENTICATION_FAILED);
	binding_ack_send(update->agent, update->auth, update->received, &ack, update->outbox);
	return false;
}

static bool authenticate(const struct update *update)
{
	const struct in6_addr *care_of = &update->packet->source;
	if (update->bid_count > 0)
		care_of = authentication_care_of(update->message, care_of);
	enum auth_result result = authentication_check(update->agent->base, &update->node->auth,
		care_of, &update->node->home_address, update->message, update->packet->payload);
	if (result == AUTH_WRONG)
		return authentication_failed(update);
	if (result == AUTH_OK)
		return true;
	/* RFC 4285 5.1: no answer; the log says what is configured otherwise at the mobile node. */
	tell_problem(update, EVENT_AUTHENTICATION_FAILED, 0, authentication_problem(result));
	return drop(update, authentication_drop(result));
}

/* RFC 4285 6: its low half and our high half tell the mobile node how to set its clock. */
static bool refuse_timestamp(const struct update *update)
{
	const uint64_t high = UINT64_C(0xffffffff) << 32;
	struct binding_ack ack = answer_to(update, STATUS_ID_MISMATCH);
	ack.timestamp = (update->now.ntp & high) | (ack.timestamp & ~high);
	base_drop(update->agent->base, DROP_REPLAYED);
	return refuse_replayed(update, &ack);
}

static bool check_timestamp(const struct update *update)
{
	if (!update->message->has_replay) {
		base_drop(update->agent->base, DROP_NO_REPLAY_OPTION);
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
	base_drop(update->agent->base, DROP_OLD_SEQUENCE);
	struct binding_ack ack = answer_to(update, STATUS_SEQUENCE_OUT_OF_WINDOW);
	ack.sequence = node->sequence;
	return refuse_replayed(update, &ack);
}

/* RFC 4285 7: where timestamps are demanded, they guard and the sequence number does not. */
static bool check_fresh(const struct update *update)
{
	return update->node->auth.replay ? check_timestamp(update) : check_sequence(update);
}

/*
 * RFC 6275 9.5.1: what is registered at home does not become a correspondent's binding. Without a
 * binding it is an update to a correspondent node, which we are not: dropped for want of nonces,
 * as that section says, and not told 131, which is for home registrations (RFC 6275 10.3.1).
 */
static bool check_type(const struct update *update)
{
	return is_home_registration(update) || refuse(update, STATUS_REGISTRATION_TYPE_CHANGE);
}

static bool check_known_type(const struct update *update)
{
	if (is_home_registration(update) || update->node->bindings.count > 0)
		return true;
	return drop(update, DROP_NOT_HOME_REGISTRATION);
}

/* ---- the lifetime ---- */

/* What is granted, and what the acknowledgement says of the home prefix. */
struct grant {
	uint16_t lifetime; /* units of four seconds */
	nanos expires;
	bool prefix_discovery;
};

/* RFC 6275 10.3.1: prefix lifetimes without their two least significant bits */
static uint64_t units_left(nanos until, nanos now)
{
	if (until == NANOS_NEVER)
		return UINT64_MAX;
	return until > now ? (until - now) / (LIFETIME_UNIT * NANOS_PER_SECOND) : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* RFC 6275 10.3.1: at most what is asked for, allowed, and left of the home prefix */
static uint16_t lifetime_granted(
	uint16_t asked, uint32_t seconds_allowed, const struct host_prefix *prefix, nanos now)
{
	uint64_t valid = units_left(prefix->valid_until, now);
	if (seconds_allowed == SECONDS_INFINITE && valid == UINT64_MAX)
		return asked;
	/* All ones would be for ever. */
	uint64_t most = least(seconds_allowed / LIFETIME_UNIT, LIFETIME_INFINITE - 1);
	return (uint16_t)least(asked, least(most, valid));
}

static struct grant grant_for(const struct update *update, const struct host_prefix *prefix)
{
	nanos now = update->now.mono;
	uint16_t lifetime = lifetime_granted(update->message->binding_update.lifetime,
		config_of(update)->lifetime_max, prefix, now);
	bool for_ever = lifetime == LIFETIME_INFINITE;
	uint64_t preferred = units_left(prefix->preferred_until, now);
	bool deprecated = for_ever ? preferred != UINT64_MAX : preferred < lifetime;
	bool invalid = units_left(prefix->valid_until, now) <= lifetime;
	return (struct grant){
		.lifetime = lifetime,
		.expires =
			for_ever ? NANOS_NEVER : now + lifetime * LIFETIME_UNIT * NANOS_PER_SECOND,
		.prefix_discovery = deprecated || invalid,
	};
}

/* RFC 6275 6.2.4: only less than the lifetime is of use; 10.3.1: none if bindings are kept */
static uint16_t advice_for(const struct home_agent *agent, uint16_t lifetime)
{
	uint32_t interval = agent->config.refresh_interval / LIFETIME_UNIT;
	return agent->store == STORE_NONE && interval < lifetime ? (uint16_t)interval : 0;
}

static void put_into_force(const struct update *update, const struct registration *registration,
	const struct binding_ack *ack)
{
	struct node *node = update->node;
	detection_abandon(update->agent, update->now, node);
	if (ack->lifetime != 0)
		interception_set_link_local(
			node, link_local_wanted(update->agent, node, update->message));
	home_binding_learn(node, &registration->bindings, update->message);
	node_change_bindings(
		update->agent, update->now, node, &registration->bindings, update->outbox);
	prefix_delivery_registered(update->agent, update->now, node);
	node->sequence = ack->sequence;
	node->sequence_until =
		node->bindings.count ? NANOS_NEVER : update->now.mono + DELETED_REMEMBERED;
	struct effect_node *effect = &outbox_add(update->outbox, EFFECT_NODE_SET)->node;
	effect->home_address = node->home_address;
	effect->sequence = node->sequence;
	effect->replay_accepted = node->replay_accepted;
	update->agent->base->counters.updates_accepted++;
	binding_ack_send(update->agent, update->auth, update->received, ack, update->outbox);
}

static const struct registration_rules registration_rules = {
	.home_address_deletes = true,
	.deletes_bound_only = true,
	.home_link = true,
	.ipv4_alone_malformed = true,
};

static struct registration_request request_of(
	const struct update *update, const struct grant *grant)
{
	const struct home_agent *agent = update->agent;
	const struct node *node = update->node;
	return (struct registration_request){
		.rules = &registration_rules,
		.update = update->message,
		.home_address = &node->home_address,
		.source = &update->packet->source,
		.care_of = care_of_address(update),
		.own = &agent->config.address,
		.home_prefixes = &agent->prefixes,
		.expires = grant->expires,
		.lifetime = grant->lifetime,
		.bid_count = update->bid_count,
		.bindings_max = node->bindings_max,
		.home_status = home_binding_status(update->agent, node, update->received),
		.prefix_discovery = grant->prefix_discovery,
		.mcoa_prohibited = node->mcoa_prohibited,
		.bulk_prohibited = node->bulk_prohibited || !agent->config.bulk,
		.proved_only = node->verify == VERIFY_NO_BULK,
	};
}

/* Nothing may be acknowledged that a restart would lose. */
static void refuse_without_store(const struct update *update)
{
	base_drop(update->agent->base, DROP_NO_STORE);
	refuse(update, STATUS_NO_RESOURCES);
}

/* RFC 6275 10.3.1: nobody else on the home link may have the address; the update waits. */
static bool detect_duplicates(const struct update *update)
{
	if (update->detected || !detection_needed(update->agent, update->node))
		return false;
	if (detection_begin(
		    update->agent, update->now, update->node, update->received, update->outbox) < 0)
		refuse(update, STATUS_NO_RESOURCES);
	return true;
}

static void carry_out(const struct update *update, const struct registration_request *request)
{
	bool deletes = registration_deletes(request);
	/* What waits is not what the mobile node wants any more. */
	if (deletes) {
		detection_abandon(update->agent, update->now, update->node);
		interception_follow(update->agent, update->now, update->node, update->outbox);
	}
	struct registration registration;
	registration_evaluate(request, &update->node->bindings, &registration);
	struct binding_ack ack = answer_to(update, registration.status);
	ack.bid_status = request->bid_count ? registration.bid_status : NULL;
	if (!registration.accepted) {
		refuse_with(update, &ack);
		return;
	}
	if (update->agent->store == STORE_DOWN) {
		refuse_without_store(update);
		return;
	}
	if (!deletes && detect_duplicates(update))
		return;
	ack.lifetime = deletes ? 0 : request->lifetime;
	ack.advice = advice_for(update->agent, ack.lifetime);
	put_into_force(update, &registration, &ack);
}

/* What has to be so when the update arrives, and still when it has waited. */
static void process(const struct update *update)
{
	const struct host_prefix *prefix =
		home_prefixes_of(&update->agent->prefixes, &update->node->home_address);
	const struct grant grant =
		prefix ? grant_for(update, prefix) : (struct grant){.lifetime = 0};
	const struct registration_request request = request_of(update, &grant);
	bool deletes = registration_deletes(&request);
	/* RFC 6275 6.1.7: silently */
	if (!deletes && request.bid_count == 0 && !address_is_unicast_routable(request.care_of)) {
		base_drop(update->agent->base, DROP_BAD_CARE_OF_ADDRESS);
		return;
	}
	/* RFC 6275 10.3.1: of no prefix that is valid */
	if (!deletes && grant.lifetime == 0) {
		refuse(update, STATUS_NOT_HOME_SUBNET);
		return;
	}
	carry_out(update, &request);
}

static struct update update_of(struct home_agent *agent, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	return (struct update){
		.agent = agent,
		.now = now,
		.received = received,
		.message = received->message,
		.packet = received->packet,
		.outbox = outbox,
		.bid_count = agent->config.mcoa ? received->message->bid_count : 0,
	};
}

void binding_update_receive(struct home_agent *agent, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	struct update update = update_of(agent, now, received, outbox);
	if (!identify(&update) || !authenticate(&update))
		return;
	node_expire(agent, now, update.node, outbox);
	if (!check_known_type(&update))
		return;
	if (detection_waits_for(update.node, received))
		base_drop(agent->base, DROP_OLD_SEQUENCE);
	else if (check_fresh(&update) && check_type(&update))
		process(&update);
}

void binding_update_detected(struct home_agent *agent, struct moment now, struct node *node,
	const struct received *received, bool duplicate, struct outbox *outbox)
{
	struct update update = update_of(agent, now, received, outbox);
	update.node = node;
	update.auth = &node->auth;
	update.detected = true;
	if (duplicate)
		refuse(&update, STATUS_DAD_FAILED);
	else
		process(&update);
}
