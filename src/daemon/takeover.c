/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store, if there is one, is the better memory: then the maps are made as it says.
 */
#include "takeover.h"
#include "daemon.h"
#include "persistence.h"
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
static bool has_no_place(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	if (tunnel->kind == TUNNEL_TO_CORRESPONDENT)
		return true;
	if (!daemon_is_mobile_node(daemon) || is_direct(tunnel) ||
		watched_links_with_bid(daemon, tunnel->bid))
		return false;
	/* A tunnel that only accepts has no routes to remove (core/mobile_node/tunnels.h). */
	if (daemon->left_count < BINDINGS_MAX && tunnel->priority != PRIORITY_NONE)
		daemon->left[daemon->left_count++] = tunnel->bid;
	return true;
}

static void take_over_tunnel(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct host_event event = {.type = HOST_RESTORE_BINDING, .restore_binding = *tunnel};

	if (has_no_place(daemon, tunnel) || daemon_host(daemon, &event) < 0)
		dataplane_tunnel_remove(
			daemon->dataplane, &tunnel->home_address, &tunnel->peer, tunnel->bid);
}

/* A direct way goes with its last tunnel. */
static void take_over_node(struct daemon *daemon, const struct effect_node *node)
{
	struct host_event event = {.type = HOST_RESTORE_NODE, .restore_node = *node};

	if (daemon_host(daemon, &event) < 0 && IN6_IS_ADDR_UNSPECIFIED(&node->peer))
		dataplane_node_remove(daemon->dataplane, &node->home_address);
}

void takeover_take_over(struct daemon *daemon)
{
	struct found found = {0};

	if (persistence_restore(daemon))
		return;
	dataplane_each_node(daemon->dataplane, found_node, &found);
	dataplane_each_tunnel(daemon->dataplane, found_tunnel, &found);
	for (size_t i = 0; i < found.nodes_count; i++)
		take_over_node(daemon, &found.nodes[i]);
	for (size_t i = 0; i < found.tunnels_count; i++)
		take_over_tunnel(daemon, &found.tunnels[i]);
	if (found.tunnels_count > 0)
		log_info("took over %zu tunnels of %zu home addresses", found.tunnels_count,
			found.nodes_count);
	free(found.nodes);
	free(found.tunnels);
	persistence_put_all(daemon);
}

/* ---- the host ---- */

/* Those of the configured links that are there. */
static unsigned int attached_links(const struct daemon *daemon, uint32_t ret[])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < daemon->links_count; i++)
		ret[count++] = daemon->links[i].attached.ifindex;
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		ret[count++] = daemon->interfaces[i].attached.ifindex;
	return count;
}

void takeover_sweep(struct daemon *daemon)
{
	uint32_t ours[sizeof(daemon->links) / sizeof(daemon->links[0]) +
		      sizeof(daemon->interfaces) / sizeof(daemon->interfaces[0])];
	const struct host_own own = daemon_own_routes(daemon);
	int error = host_sweep_stale(daemon->host, &own);

	if (error < 0)
		log_error("routes and rules of the daemon before: %s", strerror(-error));
	error = dataplane_detach_others(daemon->dataplane, ours, attached_links(daemon, ours));
	if (error < 0)
		log_error("data plane on links of the daemon before: %s", strerror(-error));
	if (daemon_is_mobile_node(daemon)) {
		home_address_sweep(daemon);
		home_address_guard(daemon);
	}
	own_addresses_sweep(daemon);
}
