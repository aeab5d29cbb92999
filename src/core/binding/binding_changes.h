/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of the bindings of one entry, and the effects that tell the data plane and the log.
 * Unchanged bindings cause none. Functions that return an entry return the given one, or NULL if
 * the role has removed it, since it had no bindings any more.
 */
#ifndef MONAMI_CORE_BINDING_CHANGES_H
#define MONAMI_CORE_BINDING_CHANGES_H

#include "binding_cache.h"
#include "flow_rules.h"

/* An entry at its deadline causes no more effects, besides those of the role's own deadline. */
#define BINDING_EXPIRY_EFFECTS (2 * BINDINGS_MAX + 5 + FLOW_RULES_EFFECTS)

/* Replaces the bindings by `wanted`; the flow bindings stay, if there are bindings. */
struct binding_entry *binding_entry_change(struct binding_cache *, struct moment,
	struct binding_entry *, const struct bindings *wanted, struct outbox *);
/* The same with the flow bindings, for which there must be room; NULL: they stay. Records the entry,
 * even if its bindings are the same: the caller has changed its numbers. */
struct binding_entry *binding_entry_replace(struct binding_cache *, struct moment,
	struct binding_entry *, const struct bindings *wanted, const struct flow_bindings *flows,
	struct outbox *);
/* Removes the bindings that have expired. */
struct binding_entry *binding_entry_expire(
	struct binding_cache *, struct moment, struct binding_entry *, struct outbox *);
/* Removes one binding; `why` is one of EVENT_BINDING_*. The caller schedules the entry, after
 * flow_rules_change(). */
void binding_entry_remove(struct binding_cache *, struct binding_entry *, struct binding *,
	enum event_type why, struct outbox *);
/* Sets the deadline of the entry. Call it after each change that it depends on. */
struct binding_entry *binding_entry_schedule(
	struct binding_cache *, nanos now, struct binding_entry *);
/* Handles due entries, as many as the outbox has space for: `effects` for each. */
void binding_cache_deadline(struct binding_cache *, struct moment, size_t effects, struct outbox *);

/* ---- single effects ---- */

/* By the shares that the mobile node has given, and then by the priorities of RFC 6089 4.1. */
void binding_traffic_set(
	const struct binding_cache *, const struct binding_entry *, struct outbox *);
/* Tells the host of the subject, unless it knows it. The next two functions do so, too. */
void binding_subject_need(const struct binding_cache *, struct binding_entry *, struct outbox *);
void binding_tunnel_set(const struct binding_cache *, struct binding_entry *,
	const struct binding *, struct outbox *);
void binding_tunnel_remove(const struct binding_cache *, struct binding_entry *,
	const struct binding *, struct outbox *);
/* `lifetime` in seconds. */
void binding_event(const struct binding_cache *, const struct binding_entry *,
	const struct binding *, uint32_t lifetime, enum event_type, struct outbox *);

#endif
