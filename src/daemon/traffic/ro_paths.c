/* SPDX-License-Identifier: BSD-2-Clause */
#include "ro_paths.h"
#include "../daemon.h"
#include "../log.h"

#include "../../io/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A correspondent is idle after many seconds: so much sooner or later does not matter. One second
 * more for each so many that there is room for: looking at all of them takes time. */
#define REPORT_EVERY NANOS_PER_SECOND
#define TUNNELS_A_SECOND 50000
/* At a correspondent it is asked for shortly before a binding ends (RFC 6275 9.5.5), and of those
 * that end later it need not be told. */
#define ENDS_SOON (120 * NANOS_PER_SECOND)

/* ---- thresholds ---- */

void ro_paths_start(struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->config->mobile_nodes[0].thresholds_count; i++) {
		const struct config_threshold *threshold =
			&daemon->config->mobile_nodes[0].thresholds[i];
		const struct abi_threshold from = {threshold->packets, threshold->octets};
		int error = dataplane_threshold_set(
			daemon->dataplane, &threshold->prefix, threshold->length, &from);

		if (error < 0)
			log_error("route optimization: %s", strerror(-error));
	}
}

void ro_paths_busy(struct daemon *daemon, struct octets octets)
{
	struct host_event event = {.type = HOST_PEER_BUSY};

	if (octets.length != sizeof(event.peer))
		return;
	memcpy(&event.peer, octets.at, sizeof(event.peer));
	daemon_host(daemon, &event);
}

/* ---- all of them ---- */

struct ways {
	nanos until; /* of those to mobile nodes, only what ends by then */
	size_t count, room;
	struct effect_tunnel *at;
};

static void collect(void *ctx, const struct effect_tunnel *tunnel)
{
	struct ways *ways = ctx;

	if (!is_direct(tunnel) ||
		(tunnel->kind == TUNNEL_TO_MOBILE_NODE && tunnel->expires > ways->until))
		return;
	if (ways->count == ways->room) {
		size_t room = ways->room ? 2 * ways->room : 64;
		struct effect_tunnel *at = reallocarray(ways->at, room, sizeof(*at));
		if (!at)
			return;
		ways->at = at;
		ways->room = room;
	}
	ways->at[ways->count++] = *tunnel;
}

/* A copy, as what is done with one may change the others. To be freed. */
static struct ways all_ways(const struct daemon *daemon, nanos until)
{
	struct ways ways = {.until = until};

	dataplane_each_tunnel(daemon->dataplane, collect, &ways);
	return ways;
}

static void report(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct host_event event = {.type = HOST_ACTIVITY};
	struct dataplane_counters counters;

	if (dataplane_tunnel_counters(daemon->dataplane, &tunnel->home_address, &tunnel->peer,
		    tunnel->bid, &counters) < 0)
		return;
	event.activity.home_address = tunnel->home_address;
	event.activity.peer = tunnel->peer;
	event.activity.bid = tunnel->bid;
	event.activity.sent = counters.sent_at;
	event.activity.received = counters.received_at;
	daemon_host(daemon, &event);
}

void ro_paths_report_activity(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	nanos now = clock_now().mono;

	if ((config->mobile_nodes[0].thresholds_count == 0 && !config->core.corresponds) ||
		now < daemon->report_ways_at)
		return;
	daemon->report_ways_at = now + REPORT_EVERY * (1 + daemon->tunnels_max / TUNNELS_A_SECOND);
	struct ways ways = all_ways(daemon, now + ENDS_SOON);
	for (size_t i = 0; i < ways.count; i++)
		report(daemon, &ways.at[i]);
	free(ways.at);
}

void ro_paths_follow_router(struct daemon *daemon, const struct watched_link *link)
{
	if (daemon->config->mobile_nodes[0].thresholds_count == 0)
		return;
	struct ways ways = all_ways(daemon, 0);
	for (size_t i = 0; i < ways.count; i++) {
		const struct effect_tunnel *tunnel = &ways.at[i];
		if (tunnel->kind == TUNNEL_TO_CORRESPONDENT &&
			tunnel->ifindex == link->seen.ifindex)
			dataplane_tunnel_set(
				daemon->dataplane, tunnel, watched_link_next_hop(link, tunnel));
	}
	free(ways.at);
}
