/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the bindings that are to those that are to be: the difference as effects. What stays as it
 * is causes none.
 */
#include "correspondent_part.h"

static void tunnel_set(
	const struct cache_entry *entry, const struct binding *binding, struct outbox *outbox)
{
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel;
	tunnel->home_address = entry->key.home_address;
	tunnel->peer = entry->key.own;
	tunnel->local.address = entry->key.own;
	tunnel->remote.address = binding->care_of;
	tunnel->expires = binding->expires;
	tunnel->bid = binding->bid;
	tunnel->priority = binding->priority;
	tunnel->usable = true;
	tunnel->encapsulation = ENCAP_TO_MOBILE_NODE;
}

void entry_tunnel_remove(const struct in6_addr *home_address, const struct in6_addr *own,
	uint16_t bid, struct outbox *outbox)
{
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	tunnel->home_address = *home_address;
	tunnel->peer = *own;
	tunnel->bid = bid;
}

void entry_note(const struct cache_entry *entry, const struct binding *binding, nanos now,
	enum event_type type, struct outbox *outbox)
{
	struct effect_event *note = &outbox_add(outbox, EFFECT_EVENT)->event;
	note->type = type;
	note->bid = binding->bid;
	note->home_address = entry->key.home_address;
	note->care_of = binding->care_of;
	note->peer = entry->key.own;
	if (type != EVENT_BINDING_REMOVED && type != EVENT_BINDING_EXPIRED &&
		type != EVENT_BINDING_UNREACHABLE)
		note->lifetime = (uint32_t)((binding->expires - now) / NANOS_PER_SECOND);
}

void entry_settle(struct correspondent *correspondent, struct moment now, struct cache_entry *entry)
{
	nanos next = nanos_min(
		bindings_first_expiry(&entry->bindings), entry_refresh_next(correspondent, entry));
	correspondent_cache_settle(&correspondent->cache, entry, next, now.mono);
}

void entry_expire_binding(struct cache_entry *entry, struct binding *binding, struct outbox *outbox)
{
	entry_tunnel_remove(&entry->key.home_address, &entry->key.own, binding->bid, outbox);
	entry_note(entry, binding, 0, EVENT_BINDING_EXPIRED, outbox);
	used_nonces_forget(&entry->nonces, binding->bid);
	bindings_remove(&entry->bindings, binding);
}

static void tell_removed(const struct cache_entry *entry, nanos now, const struct bindings *wanted,
	struct outbox *outbox)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		if (bindings_find(wanted, binding->bid))
			continue;
		entry_tunnel_remove(
			&entry->key.home_address, &entry->key.own, binding->bid, outbox);
		entry_note(entry, binding, now, EVENT_BINDING_REMOVED, outbox);
	}
}

static void tell_one(const struct cache_entry *entry, nanos now, const struct binding *wanted,
	struct outbox *outbox)
{
	const struct binding *present = bindings_find(&entry->bindings, wanted->bid);
	bool moved = present && !IN6_ARE_ADDR_EQUAL(&present->care_of, &wanted->care_of);
	if (present && !moved && present->expires == wanted->expires &&
		present->priority == wanted->priority)
		return;
	tunnel_set(entry, wanted, outbox);
	if (!present)
		entry_note(entry, wanted, now, EVENT_BINDING_ADDED, outbox);
	else if (moved)
		entry_note(entry, wanted, now, EVENT_BINDING_MOVED, outbox);
}

void entry_change_bindings(struct correspondent *correspondent, struct moment now,
	struct cache_entry *entry, const struct bindings *wanted, struct outbox *outbox)
{
	tell_removed(entry, now.mono, wanted, outbox);
	for (uint8_t i = 0; i < wanted->count; i++)
		tell_one(entry, now.mono, &wanted->at[i], outbox);
	entry->bindings = *wanted;
	entry_settle(correspondent, now, entry);
}
