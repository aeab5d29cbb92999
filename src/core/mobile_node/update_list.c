/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.1: the Binding Update List.
 */
#include "update_list.h"

#include "../base/sequence.h"

#include <string.h>

void update_list_init(struct update_list *list, uint16_t sequence)
{
	memset(list, 0, sizeof(*list));
	list->sequence = sequence;
	list->unknown = true;
}

/* ---- updates ---- */

const struct update_item *update_item(const struct update *update, uint16_t bid)
{
	for (size_t i = 0; i < update->count; i++)
		if (update->items[i].bid == bid)
			return &update->items[i];
	return NULL;
}

static bool contains(const struct update *update, const struct update_item *wanted)
{
	const struct update_item *item = update_item(update, wanted->bid);
	return item && item->priority == wanted->priority &&
	       IN6_ARE_ADDR_EQUAL(&item->care_of, &wanted->care_of);
}

bool update_same(const struct update *a, const struct update *b)
{
	if (a->kind != b->kind || a->count != b->count || (b->overwrite && !a->overwrite))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!contains(b, &a->items[i]))
			return false;
	return true;
}

/* What the home agent holds afterwards, if it accepts, has nothing to do with this BID. */
static bool takes_away(const struct update *update, uint16_t bid)
{
	switch (update->kind) {
	case UPDATE_REGISTER:
		return update->overwrite && !update_item(update, bid);
	case UPDATE_SINGLE:
		return bid != 0;
	case UPDATE_REMOVE:
		return update_item(update, bid) != NULL;
	case UPDATE_REMOVE_ALL:
		return true;
	}
	return false;
}

static nanos expires_of(const struct update *update)
{
	if (update->lifetime == LIFETIME_INFINITE)
		return NANOS_NEVER;
	return update->sent + (nanos)update->lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
}

/* RFC 5648 5.9: if an address is forgotten, the next update replaces all bindings */
static void ask(
	struct update_list *list, const struct update *update, const struct update_item *item)
{
	const struct asked_binding asked = {
		.bid = update->kind == UPDATE_SINGLE ? 0 : item->bid,
		.first = update->sequence,
		.last = update->sequence,
		.care_of = item->care_of,
		.expires = expires_of(update),
	};
	if (!asked_bindings_add(&list->asked, &asked))
		list->unknown = true;
}

void update_list_send(struct update_list *list, struct update *update)
{
	struct update *place = &list->sent[list->next];
	list->next = (list->next + 1) % UPDATES_REMEMBERED;
	update->sequence = ++list->sequence;
	update->open = true;
	for (size_t i = 0; update_registers(update->kind) && i < update->count; i++)
		ask(list, update, &update->items[i]);
	*place = *update;
}

struct update *update_list_open(struct update_list *list, uint16_t sequence)
{
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++)
		if (list->sent[i].open && list->sent[i].sequence == sequence)
			return &list->sent[i];
	return NULL;
}

void update_list_close(struct update_list *list, struct update *update, bool refused)
{
	update->open = false;
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++) {
		struct update *other = &list->sent[i];
		bool stays = refused && update_registers(other->kind) && !other->overwrite;
		if (!stays && !sequence_greater(other->sequence, update->sequence))
			other->open = false;
	}
}

/* ---- bindings ---- */

static struct list_entry *find_entry(struct update_list *list, uint16_t bid)
{
	for (size_t i = 0; i < list->entries_count; i++)
		if (list->entries[i].bid == bid)
			return &list->entries[i];
	return NULL;
}

const struct list_entry *update_list_entry(const struct update_list *list, uint16_t bid)
{
	for (size_t i = 0; i < list->entries_count; i++)
		if (list->entries[i].bid == bid)
			return &list->entries[i];
	return NULL;
}

static bool threatened(const struct update_list *list, const struct list_entry *entry)
{
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++) {
		const struct update *update = &list->sent[i];
		if (update->open && !update->presumed_lost && takes_away(update, entry->bid))
			return true;
	}
	return false;
}

const struct list_entry *update_list_sure(
	const struct update_list *list, uint16_t bid, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < list->entries_count; i++) {
		const struct list_entry *entry = &list->entries[i];
		if ((entry->bid == bid || entry->bid == 0) &&
			IN6_ARE_ADDR_EQUAL(&entry->care_of, care_of))
			return threatened(list, entry) ? NULL : entry;
	}
	return NULL;
}

void update_list_each_held(
	const struct update_list *list, void (*each)(void *ctx, uint16_t bid), void *ctx)
{
	for (size_t i = 0; i < list->entries_count; i++)
		each(ctx, list->entries[i].bid);
	for (size_t i = 0; i < list->asked.count; i++)
		if (!list->asked.at[i].absent)
			each(ctx, list->asked.at[i].bid);
}

void update_list_each_care_of(const struct update_list *list,
	void (*each)(void *ctx, const struct held_care_of *), void *ctx)
{
	for (size_t i = 0; i < list->entries_count; i++) {
		const struct list_entry *entry = &list->entries[i];
		const struct held_care_of held = {
			entry->care_of, entry->expires, entry->acknowledged ? 0 : entry->bid};
		each(ctx, &held);
	}
	for (size_t i = 0; i < list->asked.count; i++) {
		const struct held_care_of held = {
			list->asked.at[i].care_of, list->asked.at[i].expires, 0};
		each(ctx, &held);
	}
}

struct search {
	uint16_t bid;
	bool found;
};

static void compare(void *ctx, uint16_t bid)
{
	struct search *search = ctx;
	search->found = search->found || search->bid == bid;
}

bool update_list_may_hold(const struct update_list *list, uint16_t bid)
{
	struct search search = {bid, false};
	update_list_each_held(list, compare, &search);
	return search.found;
}

void update_list_bind(struct update_list *list, const struct list_entry *entry)
{
	struct list_entry *place = find_entry(list, entry->bid);
	if (!place && list->entries_count == BINDINGS_MAX) {
		/* RFC 5648 5.9: what does not fit this list is replaced by the next update */
		list->unknown = true;
		place = &list->entries[0];
	}
	if (!place)
		place = &list->entries[list->entries_count++];
	*place = *entry;
}

void update_list_unbind(struct update_list *list, uint16_t bid)
{
	struct list_entry *entry = find_entry(list, bid);
	if (entry)
		*entry = list->entries[--list->entries_count];
}

void update_list_forget(struct update_list *list)
{
	list->unknown = true;
	list->entries_count = 0;
	list->asked.count = 0;
}

void update_list_presume_lost(struct update_list *list)
{
	struct update *update = update_list_open(list, list->sequence);
	if (update)
		update->presumed_lost = true;
}

bool update_list_renew(struct update_list *list, uint16_t bid, nanos until)
{
	bool any = false;
	for (size_t i = 0; i < list->entries_count; i++) {
		struct list_entry *entry = &list->entries[i];
		if ((bid != 0 && entry->bid != bid) || entry->acknowledged > until)
			continue;
		entry->refresh = 0;
		any = true;
	}
	return any;
}
