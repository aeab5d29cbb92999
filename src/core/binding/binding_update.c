/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps that home agent and correspondent share; the others are in the role's update_policy.
 */
#include "binding_update.h"
#include "binding_changes.h"
#include "binding_role.h"
#include "load_shares.h"
#include "../base/sequence.h"
#include "../base/status.h"

struct binding_update binding_update_of(struct binding_cache *cache, struct moment now,
	const struct received *received, const struct in6_addr *own, bool mcoa,
	struct outbox *outbox)
{
	return (struct binding_update){
		.cache = cache,
		.now = now,
		.received = received,
		.message = received->message,
		.packet = received->packet,
		.own = own,
		.outbox = outbox,
		.bid_count = mcoa ? received->message->bid_count : 0,
	};
}

const struct in6_addr *binding_update_care_of(const struct binding_update *update)
{
	const struct message *message = update->message;
	if (update->bid_count == 1 && message->bid[0].care_of.length == sizeof(struct in6_addr))
		return &message->bid[0].care_of.address;
	return message->has_alternate_care_of ? &message->alternate_care_of.address
					      : &update->packet->source;
}

/* ---- refusals ---- */

bool binding_update_drop(const struct binding_update *update, enum drop why)
{
	base_drop(update->cache->base, why);
	return false;
}

static bool refuse(const struct binding_update *update, const struct binding_ack *ack, bool proved)
{
	update->cache->base->counters.updates_refused++;
	update->cache->role->update->tell_refused(update, ack->status, proved);
	binding_ack_send(update, ack);
	return false;
}

bool binding_update_refuse(const struct binding_update *update, uint8_t status)
{
	const struct binding_ack ack = binding_ack_of(update, status);
	return refuse(update, &ack, true);
}

bool binding_update_refuse_unproved(
	const struct binding_update *update, const struct binding_ack *ack)
{
	if (!update->cache->role->update->may_answer(update))
		return binding_update_drop(update, DROP_RATE_LIMITED);
	return refuse(update, ack, false);
}

/* RFC 6275 9.5.1: the last accepted number is in the answer */
bool binding_update_check_sequence(const struct binding_update *update)
{
	const struct binding_entry *entry = update->entry;
	if (!entry || !binding_entry_has_sequence(entry, update->now.mono) ||
		sequence_greater(update->message->binding_update.sequence, entry->sequence))
		return true;
	base_drop(update->cache->base, DROP_OLD_SEQUENCE);
	struct binding_ack ack = binding_ack_of(update, STATUS_SEQUENCE_OUT_OF_WINDOW);
	ack.sequence = entry->sequence;
	return binding_update_refuse_unproved(update, &ack);
}

/* ---- registration ---- */

/* As many answers as fit the acknowledgement beside the Binding Identifier options. */
static uint8_t answers_max(const struct binding_update *update)
{
	unsigned bids = update->bid_count < BIDS_ECHOED_MAX ? update->bid_count : BIDS_ECHOED_MAX;
	unsigned fit = (BIDS_ECHOED_MAX - bids) * ACK_BID_OCTETS / ACK_FLOW_OCTETS;
	return (uint8_t)(fit < MESSAGE_FLOWS_MAX ? fit : MESSAGE_FLOWS_MAX);
}

/* RFC 6089 5.3.2, of an update that is accepted. False: flow bindings do not concern it. */
static bool evaluate_flows(const struct binding_update *update, const struct bindings *bindings,
	struct flow_registration *ret)
{
	const struct message *message = update->message;
	struct binding_entry *entry = update->entry;
	const struct flow_bindings *flows =
		entry ? binding_entry_flows(entry) : &flow_bindings_none;
	struct flow_request request = {
		.update = message,
		.bindings = bindings,
		.flows_max = RULES_MAX,
		.answers_max = answers_max(update),
		.prohibited = update->flows_prohibited,
	};
	if (!update->cache->flow_bindings ||
		(message->flow_count == 0 && message->flow_summary_count == 0 && flows->count == 0))
		return false;
	if (entry && flow_bindings_reserve(
			     &entry->flows, (size_t)flows->count + message->flow_count) < 0)
		request.flows_max = flows->room;
	flow_registration_evaluate(&request, entry ? binding_entry_flows(entry) : flows, ret);
	return true;
}

static void put_into_force(struct binding_update *update, const struct registration *registration,
	const struct flow_bindings *flows)
{
	const struct update_policy *policy = update->cache->role->update;
	struct binding_entry *entry = update->entry;
	entry->sequence = update->message->binding_update.sequence;
	update->entry = binding_entry_replace(
		update->cache, update->now, entry, &registration->bindings, flows, update->outbox);
	if (update->entry && policy->accepted)
		policy->accepted(update);
}

/* RFC 6275 9.5.3: a de-registration makes no entry. */
static void carry_out(struct binding_update *update, const struct registration *registration,
	struct binding_ack *ack)
{
	const struct update_policy *policy = update->cache->role->update;
	bool asked = update->message->binding_update.flags & BU_ACKNOWLEDGE;
	struct flow_registration flows;
	policy->accept(update, registration, ack);
	bool has_flows = evaluate_flows(update, &registration->bindings, &flows);
	ack->flow_count = has_flows ? flows.answers_count : 0;
	ack->flows = flows.answers;
	if (update->entry)
		put_into_force(update, registration, has_flows ? &flows.flows : NULL);
	update->cache->base->counters.updates_accepted++;
	if (asked || policy->acknowledges_all)
		binding_ack_send(update, ack);
}

void binding_update_process(struct binding_update *update)
{
	static const struct bindings none;
	const struct update_policy *policy = update->cache->role->update;
	struct registration_request request = {
		.rules = &policy->rules,
		.update = update->message,
		.home_address = packet_home_address(update->packet),
		.own = update->own,
		.source = &update->packet->source,
		.care_of = binding_update_care_of(update),
		.bid_count = update->bid_count,
		.nodes = &update->cache->base->addresses,
	};
	struct registration registration;
	if (!policy->grant(update, &request))
		return;
	registration_evaluate(
		&request, update->entry ? &update->entry->bindings : &none, &registration);
	struct binding_ack ack = binding_ack_of(update, registration.status);
	ack.bid_status = request.bid_count ? registration.bid_status : NULL;
	if (!registration.accepted) {
		refuse(update, &ack, true);
		return;
	}
	uint8_t status = load_shares_set(&request, &registration);
	if (status != STATUS_ACCEPTED) {
		binding_update_refuse(update, status);
		return;
	}
	bool deletes = registration_deletes(&request);
	ack.lifetime = deletes ? 0 : request.lifetime;
	if (policy->admit(update, deletes))
		carry_out(update, &registration, &ack);
}

void binding_update_receive(struct binding_update *update)
{
	const struct update_policy *policy = update->cache->role->update;
	/* RFC 6275 9.5.4: no answer would reach the sender. */
	if (!address_is_unicast_routable(&update->packet->source)) {
		base_drop(update->cache->base, DROP_BAD_CARE_OF_ADDRESS);
		return;
	}
	if (!policy->identify(update) || !policy->authenticate(update))
		return;
	if (update->entry)
		update->entry = binding_entry_expire(
			update->cache, update->now, update->entry, update->outbox);
	if (policy->check_fresh(update))
		binding_update_process(update);
}
