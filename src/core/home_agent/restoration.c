/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's entries from before a restart, or from before an update that the store did not
 * keep. In no case is an update accepted that was accepted before.
 */
#include "home_agent.h"
#include "../base/sequence.h"
#include "../binding/binding_changes.h"
#include "../binding/binding_record.h"

#include <errno.h>

/* The configuration may allow less than when the bindings were accepted (RFC 6275 10.3.1). */
static bool limit_lifetimes(const struct home_agent *agent, nanos now, struct record *kept)
{
	uint32_t most = agent->config.lifetime_max / LIFETIME_UNIT;
	nanos until = now + most * LIFETIME_UNIT * NANOS_PER_SECOND;
	bool limited = false;
	if (agent->config.lifetime_max == SECONDS_INFINITE)
		return false;
	for (uint8_t i = 0; i < kept->count; i++) {
		struct record_binding *binding = &kept->bindings[i];
		if (binding->expires <= until)
			continue;
		binding->expires = until;
		binding->lifetime =
			(uint16_t)(most < LIFETIME_INFINITE ? most : LIFETIME_INFINITE - 1);
		limited = true;
	}
	return limited;
}

/*
 * The record gets the greater numbers of the stored record and the entry. An update that was
 * accepted and not stored was never answered, so that the mobile node sends it again with greater
 * numbers (RFC 6275 11.8, RFC 4285 6). No update as old as it, or older, needs to be accepted.
 */
static bool keep_greater(const struct binding_entry *entry, nanos now, struct record *kept)
{
	const struct record before = *kept;
	bool nothing = kept->count == 0 && kept->sequence == 0 && kept->timestamp == 0;
	if (binding_entry_has_sequence(entry, now) &&
		(nothing || !sequence_greater(kept->sequence, entry->sequence)))
		kept->sequence = entry->sequence;
	/* NTP timestamps wrap in 2036; differences are not affected. */
	uint64_t ahead = entry->replay_accepted - kept->timestamp;
	if (entry->replay_accepted != 0 && (kept->timestamp == 0 || ahead < UINT64_C(1) << 63))
		kept->timestamp = entry->replay_accepted;
	return kept->sequence != before.sequence || kept->timestamp != before.timestamp;
}

int home_agent_restore(struct home_agent *agent, struct moment now, const struct record *record,
	struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &record->home_address);
	if (!entry || record->count > BINDINGS_MAX)
		return -EINVAL;
	struct record kept = *record;
	bool first = !binding_entry_has_sequence(entry, now.mono);
	bool limited = limit_lifetimes(agent, now.mono, &kept);
	bool raised = keep_greater(entry, now.mono, &kept);
	bool raises = entry->sequence != kept.sequence || entry->replay_accepted != kept.timestamp;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
	binding_restore(
		&agent->cache, now, entry, home_agent_entry_of(entry)->bindings_max, &kept, outbox);
	/* The restored entry differs from its record. */
	if (limited || raised || (raises && !first))
		binding_record(&agent->cache, entry, outbox);
	return 0;
}

int home_agent_restore_flow(
	struct home_agent *agent, const struct record_flow *kept, struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &kept->home_address);
	return entry ? flow_rules_restore(&agent->cache, entry, kept, outbox) : -EINVAL;
}

int home_agent_roll_back(struct home_agent *agent, struct moment now, const struct record *record,
	struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &record->home_address);
	if (!entry || record->count > BINDINGS_MAX)
		return -EINVAL;
	struct record kept = *record;
	struct bindings bindings = {.count = 0};
	binding_restore_to(&agent->cache, now.mono, entry, BINDINGS_MAX, record, &bindings);
	keep_greater(entry, now.mono, &kept);
	entry->sequence = kept.sequence;
	entry->replay_accepted = kept.timestamp;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
	binding_entry_replace(&agent->cache, now, entry, &bindings, NULL, outbox);
	return 0;
}
