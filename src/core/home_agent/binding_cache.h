/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binding cache of a home agent (RFC 6275 9.1), with several bindings for each home address
 * (RFC 5648 4.1). A node is in it as soon as it is configured, so that registering allocates
 * nothing, and no packet can make the cache grow. It stores; what may be stored is for others.
 */
#ifndef MONAMI_CORE_BINDING_CACHE_H
#define MONAMI_CORE_BINDING_CACHE_H

#include "../api/core.h"
#include "../base/deadlines.h"

/* uthash ends the process when memory is short, unless told not to. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct binding {
	struct in6_addr care_of;
	nanos expires;
	uint16_t bid;      /* 0: without BID; then it is the only one */
	uint16_t lifetime; /* as granted, units of four seconds */
	uint8_t priority;
	bool home;        /* of the home link; `care_of` is the home address (RFC 5648 5.6.3) */
	uint8_t requests; /* Binding Refresh Requests sent for it */
	bool verified;    /* its care-of address has answered, or need not */
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
/* The new one, to be filled; `bindings` must not be full. */
struct binding *bindings_add(struct bindings *, uint16_t bid);
/* The last one takes its place. */
void bindings_remove(struct bindings *, struct binding *);
/* That of the home link, or NULL. */
struct binding *bindings_home(const struct bindings *);
/* The one by which the mobile node is to be told something: verified, preferred, and of two the one
 * that lives longer; that of the home link only if `home`. NULL if there is none. */
const struct binding *bindings_best(const struct bindings *, bool home);
nanos bindings_first_expiry(const struct bindings *);

struct interception;
struct verification;

struct node {
	struct in6_addr home_address;
	UT_hash_handle hh;
	struct deadline deadline;          /* the first of what is to be done for it */
	struct verification *verification; /* NULL unless care-of addresses are to be verified */
	struct auth auth;
	uint64_t replay_accepted; /* last accepted RFC 4285 timestamp; 0: none */
	nanos sequence_until;     /* from then on every sequence number is accepted */
	uint16_t sequence;        /* last accepted, of all bindings (RFC 5648 4.1) */
	uint8_t bindings_max;
	struct interception *interception; /* NULL without a physical home link */
	struct prefix_delivery *delivery;  /* NULL until there is something to deliver */
	uint8_t verify;                    /* enum verify */
	bool mcoa_prohibited;
	bool bulk_prohibited;
	struct bindings bindings;
};

/* Zeroed, it is empty. */
struct binding_cache {
	struct node *nodes;
};

struct node *binding_cache_find(const struct binding_cache *, const struct in6_addr *home_address);
/* There must be none yet. 0 or -ENOMEM; `ret` is zeroed but for the home address. */
int binding_cache_add(
	struct binding_cache *, const struct in6_addr *home_address, struct node **ret);
void binding_cache_remove(struct binding_cache *, struct node *);
size_t binding_cache_count(const struct binding_cache *);
void binding_cache_fini(struct binding_cache *);

#endif
