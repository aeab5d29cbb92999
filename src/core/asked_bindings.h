/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Care-of addresses that the home agent was asked to bind, and of which it is not known whether it
 * has: the update, or its acknowledgement, may be lost or under way. The home agent may send to
 * them. An update that it accepts ends the doubt about all before it: from then on it takes no
 * smaller sequence number (RFC 6275 9.5.1). One that it refuses ends no doubt but its own.
 */
#ifndef MONAMI_CORE_ASKED_BINDINGS_H
#define MONAMI_CORE_ASKED_BINDINGS_H

#include "effect.h"

#include <netinet/in.h>
#include <stdbool.h>

#define ASKED_BINDINGS_MAX (2 * BINDINGS_MAX)

struct asked_binding {
	uint16_t bid;   /* 0: without BID */
	uint16_t first; /* sequence numbers of the updates that asked for it */
	uint16_t last;
	bool absent; /* the home agent has said since that nothing is bound under this BID */
	struct in6_addr care_of;
	nanos expires; /* if it was granted what was asked for */
};

struct asked_bindings {
	size_t count;
	struct asked_binding at[ASKED_BINDINGS_MAX];
};

/* False: an older one had to be forgotten for it. */
bool asked_bindings_add(struct asked_bindings *, const struct asked_binding *);
bool asked_bindings_has(const struct asked_bindings *, const struct in6_addr *care_of);
/* The update of this number was refused. */
void asked_bindings_refuse(struct asked_bindings *, uint16_t sequence);
/* The update of this number was accepted: whatever was asked for up to it, of this BID, is bound or
 * replaced. `care_of`: only if it was this one; NULL: whichever. */
void asked_bindings_end(
	struct asked_bindings *, uint16_t sequence, uint16_t bid, const struct in6_addr *care_of);
void asked_bindings_end_all(struct asked_bindings *, uint16_t sequence);
/* The update of this number was refused since nothing is bound under this BID. What was asked for
 * before it may still be under way. */
void asked_bindings_absent(struct asked_bindings *, uint16_t sequence, uint16_t bid);
void asked_bindings_expire(struct asked_bindings *, nanos now);

#endif
