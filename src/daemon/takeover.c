/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of a store, if there is one, are restored; else those in the data plane's map.
 * Bindings follow from records, and adopt the subjects and tunnels of the maps by their numbers;
 * others are removed.
 */
#include "takeover.h"
#include "daemon.h"
#include "host/own_addresses.h"
#include "host/own_tables.h"
#include "persistence.h"
#include "base/log.h"

#include "../io/base/clock.h"

#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

/* Of a mobile node only the bindings of links that it still has. */
static struct record usable_of(struct daemon *daemon, const struct record *record)
{
	struct mobile_host *host =
		mobile_hosts_with_home_address(&daemon->mobile_hosts, &record->home_address);
	struct record usable = *record;

	usable.count = 0;
	for (uint8_t i = 0; i < record->count; i++)
		if (!host || !IN6_IS_ADDR_UNSPECIFIED(&record->peer) ||
			mobile_links_with_bid(host, record->bindings[i].bid))
			usable.bindings[usable.count++] = record->bindings[i];
	return usable;
}

static bool restore(struct daemon *daemon, const struct record *record)
{
	const struct host_event event = {.type = HOST_RESTORE, .record = usable_of(daemon, record)};

	return daemon_host(daemon, &event) == 0;
}

void takeover_forget(struct daemon *daemon, const struct record *record)
{
	dataplane_record_remove(daemon->basis.dataplane, &record->home_address, &record->peer);
}

/* Whether all records were looked at. */
static bool restore_all(struct daemon *daemon, bool stored)
{
	const struct array records = records_collect(daemon);
	size_t restored = 0, bindings = 0;

	for (size_t i = 0; i < records.count; i++) {
		const struct record *record = (const struct record *)records.at + i;
		if (stored && persistence_stores(daemon, record))
			continue;
		if (restore(daemon, record)) {
			restored++;
			bindings += record->count;
		} else {
			takeover_forget(daemon, record);
		}
	}
	if (bindings > 0)
		log_info("took over %zu bindings of %zu home addresses", bindings, restored);
	free(records.at);
	return !records.incomplete;
}

/* ---- what no record names ---- */

struct bound {
	uint32_t subject;
	uint32_t tunnel;
};

static void add_bound(void *ctx, const struct binding_view *view)
{
	const struct bound bound = {view->subject, view->tunnel};

	array_append(ctx, &bound);
}

static void add_tunnel(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	(void)subject;
	array_append(ctx, tunnel);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct bound));
}

static bool is_bound(const struct array *bound, const struct effect_tunnel *tunnel)
{
	const struct bound key = {tunnel->subject, tunnel->tunnel};

	return bound->count && bsearch(&key, bound->at, bound->count, sizeof(key), compare);
}

/* Tunnels in the maps without a binding of the core. What has one was set again, or will be: a
 * mobile node sends by it meanwhile. If a binding is missing in the list, all tunnels stay. */
static void remove_unbound(struct daemon *daemon)
{
	struct array bound = {.size = sizeof(struct bound)};
	struct array tunnels = {.size = sizeof(struct effect_tunnel)};

	core_each_binding(daemon->basis.core, add_bound, &bound);
	if (bound.count)
		qsort(bound.at, bound.count, bound.size, compare);
	dataplane_each_tunnel(daemon->basis.dataplane, add_tunnel, &tunnels);
	for (size_t i = 0; i < tunnels.count && !bound.incomplete; i++) {
		const struct effect_tunnel *tunnel = (struct effect_tunnel *)tunnels.at + i;
		if (!is_bound(&bound, tunnel))
			dataplane_tunnel_remove(
				daemon->basis.dataplane, tunnel->subject, tunnel->tunnel);
	}
	free(bound.at);
	free(tunnels.at);
}

static void sweep_maps(struct daemon *daemon)
{
	remove_unbound(daemon);
	int error = dataplane_sweep(daemon->basis.dataplane);
	if (error < 0)
		log_error("maps of the previous daemon: %s", strerror(-error));
}

void takeover_take_over(struct daemon *daemon)
{
	bool stored = persistence_restore(daemon);

	/* Tunnels of a record that was not restored for want of memory stay until they expire. */
	if (restore_all(daemon, stored))
		sweep_maps(daemon);
	if (!stored)
		persistence_put_all(daemon);
	/* Packets of mobile nodes that have no record are guarded from now on, too (ADR 29). */
	core_deadline(daemon->basis.core, clock_now(), &daemon->outbox);
	effects_carry_out(daemon);
}

/* ---- the host ---- */

void takeover_sweep(struct daemon *daemon)
{
	const struct interfaces *interfaces = &daemon->interfaces;
	const struct host_own own = daemon_own_routes(daemon);
	uint32_t ours[INTERFACES_MAX];
	int error = host_sweep_stale(daemon->basis.host, &own);

	if (error < 0)
		log_error("routes and rules of the previous daemon: %s", strerror(-error));
	else
		own_tables_sweep(&daemon->mobile_hosts, &daemon->basis);
	for (unsigned int i = 0; i < interfaces->count; i++)
		ours[i] = interfaces->at[i].attached.ifindex;
	error = dataplane_detach_others(daemon->basis.dataplane, ours, interfaces->count);
	if (error < 0)
		log_error("data plane on links of the previous daemon: %s", strerror(-error));
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		home_address_sweep(&daemon->mobile_hosts.at[i]);
	home_addresses_guard(&daemon->mobile_hosts);
	own_addresses_sweep(interfaces);
}
