/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Cache (RFC 6275 9.1, RFC 5648 6.1) of a home agent or a correspondent: an entry for
 * each home address, which holds its bindings. The role allocates and finds entries by its own key,
 * and fills the table of functions in binding_role.h.
 */
#ifndef MONAMI_CORE_BINDING_CACHE_H
#define MONAMI_CORE_BINDING_CACHE_H

#include "../base/core_base.h"
#include "../base/deadlines.h"
#include "binding.h"
#include "flow_bindings.h"

/* By default uthash ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* RFC 6275 12: MAX_DELETE_BCE_TIMEOUT; how long the sequence numbers of deleted bindings count */
#define DELETED_REMEMBERED (10 * NANOS_PER_SECOND)

struct recovery;

/* The first member of a role's own entry. */
struct binding_entry {
	struct in6_addr home_address;
	const struct in6_addr *own; /* the node's own address, at which the bindings are */
	UT_hash_handle hh;
	struct deadline deadline; /* of the bindings; in no queue without bindings */
	nanos sequence_until;     /* without bindings: from then on any number is accepted */
	uint64_t replay_accepted; /* last accepted RFC 4285 timestamp; 0: none */
	struct bindings bindings;
	uint32_t subject;            /* 0: the host has not been told of it */
	uint16_t sequence;           /* last accepted, of all bindings (RFC 5648 4.1) */
	struct recovery *recovery;   /* recovery.h; NULL: nothing is known yet */
	struct flow_bindings *flows; /* NULL: none, as always without bindings */
};

static inline const struct flow_bindings *binding_entry_flows(const struct binding_entry *entry)
{
	return entry->flows ? entry->flows : &flow_bindings_none;
}

struct binding_role;

struct binding_cache {
	const struct binding_role *role;
	void *self; /* the instance of the role */
	struct core_base *base;
	struct binding_entry *entries;
	struct deadlines deadlines;
	struct rate_limit events; /* about updates that are refused */
	bool refresh_request;     /* send Binding Refresh Requests before bindings expire */
	bool recovers;            /* from care-of addresses that it cannot reach (recovery.h) */
	bool flow_bindings;       /* RFC 6089; false: its options are skipped */
};

void binding_cache_init(
	struct binding_cache *, const struct binding_role *, void *self, struct core_base *);
/* Frees the entries and the role's parts in them. */
void binding_cache_fini(struct binding_cache *);

/* `key` is one of a role's entry, whole. NULL if there is none. */
struct binding_entry *binding_cache_find(
	const struct binding_cache *, const void *key, size_t length);
/* Zeroed, of the size of the role's own entry. NULL if memory is short. */
struct binding_entry *binding_entry_new(size_t size);
/* `key` is a part of the entry, of `length` octets, and that of no other entry. 0 or -ENOMEM: the
 * entry is freed. */
int binding_cache_add(
	struct binding_cache *, struct binding_entry *, const void *key, size_t length);
/* Frees the entry. */
void binding_cache_remove(struct binding_cache *, struct binding_entry *);
size_t binding_cache_count(const struct binding_cache *);
/* The entry whose deadline is the earliest; NULL if no entry has one. */
struct binding_entry *binding_cache_first(const struct binding_cache *);

/* Whether an update must have a greater sequence number than the entry's (RFC 6275 9.5.1). */
bool binding_entry_has_sequence(const struct binding_entry *, nanos now);

/* The peer that effects and views name: the node's own address in route optimization; else ::. */
struct in6_addr binding_peer(const struct binding_cache *, const struct in6_addr *own);

void binding_cache_each(const struct binding_cache *,
	void (*each)(void *ctx, const struct binding_view *), void *ctx);
void binding_cache_each_flow(
	const struct binding_cache *, void (*each)(void *ctx, const struct flow_view *), void *ctx);

#endif
