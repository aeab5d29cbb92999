/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binding cache of a home agent (RFC 6275 9.1), with several bindings for each home address
 * (RFC 5648 4.1). A node is in it as soon as it is configured, so that registering allocates
 * nothing, and no packet can make the cache grow. It stores; what may be stored is for others.
 */
#ifndef MONAMI_CORE_BINDING_CACHE_H
#define MONAMI_CORE_BINDING_CACHE_H

#include "../base/deadlines.h"
#include "../binding/binding.h"

/* uthash ends the process when memory is short, unless told not to. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

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
