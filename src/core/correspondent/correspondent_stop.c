/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A correspondent stops. Mobile nodes would continue to send packets to it directly, and the host
 * would discard them. Each bound care-of address gets a Binding Error, as for its next packet (RFC
 * 6275 9.3.3, 11.3.6), and its binding is deleted. No more are made.
 */
#include "correspondent_part.h"
#include "../base/error_report.h"
#include "../base/subject.h"
#include "../binding/binding_changes.h"

/* Of one entry: for each binding its tunnel and the Binding Error, and the subject. */
#define ENTRY_EFFECTS (2 * BINDINGS_MAX + 2)

static void end(
	struct correspondent *correspondent, struct binding_entry *entry, struct outbox *outbox)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		lost_binding_send(correspondent->base, entry->own, &binding->care_of,
			&entry->home_address, outbox);
		binding_tunnel_remove(&correspondent->cache.bindings, entry, binding, outbox);
	}
	subject_remove(&entry->subject, outbox);
	correspondent_cache_remove(&correspondent->cache, entry);
}

static bool all_are_told(const struct correspondent *correspondent)
{
	return !binding_cache_first(&correspondent->cache.bindings);
}

void correspondent_stop(struct correspondent *correspondent, struct outbox *outbox)
{
	correspondent->stopping = true;
	correspondent->base->peers_untold = !all_are_told(correspondent);
	/* a mobile node could not be told */
	if (correspondent->base->addresses.homes == 0)
		correspondent_stop_step(correspondent, outbox);
}

void correspondent_stop_step(struct correspondent *correspondent, struct outbox *outbox)
{
	struct binding_entry *entry;
	if (!correspondent->stopping || correspondent->stopped)
		return;
	while (outbox_room(outbox) > ENTRY_EFFECTS &&
		(entry = binding_cache_first(&correspondent->cache.bindings)) != NULL)
		end(correspondent, entry, outbox);
	correspondent->stopped = all_are_told(correspondent);
	correspondent->base->peers_untold = !correspondent->stopped;
}
