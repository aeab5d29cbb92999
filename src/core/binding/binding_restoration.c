/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_restoration.h"
#include "binding_changes.h"
#include "binding_role.h"

/* A binding without BID and others exclude each other. */
static bool has_place(const struct bindings *present, uint8_t bindings_max, uint16_t bid)
{
	if (present->count >= bindings_max || bindings_find(present, bid))
		return false;
	return present->count == 0 || (bid != 0 && present->at[0].bid != 0);
}

static uint16_t units_left(nanos expires, nanos now)
{
	nanos units = (expires - now) / (LIFETIME_UNIT * NANOS_PER_SECOND);
	return (uint16_t)nanos_min(units, LIFETIME_INFINITE);
}

struct binding *binding_restore_to(struct binding_cache *cache, nanos now,
	struct binding_entry *entry, struct bindings *bindings, uint8_t bindings_max,
	const struct effect_tunnel *kept)
{
	if (kept->expires <= now || !has_place(bindings, bindings_max, kept->bid) ||
		!cache->role->may_return(cache->self, entry, bindings, kept))
		return NULL;
	struct binding *binding = bindings_add(bindings, kept->bid);
	binding->home = kept->encapsulation == ENCAP_HOME_LINK;
	binding->care_of = kept->remote.address;
	binding->expires = kept->expires;
	binding->lifetime = units_left(kept->expires, now);
	binding->priority = kept->priority;
	binding->verified = kept->usable || binding->home;
	return binding;
}

/* The tunnel of a daemon before this one, of which this core has told nothing. */
static void forget(const struct effect_tunnel *kept, struct outbox *outbox)
{
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	tunnel->home_address = kept->home_address;
	tunnel->peer = kept->peer;
	tunnel->bid = kept->bid;
}

void binding_restore(struct binding_cache *cache, struct moment now, struct binding_entry *entry,
	uint8_t bindings_max, const struct effect_tunnel *kept, struct outbox *outbox)
{
	const struct binding_role *role = cache->role;
	struct binding *binding = NULL;
	if (entry)
		binding = binding_restore_to(
			cache, now.mono, entry, &entry->bindings, bindings_max, kept);
	if (!binding) {
		forget(kept, outbox);
		return;
	}
	if (!role->verifies || !role->verifies(entry))
		binding->verified = true;
	binding_subject_need(cache, entry, outbox);
	if (role->is_outdated && role->is_outdated(cache->self, binding, kept))
		binding_tunnel_set(cache, entry, binding, outbox);
	binding_event(cache, entry, binding, binding_seconds_left(binding, now.mono),
		EVENT_BINDING_RESTORED, outbox);
	if (role->changed)
		role->changed(cache->self, now, entry, outbox);
	binding_entry_schedule(cache, now.mono, entry);
}
