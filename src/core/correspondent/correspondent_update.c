/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update at a correspondent: RFC 6275 9.5.1 to 9.5.4, with return routability. The
 * sequence number is looked at after the authenticator, so that nobody is told of it who could not
 * have sent the update; nothing is allocated or changed before it is authentic.
 */
#include "correspondent_part.h"
#include "../binding/registration.h"
#include "../base/sequence.h"
#include "../base/status.h"
#include "update_proof.h"

/* One update on its way through the checks. */
struct update {
	struct correspondent *correspondent;
	struct moment now;
	const struct received *received;
	const struct message *message;
	const struct packet *packet;
	struct outbox *outbox;
	uint16_t bid_count; /* options to heed: none if we are to know RFC 6275 only */
	uint16_t lifetime;  /* granted, units of four seconds */
	struct update_claim claim;
	struct update_proof proof;
	struct cache_entry *entry; /* NULL: there is none */
};

static bool deletes(const struct update *update)
{
	return update_claim_deletes(&update->claim);
}

static bool drop(const struct update *update, enum drop why)
{
	base_drop(update->correspondent->base, why);
	return false;
}

/* ---- answers ---- */

static struct correspondent_ack answer_to(const struct update *update, uint8_t status)
{
	return (struct correspondent_ack){
		.status = status,
		.sequence = update->message->binding_update.sequence,
		.bid_count = update->bid_count <= BIDS_ECHOED_MAX ? update->bid_count : 0,
		.care_of = update->proof.sealed_care_of,
		.home_address = update->claim.home_address,
		.own = update->claim.own,
	};
}

static void tell(const struct update *update, uint8_t status)
{
	if (!rate_limit_allows(
		    &update->correspondent->notes, update->now.mono, &update->packet->source))
		return;
	struct effect_event *note = &outbox_add(update->outbox, EFFECT_EVENT)->event;
	note->type = EVENT_UPDATE_REFUSED;
	note->status = status;
	note->home_address = *update->claim.home_address;
	note->care_of = *update->claim.care_of;
	note->peer = *update->claim.own;
}

/*
 * RFC 6275 9.5.4 wants this answer for some refusals without A, too, and RFC 5648 6.2 for the
 * others.
 */
static bool refuse_with(const struct update *update, const struct correspondent_ack *ack)
{
	update->correspondent->base->counters.updates_refused++;
	correspondent_ack_send(update->correspondent, update->received, ack, update->outbox);
	return false;
}

/* It is authentic and fresh. */
static bool refuse(const struct update *update, uint8_t status)
{
	struct correspondent_ack ack = answer_to(update, status);
	ack.kbm = update->proof.kbm;
	tell(update, status);
	return refuse_with(update, &ack);
}

/* Anybody can cause it, with octets of his own or recorded ones, and choose who gets it. */
static bool refuse_unproved(const struct update *update, const struct correspondent_ack *ack)
{
	if (!source_limit_allows(
		    &update->correspondent->refusals, update->now.mono, &update->packet->source))
		return drop(update, DROP_RATE_LIMITED);
	return refuse_with(update, ack);
}

/* ---- checks ---- */

/* RFC 6275 6.2.7: in this order; several BIDs are refused anyhow, by what the packet says */
static const struct in6_addr *care_of_address(
	const struct message *message, uint16_t bid_count, const struct in6_addr *source)
{
	if (bid_count == 1 && message->bid[0].care_of.length == sizeof(struct in6_addr))
		return &message->bid[0].care_of.address;
	return message->has_alternate_care_of ? &message->alternate_care_of.address : source;
}

/* The home address has a binding, and the answer goes to the home address or to a care-of address
 * that is bound. */
static bool may_know_of_binding(const struct update *update)
{
	const struct in6_addr *source = &update->packet->source;
	const struct cache_entry *entry = correspondent_cache_find(
		&update->correspondent->cache, update->claim.home_address, update->claim.own);
	bool from_home = IN6_ARE_ADDR_EQUAL(source, update->claim.home_address);
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
 * nonces, hence neither it nor the answer has an authenticator. So that nobody else learns of a
 * binding, status 139 goes to the mobile node's own addresses only.
 */
static bool refuse_home_registration(const struct update *update)
{
	const struct correspondent_ack ack = answer_to(
		update, may_know_of_binding(update) ? STATUS_REGISTRATION_TYPE_CHANGE
						    : STATUS_HOME_REGISTRATION_NOT_SUPPORTED);
	if (update->message->has_nonce_indices)
		return drop(update, DROP_UNEXPECTED_NONCE);
	base_drop(update->correspondent->base, DROP_NOT_FOR_US);
	return refuse_unproved(update, &ack);
}

/* What it lacks without which nothing can be said of it. */
static bool check_form(const struct update *update)
{
	const struct message *message = update->message;
	/* RFC 6275 9.5.1, 9.5.4: the home address if there is no option; no answer would reach it
	 */
	if (!address_is_unicast_routable(&update->packet->source))
		return drop(update, DROP_BAD_CARE_OF_ADDRESS);
	if (message->binding_update.flags & BU_HOME)
		return refuse_home_registration(update);
	if (!message->has_nonce_indices || !message->has_authorization)
		return drop(update, DROP_NO_AUTHENTICATION);
	/* RFC 6275 6.1.7: silently; RFC 5648 6.2 has a status for it */
	if (!deletes(update) && update->bid_count == 0 &&
		!address_is_unicast_routable(update->claim.care_of))
		return drop(update, DROP_BAD_CARE_OF_ADDRESS);
	return true;
}

/* RFC 6275 9.5.1, 6.1.8; 9.5.4: without authorization */
static bool refuse_nonces(const struct update *update, bool home, bool care_of, enum drop why)
{
	uint8_t status = home && care_of ? STATUS_NONCES_EXPIRED
			 : home          ? STATUS_HOME_NONCE_EXPIRED
					 : STATUS_CARE_OF_NONCE_EXPIRED;
	const struct correspondent_ack ack = answer_to(update, status);
	base_drop(update->correspondent->base, why);
	return refuse_unproved(update, &ack);
}

static bool find_nonces(struct update *update)
{
	struct update_proof *proof = &update->proof;
	return update_proof_find(
		       &update->claim, &update->correspondent->nonces, update->now.mono, proof) ||
	       refuse_nonces(update, proof->lacks_home, proof->lacks_care_of, DROP_UNKNOWN_NONCE);
}

static bool authenticate(struct update *update)
{
	enum auth_result result =
		update_proof_check(update->correspondent->base, &update->claim, &update->proof);
	return result == AUTH_OK || drop(update, authentication_drop(result));
}

/* What is in the cache now: what has expired is not. */
static void look_up(struct update *update)
{
	struct correspondent_cache *cache = &update->correspondent->cache;
	correspondent_cache_forget(cache, update->now.mono);
	update->entry =
		correspondent_cache_find(cache, update->claim.home_address, update->claim.own);
	if (!update->entry)
		return;
	entry_expire(update->correspondent, update->now, update->entry, update->outbox);
	update->entry =
		correspondent_cache_find(cache, update->claim.home_address, update->claim.own);
}

/* RFC 6275 9.5.1: the last accepted number is in the answer */
static bool check_sequence(const struct update *update)
{
	if (!update->entry ||
		sequence_greater(update->message->binding_update.sequence, update->entry->sequence))
		return true;
	struct correspondent_ack ack = answer_to(update, STATUS_SEQUENCE_OUT_OF_WINDOW);
	ack.kbm = update->proof.kbm;
	ack.sequence = update->entry->sequence;
	base_drop(update->correspondent->base, DROP_OLD_SEQUENCE);
	return refuse_unproved(update, &ack);
}

/* Whatever ends by then is not recognized of this home address any more (RFC 6275 5.2.8). */
static nanos spent_until(const struct update *update)
{
	return update->entry ? update->entry->nonces.spent_until
			     : correspondent_cache_forgotten_until(&update->correspondent->cache,
				       update->claim.home_address, update->claim.own);
}

/* RFC 6275 9.5.3 wants one of the two to be another: that for which there is one now. */
static bool refuse_pair(const struct update *update)
{
	const struct nonces *nonces = &update->correspondent->nonces;
	const struct update_proof *proof = &update->proof;
	bool home = nonces_is_given(nonces, proof->care_of->index, update->now.mono) &&
		    !nonces_is_given(nonces, proof->home->index, update->now.mono);
	return refuse_nonces(update, home, !home, DROP_SPENT_NONCE);
}

/*
 * RFC 6275 5.2.8, 9.5.3: not with nonces that have brought it here already, and that it was taken
 * away from; nor, of somebody of whom nothing is known, with such as may have. New tokens help.
 */
static bool check_spent(const struct update *update)
{
	if (deletes(update))
		return true;
	const nanos until = spent_until(update);
	const bool home = update->proof.home->until <= until;
	const bool care_of = update->proof.care_of->until <= until;
	if (home || care_of)
		return refuse_nonces(update, home, care_of, DROP_SPENT_NONCE);
	const struct nonce_pair pair = update_proof_pair(&update->claim, &update->proof);
	if (update->entry && used_nonces_are_spent(&update->entry->nonces, &pair))
		return refuse_pair(update);
	return true;
}

/* ---- what follows ---- */

static void spend_nonces(const struct update *update, uint16_t bid)
{
	struct used_nonces *used = &update->entry->nonces;
	const struct nonce_pair *pair = used_nonces_of(used, bid);
	if (pair)
		nonces_spend(&update->correspondent->nonces, pair->care_of_index);
	used_nonces_spend(used, bid, update->now.mono);
}

static void account_for_nonces(const struct update *update, const struct bindings *wanted)
{
	struct cache_entry *entry = update->entry;
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		uint16_t bid = entry->bindings.at[i].bid;
		if (bindings_find(wanted, bid))
			continue;
		if (deletes(update))
			spend_nonces(update, bid);
		else
			used_nonces_forget(&entry->nonces, bid);
	}
	if (deletes(update))
		return;
	const struct nonce_pair pair = update_proof_pair(&update->claim, &update->proof);
	uint16_t bid = update->bid_count ? update->message->bid[0].bid : 0;
	used_nonces_put(&entry->nonces, bid, &pair, update->now.mono);
	entry_reachable(entry, bid);
}

static void put_into_force(const struct update *update, const struct bindings *wanted)
{
	struct cache_entry *entry = update->entry;
	account_for_nonces(update, wanted);
	entry->sequence = update->message->binding_update.sequence;
	entry->remembered_until =
		nanos_max(entry->remembered_until, update_proof_until(&update->proof));
	entry_change_bindings(update->correspondent, update->now, entry, wanted, update->outbox);
	if (wanted->count == 0)
		return;
	struct effect_node *node = &outbox_add(update->outbox, EFFECT_NODE_SET)->node;
	node->home_address = *update->claim.home_address;
	node->peer = *update->claim.own;
	node->sequence = entry->sequence;
}

/* RFC 6275 9.5.3: an update that takes away makes no entry; 5.2.8: who is forgotten for this one
 * finds new nonces when he comes back */
static int ensure_entry(struct update *update)
{
	struct correspondent *correspondent = update->correspondent;
	if (update->entry || deletes(update))
		return 0;
	int error = correspondent_cache_add(&correspondent->cache, update->claim.home_address,
		update->claim.own, &update->entry);
	nonces_spend_until(&correspondent->nonces, correspondent->cache.forgotten_last);
	return error;
}

/* RFC 6275 9.5.4: only if it is asked for */
static void carry_out(struct update *update, const struct bindings *wanted)
{
	struct correspondent_ack ack = answer_to(update, STATUS_ACCEPTED);
	if (update->entry)
		put_into_force(update, wanted);
	update->correspondent->base->counters.updates_accepted++;
	ack.kbm = update->proof.kbm;
	ack.lifetime = update->lifetime;
	if (update->message->binding_update.flags & BU_ACKNOWLEDGE)
		correspondent_ack_send(
			update->correspondent, update->received, &ack, update->outbox);
}

/* RFC 5648 6.2: no bulk, no home link */
static const struct registration_rules registration_rules = {.care_of_proved = true};

static void process(struct update *update)
{
	static const struct bindings none;
	const struct correspondent_config *config = &update->correspondent->config;
	const struct registration_request request = {
		.rules = &registration_rules,
		.update = update->message,
		.home_address = update->claim.home_address,
		.own = update->claim.own,
		.source = &update->packet->source,
		.care_of = update->claim.care_of,
		.expires = update->now.mono + update->lifetime * LIFETIME_UNIT * NANOS_PER_SECOND,
		.lifetime = update->lifetime,
		.bid_count = update->bid_count,
		.bindings_max = config->bindings_max,
		.bulk_prohibited = true,
	};
	struct registration registration;
	registration_evaluate(
		&request, update->entry ? &update->entry->bindings : &none, &registration);
	if (registration.accepted && ensure_entry(update) < 0)
		refuse(update, STATUS_NO_RESOURCES);
	else if (registration.accepted)
		carry_out(update, &registration.bindings);
	else
		refuse(update, registration.status);
}

/* RFC 6275 9.5.2: a shorter lifetime may be granted; 5.2.6: and must be */
static uint16_t lifetime_granted(
	const struct correspondent *correspondent, const struct message *message)
{
	uint16_t asked = message->binding_update.lifetime;
	uint32_t most = correspondent->config.lifetime_max / LIFETIME_UNIT;
	return asked < most ? asked : (uint16_t)most;
}

void correspondent_update(struct correspondent *correspondent, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	const struct message *message = received->message;
	const struct packet *packet = received->packet;
	uint16_t bid_count = correspondent->config.mcoa ? message->bid_count : 0;
	struct update update = {
		.correspondent = correspondent,
		.now = now,
		.received = received,
		.message = message,
		.packet = packet,
		.outbox = outbox,
		.bid_count = bid_count,
		.lifetime = lifetime_granted(correspondent, message),
		.claim =
			{
				.message = message,
				.octets = packet->payload,
				.home_address = packet->has_home_address ? &packet->home_address
									 : &packet->source,
				.care_of = care_of_address(message, bid_count, &packet->source),
				.own = correspondent_own_address(correspondent, packet),
			},
	};
	if (!check_form(&update) || !find_nonces(&update) || !authenticate(&update))
		return;
	look_up(&update);
	if (check_sequence(&update) && check_spent(&update))
		process(&update);
}
