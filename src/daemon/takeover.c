/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store, if there is one, is the better memory: then the maps are made as it says.
 */
#include "takeover.h"
#include "daemon.h"
#include "host/own_addresses.h"
#include "persistence.h"
#include "base/log.h"

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
	if (tunnel->encapsulation == ENCAP_TO_CORRESPONDENT)
		return true;
	struct mobile_host *host =
		mobile_hosts_with_home_address(&daemon->mobile_hosts, &tunnel->home_address);
	if (!host || is_direct(tunnel) || mobile_links_with_bid(host, tunnel->bid))
		return false;
	/* A tunnel that only accepts has no routes to remove (core/mobile_node/tunnels.h). */
	if (host->left_count < BINDINGS_MAX && tunnel->priority != PRIORITY_NONE)
		host->left[host->left_count++] = tunnel->bid;
	return true;
}

static void take_over_tunnel(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct host_event event = {.type = HOST_RESTORE_BINDING, .restore_binding = *tunnel};

	if (has_no_place(daemon, tunnel) || daemon_host(daemon, &event) < 0)
		dataplane_tunnel_remove(
			daemon->basis.dataplane, &tunnel->home_address, &tunnel->peer, tunnel->bid);
}

/* A direct way goes with its last tunnel. */
static void take_over_node(struct daemon *daemon, const struct effect_node *node)
{
	struct host_event event = {.type = HOST_RESTORE_NODE, .restore_node = *node};

	if (daemon_host(daemon, &event) < 0 && IN6_IS_ADDR_UNSPECIFIED(&node->peer))
		dataplane_node_remove(daemon->basis.dataplane, &node->home_address);
}

void takeover_take_over(struct daemon *daemon)
{
	struct found found = {0};

	if (persistence_restore(daemon))
		return;
	dataplane_each_node(daemon->basis.dataplane, found_node, &found);
	dataplane_each_tunnel(daemon->basis.dataplane, found_tunnel, &found);
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

void takeover_sweep(struct daemon *daemon)
{
	const struct interfaces *interfaces = &daemon->interfaces;
	const struct host_own own = daemon_own_routes(daemon);
	uint32_t ours[INTERFACES_MAX];
	int error = host_sweep_stale(daemon->basis.host, &own);

	if (error < 0)
		log_error("routes and rules of the daemon before: %s", strerror(-error));
	for (unsigned int i = 0; i < interfaces->count; i++)
		ours[i] = interfaces->at[i].attached.ifindex;
	error = dataplane_detach_others(daemon->basis.dataplane, ours, interfaces->count);
	if (error < 0)
		log_error("data plane on links of the daemon before: %s", strerror(-error));
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		home_address_sweep(&daemon->mobile_hosts.at[i]);
	home_addresses_guard(&daemon->mobile_hosts);
	own_addresses_sweep(interfaces);
}
