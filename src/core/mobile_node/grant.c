/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent grants a registration: the bindings that it holds from then on (RFC 6275 11.7.3,
 * RFC 5648 5.7).
 */
#include "acknowledgement.h"

#include "../base/status.h"

static void report_entry(struct mobile_node *node, enum event_type type,
	const struct list_entry *entry, uint32_t lifetime, struct outbox *outbox)
{
	struct effect_event *event = parties_event(&node->parties, type, entry->bid, outbox);
	if (!event)
		return;
	event->care_of = entry->care_of;
	event->lifetime = lifetime;
}

static void keep(struct mobile_node *node, const struct update *update,
	const struct message *message, struct list_entry *entry, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *before = update_list_entry(list, entry->bid);
	bool news = !before || !IN6_ARE_ADDR_EQUAL(&before->care_of, &entry->care_of);
	struct ack_times times = ack_times_of(update->sent, update->lifetime, message, true);
	entry->expires = times.expires;
	entry->refresh = times.refresh;
	entry->acknowledged = node->now;
	update_list_bind(list, entry);
	uint32_t lifetime = (uint32_t)message->binding_ack.lifetime * LIFETIME_UNIT;
	if (news)
		report_entry(node, EVENT_REGISTERED, entry, lifetime, outbox);
}

void binding_end(struct mobile_node *node, uint16_t bid, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *entry = update_list_entry(list, bid);
	if (!entry)
		return;
	report_entry(node, EVENT_BINDING_REMOVED, entry, 0, outbox);
	update_list_unbind(list, bid);
}

/* The home agent has carried out the update: nothing is bound under this BID. */
void binding_removed(
	struct mobile_node *node, const struct update *update, uint16_t bid, struct outbox *outbox)
{
	asked_bindings_end(&node->registration.list.asked, update->sequence, bid, NULL);
	binding_end(node, bid, outbox);
}

/*
 * The home agent refused the update because nothing was bound under this BID. An earlier update may
 * have arrived after this one: a binding that was acknowledged since this one was sent stays.
 */
void binding_absent(
	struct mobile_node *node, const struct update *update, uint16_t bid, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	const struct list_entry *entry = update_list_entry(list, bid);
	asked_bindings_absent(&list->asked, update->sequence, bid);
	if (entry && entry->acknowledged < update->sent)
		binding_end(node, bid, outbox);
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
			binding_end(node, bid, outbox);
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

static bool any_accepted(const struct update *update, const struct message *message)
{
	for (size_t i = 0; i < update->count; i++)
		if (ack_status_of(message, update->items[i].bid) < STATUS_REFUSED)
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
		uint8_t status = ack_status_of(message, item->bid);
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
			binding_removed(node, update, item->bid, outbox);
		else if (status == STATUS_MCOA_UNKNOWN_CARE_OF)
			binding_absent(node, update, item->bid, outbox);
		else if (carried_out)
			asked_bindings_end(&node->registration.list.asked, update->sequence,
				item->bid, &node->config.home_address);
		if (!refusal_react(node, update, status, outbox))
			refusal_of_item(node, now, update, item, status, outbox);
	}
}

void grant_of(struct mobile_node *node, nanos now, const struct update *update,
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
		refusal_fall_back(node, outbox);
		update_list_forget(&registration->list);
	} else if (message->bid_count == 0) {
		/* RFC 5648 5.7: the peer skipped the options, and took the source for it */
		refusal_fall_back(node, outbox);
		grant_single(node, update, &update->source, message, outbox);
	} else {
		grant_bids(node, now, update, message, outbox);
	}
}
