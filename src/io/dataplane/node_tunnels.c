/* SPDX-License-Identifier: BSD-2-Clause */
#include "node_tunnels.h"
#include "mapped_tunnel.h"

int node_place_of(const struct abi_subject *node, uint32_t number)
{
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (node->all[i] == number)
			return i;
	}
	return -1;
}

uint32_t node_tunnel_with_bid(
	const struct abi_subject *node, const struct abi_tunnel *tunnels, uint16_t bid)
{
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		uint32_t number = node->all[i];
		if (number != ABI_NO_TUNNEL && tunnels[number].bid == bid)
			return number;
	}
	return ABI_NO_TUNNEL;
}

bool node_has_tunnels(const struct abi_subject *node)
{
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (node->all[i] != ABI_NO_TUNNEL)
			return true;
	}
	return false;
}

static bool before(const struct abi_tunnel *a, const struct abi_tunnel *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->bid < b->bid;
}

void node_write_order(struct abi_subject *node, const struct abi_tunnel *tunnels)
{
	uint32_t order[ABI_TUNNELS_PER_SUBJECT];
	uint32_t count = 0;
	uint32_t equally_good = 0;

	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		uint32_t number = node->all[i];
		if (number == ABI_NO_TUNNEL || mapped_tunnel_is_held(&tunnels[number]) ||
			tunnels[number].priority == TIER_NONE)
			continue;
		uint32_t at = count++;
		for (; at > 0 && before(&tunnels[number], &tunnels[order[at - 1]]); at--)
			order[at] = order[at - 1];
		order[at] = number;
	}
	while (equally_good < count &&
		tunnels[order[equally_good]].priority == tunnels[order[0]].priority)
		equally_good++;
	if (equally_good > 1 && tunnels[order[0]].priority == PRIORITY_NONE)
		equally_good = 0;
	if (count < node->usable)
		map_store_u32(&node->usable, count);
	if (equally_good < node->equal)
		map_store_u32(&node->equal, equally_good);
	for (uint32_t i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++)
		map_store_u32(&node->order[i], i < count ? order[i] : ABI_NO_TUNNEL);
	map_store_u32(&node->usable, count);
	map_store_u32(&node->equal, equally_good);
}
