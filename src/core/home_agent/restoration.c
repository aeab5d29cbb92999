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

int home_agent_restore(struct home_agent *agent, struct moment now, const struct record *record,
	struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &record->home_address);
	if (!entry || record->count > BINDINGS_MAX)
		return -EINVAL;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
	binding_restore(&agent->cache, now, entry, home_agent_entry_of(entry)->bindings_max, record,
		outbox);
	return 0;
}

/*
 * The greater numbers of what was kept and what was seen: the update that was not kept was never
 * answered, so that the mobile node sends it again with greater numbers (RFC 6275 11.8, RFC 4285
 * 6). No update as old as it, or older, needs to be accepted.
 */
static void keep_greater(struct binding_entry *entry, struct moment now, bool has_sequence,
	const struct record *kept)
{
	if (!has_sequence || sequence_greater(kept->sequence, entry->sequence))
		entry->sequence = kept->sequence;
	/* NTP timestamps wrap in 2036; differences do not mind. */
	uint64_t ahead = kept->timestamp - entry->replay_accepted;
	if (kept->timestamp != 0 && (entry->replay_accepted == 0 || ahead < UINT64_C(1) << 63))
		entry->replay_accepted = kept->timestamp;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
}

int home_agent_roll_back(struct home_agent *agent, struct moment now, const struct record *record,
	struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &record->home_address);
	if (!entry || record->count > BINDINGS_MAX)
		return -EINVAL;
	struct bindings kept = {.count = 0};
	binding_restore_to(&agent->cache, now.mono, entry, BINDINGS_MAX, record, &kept);
	bool has_sequence = binding_entry_has_sequence(entry, now.mono);
	keep_greater(entry, now, has_sequence, record);
	binding_entry_change(&agent->cache, now, entry, &kept, outbox);
	binding_record(&agent->cache, entry, outbox);
	return 0;
}
