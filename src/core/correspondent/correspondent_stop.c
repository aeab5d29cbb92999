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

static void end(
	struct correspondent *correspondent, struct cache_entry *entry, struct outbox *outbox)
{
	const struct cache_key *key = &entry->key;
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		lost_binding_send(correspondent->base, &key->own, &binding->care_of,
			&key->home_address, outbox);
		entry_tunnel_remove(&key->home_address, &key->own, binding->bid, outbox);
	}
	correspondent_cache_remove(&correspondent->cache, entry);
}

static bool all_are_told(const struct correspondent *correspondent)
{
	return !correspondent_cache_bound(&correspondent->cache);
}

void correspondent_stop(struct correspondent *correspondent, struct outbox *outbox)
{
	correspondent->stopping = true;
	correspondent->base->peers_untold = !all_are_told(correspondent);
	/* a mobile node has more to say now */
	if (correspondent->base->addresses.homes == 0)
		correspondent_stop_settle(correspondent, outbox);
}

void correspondent_stop_settle(struct correspondent *correspondent, struct outbox *outbox)
{
	struct cache_entry *entry;
	if (!correspondent->stopping || correspondent->stopped)
		return;
	while (outbox_room(outbox) > ENTRY_EFFECTS &&
		(entry = correspondent_cache_bound(&correspondent->cache)) != NULL)
		end(correspondent, entry, outbox);
	correspondent->stopped = all_are_told(correspondent);
	correspondent->base->peers_untold = !correspondent->stopped;
}
