/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update to a correspondent: RFC 6275 9.5.1 to 9.5.4, with return routability. The
 * sequence number is checked after the authenticator, so that only the mobile node learns it.
 */
#include "correspondent_part.h"
#include "../base/own_packet.h"
#include "../base/status.h"
#include "../binding/binding_update.h"
#include "update_proof.h"

struct correspondent_update {
	struct binding_update common;
	struct update_claim claim;
	struct update_proof proof;
};

static struct correspondent *correspondent_of(const struct binding_update *update)
{
	return update->cache->self;
}

static struct correspondent_update *whole(const struct binding_update *update)
{
	return (struct correspondent_update *)update;
}

static struct binding_entry *find_entry(const struct binding_update *update)
{
	return correspondent_cache_find(
		&correspondent_of(update)->cache, whole(update)->claim.home_address, update->own);
}

static bool deletes(const struct binding_update *update)
{
	return update_claim_deletes(&whole(update)->claim);
}

/* ---- answers ---- */

static bool may_answer(const struct binding_update *update)
{
	return source_limit_allows(
		&correspondent_of(update)->refusals, update->now.mono, &update->packet->source);
}

static void tell_refused(const struct binding_update *update, uint8_t status, bool proved)
{
	if (!proved || !rate_limit_allows(
			       &update->cache->events, update->now.mono, &update->packet->source))
		return;
	struct effect_event *event = &outbox_add(update->outbox, EFFECT_EVENT)->event;
	event->type = EVENT_UPDATE_REFUSED;
	event->status = status;
	event->home_address = *whole(update)->claim.home_address;
	event->care_of = *whole(update)->claim.care_of;
	event->peer = *update->own;
}

static int seal(const struct binding_update *update, const struct binding_ack *ack,
	struct message *message, uint8_t *octets, size_t capacity)
{
	const struct core_base *base = update->cache->base;
	const struct update_proof *proof = &whole(update)->proof;
	const struct binding_parties parties = {proof->sealed_care_of, *update->own};
	struct message_layout layout;
	if (!ack->unauthorized)
		return binding_key_seal(base, proof->kbm, &parties, message, octets, capacity);
	return message_encode(base->dialect, message, octets, capacity, &layout)
		       ? (int)layout.length
		       : -1;
}

static bool answer_send(const struct binding_update *update, const struct packet_envelope *envelope,
	struct octets payload)
{
	return own_packet_send(update->cache->base, envelope, payload, update->outbox);
}

/* Without authenticator: there is no key, or the key is not to be used (RFC 6275 9.5.4). */
static bool refuse_unauthorized(const struct binding_update *update, uint8_t status, enum drop why)
{
	struct binding_ack ack = binding_ack_of(update, status);
	ack.unauthorized = true;
	base_drop(update->cache->base, why);
	return binding_update_refuse_unproved(update, &ack);
}

/* ---- checks ---- */

/* The home address has a binding, and the answer goes to the home address or to a care-of address
 * that is bound. */
static bool may_know_of_binding(const struct binding_update *update)
{
	const struct in6_addr *source = &update->packet->source;
	const struct binding_entry *entry = find_entry(update);
	bool from_home = IN6_ARE_ADDR_EQUAL(source, whole(update)->claim.home_address);
	for (uint8_t i = 0; entry && i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		if (binding->expires > update->now.mono &&
			(from_home || IN6_ARE_ADDR_EQUAL(&binding->care_of, source)))
			return true;
	}
	return false;
}

/*
 * RFC 6275 9.5.1, 10.3.1: a correspondent registers no home address. A Binding Update with H has no
 * nonces, hence neither it nor the answer has an authenticator. So that no other host learns of a
 * binding, status 139 goes to the mobile node's own addresses only.
 */
static bool refuse_home_registration(const struct binding_update *update)
{
	if (update->message->has_nonce_indices)
		return binding_update_drop(update, DROP_UNEXPECTED_NONCE);
	return refuse_unauthorized(update,
		may_know_of_binding(update) ? STATUS_REGISTRATION_TYPE_CHANGE
					    : STATUS_HOME_REGISTRATION_NOT_SUPPORTED,
		DROP_NOT_FOR_US);
}

static bool identify(struct binding_update *update)
{
	const struct message *message = update->message;
	if (message->binding_update.flags & BU_HOME)
		return refuse_home_registration(update);
	if (!message->has_nonce_indices || !message->has_authorization)
		return binding_update_drop(update, DROP_NO_AUTHENTICATION);
	/* RFC 6275 6.1.7: silently; RFC 5648 6.2 has a status for it */
	if (!deletes(update) && update->bid_count == 0 &&
		!address_is_unicast_routable(whole(update)->claim.care_of))
		return binding_update_drop(update, DROP_BAD_CARE_OF_ADDRESS);
	return true;
}

/* RFC 6275 9.5.1, 6.1.8 */
static bool refuse_nonces(
	const struct binding_update *update, bool home, bool care_of, enum drop why)
{
	uint8_t status = home && care_of ? STATUS_NONCES_EXPIRED
			 : home          ? STATUS_HOME_NONCE_EXPIRED
					 : STATUS_CARE_OF_NONCE_EXPIRED;
	return refuse_unauthorized(update, status, why);
}

static bool authenticate(struct binding_update *update)
{
	struct correspondent *correspondent = correspondent_of(update);
	struct update_claim *claim = &whole(update)->claim;
	struct update_proof *proof = &whole(update)->proof;
	if (!update_proof_find(claim, &correspondent->nonces, update->now.mono, proof))
		return refuse_nonces(
			update, proof->lacks_home, proof->lacks_care_of, DROP_UNKNOWN_NONCE);
	enum auth_result result = update_proof_check(update->cache->base, claim, proof);
	if (result != AUTH_OK)
		return binding_update_drop(update, authentication_drop(result));
	correspondent_cache_forget(&correspondent->cache, update->now.mono);
	update->entry = find_entry(update);
	return true;
}

/* Nonces that end by then are not recognized of this home address any more (RFC 6275 5.2.8). */
static nanos spent_until(const struct binding_update *update)
{
	return update->entry ? correspondent_entry_of(update->entry)->nonces.spent_until
			     : correspondent_cache_forgotten_until(&correspondent_of(update)->cache,
				       whole(update)->claim.home_address, update->own);
}

/* RFC 6275 9.5.3: one of the two nonces must be new. The status names the one of which there is a
 * newer one now. */
static bool refuse_pair(const struct binding_update *update)
{
	const struct nonces *nonces = &correspondent_of(update)->nonces;
	const struct update_proof *proof = &whole(update)->proof;
	bool home = nonces_is_given(nonces, proof->care_of->index, update->now.mono) &&
		    !nonces_is_given(nonces, proof->home->index, update->now.mono);
	return refuse_nonces(update, home, !home, DROP_SPENT_NONCE);
}

/*
 * RFC 6275 5.2.8, 9.5.3: the nonces of a binding that was deleted do not bind the same care-of
 * address again; nor, if the home address is not in the cache, do nonces that may have done so. The
 * mobile node needs new tokens.
 */
static bool check_spent(const struct binding_update *update)
{
	if (deletes(update))
		return true;
	const struct correspondent_update *it = whole(update);
	const nanos until = spent_until(update);
	const bool home = it->proof.home->until <= until;
	const bool care_of = it->proof.care_of->until <= until;
	if (home || care_of)
		return refuse_nonces(update, home, care_of, DROP_SPENT_NONCE);
	const struct nonce_pair pair = update_proof_pair(&it->claim, &it->proof);
	if (update->entry &&
		used_nonces_are_spent(&correspondent_entry_of(update->entry)->nonces, &pair))
		return refuse_pair(update);
	return true;
}

static bool check_fresh(struct binding_update *update)
{
	return binding_update_check_sequence(update) && check_spent(update);
}

/* ---- registration ---- */

/* RFC 6275 9.5.2: a shorter lifetime may be granted; 5.2.6: and must be */
static bool grant(struct binding_update *update, struct registration_request *request)
{
	const struct correspondent_config *config = &correspondent_of(update)->config;
	uint32_t most = config->lifetime_max / LIFETIME_UNIT;
	uint16_t asked = update->message->binding_update.lifetime;
	request->lifetime = asked < most ? asked : (uint16_t)most;
	request->expires = update->now.mono + request->lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	request->bindings_max = config->bindings_max;
	request->bulk_prohibited = true;
	return true;
}

/* RFC 6275 9.5.3: a de-registration makes no entry; 5.2.8: a home address that is forgotten for a
 * new entry needs newer nonces later */
static bool admit(struct binding_update *update, bool deletes)
{
	struct correspondent *correspondent = correspondent_of(update);
	if (update->entry || deletes)
		return true;
	int error = correspondent_cache_add(&correspondent->cache,
		whole(update)->claim.home_address, update->own, &update->entry);
	nonces_spend_until(&correspondent->nonces, correspondent->cache.forgotten_last);
	return error == 0 || binding_update_refuse(update, STATUS_NO_RESOURCES);
}

static void spend_nonces(const struct binding_update *update, uint16_t bid)
{
	struct used_nonces *used = &correspondent_entry_of(update->entry)->nonces;
	const struct nonce_pair *pair = used_nonces_of(used, bid);
	if (pair)
		nonces_spend(&correspondent_of(update)->nonces, pair->care_of_index);
	used_nonces_spend(used, bid, update->now.mono);
}

static void account_for_nonces(const struct binding_update *update, const struct bindings *wanted)
{
	struct correspondent_entry *entry = correspondent_entry_of(update->entry);
	for (uint8_t i = 0; i < update->entry->bindings.count; i++) {
		uint16_t bid = update->entry->bindings.at[i].bid;
		if (bindings_find(wanted, bid))
			continue;
		if (deletes(update))
			spend_nonces(update, bid);
		else
			used_nonces_forget(&entry->nonces, bid);
	}
	if (deletes(update))
		return;
	const struct nonce_pair pair =
		update_proof_pair(&whole(update)->claim, &whole(update)->proof);
	uint16_t bid = update->bid_count ? update->message->bid[0].bid : 0;
	used_nonces_put(&entry->nonces, bid, &pair, update->now.mono);
	correspondent_reachable(entry, bid);
}

static void prepare(struct binding_update *update, const struct registration *registration,
	struct binding_ack *ack)
{
	struct binding_entry *entry = update->entry;
	(void)ack;
	if (!entry)
		return;
	account_for_nonces(update, &registration->bindings);
	entry->sequence_until =
		nanos_max(entry->sequence_until, update_proof_until(&whole(update)->proof));
}

/* RFC 5648 6.2: one binding in each update, and none of the home link */
const struct update_policy correspondent_update_policy = {
	.rules = {.care_of_proved = true},
	.identify = identify,
	.authenticate = authenticate,
	.check_fresh = check_fresh,
	.grant = grant,
	.admit = admit,
	.accept = prepare,
	.may_answer = may_answer,
	.tell_refused = tell_refused,
	.seal = seal,
	.send = answer_send,
};

void correspondent_update(struct correspondent *correspondent, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	struct correspondent_update update = {
		.common = binding_update_of(&correspondent->cache.bindings, now, received,
			correspondent_own_address(correspondent, received->packet),
			correspondent->config.mcoa, outbox),
	};
	update.claim = (struct update_claim){
		.message = received->message,
		.octets = received->packet->payload,
		.home_address = packet_home_address(received->packet),
		.care_of = binding_update_care_of(&update.common),
		.own = update.common.own,
	};
	binding_update_receive(&update.common);
}
