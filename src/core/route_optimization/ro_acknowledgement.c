/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles a correspondent's Binding Acknowledgement (RFC 6275 11.7.3, RFC 5648 5.7). One without
 * authenticator (9.5.4) only causes new tests.
 */
#include "ro_answer.h"
#include "../base/sequence.h"
#include "../base/status.h"

/* RFC 6275 11.7.3: after a refusal that says nothing else */
#define BACKOFF_FIRST (5 * NANOS_PER_SECOND)

static bool sealed_over(const struct ro_answer *answer, const struct ro_update *update,
	const struct in6_addr *care_of)
{
	const struct binding_parties parties = {*care_of, answer->peer->address};
	return binding_key_check(answer->ro->node->base, update->key, &parties,
		       answer->received->message, answer->received->packet->payload) == AUTH_OK;
}

/* The answer to a de-registration may be sealed over the home address (RFC 6275 6.2.7) or over the
 * care-of address that the update came from (9.5.1). */
static bool sealed_for(const struct ro_answer *answer, const struct ro_update *update)
{
	return update->waiting && (sealed_over(answer, update, &update->care_of) ||
					  (!update_registers(update->kind) &&
						  sealed_over(answer, update, &update->source)));
}

struct found {
	struct ro_update *update;
	struct ro_binding *binding; /* NULL: the farewell */
};

typedef bool (*is_one)(const struct ro_answer *, const struct ro_update *);

/* Calls `is_it` for each update that is under way; returns the first that it accepts. */
static struct found find_update(const struct ro_answer *answer, is_one is_it)
{
	struct ro_bindings *bindings = &answer->peer->bindings;
	for (size_t i = 0; i < bindings->count; i++)
		if (is_it(answer, &bindings->at[i].update))
			return (struct found){&bindings->at[i].update, &bindings->at[i]};
	if (is_it(answer, &answer->peer->farewell))
		return (struct found){&answer->peer->farewell, NULL};
	return (struct found){NULL, NULL};
}

static bool is_numbered(const struct ro_answer *answer, const struct ro_update *update)
{
	return update->waiting &&
	       update->sequence == answer->received->message->binding_ack.sequence;
}

/* ---- not authentic: RFC 6275 9.5.4 ---- */

static bool is_unsigned(uint8_t status)
{
	return status == STATUS_HOME_NONCE_EXPIRED || status == STATUS_CARE_OF_NONCE_EXPIRED ||
	       status == STATUS_NONCES_EXPIRED;
}

/* A new care-of nonce has not helped: together with the home nonce it may be spent (9.5.3). */
static bool dispute_home(struct ro_peer *peer, uint8_t status, bool care_of_disputed, nanos now)
{
	bool meant = status != STATUS_CARE_OF_NONCE_EXPIRED || !care_of_disputed;
	return meant && test_dispute(&peer->home, now);
}

static bool dispute_care_of(const struct ro_answer *answer, const struct ro_update *update)
{
	uint8_t status = answer->received->message->binding_ack.status;
	const struct ro_link *link = ro_link_of(answer->ro, &update->care_of);
	struct care_of_test *test = link ? ro_test_find(answer->peer, link) : NULL;
	return status != STATUS_HOME_NONCE_EXPIRED && test &&
	       test_dispute(&test->test, ro_now(answer->ro));
}

/* The correspondent has answered, so it is not given up for silence after this answer. */
static void ask_again(const struct ro_answer *answer, struct ro_update *update)
{
	update->again = ro_now(answer->ro);
	if (update->attempts >= RO_FAILURE_MAX)
		update->attempts = RO_FAILURE_MAX - 1;
}

/*
 * The mobile node gets new tokens, and then sends the same update at once; it still accepts an
 * authentic answer to the present one.
 */
static void take_expired(const struct ro_answer *answer)
{
	const struct msg_binding_ack *ack = &answer->received->message->binding_ack;
	struct found found = find_update(answer, is_numbered);
	if (!found.update) {
		base_drop(answer->ro->node->base, DROP_UNEXPECTED_ACK);
		return;
	}
	bool care_of = dispute_care_of(answer, found.update);
	bool home = dispute_home(answer->peer, ack->status, care_of, ro_now(answer->ro));
	if (home || care_of)
		ask_again(answer, found.update);
	else
		base_drop(answer->ro->node->base, DROP_RATE_LIMITED);
}

/* ---- authentic ---- */

static void report_bound(const struct ro_answer *answer, const struct ro_binding *binding)
{
	struct effect_event *event = ro_event(answer->ro->node->parties, answer->peer,
		EVENT_ROUTE_OPTIMIZED, binding->bid, answer->outbox);
	if (!event)
		return;
	event->care_of = binding->care_of;
	event->lifetime = (uint32_t)((binding->expires - binding->update.sent) / NANOS_PER_SECOND);
}

static void unbind_replaced(const struct ro_answer *answer, const struct ro_update *update)
{
	struct ro_bindings *bindings = &answer->peer->bindings;
	for (size_t i = 0; i < bindings->count; i++)
		if (ro_update_replaces(update, &bindings->at[i]))
			ro_unbind(answer->ro->node->parties, answer->peer, &bindings->at[i],
				answer->outbox);
}

static void accept_registration(const struct ro_answer *answer, struct ro_binding *binding)
{
	struct ro_peer *peer = answer->peer;
	const struct message *message = answer->received->message;
	bool moves = !IN6_ARE_ADDR_EQUAL(&binding->care_of, &binding->update.care_of);
	bool news = !ro_binding_is_bound(binding) || moves;
	if (ro_binding_is_bound(binding) && moves)
		binding->moved = ro_now(answer->ro);
	binding->acknowledged = ro_now(answer->ro);
	/* RFC 5648 5.7: it knows no Binding Identifiers, and has bound this address alone */
	if (ack_lacks_bids(binding->update.kind, false, message)) {
		ro_fall_back(answer);
		binding->update.waiting = false;
		return;
	}
	if (binding->update.sequence == peer->shares_sequence)
		peer->shares_held = peer->shares_sent;
	unbind_replaced(answer, &binding->update);
	if (binding->update.kind == UPDATE_REGISTER)
		(void)peer_bids_step(&peer->bids, PEER_BIDS_SIGNED);
	ro_flows_answered(peer, &binding->update, message);
	ro_binding_accepted(&peer->bindings, binding, message);
	binding->status = 0;
	peer->silences = 0;
	peer->spoken_until = ro_now(answer->ro) + KNOWN_PEERS_SPOKEN_FOR;
	struct care_of_test *test = ro_test_with(peer, &binding->care_of);
	if (test) {
		test->backoff = 0;
		ro_path_proven(test, ro_now(answer->ro));
	}
	if (news && ro_binding_is_bound(binding))
		report_bound(answer, binding);
}

static nanos backoff_of(const struct ro_binding *binding)
{
	return BACKOFF_FIRST << (binding->refusals < 5 ? binding->refusals : 5);
}

/*
 * RFC 5648 5.7: the correspondent has a binding without BID: all updates but those sent before it
 * are sent again with O. False: that would fail, or would replace a binding of this node.
 */
static bool may_overwrite(struct ro_bindings *bindings, const struct ro_update *update)
{
	if (ro_bindings_any(bindings))
		return false;
	if (bindings->overwriting && sequence_greater(bindings->overwritten, update->sequence))
		return true;
	bindings->unknown = true;
	for (size_t i = 0; i < bindings->count; i++)
		bindings->at[i].update.overwrite = false;
	return true;
}

static void refuse_registration(
	const struct ro_answer *answer, struct ro_binding *binding, uint8_t status)
{
	struct ro_bindings *bindings = &answer->peer->bindings;
	bool with_bid = binding->update.kind == UPDATE_REGISTER;
	const struct ack_asked asked = {
		.overwrite = binding->update.overwrite,
		.with_bids = with_bid,
		.several = with_bid,
	};
	enum ack_reaction reaction = ack_reaction_to(status, &asked);
	binding->update.waiting = false;
	if (!ro_binding_is_bound(binding) && !binding->overtaken)
		binding->held_until = 0;
	/* each update asks for one BID: fewer is none */
	if (reaction == ACK_WITHOUT_BIDS || reaction == ACK_ONE_BY_ONE) {
		ro_fall_back(answer);
		return;
	}
	if (reaction == ACK_OVERWRITE && may_overwrite(bindings, &binding->update))
		return;
	if (binding->update.sequence == answer->peer->shares_sequence &&
		share_statement_is_refused(&answer->peer->shares_sent, status)) {
		answer->peer->shares_again = ro_now(answer->ro) + SHARES_AGAIN;
		return;
	}
	binding->status = status;
	binding->retry = ro_now(answer->ro) + backoff_of(binding);
	binding->refusals++;
}

/* After any answer there is no binding left to delete. */
static void accept_removal(const struct ro_answer *answer, struct found found)
{
	struct ro_bindings *bindings = &answer->peer->bindings;
	found.update->waiting = false;
	ro_flows_answered(answer->peer, found.update, answer->received->message);
	for (size_t i = 0; i < bindings->count; i++) {
		struct ro_binding *binding = &bindings->at[i];
		if (found.binding && found.binding != binding)
			continue;
		ro_unbind(answer->ro->node->parties, answer->peer, binding, answer->outbox);
		binding->held_until = 0;
	}
}

static void take_signed(const struct ro_answer *answer)
{
	struct found found = find_update(answer, is_numbered);
	if (!found.update) {
		base_drop(answer->ro->node->base, DROP_UNEXPECTED_ACK);
		return;
	}
	if (!sealed_for(answer, found.update)) {
		base_drop(answer->ro->node->base, answer->received->message->has_authorization
							  ? DROP_AUTHENTICATION_FAILED
							  : DROP_NO_AUTHENTICATION);
		return;
	}
	answer->ro->node->base->counters.acks_received++;
	answer->peer->distrusted = false;
	if (!update_registers(found.update->kind)) {
		accept_removal(answer, found);
		return;
	}
	const struct message *message = answer->received->message;
	uint8_t status = message->bid_count ? ack_status_of(message, found.binding->bid)
					    : message->binding_ack.status;
	/* a lifetime of zero grants nothing */
	if (status >= STATUS_REFUSED || message->binding_ack.lifetime == 0)
		refuse_registration(answer, found.binding, status);
	else
		accept_registration(answer, found.binding);
}

/* RFC 6275 9.5.1: it has the number that was accepted last. If that is the number of an update
 * which still waits for its acknowledgement, the correspondent holds that binding: O would replace
 * it (RFC 5648 6.2). */
static void take_out_of_window(const struct ro_answer *answer)
{
	struct ro_bindings *bindings = &answer->peer->bindings;
	uint16_t theirs = answer->received->message->binding_ack.sequence;
	struct found found = find_update(answer, sealed_for);
	if (!found.update) {
		base_drop(answer->ro->node->base, DROP_AUTHENTICATION_FAILED);
		return;
	}
	answer->ro->node->base->counters.acks_received++;
	if (sequence_greater(theirs, bindings->sequence))
		bindings->sequence = theirs;
	struct found accepted = find_update(answer, is_numbered);
	if (accepted.update && update_registers(accepted.update->kind))
		bindings->unknown = false;
	ask_again(answer, found.update);
}

void ro_acknowledgement(const struct ro_answer *answer)
{
	uint8_t status = answer->received->message->binding_ack.status;
	if (!parties_is_destination(answer->ro->node->parties, answer->received->packet))
		base_drop(answer->ro->node->base, DROP_NOT_FOR_US);
	else if (is_unsigned(status))
		take_expired(answer);
	else if (status == STATUS_SEQUENCE_OUT_OF_WINDOW)
		take_out_of_window(answer);
	else
		take_signed(answer);
}
