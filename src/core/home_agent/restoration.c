/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a home agent is told of its own past: what the data plane or the store has kept over a
 * restart, and what the store did not keep after all. Whatever is told, no update that was accepted
 * once is accepted again.
 */
#include "home_agent.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "../base/sequence.h"
#include "verification.h"

#include <errno.h>

int node_restore(struct home_agent *agent, struct moment now, const struct effect_node *restored)
{
	struct node *node = binding_cache_find(&agent->cache, &restored->home_address);
	if (!node)
		return -EINVAL;
	node->sequence = restored->sequence;
	node->sequence_until = node->bindings.count ? NANOS_NEVER : now.mono + DELETED_REMEMBERED;
	node->replay_accepted = restored->replay_accepted;
	return 0;
}

static void forget_tunnel(const struct effect_tunnel *tunnel, struct outbox *outbox)
{
	struct effect_tunnel *gone = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	gone->home_address = tunnel->home_address;
	gone->bid = tunnel->bid;
}

/* A binding without BID and others exclude each other, whatever was kept. */
static bool fits(const struct bindings *present, uint8_t max, const struct effect_tunnel *restored)
{
	if (present->count >= max || bindings_find(present, restored->bid))
		return false;
	return present->count == 0 || (restored->bid != 0 && present->at[0].bid != 0);
}

/* What was granted is not kept: it is taken for what is left. */
static uint16_t units_left(nanos expires, nanos now)
{
	nanos units = (expires - now) / (LIFETIME_UNIT * NANOS_PER_SECOND);
	return units < LIFETIME_INFINITE ? (uint16_t)units : LIFETIME_INFINITE;
}

static struct binding *add(struct bindings *bindings, nanos now, const struct effect_tunnel *kept)
{
	struct binding *binding = bindings_add(bindings, kept->bid);
	binding->home = kept->encapsulation == ENCAP_HOME_LINK;
	binding->care_of = kept->remote.address;
	binding->expires = kept->expires;
	binding->lifetime = units_left(kept->expires, now);
	binding->priority = kept->priority;
	binding->verified = kept->usable || binding->home;
	return binding;
}

/* Whether it can be one of `present` again. */
static bool may_return(const struct home_agent *agent, nanos now, struct node *node,
	const struct bindings *present, uint8_t max, const struct effect_tunnel *kept)
{
	if (kept->expires <= now || !fits(present, max, kept))
		return false;
	return kept->encapsulation != ENCAP_HOME_LINK ||
	       home_binding_restore(agent, node, present, kept);
}

/*
 * It may have been made under another address of ours, by another configuration, or for another
 * interface.
 */
static bool is_outdated(const struct home_agent *agent, const struct binding *binding,
	const struct effect_tunnel *tunnel)
{
	if (!IN6_ARE_ADDR_EQUAL(&tunnel->local.address, &agent->config.address))
		return true;
	return binding->home ? agent->home_link.generation != 0
			     : tunnel->usable != binding->verified;
}

void binding_restore(struct home_agent *agent, struct moment now,
	const struct effect_tunnel *restored, struct outbox *outbox)
{
	struct node *node = binding_cache_find(&agent->cache, &restored->home_address);
	if (!node ||
		!may_return(agent, now.mono, node, &node->bindings, node->bindings_max, restored)) {
		forget_tunnel(restored, outbox);
		return;
	}
	struct binding *binding = add(&node->bindings, now.mono, restored);
	if (!node->verification)
		binding->verified = true;
	node->sequence_until = NANOS_NEVER;
	if (is_outdated(agent, binding, restored))
		binding_tunnel_set(agent, node, binding, outbox);
	binding_note(node, binding, binding_seconds_left(binding, now.mono), EVENT_BINDING_RESTORED,
		outbox);
	verification_follow(agent, now, node, outbox);
	node_schedule(agent, node);
	interception_follow(agent, now, node, outbox);
}

/*
 * The greater of what was kept and what was seen: the update that was not kept was never answered,
 * so that the mobile node sends it again with greater numbers (RFC 6275 11.8, RFC 4285 6), and
 * nothing that is as old as it, or older, needs to be accepted.
 */
static void keep_greater(struct node *node, struct moment now, const struct effect_node *kept)
{
	if (now.mono >= node->sequence_until || sequence_greater(kept->sequence, node->sequence))
		node->sequence = kept->sequence;
	/* NTP timestamps wrap in 2036; differences do not mind. */
	uint64_t ahead = kept->replay_accepted - node->replay_accepted;
	if (kept->replay_accepted != 0 && (node->replay_accepted == 0 || ahead < UINT64_C(1) << 63))
		node->replay_accepted = kept->replay_accepted;
	node->sequence_until = node->bindings.count ? NANOS_NEVER : now.mono + DELETED_REMEMBERED;
}

int node_roll_back(struct home_agent *agent, struct moment now,
	const struct host_rollback *rollback, struct outbox *outbox)
{
	struct node *node = binding_cache_find(&agent->cache, &rollback->node.home_address);
	if (!node || rollback->count > BINDINGS_MAX)
		return -EINVAL;
	struct bindings kept = {.count = 0};
	for (uint8_t i = 0; i < rollback->count; i++) {
		const struct effect_tunnel *tunnel = &rollback->tunnels[i];
		if (may_return(agent, now.mono, node, &kept, BINDINGS_MAX, tunnel))
			add(&kept, now.mono, tunnel);
	}
	node_change_bindings(agent, now, node, &kept, outbox);
	keep_greater(node, now, &rollback->node);
	return 0;
}
