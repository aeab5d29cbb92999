/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The row of one home address as octets and numbers. Times are those of the commit, so that a later
 * boot can compute the rest of a lifetime.
 */
#ifndef MONAMI_IO_STORE_ROW_H
#define MONAMI_IO_STORE_ROW_H

#include "store_internal.h"

/* Of one binding, in this order: flags, priority (1 octet each), BID, lifetime (2), expiry (8),
 * care-of address (16), link-layer address (6). The view `bindings` decodes them, too. */
#define STORE_BINDING_OCTETS 36
#define STORE_BINDING_VERIFIED 0x01
#define STORE_BINDING_HOME 0x02
#define STORE_BINDING_LINK_LAYER 0x04
#define STORE_BINDING_SHARE 0xf0
#define STORE_BINDING_SHARE_AT 4

struct store_row {
	struct in6_addr home_address;
	struct in6_addr home_agent;
	uint32_t subject;
	uint16_t sequence;
	uint64_t timestamp;
	struct store_time at; /* when the row was written */
	size_t length;
	uint8_t bindings[BINDINGS_MAX * STORE_BINDING_OCTETS];
};

void store_row_of(struct store_row *ret, const struct record *, struct store_time now);
/* Over all of it: SQLite has no checksum of its own. */
uint64_t store_row_checksum(const struct store_row *);
/* False if store_row_of() cannot have written the octets. Omits bindings that have expired by
 * `now`. */
bool store_row_read(const struct store_row *, struct store_time now, struct record *ret);

/*
 * The end of a lifetime as CLOCK_BOOTTIME of today; 0 if it has passed. In the boot of the commit
 * the clock is the same. In another boot the wall clock tells how long ago the commit was. If it
 * was set back since, the lifetime would grow, so the rest is never more than at the commit.
 */
nanos store_expiry_today(nanos expires, struct store_time then, struct store_time now);

#endif
