/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store keeps of one home address, as octets and numbers: the columns of its row. Times
 * are those of the commit, so that a later boot can tell what is left of a lifetime.
 */
#ifndef MONAMI_IO_STORE_ROW_H
#define MONAMI_IO_STORE_ROW_H

#include "store_internal.h"

/* Flags, priority, BID, expiry, care-of address; local address; link and link-layer address. */
#define STORE_BINDING_OCTETS_MAX (1 + 1 + 2 + 8 + 16 + 16 + 4 + LINK_LAYER_OCTETS)

struct store_row {
	struct in6_addr home_address;
	uint16_t sequence;
	uint64_t replay_accepted;
	struct store_time at; /* when it was put in */
	size_t length;
	uint8_t bindings[BINDINGS_MAX * STORE_BINDING_OCTETS_MAX];
};

void store_row_of(struct store_row *ret, const struct host_rollback *, struct store_time now);
/* Over all of it: SQLite has no checksum of its own. */
uint64_t store_row_checksum(const struct store_row *);
/* False if the octets are none that store_row_of() writes. Leaves out what has expired by `now`. */
bool store_row_read(const struct store_row *, struct store_time now, struct host_rollback *ret);

/* FNV-1a, 64 bits, of `length` octets more. */
#define STORE_HASH_BEGIN UINT64_C(0xcbf29ce484222325)
uint64_t store_hash(uint64_t hash, const void *octets, size_t length);

#endif
