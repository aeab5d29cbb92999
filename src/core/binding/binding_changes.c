/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_changes.h"
#include "binding_record.h"
#include "binding_role.h"
#include "recovery.h"
#include "refresh_request.h"
#include "../base/subject.h"

static bool same_address(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

/* ---- effects ---- */

void binding_event(const struct binding_cache *cache, const struct binding_entry *entry,
	const struct binding *binding, uint32_t lifetime, enum event_type type,
	struct outbox *outbox)
{
	struct effect_event *event = &outbox_add(outbox, EFFECT_EVENT)->event;
	event->type = type;
	event->bid = binding->bid;
	event->lifetime = lifetime;
	event->home_address = entry->home_address;
	event->care_of = binding->care_of;
	event->peer = binding_peer(cache, entry->own);
}

void binding_subject_need(
	const struct binding_cache *cache, struct binding_entry *entry, struct outbox *outbox)
{
	const struct in6_addr peer = binding_peer(cache, entry->own);
	subject_need(cache->base, &entry->subject,
		cache->role->is_direct ? SUBJECT_AT_CORRESPONDENT : SUBJECT_AT_HOME_AGENT,
		&entry->home_address, &peer, outbox);
}

void binding_tunnel_set(const struct binding_cache *cache, struct binding_entry *entry,
	const struct binding *binding, struct outbox *outbox)
{
	binding_subject_need(cache, entry, outbox);
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel;
	tunnel->subject = entry->subject;
	tunnel->tunnel = binding->tunnel;
	tunnel->local.address = *entry->own;
	tunnel->remote.address = binding->care_of;
	tunnel->expires = binding->expires;
	tunnel->bid = binding->bid;
	tunnel->usable = binding->verified && !recovery_passes_over(entry, binding);
	cache->role->tunnel(cache->self, entry, binding, tunnel);
}

void binding_tunnel_remove(const struct binding_cache *cache, struct binding_entry *entry,
	const struct binding *binding, struct outbox *outbox)
{
	binding_subject_need(cache, entry, outbox);
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	tunnel->subject = entry->subject;
	tunnel->tunnel = binding->tunnel;
	tunnel->bid = binding->bid;
}

void binding_traffic_set(
	const struct binding_cache *cache, const struct binding_entry *entry, struct outbox *outbox)
{
	const enum link_sharing sharing =
		cache->role->sharing ? cache->role->sharing(entry) : SHARE_FIRST;
	struct effect_traffic *traffic = traffic_set(entry->subject, sharing, outbox);
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		if (binding->share != 0)
			traffic_add_share(traffic, binding->tunnel, binding->share);
		else
			traffic_add(traffic, binding->tunnel, binding->priority);
	}
}

/* ---- the deadline ---- */

struct binding_entry *binding_entry_schedule(
	struct binding_cache *cache, nanos now, struct binding_entry *entry)
{
	const struct binding_role *role = cache->role;
	nanos next = NANOS_NEVER;
	if (entry->bindings.count > 0) {
		next = bindings_first_expiry(&entry->bindings);
		next = nanos_min(next, refresh_request_next(cache, entry));
		next = nanos_min(next, recovery_next(entry));
		if (role->valid_until)
			next = nanos_min(next, role->valid_until(cache->self, entry));
		if (role->next)
			next = nanos_min(next, role->next(cache->self, entry));
	}
	deadlines_set(&cache->deadlines, &entry->deadline, next);
	return role->scheduled(cache->self, now, entry) ? entry : NULL;
}

static void remove_expired(struct binding_cache *cache, struct moment now,
	struct binding_entry *entry, struct outbox *outbox)
{
	const struct binding_role *role = cache->role;
	nanos until = role->valid_until ? role->valid_until(cache->self, entry) : NANOS_NEVER;
	const struct bindings before = entry->bindings;
	for (uint8_t i = entry->bindings.count; i-- > 0;) {
		struct binding *binding = &entry->bindings.at[i];
		if (until <= now.mono || binding->expires <= now.mono)
			binding_entry_remove(cache, entry, binding, EVENT_BINDING_EXPIRED, outbox);
	}
	if (role->expired)
		role->expired(cache->self, now, entry, outbox);
	if (entry->bindings.count == before.count)
		return;
	flow_rules_change(cache, entry, &before, NULL, outbox);
	binding_record(cache, entry, outbox);
}

struct binding_entry *binding_entry_expire(struct binding_cache *cache, struct moment now,
	struct binding_entry *entry, struct outbox *outbox)
{
	if (entry->deadline.place == 0 || entry->deadline.at > now.mono)
		return entry;
	remove_expired(cache, now, entry, outbox);
	return binding_entry_schedule(cache, now.mono, entry);
}

void binding_cache_deadline(
	struct binding_cache *cache, struct moment now, size_t effects, struct outbox *outbox)
{
	while (deadlines_next(&cache->deadlines) <= now.mono && outbox_room(outbox) >= effects) {
		struct binding_entry *entry = binding_cache_first(cache);
		remove_expired(cache, now, entry, outbox);
		refresh_request_deadline(cache, now.mono, entry, outbox);
		recovery_deadline(cache, now.mono, entry, outbox);
		if (cache->role->deadline)
			cache->role->deadline(cache->self, now, entry, outbox);
		binding_entry_schedule(cache, now.mono, entry);
	}
}

/* ---- changes ---- */

void binding_entry_remove(struct binding_cache *cache, struct binding_entry *entry,
	struct binding *binding, enum event_type why, struct outbox *outbox)
{
	uint16_t bid = binding->bid;
	binding_tunnel_remove(cache, entry, binding, outbox);
	binding_event(cache, entry, binding, 0, why, outbox);
	bindings_remove(&entry->bindings, binding);
	if (entry->bindings.count == 0)
		subject_remove(&entry->subject, outbox);
	cache->role->removed(entry, bid);
	recovery_reconcile(cache, entry, outbox);
}

static void tell_removed(const struct binding_cache *cache, struct binding_entry *entry,
	const struct bindings *wanted, struct outbox *outbox)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		if (bindings_find(wanted, binding->bid))
			continue;
		binding_tunnel_remove(cache, entry, binding, outbox);
		binding_event(cache, entry, binding, 0, EVENT_BINDING_REMOVED, outbox);
	}
}

/* Whether the tunnel of a binding that stays has to be set again. */
static bool differs(const struct binding_cache *cache, const struct binding_entry *entry,
	const struct binding *present, const struct binding *wanted)
{
	const struct binding_role *role = cache->role;
	if (role->is_tunnel_new && role->is_tunnel_new(entry, wanted))
		return true;
	return !same_address(&present->care_of, &wanted->care_of) ||
	       present->expires != wanted->expires || present->home != wanted->home ||
	       present->verified != wanted->verified;
}

/* Whether the order of the tunnels, or their shares, have changed. */
static bool tell_one(const struct binding_cache *cache, nanos now, struct binding_entry *entry,
	const struct binding *wanted, struct outbox *outbox)
{
	const struct binding *present = bindings_find(&entry->bindings, wanted->bid);
	bool moved = present && !same_address(&present->care_of, &wanted->care_of);
	if (!present || differs(cache, entry, present, wanted))
		binding_tunnel_set(cache, entry, wanted, outbox);
	uint32_t lifetime = binding_seconds_left(wanted, now);
	if (!present)
		binding_event(cache, entry, wanted, lifetime, EVENT_BINDING_ADDED, outbox);
	else if (moved)
		binding_event(cache, entry, wanted, lifetime, EVENT_BINDING_MOVED, outbox);
	return !present || present->priority != wanted->priority || present->share != wanted->share;
}

/* One of the first `count` has this number. */
static bool is_numbered(const struct bindings *bindings, uint8_t count, uint16_t tunnel)
{
	for (uint8_t i = 0; i < count; i++)
		if (bindings->at[i].tunnel == tunnel)
			return true;
	return false;
}

/* A binding keeps its tunnel. A new one's has the number of its BID, or the next that is free. */
static void number_tunnels(const struct bindings *present, struct bindings *wanted)
{
	for (uint8_t i = 0; i < wanted->count; i++) {
		struct binding *binding = &wanted->at[i];
		const struct binding *before = bindings_find(present, binding->bid);
		binding->tunnel = before ? before->tunnel : binding->bid;
		while (!before && (bindings_have_tunnel(present, binding->tunnel) ||
					  is_numbered(wanted, i, binding->tunnel)))
			binding->tunnel++;
	}
}

/*
 * A care-of address that one binding of the entry has verified is verified for the others. A home
 * binding (RFC 5648 5.6) is on the node's own link.
 */
static void mark_verified(const struct binding_cache *cache, const struct binding_entry *entry,
	struct bindings *wanted)
{
	const struct binding_role *role = cache->role;
	bool verifies = role->verifies && role->verifies(entry);
	for (uint8_t i = 0; i < wanted->count; i++) {
		struct binding *binding = &wanted->at[i];
		if (!verifies || binding->home)
			binding->verified = true;
		for (uint8_t j = 0; j < entry->bindings.count && !binding->verified; j++)
			binding->verified =
				entry->bindings.at[j].verified &&
				same_address(&entry->bindings.at[j].care_of, &binding->care_of);
	}
}

/* Tells which bindings stay where they are, and last longer or shorter. */
static void tell_updated(struct binding_cache *cache, nanos now, struct binding_entry *entry,
	const struct bindings *before, struct outbox *outbox)
{
	for (uint8_t i = 0; entry->recovery && i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		const struct binding *present = bindings_find(before, binding->bid);
		if (present && present->expires != binding->expires &&
			same_address(&present->care_of, &binding->care_of))
			recovery_updated(cache, now, entry, binding, outbox);
	}
	recovery_reconcile(cache, entry, outbox);
}

/* `same_is_recorded`: a record, even if no binding is another one. */
static struct binding_entry *replace(struct binding_cache *cache, struct moment now,
	struct binding_entry *entry, const struct bindings *wanted,
	const struct flow_bindings *flows, bool same_is_recorded, struct outbox *outbox)
{
	struct bindings next = *wanted;
	size_t before = outbox->count;
	mark_verified(cache, entry, &next);
	number_tunnels(&entry->bindings, &next);
	bool reordered = false;
	tell_removed(cache, entry, &next, outbox);
	for (uint8_t i = 0; i < next.count; i++)
		reordered |= tell_one(cache, now.mono, entry, &next.at[i], outbox);
	const struct bindings present = entry->bindings;
	entry->bindings = next;
	tell_updated(cache, now.mono, entry, &present, outbox);
	if (reordered)
		binding_traffic_set(cache, entry, outbox);
	flow_rules_change(cache, entry, &present, flows, outbox);
	if (entry->bindings.count == 0)
		subject_remove(&entry->subject, outbox);
	if (cache->role->changed)
		cache->role->changed(cache->self, now, entry, outbox);
	if (same_is_recorded || outbox->count != before)
		binding_record(cache, entry, outbox);
	return binding_entry_schedule(cache, now.mono, entry);
}

struct binding_entry *binding_entry_replace(struct binding_cache *cache, struct moment now,
	struct binding_entry *entry, const struct bindings *wanted,
	const struct flow_bindings *flows, struct outbox *outbox)
{
	return replace(cache, now, entry, wanted, flows, true, outbox);
}

struct binding_entry *binding_entry_change(struct binding_cache *cache, struct moment now,
	struct binding_entry *entry, const struct bindings *wanted, struct outbox *outbox)
{
	return replace(cache, now, entry, wanted, NULL, false, outbox);
}
