/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an authentic Binding Acknowledgement means for the Binding Update List, and what follows
 * from its status: RFC 6275 11.7.3, RFC 5648 5.7, RFC 4285 6.
 */
#include "mobile_node.h"
#include "sequence.h"
#include "status.h"

/* A home agent that restarts must not keep the node away for long. */
#define BACKOFF_FIRST NANOS_PER_SECOND
#define BACKOFF_MAX (10 * NANOS_PER_SECOND)
#define CLOCK_AGAIN NANOS_PER_SECOND

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
	struct effect_note *note = node_note(node, NOTE_REFUSED, bid, outbox);
	if (note)
		note->status = status;
}

static void note_entry(struct mobile_node *node, enum note_type type,
	const struct list_entry *entry, uint32_t lifetime, struct outbox *outbox)
{
	struct effect_note *note = node_note(node, type, entry->bid, outbox);
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

static void fall_back(struct mobile_node *node, struct outbox *outbox)
{
	node->registration.mcoa = false;
	node_note(node, NOTE_FALL_BACK, 0, outbox);
}

/* RFC 5648 5.7: none of the registrations is taken to have succeeded */
static void stop_bulk(struct mobile_node *node, struct outbox *outbox)
{
	node->registration.bulk = false;
	node->registration.list.unknown = true;
	node->registration.list.entries_count = 0;
	node_note(node, NOTE_BULK_OFF, 0, outbox);
}

/* RFC 4285 6: the high-order half is that of the home agent's clock */
static void adjust_clock(struct mobile_node *node, struct moment now, const struct message *message)
{
	struct home_registration *registration = &node->registration;
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
		if (!registration->mcoa)
			return false;
		registration->list.unknown = true;
		fall_back(node, outbox);
		return true;
	case STATUS_MCOA_BULK_PROHIBITED:
		if (!registration->bulk || update->count < 2)
			return false;
		stop_bulk(node, outbox);
		return true;
	}
	return false;
}

static void refuse(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, uint8_t status, struct outbox *outbox)
{
	if (status == STATUS_ID_MISMATCH)
		adjust_clock(node, now, message);
	else if (!react(node, update, status, outbox))
		back_off(node, now.mono, status, outbox);
}

/* ---- one BID refused ---- */

static struct refusal *find_refusal(struct home_registration *registration, uint16_t bid)
{
	for (size_t i = 0; i < registration->refusals_count; i++)
		if (registration->refusals[i].bid == bid)
			return &registration->refusals[i];
	return NULL;
}

static void forgive_bid(struct home_registration *registration, uint16_t bid)
{
	struct refusal *refusal = find_refusal(registration, bid);
	if (refusal)
		*refusal = registration->refusals[--registration->refusals_count];
}

static void refuse_bid(
	struct mobile_node *node, nanos now, uint16_t bid, uint8_t status, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	struct refusal *refusal = find_refusal(registration, bid);
	if (!refusal) {
		if (registration->refusals_count == BINDINGS_MAX)
			registration->refusals_count--;
		refusal = &registration->refusals[registration->refusals_count++];
		*refusal = (struct refusal){.bid = bid};
		note_refused(node, bid, status, outbox);
	}
	refusal->backoff = next_backoff(refusal->backoff);
	refusal->until = now + refusal->backoff;
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
	update_list_bind(list, entry);
	uint32_t lifetime = (uint32_t)message->binding_ack.lifetime * LIFETIME_UNIT;
	if (news)
		note_entry(node, NOTE_REGISTERED, entry, lifetime, outbox);
}

static void let_go(struct mobile_node *node, uint16_t bid, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *entry = update_list_entry(list, bid);
	if (!entry)
		return;
	note_entry(node, NOTE_BINDING_REMOVED, entry, 0, outbox);
	update_list_unbind(list, bid);
}

/* Whatever the update does not list was replaced by it. */
static void let_go_others(
	struct mobile_node *node, const struct update *update, bool single, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
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

/* RFC 5648 5.7: zero in the option means the status of the acknowledgement; of an option that is
 * malformed nothing is believed */
static uint8_t status_of(const struct message *message, uint16_t bid)
{
	for (size_t i = 0; i < message->bid_count; i++)
		if (message->bid[i].bid == bid && message->bid[i].status != 0 &&
			message->bid[i].care_of.length != CARE_OF_MALFORMED)
			return message->bid[i].status;
	return message->binding_ack.status;
}

static void grant_bids(struct mobile_node *node, nanos now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	if (update->overwrite)
		let_go_others(node, update, false, outbox);
	for (size_t i = 0; i < update->count; i++) {
		const struct update_item *item = &update->items[i];
		uint8_t status = status_of(message, item->bid);
		struct list_entry entry = {
			.bid = item->bid,
			.priority = item->priority,
			.care_of = item->care_of,
		};
		if (status < STATUS_REFUSED) {
			forgive_bid(&node->registration, item->bid);
			keep(node, update, message, &entry, outbox);
			continue;
		}
		let_go(node, item->bid, outbox);
		if (!react(node, update, status, outbox))
			refuse_bid(node, now, item->bid, status, outbox);
	}
}

static void granted(struct mobile_node *node, nanos now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	registration->backoff = 0;
	registration->refused = 0;
	if (update->kind == UPDATE_SINGLE) {
		grant_single(node, update, &update->items[0].care_of, message, outbox);
	} else if (message->bid_count == 0) {
		/* RFC 5648 5.7: the peer skipped the options, and took the source for it */
		if (registration->mcoa)
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
	for (size_t i = 0; i < update->count; i++) {
		uint8_t status = status_of(message, update->items[i].bid);
		if (is_gone(status))
			let_go(node, update->items[i].bid, outbox);
		else
			refuse(node, now, update, message, status, outbox);
	}
}

/* ---- which update it answers ---- */

/*
 * RFC 6275 11.7.3: 135 names the number accepted last. It says nothing if what was sent last is
 * greater than that: then an update overtaken by a later one was refused, not the later one.
 */
static bool out_of_window(struct core *core, uint16_t sequence)
{
	struct home_registration *registration = &core->mobile_node->registration;
	struct update_list *list = &registration->list;
	if (!registration->waiting || sequence_greater(list->sequence, sequence)) {
		core_drop(core, DROP_UNEXPECTED_ACK);
		return false;
	}
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++)
		list->sent[i].open = false;
	list->sequence = sequence;
	registration->waiting = false;
	return true;
}

/* RFC 4285 6: the timestamp must be the one sent, unless it is that which was wrong */
static bool timestamp_matches(
	struct core *core, const struct update *update, const struct message *message)
{
	uint8_t status = message->binding_ack.status;
	if (!core->mobile_node->config.auth.replay || status == STATUS_ID_MISMATCH)
		return true;
	if (!message->has_replay) {
		core_drop(core, DROP_NO_REPLAY_OPTION);
		return false;
	}
	if (message->has_replay && message->replay.timestamp != update->timestamp) {
		core_drop(core, DROP_REPLAYED);
		return false;
	}
	return true;
}

/* What it answers is not waited for, nor is what says the same again. */
static void answered(struct mobile_node *node, struct update *update)
{
	struct home_registration *registration = &node->registration;
	update_list_close(&registration->list, update);
	if (registration->last.sequence == update->sequence ||
		update_same(update, &registration->last))
		registration->waiting = false;
	node->unreachable = false;
}

static bool is_partial(const struct message *message)
{
	return message->binding_ack.status == STATUS_MCOA_NOT_COMPLETE && message->bid_count > 0;
}

bool acknowledgement_receive(
	struct core *core, struct moment now, const struct message *message, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	const struct msg_binding_ack *ack = &message->binding_ack;
	if (ack->status == STATUS_SEQUENCE_OUT_OF_WINDOW)
		return out_of_window(core, ack->sequence);
	struct update *open = update_list_open(&node->registration.list, ack->sequence);
	if (!open) {
		core_drop(core, DROP_UNEXPECTED_ACK);
		return false;
	}
	if (!timestamp_matches(core, open, message))
		return false;
	answered(node, open);
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
		break;
	}
	return true;
}
