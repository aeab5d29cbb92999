/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments an outer packet at the tunnel's entry, into two (RFC 2473 7.1 b, RFC 8200 4.5).
 */
#ifndef MONAMI_IO_OUTER_FRAGMENT_H
#define MONAMI_IO_OUTER_FRAGMENT_H

#include "../../core/base/keyed_hash.h"
#include "../../wire/packet.h"

/*
 * Identifications that an attacker cannot predict (RFC 7739 3). None is repeated within 2^32, so
 * that the receiver does not join a fragment of one packet to a fragment of another.
 */
struct identifications {
	struct hash_key key;
	uint32_t count;
};

void identifications_init(struct identifications *, const struct core_port *);
uint32_t identifications_next(struct identifications *);

/* Each has at most 1280 octets, which every link carries (RFC 8200 5). Both have about the same
 * size: queues that prefer small packets would separate a large and a small one. */
struct outer_fragments {
	size_t length[2];
	uint8_t octets[2][IPV6_MTU_MIN];
};

/* `outer`: an IPv6 packet without extension headers, larger than 1280 octets. False: it is smaller,
 * or does not fit into two fragments. */
bool outer_fragment(struct octets outer, uint32_t identification, struct outer_fragments *ret);

#endif
