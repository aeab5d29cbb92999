/* SPDX-License-Identifier: BSD-2-Clause */
#include "direct_ways.h"
#include "agent.h"
#include "log.h"

#include "../io/clock.h"

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

/* ---- which correspondents are worth it ---- */

void direct_ways_start(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->config->worths_count; i++) {
		const struct config_worth *worth = &agent->config->worths[i];
		const struct abi_worth from = {worth->packets, worth->octets};
		int error =
			dataplane_worth_set(agent->dataplane, &worth->prefix, worth->length, &from);

		if (error < 0)
			log_error("route optimization: %s", strerror(-error));
	}
}

void direct_ways_busy(struct agent *agent, struct octets octets)
{
	struct host_event event = {.type = HOST_PEER_BUSY};

	if (octets.length != sizeof(event.peer))
		return;
	memcpy(&event.peer, octets.at, sizeof(event.peer));
	agent_host(agent, &event);
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
static struct ways all_ways(const struct agent *agent, nanos until)
{
	struct ways ways = {.until = until};

	dataplane_each_tunnel(agent->dataplane, collect, &ways);
	return ways;
}

static void report(struct agent *agent, const struct effect_tunnel *tunnel)
{
	struct host_event event = {.type = HOST_ACTIVITY};
	struct dataplane_counters counters;

	if (dataplane_tunnel_counters(agent->dataplane, &tunnel->home_address, &tunnel->peer,
		    tunnel->bid, &counters) < 0)
		return;
	event.activity.home_address = tunnel->home_address;
	event.activity.peer = tunnel->peer;
	event.activity.bid = tunnel->bid;
	event.activity.sent = counters.sent_at;
	event.activity.received = counters.received_at;
	agent_host(agent, &event);
}

void direct_ways_report_activity(struct agent *agent)
{
	const struct config *config = agent->config;
	nanos now = clock_now().mono;

	if ((config->worths_count == 0 && !config->core.corresponds) || now < agent->report_ways_at)
		return;
	agent->report_ways_at = now + REPORT_EVERY * (1 + agent->tunnels_max / TUNNELS_A_SECOND);
	struct ways ways = all_ways(agent, now + ENDS_SOON);
	for (size_t i = 0; i < ways.count; i++)
		report(agent, &ways.at[i]);
	free(ways.at);
}

void direct_ways_follow_router(struct agent *agent, const struct watched_link *link)
{
	if (agent->config->worths_count == 0)
		return;
	struct ways ways = all_ways(agent, 0);
	for (size_t i = 0; i < ways.count; i++) {
		const struct effect_tunnel *tunnel = &ways.at[i];
		if (tunnel->kind == TUNNEL_TO_CORRESPONDENT &&
			tunnel->ifindex == link->seen.ifindex)
			dataplane_tunnel_set(
				agent->dataplane, tunnel, watched_link_next_hop(link, tunnel));
	}
	free(ways.at);
}
