/* SPDX-License-Identifier: BSD-2-Clause */
#include "map_sizes.h"

static void add_home_agent(struct map_sizes *sizes, const struct config *config)
{
	size_t sum = 0;

	for (size_t i = 0; i < config->nodes_count; i++)
		sum += config->nodes[i].bindings_max;
	sum += (config->nodes_max - config->nodes_count) * BINDINGS_DEFAULT;
	sizes->nodes += (uint32_t)config->nodes_max;
	sizes->tunnels += (uint32_t)sum;
}

static void add_pairs(struct map_sizes *sizes, uint32_t nodes, uint32_t each)
{
	sizes->nodes += nodes;
	sizes->tunnels += nodes * each;
}

static void add_mobile_node(struct map_sizes *sizes, const struct config *config, unsigned int n)
{
	sizes->nodes++;
	sizes->tunnels += BINDINGS_MAX;
	if (config->mobile_nodes[n].thresholds_count > 0)
		add_pairs(sizes, config->core.mobile_nodes[n].route_optimization.correspondents_max,
			BINDINGS_MAX);
}

struct map_sizes map_sizes_of(const struct config *config)
{
	const struct core_config *core = &config->core;
	struct map_sizes sizes = {0};

	if (core->is_home_agent)
		add_home_agent(&sizes, config);
	for (unsigned int n = 0; n < core->mobile_nodes_count; n++)
		add_mobile_node(&sizes, config, n);
	if (core->corresponds)
		add_pairs(&sizes, core->correspondent.nodes_max, core->correspondent.bindings_max);
	if (sizes.nodes == 0)
		sizes.nodes = 1;
	return sizes;
}
