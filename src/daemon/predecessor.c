/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store, if there is one, is the better memory: then the maps are made as it says.
 */
#include "predecessor.h"
#include "agent.h"
#include "keeping.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

/* ---- bindings ---- */

struct found {
	size_t nodes_count, tunnels_count;
	size_t nodes_room, tunnels_room;
	struct effect_node *nodes;
	struct effect_tunnel *tunnels;
};

/* Doubles `*array` when `count` has reached `*room`. */
static bool grow(void **array, size_t size, size_t count, size_t *room)
{
	if (count < *room)
		return true;
	size_t wanted = *room ? *room * 2 : 64;
	void *grown = realloc(*array, wanted * size);
	if (!grown)
		return false;
	*array = grown;
	*room = wanted;
	return true;
}

static void found_node(void *ctx, const struct effect_node *node)
{
	struct found *found = ctx;
	void *array = found->nodes;

	if (grow(&array, sizeof(*node), found->nodes_count, &found->nodes_room)) {
		found->nodes = array;
		found->nodes[found->nodes_count++] = *node;
	}
}

static void found_tunnel(void *ctx, const struct effect_tunnel *tunnel)
{
	struct found *found = ctx;
	void *array = found->tunnels;

	if (grow(&array, sizeof(*tunnel), found->tunnels_count, &found->tunnels_room)) {
		found->tunnels = array;
		found->tunnels[found->tunnels_count++] = *tunnel;
	}
}

/* A mobile node knows nothing more of its correspondents, and begins anew with them. Of its home
 * agent it keeps the links that it still has. */
static bool has_no_place(struct agent *agent, const struct effect_tunnel *tunnel)
{
	if (tunnel->kind == TUNNEL_TO_CORRESPONDENT)
		return true;
	if (!agent_is_mobile_node(agent) || is_direct(tunnel) ||
		watched_links_with_bid(agent, tunnel->bid))
		return false;
	/* A tunnel that only accepts has no routes to remove (core/tunnels.h). */
	if (agent->left_count < BINDINGS_MAX && tunnel->priority != PRIORITY_NONE)
		agent->left[agent->left_count++] = tunnel->bid;
	return true;
}

static void take_over_tunnel(struct agent *agent, const struct effect_tunnel *tunnel)
{
	struct host_event event = {.type = HOST_RESTORE_BINDING, .restore_binding = *tunnel};

	if (has_no_place(agent, tunnel) || agent_host(agent, &event) < 0)
		dataplane_tunnel_remove(
			agent->dataplane, &tunnel->home_address, &tunnel->peer, tunnel->bid);
}

/* A direct way goes with its last tunnel. */
static void take_over_node(struct agent *agent, const struct effect_node *node)
{
	struct host_event event = {.type = HOST_RESTORE_NODE, .restore_node = *node};

	if (agent_host(agent, &event) < 0 && IN6_IS_ADDR_UNSPECIFIED(&node->peer))
		dataplane_node_remove(agent->dataplane, &node->home_address);
}

void predecessor_take_over(struct agent *agent)
{
	struct found found = {0};

	if (keeping_restore(agent))
		return;
	dataplane_each_node(agent->dataplane, found_node, &found);
	dataplane_each_tunnel(agent->dataplane, found_tunnel, &found);
	for (size_t i = 0; i < found.nodes_count; i++)
		take_over_node(agent, &found.nodes[i]);
	for (size_t i = 0; i < found.tunnels_count; i++)
		take_over_tunnel(agent, &found.tunnels[i]);
	if (found.tunnels_count > 0)
		log_info("took over %zu tunnels of %zu home addresses", found.tunnels_count,
			found.nodes_count);
	free(found.nodes);
	free(found.tunnels);
	keeping_put_all(agent);
}

/* ---- the host ---- */

/* Those of the configured links that are there. */
static unsigned int attached_links(const struct agent *agent, uint32_t ret[])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < agent->links_count; i++)
		ret[count++] = agent->links[i].attached.ifindex;
	for (unsigned int i = 0; i < agent->config->interfaces_count; i++)
		ret[count++] = agent->interfaces[i].attached.ifindex;
	return count;
}

void predecessor_sweep(struct agent *agent)
{
	uint32_t ours[sizeof(agent->links) / sizeof(agent->links[0]) +
		      sizeof(agent->interfaces) / sizeof(agent->interfaces[0])];
	const struct host_own own = agent_own_routes(agent);
	int error = host_sweep_stale(agent->host, &own);

	if (error < 0)
		log_error("routes and rules of the daemon before: %s", strerror(-error));
	error = dataplane_detach_others(agent->dataplane, ours, attached_links(agent, ours));
	if (error < 0)
		log_error("data plane on links of the daemon before: %s", strerror(-error));
	if (agent_is_mobile_node(agent)) {
		home_address_sweep(agent);
		home_address_guard(agent);
	}
	own_addresses_sweep(agent);
}
