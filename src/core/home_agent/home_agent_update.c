/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home registration: RFC 6275 9.5.1 and 10.3.1 in their order, with RFC 4285 in the place of
 * IPsec.
 */
#include "home_agent.h"
#include "home_link/duplicate_address_detection.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "home_link/link_local.h"
#include "../base/authentication.h"
#include "../base/own_packet.h"
#include "../base/status.h"
#include "../binding/binding_changes.h"

struct home_agent_update {
	struct binding_update common;
	const struct auth *auth; /* of the mobile node; of an unknown one, without a key */
	bool detected;           /* the home address is unique on the home link */
};

static struct home_agent *agent_of(const struct binding_update *update)
{
	return update->cache->self;
}

static struct home_agent_update *whole(const struct binding_update *update)
{
	return (struct home_agent_update *)update;
}

static const struct in6_addr *home_address_of(const struct binding_update *update)
{
	return packet_home_address(update->packet);
}

/* ---- refusals ---- */

static void report_event(const struct binding_update *update, enum event_type type, uint8_t status,
	enum registration_problem problem)
{
	if (!rate_limit_allows(&update->cache->events, update->now.mono, &update->packet->source))
		return;
	struct effect_event *event = &outbox_add(update->outbox, EFFECT_EVENT)->event;
	event->type = type;
	event->status = status;
	event->home_address = *home_address_of(update);
	event->peer = update->packet->source;
	event->problem = (uint8_t)problem;
}

/* authentication_failed() has an event of its own. */
static void tell_refused(const struct binding_update *update, uint8_t status, bool proved)
{
	(void)proved;
	if (status != STATUS_AUTHENTICATION_FAILED)
		report_event(update, EVENT_UPDATE_REFUSED, status, PROBLEM_NONE);
}

static bool may_answer(const struct binding_update *update)
{
	return rate_limit_allows(
		&update->cache->base->answers, update->now.mono, &update->packet->source);
}

/* ---- identification ---- */

static bool is_home_registration(const struct binding_update *update)
{
	return update->message->binding_update.flags & BU_HOME;
}

/*
 * RFC 6275 10.3.1: a registration carries the Home Address option. A de-registration from the home
 * link needs none (9.5.1: lifetime zero, or the home address as care-of address), nor does a
 * binding of the home link itself (RFC 5648 5.6).
 */
static bool may_lack_home_address(const struct binding_update *update)
{
	if (update->message->binding_update.lifetime == 0)
		return true;
	if (update->bid_count == 0)
		return IN6_ARE_ADDR_EQUAL(binding_update_care_of(update), &update->packet->source);
	for (uint16_t i = 0; i < update->bid_count; i++)
		if (update->message->bid[i].flags & BID_HOME)
			return true;
	return false;
}

/* RFC 6275 9.5.1: lifetime zero, or the home address as care-of address */
static bool is_deregistration(const struct binding_update *update)
{
	if (update->message->binding_update.lifetime == 0)
		return true;
	return update->bid_count == 0 &&
	       IN6_ARE_ADDR_EQUAL(binding_update_care_of(update), home_address_of(update));
}

/* RFC 6275 10.3.1, 10.3.2 */
static uint8_t status_of_unknown(const struct binding_update *update)
{
	if (is_deregistration(update))
		return STATUS_NOT_HOME_AGENT;
	return home_prefixes_of(&agent_of(update)->prefixes, home_address_of(update))
		       ? STATUS_PROHIBITED
		       : STATUS_NOT_HOME_SUBNET;
}

/*
 * An update of a mobile node that is not configured. RFC 4285 5.3: without a security association
 * for its home address the update cannot be authentic, and is discarded. Only if no mobile node has
 * an association (insecure-none) is the update refused with a status.
 */
static bool refuse_unknown(struct binding_update *update)
{
	static const struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	const struct home_agent *agent = agent_of(update);
	base_drop(agent->base, DROP_UNKNOWN_HOME_ADDRESS);
	if (!is_home_registration(update) || agent->authenticated > 0 || !agent->cache.entries)
		return false;
	whole(update)->auth = &none;
	const struct binding_ack ack = binding_ack_of(update, status_of_unknown(update));
	return binding_update_refuse_unproved(update, &ack);
}

static bool identify(struct binding_update *update)
{
	const struct packet *packet = update->packet;
	/* RFC 6275 9.5.1 */
	if (is_home_registration(update) && update->message->has_nonce_indices)
		return binding_update_drop(update, DROP_UNEXPECTED_NONCE);
	if (!packet->has_home_address && !may_lack_home_address(update))
		return binding_update_drop(update, DROP_NO_HOME_ADDRESS);
	update->entry = home_agent_find(agent_of(update), home_address_of(update));
	if (!update->entry)
		return refuse_unknown(update);
	whole(update)->auth = &home_agent_entry_of(update->entry)->auth;
	return true;
}

/* ---- authentication ---- */

/* RFC 4285 5.3. Any host can cause this answer and choose its destination, so it is limited. */
static bool authentication_failed(const struct binding_update *update)
{
	const struct binding_ack ack = binding_ack_of(update, STATUS_AUTHENTICATION_FAILED);
	base_drop(update->cache->base, DROP_AUTHENTICATION_FAILED);
	report_event(update, EVENT_AUTHENTICATION_FAILED, ack.status, PROBLEM_OTHER_KEY);
	return binding_update_refuse_unproved(update, &ack);
}

static bool authenticate(struct binding_update *update)
{
	const struct in6_addr *care_of = &update->packet->source;
	if (update->bid_count > 0)
		care_of = authentication_care_of(update->message, care_of);
	enum auth_result result = authentication_check(update->cache->base, whole(update)->auth,
		care_of, &update->entry->home_address, update->message, update->packet->payload);
	if (result == AUTH_OK)
		return true;
	if (result == AUTH_WRONG)
		return authentication_failed(update);
	/* RFC 4285 5.1: no reply; the log names the keyword that differs at the mobile node. */
	report_event(update, EVENT_AUTHENTICATION_FAILED, 0, authentication_problem(result));
	return binding_update_drop(update, authentication_drop(result));
}

/* RFC 4285 6: the update's low half and our high half tell the mobile node how to set its clock. */
static bool refuse_timestamp(const struct binding_update *update)
{
	const uint64_t high = UINT64_C(0xffffffff) << 32;
	struct binding_ack ack = binding_ack_of(update, STATUS_ID_MISMATCH);
	ack.timestamp = (update->now.ntp & high) | (ack.timestamp & ~high);
	base_drop(update->cache->base, DROP_REPLAYED);
	return binding_update_refuse_unproved(update, &ack);
}

static bool check_timestamp(const struct binding_update *update)
{
	struct binding_entry *entry = update->entry;
	if (!update->message->has_replay) {
		base_drop(update->cache->base, DROP_NO_REPLAY_OPTION);
		return binding_update_refuse(update, STATUS_MESSAGE_ID_REQUIRED);
	}
	uint64_t timestamp = update->message->replay.timestamp;
	if (!replay_timestamp_valid(timestamp, update->now.ntp, entry->replay_accepted))
		return refuse_timestamp(update);
	entry->replay_accepted = timestamp;
	return true;
}

/* RFC 4285 7: a timestamp, where it is required, replaces the sequence number. */
static bool check_numbers(const struct binding_update *update)
{
	return whole(update)->auth->replay ? check_timestamp(update)
					   : binding_update_check_sequence(update);
}

/*
 * RFC 6275 9.5.1: a home registration does not become a correspondent's binding. Without a binding
 * an update without H is for a correspondent node: that section has it dropped for lack of nonces,
 * and it does not get 131, which is for home registrations (RFC 6275 10.3.1).
 */
static bool check_fresh(struct binding_update *update)
{
	if (!is_home_registration(update) && update->entry->bindings.count == 0)
		return binding_update_drop(update, DROP_NOT_HOME_REGISTRATION);
	if (detection_waits_for(update->entry, update->received))
		return binding_update_drop(update, DROP_OLD_SEQUENCE);
	if (!check_numbers(update))
		return false;
	return is_home_registration(update) ||
	       binding_update_refuse(update, STATUS_REGISTRATION_TYPE_CHANGE);
}

/* ---- the lifetime ---- */

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

/* RFC 6275 10.3.1: the least of the requested lifetime, the allowed one, and the rest of the home
 * prefix's */
static uint16_t lifetime_granted(
	uint16_t asked, uint32_t seconds_allowed, const struct host_prefix *prefix, nanos now)
{
	uint64_t valid = units_left(prefix->valid_until, now);
	if (seconds_allowed == SECONDS_INFINITE && valid == UINT64_MAX)
		return asked;
	/* All ones would mean infinite. */
	uint64_t most = least(seconds_allowed / LIFETIME_UNIT, LIFETIME_INFINITE - 1);
	return (uint16_t)least(asked, least(most, valid));
}

static void grant_lifetime(const struct binding_update *update, const struct host_prefix *prefix,
	struct registration_request *request)
{
	nanos now = update->now.mono;
	uint16_t lifetime = lifetime_granted(update->message->binding_update.lifetime,
		agent_of(update)->config.lifetime_max, prefix, now);
	bool for_ever = lifetime == LIFETIME_INFINITE;
	uint64_t preferred = units_left(prefix->preferred_until, now);
	bool deprecated = for_ever ? preferred != UINT64_MAX : preferred < lifetime;
	bool invalid = units_left(prefix->valid_until, now) <= lifetime;
	request->lifetime = lifetime;
	request->expires =
		for_ever ? NANOS_NEVER : now + lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	request->prefix_discovery = deprecated || invalid;
}

/* RFC 6275 6.2.4: useful only if less than the lifetime; 10.3.1: none if bindings are stored */
static uint16_t advice_for(const struct home_agent *agent, uint16_t lifetime)
{
	uint32_t interval = agent->config.refresh_interval / LIFETIME_UNIT;
	return agent->store == STORE_NONE && interval < lifetime ? (uint16_t)interval : 0;
}

/* ---- registration ---- */

static void fill_policy(const struct binding_update *update, struct registration_request *request)
{
	const struct home_agent *agent = agent_of(update);
	const struct home_agent_entry *entry = home_agent_entry_of(update->entry);
	request->home_prefixes = &agent->prefixes;
	request->bindings_max = entry->bindings_max;
	request->home_status =
		home_binding_status(&agent->home_link, update->entry, update->received);
	request->mcoa_prohibited = entry->mcoa_prohibited;
	request->bulk_prohibited = entry->bulk_prohibited || !agent->config.bulk;
	request->proved_only = entry->verify == VERIFY_NO_BULK;
}

/* Checked when the update arrives, and again after it has waited. */
static bool grant(struct binding_update *update, struct registration_request *request)
{
	struct home_agent *agent = agent_of(update);
	update->flows_prohibited = home_agent_entry_of(update->entry)->flows_prohibited;
	const struct host_prefix *prefix =
		home_prefixes_of(&agent->prefixes, &update->entry->home_address);
	if (prefix)
		grant_lifetime(update, prefix, request);
	fill_policy(update, request);
	if (registration_deletes(request)) {
		/* The mobile node no longer wants the update that waits. */
		detection_abandon(&agent->home_link, update->now, update->entry);
		interception_follow(&agent->home_link, update->now, update->entry, update->outbox);
		return true;
	}
	/* RFC 6275 6.1.7: silently */
	if (request->bid_count == 0 && !address_is_unicast_routable(request->care_of))
		return binding_update_drop(update, DROP_BAD_CARE_OF_ADDRESS);
	/* RFC 6275 10.3.1: in no valid prefix */
	return request->lifetime != 0 || binding_update_refuse(update, STATUS_NOT_HOME_SUBNET);
}

/* RFC 6275 10.3.1: no other node on the home link may have the address; the update waits. */
static bool waits_for_detection(struct binding_update *update)
{
	struct home_link *link = &agent_of(update)->home_link;
	if (whole(update)->detected || !detection_needed(link, update->entry))
		return false;
	if (detection_begin(link, update->now, update->entry, update->received, update->outbox) < 0)
		binding_update_refuse(update, STATUS_NO_RESOURCES);
	return true;
}

/* A binding that a restart would lose is not acknowledged. */
static bool admit(struct binding_update *update, bool deletes)
{
	if (agent_of(update)->store == STORE_DOWN) {
		base_drop(update->cache->base, DROP_NO_STORE);
		return binding_update_refuse(update, STATUS_NO_RESOURCES);
	}
	return deletes || !waits_for_detection(update);
}

static void prepare(struct binding_update *update, const struct registration *registration,
	struct binding_ack *ack)
{
	struct home_agent *agent = agent_of(update);
	struct binding_entry *entry = update->entry;
	detection_abandon(&agent->home_link, update->now, entry);
	if (ack->lifetime != 0)
		interception_set_link_local(
			entry, link_local_wanted(&agent->home_link, entry, update->message));
	home_binding_learn(entry, &registration->bindings, update->message);
	ack->advice = advice_for(agent, ack->lifetime);
}

static void accepted(struct binding_update *update)
{
	struct binding_entry *entry = update->entry;
	entry->sequence_until = update->now.mono + DELETED_REMEMBERED;
	if (prefix_delivery_registered(home_agent_entry_of(entry)->delivery, update->now, entry))
		binding_entry_schedule(update->cache, update->now.mono, entry);
}

/* ---- the acknowledgement ---- */

static int seal(const struct binding_update *update, const struct binding_ack *ack,
	struct message *message, uint8_t *octets, size_t capacity)
{
	const struct packet *packet = update->packet;
	(void)ack;
	return authentication_seal(update->cache->base, whole(update)->auth,
		authentication_care_of(message, &packet->source), packet_home_address(packet),
		message, octets, capacity);
}

static bool answer_send(const struct binding_update *update, const struct packet_envelope *envelope,
	struct octets payload)
{
	struct effect_send *answer = own_packet_route(envelope, payload, update->outbox);
	if (answer)
		home_binding_address_answer(&agent_of(update)->home_link,
			update->received->arrival->ifindex, update->packet, update->message,
			answer);
	return answer != NULL;
}

const struct update_policy home_agent_update_policy = {
	.rules =
		{
			.home_address_deletes = true,
			.deletes_bound_only = true,
			.home_link = true,
			.ipv4_alone_malformed = true,
		},
	.acknowledges_all = true,
	.identify = identify,
	.authenticate = authenticate,
	.check_fresh = check_fresh,
	.grant = grant,
	.admit = admit,
	.accept = prepare,
	.accepted = accepted,
	.may_answer = may_answer,
	.tell_refused = tell_refused,
	.seal = seal,
	.send = answer_send,
};

/* ---- entry points ---- */

static struct home_agent_update update_of(struct home_agent *agent, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	return (struct home_agent_update){
		.common = binding_update_of(&agent->cache, now, received, &agent->config.address,
			agent->config.mcoa, outbox),
	};
}

void home_agent_update(struct home_agent *agent, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	struct home_agent_update update = update_of(agent, now, received, outbox);
	binding_update_receive(&update.common);
}

void home_agent_detected(void *self, struct moment now, struct binding_entry *entry,
	const struct received *received, bool duplicate, struct outbox *outbox)
{
	struct home_agent_update update = update_of(self, now, received, outbox);
	update.common.entry = entry;
	update.auth = &home_agent_entry_of(entry)->auth;
	update.detected = true;
	if (duplicate)
		binding_update_refuse(&update.common, STATUS_DAD_FAILED);
	else
		binding_update_process(&update.common);
}
