/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of the core (core/api/record.h) in a pinned map, which outlives the daemon. The tc
 * programs do not read it, and to the map they are octets.
 */
#ifndef MONAMI_IO_RECORDS_H
#define MONAMI_IO_RECORDS_H

#include "../../core/api/record.h"

/* `map` is the descriptor of the map. 0 or -errno. A record without bindings of a home address with
 * a peer is removed. */
int records_map_set(int map, const struct record *);
/* -ENOENT: there is none, or of another layout. */
int records_map_get(int map, const struct in6_addr *home_address, const struct in6_addr *peer,
	struct record *ret);
int records_map_remove(int map, const struct in6_addr *home_address, const struct in6_addr *peer);
/* Calls `each` for every record; it must not change the map. */
void records_map_each(int map, void (*each)(void *ctx, const struct record *), void *ctx);

#endif
