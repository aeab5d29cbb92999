/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the data plane: the tunnels of one home address on one side.
 */
#include "world.h"

#include <assert.h>

struct effect_tunnel *plane_find(struct plane *plane, uint16_t bid)
{
	for (uint8_t i = 0; i < plane->count; i++)
		if (plane->at[i].bid == bid)
			return &plane->at[i];
	return NULL;
}

void plane_set(struct plane *plane, const struct effect_tunnel *tunnel)
{
	struct effect_tunnel *place = plane_find(plane, tunnel->bid);
	if (!place) {
		assert(plane->count < BINDINGS_MAX);
		plane->tiers[plane->count] = TIER_NONE;
		place = &plane->at[plane->count++];
	}
	*place = *tunnel;
}

void plane_rank(struct plane *plane, const struct effect_traffic *traffic)
{
	for (uint8_t i = 0; traffic->rule == TRAFFIC_DEFAULT && i < traffic->count; i++)
		for (uint8_t j = 0; j < plane->count; j++)
			if (plane->at[j].tunnel == traffic->set[i].tunnel)
				plane->tiers[j] = traffic->set[i].tier;
}

void plane_remove(struct plane *plane, uint16_t bid)
{
	struct effect_tunnel *place = plane_find(plane, bid);
	if (!place)
		return;
	*place = plane->at[--plane->count];
	plane->tiers[place - plane->at] = plane->tiers[plane->count];
}

bool plane_accepts(const struct plane *plane, const struct in6_addr *care_of, nanos now)
{
	for (uint8_t i = 0; i < plane->count; i++)
		if (plane->at[i].expires > now &&
			same_address(&plane->at[i].remote.address, care_of))
			return true;
	return false;
}

const struct effect_tunnel *plane_choose(const struct plane *plane, nanos now)
{
	const struct effect_tunnel *best = NULL;
	uint8_t best_tier = TIER_NONE;
	for (uint8_t i = 0; i < plane->count; i++) {
		const struct effect_tunnel *tunnel = &plane->at[i];
		uint8_t tier = plane->tiers[i];
		if (!tunnel->usable || tunnel->expires <= now)
			continue;
		if (tier < best_tier || (best && tier == best_tier && tunnel->bid < best->bid)) {
			best = tunnel;
			best_tier = tier;
		}
	}
	return best;
}

bool records_bid(const struct record *record, uint16_t bid)
{
	for (uint8_t i = 0; i < record->count; i++)
		if (record->bindings[i].bid == bid)
			return true;
	return false;
}
