/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts an outer packet in two at the tunnel's entry (RFC 2473 7.1 b, RFC 8200 4.5).
 */
#ifndef MONAMI_IO_OUTER_FRAGMENT_H
#define MONAMI_IO_OUTER_FRAGMENT_H

#include "../core/keyed_hash.h"
#include "../wire/packet.h"

/*
 * Identifications that nobody can foresee (RFC 7739 3), none of which comes twice before all others
 * have come: so no fragment that waits for one that was lost is joined to one of another packet.
 */
struct identifications {
	struct hash_key key;
	uint32_t count;
};

void identifications_init(struct identifications *, const struct core_port *);
uint32_t identifications_next(struct identifications *);

/* Every link carries both (RFC 8200 5). They are of the same size: a queue that prefers small packets
 * would separate them. */
struct outer_fragments {
	size_t length[2];
	uint8_t octets[2][IPV6_MTU_MIN];
};

/* `outer`: an IPv6 packet without extension headers, larger than 1280 octets. False: it does not
 * fit into two fragments, or is none. */
bool outer_fragment(struct octets outer, uint32_t identification, struct outer_fragments *ret);

#endif
