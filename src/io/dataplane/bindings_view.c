/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that is in the maps, without changing it.
 */
#include "bindings.h"
#include "mapped_tunnel.h"
#include "node_tunnels.h"

#include <errno.h>

/* There is nothing to be remembered of it. */
static bool is_fresh(const struct abi_subject *node)
{
	return node->sequence == 0 && node->replay_accepted == 0 && !node_has_tunnels(node);
}

void bindings_each_node(const struct bindings *bindings,
	void (*each)(void *ctx, const struct effect_node *), void *ctx)
{
	for (uint32_t i = 0; i < bindings->nodes.max; i++) {
		const struct abi_subject *node = &bindings->nodes.at[i];
		struct effect_node effect = {
			.sequence = (uint16_t)node->sequence,
			.replay_accepted = node->replay_accepted,
		};

		if (!node->in_use || is_fresh(node))
			continue;
		memcpy(&effect.home_address, &node->home_address, sizeof(effect.home_address));
		memcpy(&effect.peer, &node->peer, sizeof(effect.peer));
		each(ctx, &effect);
	}
}

void bindings_each_tunnel(const struct bindings *bindings,
	void (*each)(void *ctx, const struct effect_tunnel *), void *ctx)
{
	for (uint32_t i = 0; i < bindings->nodes.max; i++) {
		const struct abi_subject *node = &bindings->nodes.at[i];

		for (int place = 0; node->in_use && place < ABI_TUNNELS_PER_SUBJECT; place++) {
			if (node->all[place] == ABI_NO_TUNNEL)
				continue;
			struct effect_tunnel effect =
				mapped_tunnel_effect(node, &bindings->tunnels[node->all[place]]);
			each(ctx, &effect);
		}
	}
}

void bindings_link_activity(
	const struct bindings *bindings, uint32_t ifindex, nanos *sent, nanos *received)
{
	for (uint32_t i = 0; i < bindings->nodes.max; i++) {
		const struct abi_subject *node = &bindings->nodes.at[i];

		for (int place = 0; node->in_use && place < ABI_TUNNELS_PER_SUBJECT; place++) {
			if (node->all[place] == ABI_NO_TUNNEL)
				continue;
			const volatile struct abi_tunnel *tunnel =
				&bindings->tunnels[node->all[place]];
			if (tunnel->ifindex != ifindex)
				continue;
			*sent = nanos_max(*sent, tunnel->sent_at);
			*received = nanos_max(*received, tunnel->received_at);
		}
	}
}

int bindings_kept(const struct bindings *bindings, const struct in6_addr *home_address,
	struct host_rollback *ret)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, &in6addr_any);

	if (!node)
		return -ENOENT;
	ret->node.home_address = *home_address;
	ret->node.sequence = (uint16_t)node->sequence;
	ret->node.replay_accepted = node->replay_accepted;
	ret->count = 0;
	for (int place = 0; place < ABI_TUNNELS_PER_SUBJECT; place++)
		if (node->all[place] != ABI_NO_TUNNEL)
			ret->tunnels[ret->count++] =
				mapped_tunnel_effect(node, &bindings->tunnels[node->all[place]]);
	return 0;
}
