/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's entries from before a restart, or from before an update that the store did not
 * keep. In no case is an update accepted that was accepted before.
 */
#include "home_agent.h"
#include "../base/sequence.h"
#include "../binding/binding_changes.h"
#include "../binding/binding_restoration.h"

#include <errno.h>

int home_agent_restore_numbers(
	struct home_agent *agent, struct moment now, const struct effect_node *kept)
{
	struct binding_entry *entry = home_agent_find(agent, &kept->home_address);
	if (!entry)
		return -EINVAL;
	entry->sequence = kept->sequence;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
	entry->replay_accepted = kept->replay_accepted;
	return 0;
}

void home_agent_restore_binding(struct home_agent *agent, struct moment now,
	const struct effect_tunnel *kept, struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &kept->home_address);
	uint8_t bindings_max = entry ? home_agent_entry_of(entry)->bindings_max : 0;
	binding_restore(&agent->cache, now, entry, bindings_max, kept, outbox);
}

/*
 * The greater numbers of what was kept and what was seen: the update that was not kept was never
 * answered, so that the mobile node sends it again with greater numbers (RFC 6275 11.8, RFC 4285
 * 6). No update as old as it, or older, needs to be accepted.
 */
static void keep_greater(struct binding_entry *entry, struct moment now, bool has_sequence,
	const struct effect_node *kept)
{
	if (!has_sequence || sequence_greater(kept->sequence, entry->sequence))
		entry->sequence = kept->sequence;
	/* NTP timestamps wrap in 2036; differences do not mind. */
	uint64_t ahead = kept->replay_accepted - entry->replay_accepted;
	if (kept->replay_accepted != 0 &&
		(entry->replay_accepted == 0 || ahead < UINT64_C(1) << 63))
		entry->replay_accepted = kept->replay_accepted;
	entry->sequence_until = now.mono + DELETED_REMEMBERED;
}

int home_agent_roll_back(struct home_agent *agent, struct moment now,
	const struct host_rollback *rollback, struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &rollback->node.home_address);
	if (!entry || rollback->count > BINDINGS_MAX)
		return -EINVAL;
	struct bindings kept = {.count = 0};
	for (uint8_t i = 0; i < rollback->count; i++)
		binding_restore_to(
			&agent->cache, now.mono, entry, &kept, BINDINGS_MAX, &rollback->tunnels[i]);
	bool has_sequence = binding_entry_has_sequence(entry, now.mono);
	binding_entry_change(&agent->cache, now, entry, &kept, outbox);
	keep_greater(entry, now, has_sequence, &rollback->node);
	return 0;
}
