/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binding cache of a correspondent (RFC 6275 9.1, 9.6; RFC 5648 6.1): an entry for each home
 * address and own address, with a binding for each Binding Identifier. Made by authentic updates
 * only. An entry without bindings is there for its sequence number and its spent nonces (RFC 6275
 * 5.2.8), until those nonces are too old. Callers decide what may be stored.
 *
 * If such an entry has to make room earlier, its nonces are refused for all home addresses of its
 * group that are not in the cache. A secret key maps home addresses to groups. Each group has a
 * time; nonces that end by then authorize no home address of the group that is not in the cache. So
 * spent nonces stay spent. A new home address is refused only if a removed entry of its group used
 * nonces as young as its own; newer nonces are accepted.
 *
 * An attacker with many addresses that binds and deregisters them fills the cache, and then groups,
 * with young nonces: 1,000 bindings a second, each of which costs it several messages, reach 6 of a
 * hundred groups. After each removed entry a new nonce begins within a second (nonces.h), so only
 * the mobile nodes of these groups have to ask once more.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_CACHE_H
#define MONAMI_CORE_CORRESPONDENT_CACHE_H

#include "../base/keyed_hash.h"
#include "../binding/binding_cache.h"
#include "used_nonces.h"

#define FORGOTTEN_GROUPS 16384

/* The salt is secret, so that an attacker does not find addresses that share one bucket of the
 * table. */
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

/* When a binding or an entry without bindings is due. */
nanos correspondent_cache_next(const struct correspondent_cache *);
/* Removes entries that need not be remembered any more. */
void correspondent_cache_forget(struct correspondent_cache *, nanos now);

#endif
