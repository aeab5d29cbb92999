/* SPDX-License-Identifier: BSD-2-Clause */
#include "tunnel_activity.h"

#include "../../io/base/clock.h"
#include "../../io/dataplane/dataplane.h"
#include "../config/config.h"

#include <stdlib.h>

#define REPORT_EVERY (250 * NANOS_PER_MS)
/* As much longer for each of these many places: a look at all tunnels takes time. */
#define TUNNELS_AT_ONCE 10000
/* Tunnels without packets for so long are not told of. */
#define IN_USE (10 * NANOS_PER_SECOND)

struct active_tunnels {
	const struct daemon_basis *basis;
	nanos since;
	size_t count, room;
	struct host_activity *at;
};

static bool recovers(const struct daemon_basis *basis, uint8_t side)
{
	const struct core_config *config = &basis->config->core;

	return (side == SUBJECT_AT_HOME_AGENT && config->is_home_agent &&
		       config->home_agent.recovery) ||
	       (side == SUBJECT_AT_CORRESPONDENT && config->corresponds &&
		       config->correspondent.recovery);
}

static void add(struct active_tunnels *active, const struct host_activity *activity)
{
	if (active->count == active->room) {
		size_t room = active->room ? 2 * active->room : 64;
		struct host_activity *at = reallocarray(active->at, room, sizeof(*at));
		if (!at)
			return;
		active->at = at;
		active->room = room;
	}
	active->at[active->count++] = *activity;
}

static void collect(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	struct active_tunnels *active = ctx;
	struct dataplane_counters counters;

	if (!recovers(active->basis, subject->side) ||
		dataplane_tunnel_counters(
			active->basis->dataplane, tunnel->subject, tunnel->tunnel, &counters) < 0 ||
		nanos_max(counters.sent_at, counters.received_at) < active->since)
		return;
	const struct host_activity activity = {
		.home_address = subject->home_address,
		.peer = subject->peer,
		.bid = tunnel->bid,
		.sent = counters.sent_at,
		.received = counters.received_at,
	};
	add(active, &activity);
}

/* The tunnels are listed first, as an event may change them. */
void tunnel_activity_report(struct tunnel_activity *reports)
{
	nanos now = clock_now().mono;

	if (now < tunnel_activity_next(reports))
		return;
	reports->report_at = now + REPORT_EVERY * (1 + reports->tunnels_max / TUNNELS_AT_ONCE);
	struct active_tunnels active = {
		.basis = reports->basis, .since = now > IN_USE ? now - IN_USE : 1};
	dataplane_each_tunnel(reports->basis->dataplane, collect, &active);
	for (size_t i = 0; i < active.count; i++) {
		const struct host_event event = {.type = HOST_ACTIVITY, .activity = active.at[i]};
		basis_host(reports->basis, &event);
	}
	free(active.at);
}

nanos tunnel_activity_next(const struct tunnel_activity *reports)
{
	return recovers(reports->basis, SUBJECT_AT_HOME_AGENT) ||
			       recovers(reports->basis, SUBJECT_AT_CORRESPONDENT)
		       ? reports->report_at
		       : NANOS_NEVER;
}
