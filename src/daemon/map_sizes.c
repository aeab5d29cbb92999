/* SPDX-License-Identifier: BSD-2-Clause */
#include "map_sizes.h"

static struct map_sizes room_of_home_agent(const struct config *config)
{
	size_t sum = 0;

	for (size_t i = 0; i < config->nodes_count; i++)
		sum += config->nodes[i].bindings_max;
	sum += (config->nodes_max - config->nodes_count) * BINDINGS_DEFAULT;
	return (struct map_sizes){(uint32_t)config->nodes_max, (uint32_t)sum};
}

static void add_room(struct map_sizes *room, uint32_t nodes, uint32_t each)
{
	room->nodes += nodes;
	room->tunnels += nodes * each;
}

struct map_sizes map_sizes_of(const struct config *config)
{
	const struct core_config *core = &config->core;
	struct map_sizes room = {.nodes = 1}; /* the first is kept for a way by the home agent */

	if (core->is_home_agent)
		return room_of_home_agent(config);
	if (core->mobile_nodes_count > 0)
		room.tunnels = BINDINGS_MAX;
	if (config->mobile_nodes[0].thresholds_count > 0)
		add_room(&room, core->mobile_nodes[0].route_optimization.correspondents_max,
			BINDINGS_MAX);
	if (core->corresponds)
		add_room(&room, core->correspondent.nodes_max, core->correspondent.bindings_max);
	return room;
}
