/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's packets to correspondents: RFC 6275 6.1.3, 6.1.4, 6.1.7, 11.6.1, 11.7.2, draft-05
 * 5.2.
 */
#ifndef MONAMI_CORE_RO_PACKET_H
#define MONAMI_CORE_RO_PACKET_H

#include "ro_peer.h"

/* By the home agent. False: there is no way, or no room. */
bool ro_packet_home_test(
	struct route_optimization *, const struct ro_peer *, uint64_t cookie, struct outbox *);

/* Directly, by that link. */
void ro_packet_care_of_test(struct route_optimization *, const struct ro_peer *,
	const struct ro_link *, uint64_t cookie, struct outbox *);

/*
 * Directly by a link, or from the home address if that is the update's source. Sealed with the
 * update's key; fills in its authenticator. A packet that cannot be computed or sent counts as
 * lost.
 */
void ro_packet_update(
	struct route_optimization *, const struct ro_peer *, struct ro_update *, struct outbox *);

#endif
