/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A correspondent stops: what mobile nodes would go on to send to it directly, nobody would take.
 * Each care-of address that is bound is told so, as it would be when its next packet came (RFC 6275
 * 9.3.3, 11.3.6), and its binding is gone. No more are made.
 */
#include "correspondent_part.h"
#include "../base/error_report.h"

/* Of one entry: its tunnels, and what is said. */
#define ENTRY_EFFECTS (2 * BINDINGS_MAX)

static void end(struct core *core, struct cache_entry *entry, struct outbox *outbox)
{
	const struct cache_key *key = &entry->key;
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		lost_binding_send(core, &key->own, &binding->care_of, &key->home_address, outbox);
		entry_tunnel_remove(&key->home_address, &key->own, binding->bid, outbox);
	}
	correspondent_cache_remove(&core->correspondent->cache, entry);
}

bool correspondent_stopped(const struct core *core)
{
	return core->correspondent->stopping &&
	       !correspondent_cache_bound(&core->correspondent->cache);
}

void correspondent_stop_settle(struct core *core, struct outbox *outbox)
{
	struct correspondent *correspondent = core->correspondent;
	struct cache_entry *entry;
	if (!correspondent->stopping || correspondent->stopped)
		return;
	while (outbox_room(outbox) > ENTRY_EFFECTS &&
		(entry = correspondent_cache_bound(&correspondent->cache)) != NULL)
		end(core, entry, outbox);
	if (!correspondent_stopped(core) || outbox_room(outbox) == 0)
		return;
	correspondent->stopped = true;
	/* a mobile node has its home agent to tell, then */
	if (core->role == ROLE_CORRESPONDENT)
		outbox_add(outbox, EFFECT_STOPPED);
}
