/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery by the other end (draft-wakikawa-03 3.2, ADR 62): a home agent or a correspondent sends
 * nothing to a care-of address that it cannot reach while another binding of the home address is
 * usable, and returns to it when it is heard again. Lifetimes stay as granted.
 *
 * Evidence is an ICMPv6 error, or silence: packets are sent to the care-of address, and nothing
 * comes from it any more. A role that can ask (binding_role.h) asks the care-of address itself
 * before it takes silence for a failure, and before it returns to an address that can answer.
 * After a failure soon after a return, the next return waits: a minute, then twice as long each
 * time. It does not wait if no other binding is usable.
 */
#ifndef MONAMI_CORE_RECOVERY_H
#define MONAMI_CORE_RECOVERY_H

#include "binding_cache.h"

#define RECOVERY_COOKIE_OCTETS 16

/* A question to a care-of address: the answer returns the cookie. */
struct recovery_question {
	struct in6_addr care_of;
	uint16_t sequence;
	uint8_t cookie[RECOVERY_COOKIE_OCTETS];
};

/* An entry at its deadline causes no more effects: for each binding a question, an event and two
 * changes of tunnels. */
#define RECOVERY_EFFECTS (4 * BINDINGS_MAX)

/* The state of the care-of addresses of one entry. */
struct recovery;

/* Without `recovers` in the cache, none of them does anything. The caller schedules the entry. */

/* HOST_ACTIVITY: when packets went to and came from the care-of address of this binding. */
void recovery_activity(struct binding_cache *, nanos now, struct binding_entry *,
	const struct binding *, const struct host_activity *, struct outbox *);
/* An update has registered the binding again, with the same care-of address. */
void recovery_updated(struct binding_cache *, nanos now, struct binding_entry *,
	const struct binding *, struct outbox *);
/* An ICMPv6 error says that the care-of address is unreachable. `proven`: it counts at once; else
 * it makes the address doubtful. */
void recovery_error(struct binding_cache *, nanos now, struct binding_entry *,
	const struct binding *, bool proven, struct outbox *);
/* An answer came from `care_of`. False: it answers no question. */
bool recovery_answer(struct binding_cache *, nanos now, struct binding_entry *,
	const struct in6_addr *care_of, const uint8_t *cookie, struct outbox *);
/* Bindings were added, removed or verified: tells the host which tunnels are usable now. */
void recovery_reconcile(struct binding_cache *, struct binding_entry *, struct outbox *);

/* Asks what is due, and draws the conclusions. */
void recovery_deadline(struct binding_cache *, nanos now, struct binding_entry *, struct outbox *);
nanos recovery_next(const struct binding_entry *);

/* Whether the binding is not to be used now. */
bool recovery_passes_over(const struct binding_entry *, const struct binding *);
enum reachability recovery_state(const struct binding_entry *, const struct binding *);

#endif
