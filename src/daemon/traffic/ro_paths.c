/* SPDX-License-Identifier: BSD-2-Clause */
#include "ro_paths.h"

#include "../base/log.h"

#include "../../io/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Idle times are many seconds, so a second more or less does not matter. One second more for each
 * of these many places: a look at all tunnels takes time. */
#define REPORT_EVERY NANOS_PER_SECOND
#define TUNNELS_A_SECOND 50000
/* At a correspondent it is asked for shortly before a binding ends (RFC 6275 9.5.5), and of those
 * that end later it need not be told. */
#define ENDS_SOON (120 * NANOS_PER_SECOND)

/* ---- thresholds ---- */

void ro_paths_lower_thresholds(const struct ro_paths *paths, unsigned int mobile_node, bool lower)
{
	const struct config *config = paths->basis->config;
	const struct config_mobile_node *node = &config->mobile_nodes[mobile_node];

	for (unsigned int i = 0; i < node->thresholds_count; i++) {
		const struct config_threshold *threshold = &node->thresholds[i];
		const struct abi_threshold from = {
			lower && !threshold->never ? 1 : threshold->packets, threshold->octets};
		int error = dataplane_threshold_set(paths->basis->dataplane,
			config_home_address(config, mobile_node), &threshold->prefix,
			threshold->length, &from);

		if (error < 0)
			log_error("route optimization: %s", strerror(-error));
	}
}

void ro_paths_start(const struct ro_paths *paths)
{
	for (unsigned int n = 0; n < paths->basis->config->mobile_nodes_count; n++)
		ro_paths_lower_thresholds(paths, n, false);
}

static bool is_home_agent_of_other(const struct mobile_hosts *hosts, const struct mobile_host *host,
	const struct in6_addr *peer)
{
	for (unsigned int n = 0; n < hosts->count; n++) {
		const struct in6_addr home_agent = mobile_host_home_agent(&hosts->at[n]);

		for (unsigned int i = 0; i < hosts->at[n].links_count; i++)
			if (hosts->at[n].links[i].through == host &&
				IN6_ARE_ADDR_EQUAL(&home_agent, peer))
				return true;
	}
	return false;
}

void ro_paths_busy(struct mobile_hosts *hosts, struct octets octets)
{
	struct host_event event = {.type = HOST_PEER_BUSY};
	struct cursor cursor = cursor_over(octets.at, octets.length);
	struct in6_addr home_address;

	cursor_address(&cursor, &home_address);
	cursor_address(&cursor, &event.peer);
	const struct mobile_host *host =
		cursor.failed ? NULL : mobile_hosts_with_home_address(hosts, &home_address);
	/* packets to it may be those of a tunnel that leads through this one */
	if (host && !is_home_agent_of_other(hosts, host, &event.peer))
		mobile_host_event(host, &event);
}

/* ---- all of them ---- */

struct found_tunnel {
	struct effect_subject subject;
	struct effect_tunnel tunnel;
};

struct found_tunnels {
	nanos until; /* of those to mobile nodes, only what ends by then */
	size_t count, room;
	struct found_tunnel *at;
};

static void collect(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	struct found_tunnels *found = ctx;

	if (!is_direct(tunnel) ||
		(tunnel->encapsulation == ENCAP_TO_MOBILE_NODE && tunnel->expires > found->until))
		return;
	if (found->count == found->room) {
		size_t room = found->room ? 2 * found->room : 64;
		struct found_tunnel *at = reallocarray(found->at, room, sizeof(*at));
		if (!at)
			return;
		found->at = at;
		found->room = room;
	}
	found->at[found->count++] = (struct found_tunnel){*subject, *tunnel};
}

/* A copy, as what is done with one may change the others. To be freed. */
static struct found_tunnels find_tunnels(const struct ro_paths *paths, nanos until)
{
	struct found_tunnels found = {.until = until};

	dataplane_each_tunnel(paths->basis->dataplane, collect, &found);
	return found;
}

static void report(const struct ro_paths *paths, const struct found_tunnel *found)
{
	struct host_event event = {.type = HOST_ACTIVITY};
	struct dataplane_counters counters;

	if (dataplane_tunnel_counters(paths->basis->dataplane, found->tunnel.subject,
		    found->tunnel.tunnel, &counters) < 0)
		return;
	event.activity.home_address = found->subject.home_address;
	event.activity.peer = found->subject.peer;
	event.activity.bid = found->tunnel.bid;
	event.activity.sent = counters.sent_at;
	event.activity.received = counters.received_at;
	basis_host(paths->basis, &event);
}

void ro_paths_report_activity(struct ro_paths *paths)
{
	const struct config *config = paths->basis->config;
	nanos now = clock_now().mono;

	if ((!config_optimizes(config) && !config->core.corresponds) || now < paths->report_at)
		return;
	paths->report_at = now + REPORT_EVERY * (1 + paths->tunnels_max / TUNNELS_A_SECOND);
	struct found_tunnels found = find_tunnels(paths, now + ENDS_SOON);
	for (size_t i = 0; i < found.count; i++)
		report(paths, &found.at[i]);
	free(found.at);
}

void ro_paths_follow_router(const struct ro_paths *paths, const struct mobile_link *link)
{
	if (!config_optimizes(paths->basis->config))
		return;
	struct found_tunnels found = find_tunnels(paths, 0);
	for (size_t i = 0; i < found.count; i++) {
		const struct effect_tunnel *tunnel = &found.at[i].tunnel;
		if (tunnel->encapsulation == ENCAP_TO_CORRESPONDENT &&
			tunnel->local.ifindex == link->seen.ifindex)
			dataplane_tunnel_set(paths->basis->dataplane, tunnel,
				mobile_link_next_hop(link, tunnel));
	}
	free(found.at);
}
