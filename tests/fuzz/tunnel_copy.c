/* SPDX-License-Identifier: BSD-2-Clause */
#include "tunnel_copy.h"
#include "fuzz.h"
#include "input.h"

struct copied_tunnel *tunnel_copy_find(
	struct tunnel_copy *tunnels, const struct in6_addr *home_address, uint16_t bid)
{
	for (size_t i = 0; i < tunnels->count; i++)
		if (tunnels->at[i].tunnel.bid == bid &&
			same(&tunnels->at[i].home_address, home_address))
			return &tunnels->at[i];
	return NULL;
}

static const struct in6_addr *home_address_of(const struct tunnel_copy *tunnels, uint32_t subject)
{
	return &subjects_owner(&tunnels->subjects, subject)->home_address;
}

void tunnel_copy_told(struct tunnel_copy *tunnels, const struct effect *effect)
{
	REQUIRE(!subjects_apply(&tunnels->subjects, effect));
}

void tunnel_copy_set(struct tunnel_copy *tunnels, const struct effect_tunnel *tunnel)
{
	const struct in6_addr *home_address = home_address_of(tunnels, tunnel->subject);
	struct copied_tunnel *place = tunnel_copy_find(tunnels, home_address, tunnel->bid);
	if (!place) {
		REQUIRE(tunnels->count < TUNNEL_COPY_MAX);
		place = &tunnels->at[tunnels->count++];
		place->home_address = *home_address;
		place->tier = TIER_NONE;
	}
	place->tunnel = *tunnel;
}

bool tunnel_copy_is_ranked(const struct copied_tunnel *tunnel, uint8_t share, uint8_t priority)
{
	if (share != 0)
		return tunnel->tier == TIER_SHARED && tunnel->weight == share;
	return tunnel->tier == priority && tunnel->weight == 1;
}

void tunnel_copy_rank(struct tunnel_copy *tunnels, const struct effect_traffic *traffic)
{
	const struct in6_addr *home_address = home_address_of(tunnels, traffic->subject);
	for (size_t i = 0; traffic->rule == TRAFFIC_DEFAULT && i < tunnels->count; i++)
		for (uint8_t j = 0; j < traffic->count; j++)
			if (same(&tunnels->at[i].home_address, home_address) &&
				tunnels->at[i].tunnel.tunnel == traffic->set[j].tunnel) {
				tunnels->at[i].tier = traffic->set[j].tier;
				tunnels->at[i].weight = traffic->set[j].weight;
			}
}

bool tunnel_copy_remove(struct tunnel_copy *tunnels, const struct effect_tunnel *tunnel)
{
	struct copied_tunnel *place =
		tunnel_copy_find(tunnels, home_address_of(tunnels, tunnel->subject), tunnel->bid);
	if (!place)
		return false;
	*place = tunnels->at[--tunnels->count];
	return true;
}
