/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Care-of address verification at the home agent, which RFC 5648 10 and draft-13 10 advise and
 * leave open: the tunnel of a binding whose care-of address is new carries nothing to it until the
 * address has answered an ICMPv6 echo request (RFC 4443 4.1) that nobody can guess. It needs
 * nothing of the mobile node that every node does not have.
 *
 * A probe goes out at once, after half a second, and then at intervals that double up to half a
 * minute. The answer to any of the last four counts for ten seconds, and for every binding of the
 * node that has this address. A node makes its home agent send sixteen probes at once, and two each
 * second, whatever it registers.
 */
#ifndef MONAMI_CORE_VERIFICATION_H
#define MONAMI_CORE_VERIFICATION_H

#include "home_agent.h"

/* The answer that does not come to so many probes is told of. */
#define VERIFICATION_PROBES_TOLD 3

/* NULL if memory is short. Freed with free(). */
struct verification *verification_new(void);

/* Forgets what the node no longer has bound. */
void verification_prune(struct node *);
/* Begins for what the node has bound and is not verified, forgets the rest. */
void verification_follow(struct home_agent *, struct moment, struct node *, struct outbox *);

/* Sends what is due, at most one probe for each binding. */
void verification_deadline(struct home_agent *, struct moment, struct node *, struct outbox *);
nanos verification_next(const struct node *);

/* An ICMPv6 echo reply. False: it answers no probe of the home agent. */
bool verification_reply(
	struct home_agent *, struct moment, const struct received_icmpv6 *, struct outbox *);

#endif
