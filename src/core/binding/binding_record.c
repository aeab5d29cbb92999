/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_record.h"
#include "binding_changes.h"
#include "binding_role.h"
#include "../base/subject.h"

#include <string.h>

/* ---- to a record ---- */

/* The link-layer address is part of the tunnel on the home link (RFC 5648 5.6.2). */
static void put_link_layer(const struct binding_cache *cache, const struct binding_entry *entry,
	const struct binding *binding, struct record_binding *ret)
{
	struct effect_tunnel tunnel = {0};
	cache->role->tunnel(cache->self, entry, binding, &tunnel);
	ret->has_link_layer = tunnel.remote.framed;
	memcpy(ret->link_layer, tunnel.remote.link_layer, sizeof(ret->link_layer));
}

void binding_record(
	const struct binding_cache *cache, const struct binding_entry *entry, struct outbox *outbox)
{
	static const struct in6_addr none = IN6ADDR_ANY_INIT;
	const struct in6_addr peer = binding_peer(cache, entry->own);
	struct record *record = outbox_record(outbox, &entry->home_address, &peer);
	record->home_agent = cache->role->is_direct ? none : *entry->own;
	record->timestamp = entry->replay_accepted;
	record->subject = entry->subject;
	record->sequence = entry->sequence;
	record->count = entry->bindings.count;
	for (uint8_t i = 0; i < record->count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		record->bindings[i] = (struct record_binding){
			.care_of = binding->care_of,
			.expires = binding->expires,
			.bid = binding->bid,
			.tunnel = binding->tunnel,
			.lifetime = binding->lifetime,
			.priority = binding->priority,
			.share = binding->share,
			.verified = binding->verified,
			.home = binding->home,
		};
		if (binding->home)
			put_link_layer(cache, entry, binding, &record->bindings[i]);
	}
}

/* ---- from a record ---- */

/* A binding without BID and others exclude each other. */
static bool has_place(const struct bindings *present, uint8_t bindings_max, uint16_t bid)
{
	if (present->count >= bindings_max || bindings_find(present, bid))
		return false;
	return present->count == 0 || (bid != 0 && present->at[0].bid != 0);
}

void binding_restore_to(struct binding_cache *cache, nanos now, struct binding_entry *entry,
	uint8_t bindings_max, const struct record *record, struct bindings *ret)
{
	const struct binding_role *role = cache->role;
	for (uint8_t i = 0; i < record->count; i++) {
		const struct record_binding *kept = &record->bindings[i];
		if (kept->expires <= now || !has_place(ret, bindings_max, kept->bid) ||
			!role->may_return(cache->self, now, entry, ret, kept))
			continue;
		uint16_t number = kept->tunnel;
		while (bindings_have_tunnel(ret, number))
			number++;
		struct binding *binding = bindings_add(ret, kept->bid);
		binding->tunnel = number;
		binding->care_of = kept->care_of;
		binding->expires = kept->expires;
		binding->lifetime = kept->lifetime;
		binding->priority = kept->priority;
		binding->share = cache->base->balances ? kept->share : 0;
		binding->home = kept->home;
		binding->verified =
			kept->verified || kept->home || !role->verifies || !role->verifies(entry);
	}
}

void binding_forget(struct core_base *base, const struct record *record,
	const struct record_binding *binding, struct outbox *outbox)
{
	/* A tunnel of another subject would go. That of the record is swept by the host. */
	if (!subject_reserve(base, record->subject))
		return;
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	tunnel->subject = record->subject;
	tunnel->tunnel = binding->tunnel;
	tunnel->bid = binding->bid;
}

void binding_restore(struct binding_cache *cache, struct moment now, struct binding_entry *entry,
	uint8_t bindings_max, const struct record *record, struct outbox *outbox)
{
	const struct binding_role *role = cache->role;
	uint8_t before = entry->bindings.count;
	entry->sequence = record->sequence;
	entry->replay_accepted = record->timestamp;
	binding_restore_to(cache, now.mono, entry, bindings_max, record, &entry->bindings);
	for (uint8_t i = 0; i < record->count; i++)
		if (!bindings_find(&entry->bindings, record->bindings[i].bid))
			binding_forget(cache->base, record, &record->bindings[i], outbox);
	if (entry->bindings.count > before)
		subject_restore(cache->base, &entry->subject, record->subject,
			role->is_direct ? SUBJECT_AT_CORRESPONDENT : SUBJECT_AT_HOME_AGENT,
			&entry->home_address, &record->peer, outbox);
	for (uint8_t i = before; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		binding_tunnel_set(cache, entry, binding, outbox);
		binding_event(cache, entry, binding, binding_seconds_left(binding, now.mono),
			EVENT_BINDING_RESTORED, outbox);
	}
	if (entry->bindings.count > before)
		binding_traffic_set(cache, entry, outbox);
	if (role->changed)
		role->changed(cache->self, now, entry, outbox);
	binding_entry_schedule(cache, now.mono, entry);
}
