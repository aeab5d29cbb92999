/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binding cache of a correspondent (RFC 6275 9.1, 9.6; RFC 5648 6.1): an entry for each home
 * address and own address, with a binding for each Binding Identifier. Made by authentic updates
 * only. An entry without bindings is there for its sequence number and its spent nonces (RFC 6275
 * 5.2.8), until those nonces are too old. It stores; what may be stored is for others.
 *
 * If such an entry has to make room earlier, its nonces are no longer believed of its home address,
 * nor of others that are of the same group, of which only the key knows: each group has a time, and
 * what ends by then authorizes nobody of it who is not in the cache. So nobody's nonces come back,
 * and whoever is new is hindered only by what happened to be of his group and used nonces as young
 * as his; with new ones he is welcome.
 *
 * Who has many addresses, binds them and takes them away, fills the cache with young memories, and
 * then groups with young nonces: 1,000 such bindings a second, each of which costs him several
 * messages, are 6 in a hundred groups. But after whatever is given up a new nonce begins within a
 * second (nonces.h), so that of those who ask anew, again no more than these have to ask once more.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_CACHE_H
#define MONAMI_CORE_CORRESPONDENT_CACHE_H

#include "../base/keyed_hash.h"
#include "../binding/binding_cache.h"
#include "used_nonces.h"

#define FORGOTTEN_GROUPS 16384

/* The salt is secret, so that nobody finds addresses that all lead to one place of the table. */
struct cache_key {
	uint64_t salt;
	struct in6_addr home_address;
	struct in6_addr own;
};

/* ICMPv6 Destination Unreachable about the care-of address of one BID, in a row (RFC 6275 9.3.4).
 */
struct unreachable_run {
	nanos first;
	nanos last;
	uint16_t bid;
	uint8_t errors; /* that count; 0: none */
};

struct correspondent_entry {
	struct binding_entry binding; /* `own` is that of the key */
	struct cache_key key;
	struct deadline memory; /* without bindings: when the entry is forgotten */
	nanos used;             /* a packet was last sent or received by a binding; 0: never */
	struct used_nonces nonces;
	struct unreachable_run unreachable[BINDINGS_MAX];
};

static inline struct correspondent_entry *correspondent_entry_of(const struct binding_entry *entry)
{
	return (struct correspondent_entry *)entry;
}

struct correspondent_cache {
	struct binding_cache bindings;
	uint64_t salt;
	uint32_t max; /* entries */
	struct deadlines memories;
	struct hash_key key; /* of the groups */
	nanos forgotten_until[FORGOTTEN_GROUPS];
	nanos forgotten_last; /* the latest of them */
};

void correspondent_cache_init(struct correspondent_cache *, const struct binding_role *, void *self,
	struct core_base *, uint32_t max);
void correspondent_cache_fini(struct correspondent_cache *);

struct binding_entry *correspondent_cache_find(const struct correspondent_cache *,
	const struct in6_addr *home_address, const struct in6_addr *own);
/*
 * There must be none yet. If the cache is full, an entry without bindings makes room. 0, -ENOMEM,
 * or -ENOSPC if all have bindings; `ret` is zeroed but for its key.
 */
int correspondent_cache_add(struct correspondent_cache *, const struct in6_addr *home_address,
	const struct in6_addr *own, struct binding_entry **ret);
/* No nonce that ends by then authorizes this home address, unless it is in the cache. */
nanos correspondent_cache_forgotten_until(const struct correspondent_cache *,
	const struct in6_addr *home_address, const struct in6_addr *own);
void correspondent_cache_remove(struct correspondent_cache *, struct binding_entry *);
/* The bindings have changed. False: the entry has none, nor a number to remember, and was removed.
 */
bool correspondent_cache_reconcile(struct correspondent_cache *, struct binding_entry *, nanos now);

/* When there is something to do for bindings, or to forget. */
nanos correspondent_cache_next(const struct correspondent_cache *);
/* Removes entries that need not be remembered any more. */
void correspondent_cache_forget(struct correspondent_cache *, nanos now);

#endif
