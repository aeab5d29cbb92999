/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembles fragments of tunnelled packets at the tunnel's exit (RFC 8200 4.5, RFC 2473 7.1 b),
 * in a fixed amount of memory. A keyed hash of the source address chooses a group of places, so
 * that an attacker cannot choose whose group it shares. One source has at most half of a group.
 */
#ifndef MONAMI_IO_REASSEMBLY_H
#define MONAMI_IO_REASSEMBLY_H

#include "../../core/base/keyed_hash.h"
#include "../../wire/packet.h"

/* RFC 8200 5: a node accepts packets of 1500 octets; this one holds such an inner packet with its
 * outer header. */
#define REASSEMBLED_OCTETS_MAX (IPV6_HEADER_OCTETS + 1500)
#define REASSEMBLY_NANOS (60 * NANOS_PER_SECOND)
#define REASSEMBLY_GROUPS 8
#define REASSEMBLY_PLACES 256 /* in a group: 3.4 MB in all */

struct reassembly;

/* 0 or -ENOMEM. */
int reassembly_new(const struct core_port *, struct reassembly **ret);
void reassembly_free(struct reassembly *);

/*
 * A fragment with nothing between its IPv6 header and its Fragment header. If it completes a
 * packet, that is written to `ret`, without a Fragment header, and its length is returned; else 0.
 */
size_t reassembly_add(struct reassembly *, nanos now, struct octets fragment,
	uint8_t ret[REASSEMBLED_OCTETS_MAX]);

#endif
