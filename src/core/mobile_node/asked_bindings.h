/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Care-of addresses of updates without an answer: the update or its acknowledgement may be lost or
 * under way, so the home agent may have bound the address and send to it (ADR 40). When the home
 * agent accepts an update, it accepts no earlier one any more, since their sequence numbers are
 * smaller (RFC 6275 9.5.1). When it refuses one, earlier ones may still be accepted.
 */
#ifndef MONAMI_CORE_ASKED_BINDINGS_H
#define MONAMI_CORE_ASKED_BINDINGS_H

#include "../api/effect.h"

#include <netinet/in.h>
#include <stdbool.h>

#define ASKED_BINDINGS_MAX (2 * BINDINGS_MAX)

struct asked_binding {
	uint16_t bid;   /* 0: without BID */
	uint16_t first; /* sequence numbers of the first and the last update that asked for it */
	uint16_t last;
	bool absent; /* the home agent said later that nothing is bound under this BID */
	struct in6_addr care_of;
	nanos expires; /* if the home agent grants the lifetime of the last update */
};

struct asked_bindings {
	size_t count;
	struct asked_binding at[ASKED_BINDINGS_MAX];
};

/* False: the list was full, and the oldest one was forgotten. */
bool asked_bindings_add(struct asked_bindings *, const struct asked_binding *);
bool asked_bindings_has(const struct asked_bindings *, const struct in6_addr *care_of);
/* The update of this number was refused: forgets addresses that no other update asked for. */
void asked_bindings_refuse(struct asked_bindings *, uint16_t sequence);
/* The update of this number was accepted: forgets what it and earlier ones asked for under this
 * BID, with this care-of address or, if that is NULL, any. */
void asked_bindings_end(
	struct asked_bindings *, uint16_t sequence, uint16_t bid, const struct in6_addr *care_of);
/* The same for all BIDs. */
void asked_bindings_end_all(struct asked_bindings *, uint16_t sequence);
/* The update of this number was refused because nothing is bound under this BID. Earlier updates
 * may still be under way. */
void asked_bindings_absent(struct asked_bindings *, uint16_t sequence, uint16_t bid);
/* Forgets those that have expired. */
void asked_bindings_expire(struct asked_bindings *, nanos now);

#endif
