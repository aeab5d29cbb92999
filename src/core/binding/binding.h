/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bindings of one home address (RFC 6275 9.1), one for each Binding Identifier (RFC 5648 4.1),
 * at a home agent or a correspondent.
 */
#ifndef MONAMI_CORE_BINDING_H
#define MONAMI_CORE_BINDING_H

#include "../api/core.h"

struct binding {
	struct in6_addr care_of;
	nanos expires;
	uint16_t bid;      /* 0: without BID; then it is the only one */
	uint16_t tunnel;   /* its number; binding_entry_change() gives it */
	uint16_t lifetime; /* as granted, units of four seconds */
	uint8_t priority;
	bool home : 1;        /* of the home link; `care_of` is the home address (RFC 5648 5.6.3) */
	bool verified : 1;    /* its care-of address has answered, or need not */
	uint8_t requests : 2; /* Binding Refresh Requests sent for it */
	uint8_t share : 4;    /* of the flows, in parts of 15; if all have 0, none is said */
};

/* In no order. */
struct bindings {
	struct binding at[BINDINGS_MAX];
	uint8_t count;
};

/* NULL if there is none. */
struct binding *bindings_find(const struct bindings *, uint16_t bid);
/* One with this care-of address. */
struct binding *bindings_at(const struct bindings *, const struct in6_addr *care_of);
/* Whether one of them has this number of a tunnel. */
bool bindings_have_tunnel(const struct bindings *, uint16_t tunnel);
/* A new one, to be filled; `bindings` must not be full. */
struct binding *bindings_add(struct bindings *, uint16_t bid);
/* Removes it; the last one moves to its place. */
void bindings_remove(struct bindings *, struct binding *);
/* Whether the mobile node has said which share of the flows each gets (load_shares.h). */
bool bindings_share(const struct bindings *);
/* That of the home link, or NULL. */
struct binding *bindings_home(const struct bindings *);
/* The binding for a message to the mobile node: verified, the most preferred, and of equals the one
 * that expires last; that of the home link only if `home`. NULL if there is none. */
const struct binding *bindings_best(const struct bindings *, bool home);
nanos bindings_first_expiry(const struct bindings *);

/* Seconds until the binding expires, which is not before `now`; SECONDS_INFINITE. */
uint32_t binding_seconds_left(const struct binding *, nanos now);

#endif
