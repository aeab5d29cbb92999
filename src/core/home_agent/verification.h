/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Care-of address verification at the home agent, which RFC 5648 10 and draft-13 10 advise and
 * leave open: the tunnel of a binding whose care-of address is new carries nothing to it until the
 * address has answered an unguessable ICMPv6 echo request (RFC 4443 4.1). The mobile node needs no
 * support for it.
 *
 * A probe goes out at once, after half a second, and then at intervals that double up to half a
 * minute. The answer to any of the last four counts for ten seconds, and for every binding of the
 * entry that has this address. An entry makes its home agent send sixteen probes at once, and two
 * each second, whatever its mobile node registers.
 */
#ifndef MONAMI_CORE_VERIFICATION_H
#define MONAMI_CORE_VERIFICATION_H

#include "../base/role.h"
#include "../binding/binding_cache.h"

/* After this many unanswered probes there is an event. */
#define VERIFICATION_PROBES_TOLD 3

/* The care-of addresses of one entry that are not verified. */
struct verification;

struct verification_basis {
	struct binding_cache *cache;
	uint16_t probe_identifier; /* of the ICMPv6 echo requests */
};

/* NULL if memory is short. Freed with free(). */
struct verification *verification_new(void);

/* In all of them the verification may be NULL: then there is nothing to verify. */

/* Forgets care-of addresses that are no longer bound. */
void verification_prune(struct verification *, const struct binding_entry *);
/* Begins for care-of addresses that are bound and not verified, forgets the rest. */
void verification_follow(struct verification *, const struct verification_basis *, struct moment,
	const struct binding_entry *, struct outbox *);

/* Sends the due probes, at most one for each binding. */
void verification_deadline(struct verification *, const struct verification_basis *, struct moment,
	const struct binding_entry *, struct outbox *);
nanos verification_next(const struct verification *);

/* An echo reply. False: it answers no probe. The caller schedules the entry. */
bool verification_reply(struct verification *, const struct verification_basis *, struct moment,
	struct binding_entry *, const struct received_icmpv6 *, struct outbox *);

#endif
