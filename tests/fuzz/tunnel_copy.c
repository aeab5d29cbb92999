/* SPDX-License-Identifier: BSD-2-Clause */
#include "tunnel_copy.h"
#include "fuzz.h"
#include "input.h"

struct effect_tunnel *tunnel_copy_find(
	struct tunnel_copy *tunnels, const struct in6_addr *home_address, uint16_t bid)
{
	for (size_t i = 0; i < tunnels->count; i++)
		if (tunnels->at[i].bid == bid && same(&tunnels->at[i].home_address, home_address))
			return &tunnels->at[i];
	return NULL;
}

void tunnel_copy_set(struct tunnel_copy *tunnels, const struct effect_tunnel *tunnel)
{
	struct effect_tunnel *place = tunnel_copy_find(tunnels, &tunnel->home_address, tunnel->bid);
	if (!place) {
		REQUIRE(tunnels->count < TUNNEL_COPY_MAX);
		place = &tunnels->at[tunnels->count++];
	}
	*place = *tunnel;
}

bool tunnel_copy_remove(struct tunnel_copy *tunnels, const struct effect_tunnel *tunnel)
{
	struct effect_tunnel *place = tunnel_copy_find(tunnels, &tunnel->home_address, tunnel->bid);
	if (!place)
		return false;
	*place = tunnels->at[--tunnels->count];
	return true;
}
