/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an authentic Binding Acknowledgement means for the Binding Update List, and what follows
 * from its status: RFC 6275 11.7.3, RFC 5648 5.7, RFC 4285 6.
 */
#include "mobile_node.h"
#include "../base/sequence.h"
#include "../base/status.h"

/* A home agent that restarts must not keep the node away for long. */
#define BACKOFF_FIRST NANOS_PER_SECOND
#define BACKOFF_MAX (10 * NANOS_PER_SECOND)
#define CLOCK_AGAIN NANOS_PER_SECOND

/* An address that was refused as such may be good again: configurations are corrected. */
#define ADDRESS_AGAIN (600 * NANOS_PER_SECOND)

static nanos next_backoff(nanos backoff)
{
	if (backoff == 0)
		return BACKOFF_FIRST;
	return 2 * backoff < BACKOFF_MAX ? 2 * backoff : BACKOFF_MAX;
}

/* ---- notes ---- */

static void note_refused(
	struct mobile_node *node, uint16_t bid, uint8_t status, struct outbox *outbox)
{
	struct effect_event *note = parties_event(&node->parties, EVENT_REFUSED, bid, outbox);
	if (note)
		note->status = status;
}

static void note_entry(struct mobile_node *node, enum event_type type,
	const struct list_entry *entry, uint32_t lifetime, struct outbox *outbox)
{
	struct effect_event *note = parties_event(&node->parties, type, entry->bid, outbox);
	if (!note)
		return;
	note->care_of = entry->care_of;
	note->lifetime = lifetime;
}

/* ---- refused ---- */

static void back_off(struct mobile_node *node, nanos now, uint8_t status, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	registration->backoff = next_backoff(registration->backoff);
	registration->retry = now + registration->backoff;
	if (registration->refused != status)
		note_refused(node, 0, status, outbox);
	registration->refused = status;
}

/* RFC 5648 5.7: for as long as there is this home agent */
static void fall_back(struct mobile_node *node, struct outbox *outbox)
{
	if (!peer_bids_step(&node->registration.bids, PEER_BIDS_FALL_BACK))
		return;
	node->registration.list.unknown = true;
	parties_event(&node->parties, EVENT_FALL_BACK, 0, outbox);
}

/* RFC 5648 5.7: none of the registrations is taken to have succeeded */
static void stop_bulk(struct mobile_node *node, struct outbox *outbox)
{
	node->registration.bulk = false;
	node->registration.list.unknown = true;
	parties_event(&node->parties, EVENT_BULK_OFF, 0, outbox);
}

/* RFC 4285 6: the high-order half is that of the home agent's clock */
static void adjust_clock(struct mobile_node *node, struct moment now, const struct message *message,
	struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	registration_problem_clock(node, outbox);
	if (message->has_replay) {
		uint64_t theirs = message->replay.timestamp >> 32;
		registration->clock_offset = (theirs - (now.ntp >> 32)) << 32;
		registration->timestamp = 0;
	}
	nanos again = registration->clock_adjusted + CLOCK_AGAIN;
	registration->retry = registration->clock_adjusted && again > now.mono ? again : now.mono;
	registration->clock_adjusted = now.mono;
}

/* A status that says how to go on, whether of the whole or of one BID. False: it does not. */
static bool react(struct mobile_node *node, const struct update *update, uint8_t status,
	struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	switch (status) {
	case STATUS_MCOA_NON_MCOA_BINDING_EXISTS:
		registration->list.unknown = true;
		return !update->overwrite;
	case STATUS_MCOA_PROHIBITED:
		if (!peer_bids_used(registration->bids))
			return false;
		fall_back(node, outbox);
		return true;
	case STATUS_MCOA_HOME_AND_FOREIGN_PROHIBITED:
		if (!update->home)
			return false;
		returning_home_refused(node, outbox);
		return true;
	case STATUS_MCOA_BULK_PROHIBITED:
		if (!registration->bulk || update->count < 2)
			return false;
		stop_bulk(node, outbox);
		return true;
	}
	return false;
}

/*
 * Not so: the update was turned away before its options were looked at (RFC 6275 9.5.1, 10.3.1,
 * 10.3.2, RFC 4285 6, 8).
 */
static bool is_about_options(uint8_t status)
{
	return status != STATUS_SEQUENCE_OUT_OF_WINDOW && status != STATUS_ID_MISMATCH &&
	       status != STATUS_MESSAGE_ID_REQUIRED && status != STATUS_NOT_HOME_AGENT;
}

/*
 * RFC 6275 10.3.2: de-registered, as nobody asked. It is the late answer to what the node sent
 * under this number before it lost its numbers.
 */
static bool is_of_another_life(const struct update *update, const struct message *message)
{
	return update->kind == UPDATE_REGISTER && !update->home &&
	       message->binding_ack.status < STATUS_REFUSED && message->binding_ack.lifetime == 0;
}

/*
 * RFC 5648 5.7: the peer skipped the Binding Identifier options, whatever the status, unless
 * the status says that nothing in the update was processed. After such a one a peer that does know
 * them would be taken for one that does not.
 */
static bool is_without_bids(const struct update *update, const struct message *message)
{
	return (update->kind == UPDATE_REGISTER || update->kind == UPDATE_REMOVE) &&
	       message->bid_count == 0 && is_about_options(message->binding_ack.status) &&
	       !is_of_another_life(update, message);
}

/* ---- one BID refused ---- */

/*
 * RFC 6275 6.1.8: 174 is about the address, which will not soon be a better one; unless it was
 * registered alone, and from elsewhere: there are home agents that mind (draft-13 10). Where the
 * home agent saw it come from, its answer goes: no authenticator covers the source.
 */
static bool is_about_address(
	const struct update *update, const struct update_item *item, uint8_t status)
{
	bool from_itself = IN6_ARE_ADDR_EQUAL(&update->source, &item->care_of) &&
			   IN6_ARE_ADDR_EQUAL(&update->answered, &item->care_of);
	return status == STATUS_INVALID_CARE_OF && (update->count > 1 || from_itself);
}

static void refuse_item(struct mobile_node *node, nanos now, const struct update *update,
	const struct update_item *item, uint8_t status, struct outbox *outbox)
{
	struct refusals *refusals = &node->registration.refusals;
	if (!refusals_of(refusals, item->bid, &item->care_of))
		note_refused(node, item->bid, status, outbox);
	struct refusal *refusal = refusals_need(refusals, item->bid, &item->care_of);
	refusal->backoff = next_backoff(refusal->backoff);
	refusal->until = now + refusal->backoff;
	refusal->elsewhere = !update->framed && node->registration.attempts < 2;
	struct link *link = links_find(&node->links, item->bid);
	if (!is_about_address(update, item, status) || !link)
		return;
	refusal->until = now + ADDRESS_AGAIN;
	link_address_refuse(link, &item->care_of, refusal->until);
	link_choose(link, &node->config.home_address, now);
}

/* Of BIDs registered one by one, that which is refused must not hold up the others' refreshes. */
static bool is_about_one(const struct mobile_node *node, const struct update *update,
	const struct message *message, uint8_t status)
{
	if (update->count != 1)
		return false;
	return status == STATUS_INVALID_CARE_OF ||
	       (update->kind == UPDATE_REGISTER && !node->registration.bulk &&
		       message->bid_count == 1 && is_about_options(status));
}

static void refuse(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, uint8_t status, struct outbox *outbox)
{
	if (status == STATUS_ID_MISMATCH)
		adjust_clock(node, now, message, outbox);
	else if (status == STATUS_DAD_FAILED)
		/* not tried again: an operator has to decide which node has the address */
		registration_step(&node->registration.phase, REGISTRATION_HAS_DUPLICATE,
			&node->parties, outbox);
	else if (react(node, update, status, outbox))
		;
	else if (is_about_one(node, update, message, status))
		refuse_item(node, now.mono, update, &update->items[0], status, outbox);
	else
		back_off(node, now.mono, status, outbox);
	if (is_without_bids(update, message))
		fall_back(node, outbox);
}

/* ---- accepted ---- */

static nanos after(nanos from, uint32_t units)
{
	if (units == LIFETIME_INFINITE)
		return NANOS_NEVER;
	return from + (nanos)units * LIFETIME_UNIT * NANOS_PER_SECOND;
}

/*
 * RFC 6275 11.7.3: what was granted counts from when the update was sent; the refresh advice may
 * ask for less.
 */
static void set_times(
	const struct update *update, const struct message *message, struct list_entry *entry)
{
	uint16_t granted = message->binding_ack.lifetime;
	if (granted > update->lifetime)
		granted = update->lifetime;
	entry->expires = after(update->sent, granted);
	entry->refresh = entry->expires;
	if (entry->expires != NANOS_NEVER)
		entry->refresh = update->sent + (entry->expires - update->sent) / 4 * 3;
	if (message->has_refresh_advice && message->refresh_advice.interval) {
		nanos advised = after(update->sent, message->refresh_advice.interval);
		if (advised < entry->refresh)
			entry->refresh = advised;
	}
}

static void keep(struct mobile_node *node, const struct update *update,
	const struct message *message, struct list_entry *entry, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *before = update_list_entry(list, entry->bid);
	bool news = !before || !IN6_ARE_ADDR_EQUAL(&before->care_of, &entry->care_of);
	set_times(update, message, entry);
	entry->acknowledged = node->now;
	update_list_bind(list, entry);
	uint32_t lifetime = (uint32_t)message->binding_ack.lifetime * LIFETIME_UNIT;
	if (news)
		note_entry(node, EVENT_REGISTERED, entry, lifetime, outbox);
}

static void let_go(struct mobile_node *node, uint16_t bid, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *entry = update_list_entry(list, bid);
	if (!entry)
		return;
	note_entry(node, EVENT_BINDING_REMOVED, entry, 0, outbox);
	update_list_unbind(list, bid);
}

/* The home agent has carried out the update: nothing is bound under this BID. */
static void forget_removed(
	struct mobile_node *node, const struct update *update, uint16_t bid, struct outbox *outbox)
{
	asked_bindings_end(&node->registration.list.asked, update->sequence, bid, NULL);
	let_go(node, bid, outbox);
}

/*
 * The home agent refused the update because nothing was bound under this BID. An earlier update may
 * have arrived after this one: a binding that was acknowledged since this one was sent stays.
 */
static void forget_absent(
	struct mobile_node *node, const struct update *update, uint16_t bid, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *entry = update_list_entry(list, bid);
	asked_bindings_absent(&list->asked, update->sequence, bid);
	if (entry && entry->acknowledged < update->sent)
		let_go(node, bid, outbox);
}

/* Whatever the update does not list was replaced by it. */
static void let_go_others(
	struct mobile_node *node, const struct update *update, bool single, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	asked_bindings_end_all(&list->asked, update->sequence);
	for (size_t i = list->entries_count; i-- > 0;) {
		uint16_t bid = list->entries[i].bid;
		if (single ? bid != 0 : !update_item(update, bid))
			let_go(node, bid, outbox);
	}
	list->unknown = false;
}

/* RFC 6275: one binding, replacing all; `care_of` is what the home agent took for it. */
static void grant_single(struct mobile_node *node, const struct update *update,
	const struct in6_addr *care_of, const struct message *message, struct outbox *outbox)
{
	struct list_entry entry = {.bid = 0, .care_of = *care_of};
	let_go_others(node, update, true, outbox);
	keep(node, update, message, &entry, outbox);
}

/*
 * RFC 5648 5.7: zero in the option means the status of the acknowledgement; of an option that is
 * malformed nothing is believed. RFC 5648 4.4: with NOTCOMPLETE, what no option speaks of is not
 * known to have been accepted.
 */
static uint8_t status_of(const struct message *message, uint16_t bid)
{
	uint8_t status = message->binding_ack.status;
	for (size_t i = 0; i < message->bid_count; i++) {
		const struct opt_bid *option = &message->bid[i];
		if (option->bid == bid && option->care_of.length != CARE_OF_MALFORMED)
			return option->status ? option->status : status;
	}
	return status == STATUS_MCOA_NOT_COMPLETE ? (uint8_t)STATUS_UNSPECIFIED : status;
}

static bool any_accepted(const struct update *update, const struct message *message)
{
	for (size_t i = 0; i < update->count; i++)
		if (status_of(message, update->items[i].bid) < STATUS_REFUSED)
			return true;
	return false;
}

/*
 * Whether an option that was refused leaves nothing bound under its BID. RFC 5648 6.2: the binding
 * from before the update stays. But if the home agent accepted another option of the update,
 * nothing is bound after status 167 or with O, and a refused home binding is removed (5.6.5, ADR
 * 40).
 */
static bool is_removed(const struct mobile_node *node, const struct update *update, uint16_t bid,
	uint8_t status, bool carried_out)
{
	const struct list_entry *entry = update_list_entry(&node->registration.list, bid);
	if (carried_out && (status == STATUS_MCOA_UNKNOWN_CARE_OF || update->overwrite))
		return true;
	return entry && carried_out &&
	       IN6_ARE_ADDR_EQUAL(&entry->care_of, &node->config.home_address);
}

static void grant_bids(struct mobile_node *node, nanos now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	bool carried_out = any_accepted(update, message);
	(void)peer_bids_step(&node->registration.bids, PEER_BIDS_SIGNED);
	if (update->overwrite && carried_out)
		let_go_others(node, update, false, outbox);
	for (size_t i = 0; i < update->count; i++) {
		const struct update_item *item = &update->items[i];
		uint8_t status = status_of(message, item->bid);
		struct list_entry entry = {
			.bid = item->bid,
			.priority = item->priority,
			.care_of = item->care_of,
			.without_nd =
				status == STATUS_MCOA_RETURN_HOME_WITHOUT_NDP &&
				IN6_ARE_ADDR_EQUAL(&item->care_of, &node->config.home_address),
		};
		if (status < STATUS_REFUSED) {
			refusals_remove(&node->registration.refusals, item->bid, &item->care_of);
			asked_bindings_end(
				&node->registration.list.asked, update->sequence, item->bid, NULL);
			keep(node, update, message, &entry, outbox);
			continue;
		}
		if (is_removed(node, update, item->bid, status, carried_out))
			forget_removed(node, update, item->bid, outbox);
		else if (status == STATUS_MCOA_UNKNOWN_CARE_OF)
			forget_absent(node, update, item->bid, outbox);
		else if (carried_out)
			asked_bindings_end(&node->registration.list.asked, update->sequence,
				item->bid, &node->config.home_address);
		if (!react(node, update, status, outbox))
			refuse_item(node, now, update, item, status, outbox);
	}
}

static void granted(struct mobile_node *node, nanos now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	registration->backoff = 0;
	registration->refused = 0;
	registration_problem_granted(node);
	/* RFC 6275 11.7.3 */
	if (message->binding_ack.status == STATUS_PREFIX_DISCOVERY_NEEDED)
		prefix_solicitation_need(&node->prefixes);
	if (update->kind == UPDATE_SINGLE) {
		grant_single(node, update, &update->items[0].care_of, message, outbox);
	} else if (message->bid_count == 0 && update->framed) {
		/* RFC 5648 6.3: a home agent without BIDs took an update from the home address for
		 * a de-registration */
		fall_back(node, outbox);
		update_list_forget(&registration->list);
	} else if (message->bid_count == 0) {
		/* RFC 5648 5.7: the peer skipped the options, and took the source for it */
		fall_back(node, outbox);
		grant_single(node, update, &update->source, message, outbox);
	} else {
		grant_bids(node, now, update, message, outbox);
	}
}

/* ---- de-registration ---- */

/* RFC 5648 5.7, 6.2: 133 and 167 say that there was no such binding */
static bool is_gone(uint8_t status)
{
	return status < STATUS_REFUSED || status == STATUS_NOT_HOME_AGENT ||
	       status == STATUS_MCOA_UNKNOWN_CARE_OF;
}

static void removed(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	if (is_without_bids(update, message)) {
		/* it has taken away everything, or nothing */
		fall_back(node, outbox);
		return;
	}
	for (size_t i = 0; i < update->count; i++) {
		uint8_t status = status_of(message, update->items[i].bid);
		if (status < STATUS_REFUSED)
			forget_removed(node, update, update->items[i].bid, outbox);
		else if (is_gone(status))
			forget_absent(node, update, update->items[i].bid, outbox);
		else
			refuse(node, now, update, message, status, outbox);
	}
}

/* RFC 6275 11.5.5, RFC 5648 5.5.1: of everything, by the home link */
static void removed_all(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	uint8_t status = message->binding_ack.status;
	if (!home_use_is_returning(node->registration.home) || !update->framed)
		return;
	if (status == STATUS_ID_MISMATCH) {
		adjust_clock(node, now, message, outbox);
		return;
	}
	if (!is_gone(status)) {
		note_refused(node, 0, status, outbox);
		returning_home_failed(node);
		return;
	}
	asked_bindings_end_all(&list->asked, update->sequence);
	while (list->entries_count)
		let_go(node, list->entries[0].bid, outbox);
	list->unknown = false;
	returning_home_done(node, outbox);
}

/* ---- which update it answers ---- */

/*
 * RFC 6275 11.7.3: 135 names the number accepted last. It says nothing if what was sent last is
 * greater than that: then an update overtaken by a later one was refused, not the later one.
 */
static bool out_of_window(struct mobile_node *node, uint16_t sequence, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	struct update_list *list = &registration->list;
	if (!registration_waits(registration->phase) ||
		sequence_greater(list->sequence, sequence)) {
		base_drop(node->base, DROP_UNEXPECTED_ACK);
		return false;
	}
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++)
		list->sent[i].open = false;
	list->sequence = sequence;
	registration_step(&registration->phase, REGISTRATION_ANSWERED, &node->parties, outbox);
	return true;
}

/*
 * RFC 4285 5.3: 146 is sealed with the key that it says the update was not sealed with. So what it
 * answers was not ours: somebody had a forged update refused, and kept the answer for one of our
 * sequence numbers to come.
 */
static void answers_a_forgery(struct mobile_node *node, struct outbox *outbox)
{
	base_drop(node->base, DROP_UNEXPECTED_ACK);
	if (!node->registration.forgery_told)
		parties_event(&node->parties, EVENT_AUTHENTICATION_FAILED, 0, outbox);
	node->registration.forgery_told = true;
}

/* RFC 4285 6: the timestamp must be the one sent, unless it is that which was wrong */
static bool timestamp_matches(struct mobile_node *node, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	uint8_t status = message->binding_ack.status;
	if (!node->config.auth.replay || status == STATUS_ID_MISMATCH)
		return true;
	if (!message->has_replay) {
		base_drop(node->base, DROP_NO_REPLAY_OPTION);
		registration_problem_discarded(node, PROBLEM_NO_TIMESTAMP, outbox);
		return false;
	}
	if (message->replay.timestamp != update->timestamp) {
		base_drop(node->base, DROP_REPLAYED);
		registration_problem_discarded(node, PROBLEM_OTHER_TIMESTAMP, outbox);
		return false;
	}
	return true;
}

/* What it answers is not waited for, nor is what says the same again. */
static void answered(
	struct mobile_node *node, struct update *update, uint8_t status, struct outbox *outbox)
{
	bool refused = status >= STATUS_REFUSED;
	struct home_registration *registration = &node->registration;
	update_list_close(&registration->list, update, refused);
	/* RFC 4285 6: 144 may refuse the second copy of an update that was accepted */
	if (refused && status != STATUS_ID_MISMATCH)
		asked_bindings_refuse(&registration->list.asked, update->sequence);
	if (registration->last.sequence == update->sequence ||
		update_same(update, &registration->last))
		registration_step(
			&registration->phase, REGISTRATION_ANSWERED, &node->parties, outbox);
	registration_problem_answered(node);
}

static bool is_partial(const struct message *message)
{
	return message->binding_ack.status == STATUS_MCOA_NOT_COMPLETE && message->bid_count > 0;
}

bool acknowledgement_receive(struct mobile_node *node, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	const struct message *message = received->message;
	const struct msg_binding_ack *ack = &message->binding_ack;
	if (ack->status == STATUS_AUTHENTICATION_FAILED) {
		answers_a_forgery(node, outbox);
		return false;
	}
	if (ack->status == STATUS_SEQUENCE_OUT_OF_WINDOW)
		return out_of_window(node, ack->sequence, outbox);
	struct update *open = update_list_open(&node->registration.list, ack->sequence);
	if (!open) {
		base_drop(node->base, DROP_UNEXPECTED_ACK);
		return false;
	}
	if (!timestamp_matches(node, open, message, outbox))
		return false;
	answered(node, open, ack->status, outbox);
	open->answered = received->packet->destination;
	const struct update update = *open;
	bool positive = ack->status < STATUS_REFUSED;
	switch (update.kind) {
	case UPDATE_REGISTER:
	case UPDATE_SINGLE:
		/* RFC 5648 4.4: each option says what became of it, even if none was accepted */
		if (positive && (ack->lifetime || is_partial(message)))
			granted(node, now.mono, &update, message, outbox);
		else
			refuse(node, now, &update, message,
				positive ? STATUS_UNSPECIFIED : ack->status, outbox);
		break;
	case UPDATE_REMOVE:
		removed(node, now, &update, message, outbox);
		break;
	case UPDATE_REMOVE_ALL:
		removed_all(node, now, &update, message, outbox);
		break;
	}
	return true;
}
