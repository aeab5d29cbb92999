/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that is in the maps, without changing it.
 */
#include "bindings.h"
#include "mapped_tunnel.h"
#include "node_tunnels.h"

#include <errno.h>

void bindings_each_node(const struct bindings *bindings,
	void (*each)(void *ctx, const struct in6_addr *home_address, const struct in6_addr *peer),
	void *ctx)
{
	for (uint32_t i = 0; i < bindings->nodes.max; i++) {
		const struct abi_subject *node = &bindings->nodes.at[i];
		struct in6_addr home_address, peer;

		if (!node->in_use || !node_has_tunnels(node))
			continue;
		memcpy(&home_address, &node->home_address, sizeof(home_address));
		memcpy(&peer, &node->peer, sizeof(peer));
		each(ctx, &home_address, &peer);
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
