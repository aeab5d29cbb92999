/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 9.3.4: after persistent ICMPv6 Destination Unreachable for a care-of address, its
 * binding is deleted, and packets go to the home address (ADR 38). ICMPv6 errors are not authentic,
 * and one that quotes a packet that was sent may be forged as well. So errors count once a second,
 * a packet from the care-of address ends the run, and the correspondent asks the mobile node to
 * refresh the binding before it deletes it.
 */
#include "correspondent_part.h"

/* Persistent: this many errors, over at least this time. */
#define ERRORS_MAX 5
#define PERSISTENT_FOR (10 * NANOS_PER_SECOND)
/* Errors within this time after one that counted do not count: a router may send hundreds a second.
 */
#define COUNTS_AGAIN NANOS_PER_SECOND
/* After this time without an error, the next one begins a new run. */
#define PAUSE_MAX (30 * NANOS_PER_SECOND)
/* At this error of a run, the correspondent sends a Binding Refresh Request (RFC 6275 9.5.5). */
#define ASKED_AT 3

/* The run of this BID; else a new one, in place of the one whose last error is the oldest. */
static struct unreachable_run *run_of(struct cache_entry *entry, uint16_t bid)
{
	struct unreachable_run *run = &entry->unreachable[0];
	for (size_t i = 0; i < BINDINGS_MAX; i++) {
		struct unreachable_run *other = &entry->unreachable[i];
		if (other->errors > 0 && other->bid == bid)
			return other;
		if (other->last < run->last)
			run = other;
	}
	*run = (struct unreachable_run){.bid = bid};
	return run;
}

void entry_reachable(struct cache_entry *entry, uint16_t bid)
{
	for (size_t i = 0; i < BINDINGS_MAX; i++)
		if (entry->unreachable[i].bid == bid)
			entry->unreachable[i] = (struct unreachable_run){0};
}

static bool run_goes_on(const struct unreachable_run *run, nanos received, nanos now)
{
	return run->errors > 0 && received < run->first && now < run->last + PAUSE_MAX;
}

/* Whether this error makes the run a persistent one. */
static bool count(struct unreachable_run *run, nanos received, nanos now)
{
	if (!run_goes_on(run, received, now)) {
		*run = (struct unreachable_run){
			.first = now, .last = now, .bid = run->bid, .errors = 1};
		return false;
	}
	if (now < run->last + COUNTS_AGAIN)
		return false;
	run->last = now;
	run->errors++;
	return run->errors >= ERRORS_MAX && now >= run->first + PERSISTENT_FOR;
}

static void end(struct correspondent *correspondent, struct moment now, struct cache_entry *entry,
	struct binding *binding, struct outbox *outbox)
{
	entry_tunnel_remove(&entry->key.home_address, &entry->key.own, binding->bid, outbox);
	entry_note(entry, binding, now.mono, EVENT_BINDING_UNREACHABLE, outbox);
	used_nonces_forget(&entry->nonces, binding->bid);
	entry_reachable(entry, binding->bid);
	bindings_remove(&entry->bindings, binding);
	entry_settle(correspondent, now, entry);
}

void entry_unreachable(struct correspondent *correspondent, struct moment now,
	struct cache_entry *entry, const struct host_unreachable *unreachable,
	struct outbox *outbox)
{
	entry_expire(correspondent, now, entry, outbox);
	entry = correspondent_cache_find(
		&correspondent->cache, &unreachable->home_address, &unreachable->peer);
	struct binding *binding =
		entry ? bindings_at(&entry->bindings, &unreachable->care_of) : NULL;
	if (!binding)
		return;
	struct unreachable_run *run = run_of(entry, binding->bid);
	uint8_t before = run->errors;
	if (count(run, unreachable->received, now.mono))
		end(correspondent, now, entry, binding, outbox);
	else if (before < ASKED_AT && run->errors == ASKED_AT)
		entry_refresh_binding(correspondent, entry, binding, outbox);
}
