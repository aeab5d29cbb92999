/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts fragments of tunnelled packets together at the tunnel's exit (RFC 8200 4.5, RFC 2473 7.1 b),
 * in a fixed amount of memory. A source shares a group of places with the sources that fall together
 * with it by a keyed hash. It never has more than half of them, so that one source cannot take them
 * from the others, and nobody can choose with whom it falls together.
 */
#ifndef MONAMI_IO_REASSEMBLY_H
#define MONAMI_IO_REASSEMBLY_H

#include "../core/keyed_hash.h"
#include "../wire/packet.h"

/* RFC 8200 5: packets of 1500 octets are to be accepted. An inner one may have as many, and has an
 * outer header. */
#define REASSEMBLED_OCTETS_MAX (IPV6_HEADER_OCTETS + 1500)
#define REASSEMBLY_NANOS (60 * NANOS_PER_SECOND)
#define REASSEMBLY_GROUPS 8
#define REASSEMBLY_PLACES 256 /* in a group: 3.4 MB in all */

struct reassembly;

int reassembly_new(const struct core_port *, struct reassembly **ret);
void reassembly_free(struct reassembly *);

/*
 * A fragment with nothing between its IPv6 header and its Fragment header. If it completes a
 * packet, that is written to `ret`, without a Fragment header, and its length is returned; else 0.
 */
size_t reassembly_add(struct reassembly *, nanos now, struct octets fragment,
	uint8_t ret[REASSEMBLED_OCTETS_MAX]);

#endif
