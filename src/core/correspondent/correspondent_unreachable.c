/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 9.3.4: after persistent ICMPv6 Destination Unreachable for a care-of address, its
 * binding is deleted, and packets go to the home address (ADR 38). ICMPv6 errors are not authentic,
 * and one that quotes a packet that was sent may be forged as well. So errors count once a second,
 * a packet from the care-of address ends the run, and the correspondent asks the mobile node to
 * refresh the binding before it deletes it.
 */
#include "correspondent_part.h"
#include "../binding/binding_changes.h"
#include "../binding/binding_record.h"
#include "../binding/recovery.h"
#include "../binding/refresh_request.h"

/* Persistent: this many errors, over at least this time. */
#define ERRORS_MAX 5
#define PERSISTENT_FOR (10 * NANOS_PER_SECOND)
/* Errors within this time after one that counted do not count: a router may send hundreds a second.
 */
#define COUNTS_AGAIN NANOS_PER_SECOND
/* After this time without an error, the next one begins a new run. */
#define PAUSE_MAX (30 * NANOS_PER_SECOND)
/* At this error of a run, the correspondent sends a Binding Refresh Request (RFC 6275 9.5.5), and
 * uses another binding if there is one (ADR 62). */
#define ASKED_AT 3

/* The run of this BID; otherwise a new one, in place of the one whose last error is the oldest. */
static struct unreachable_run *run_of(struct correspondent_entry *entry, uint16_t bid)
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

void correspondent_reachable(struct correspondent_entry *entry, uint16_t bid)
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

void correspondent_unreachable(struct correspondent *correspondent, struct moment now,
	struct binding_entry *entry, const struct host_unreachable *unreachable,
	struct outbox *outbox)
{
	struct binding_cache *cache = &correspondent->cache.bindings;
	entry = binding_entry_expire(cache, now, entry, outbox);
	struct binding *binding =
		entry ? bindings_at(&entry->bindings, &unreachable->care_of) : NULL;
	if (!binding)
		return;
	struct unreachable_run *run = run_of(correspondent_entry_of(entry), binding->bid);
	uint8_t before = run->errors;
	if (count(run, unreachable->received, now.mono)) {
		const struct bindings present = entry->bindings;
		binding_entry_remove(cache, entry, binding, EVENT_BINDING_UNREACHABLE, outbox);
		flow_rules_change(cache, entry, &present, NULL, outbox);
		binding_record(cache, entry, outbox);
		binding_entry_schedule(cache, now.mono, entry);
		return;
	}
	recovery_error(cache, now.mono, entry, binding, run->errors >= ASKED_AT, outbox);
	if (before < ASKED_AT && run->errors == ASKED_AT)
		refresh_request_send_one(cache, entry, binding, outbox);
	binding_entry_schedule(cache, now.mono, entry);
}
