/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of subjects, and the effects about them. A mobile node's own subject exists as long as
 * the mobile node, others as long as they have tunnels.
 */
#ifndef MONAMI_CORE_SUBJECT_H
#define MONAMI_CORE_SUBJECT_H

#include "core_base.h"

/*
 * Before any effect about a tunnel. `number` 0: the host has not been told of the subject yet. It
 * gets a number that no other subject of this core has had. `peer` NULL or ::, the traffic goes by
 * a home agent: the home address is a prefix of the subject.
 */
void subject_need(struct core_base *, uint32_t *number, enum subject_side,
	const struct in6_addr *home_address, const struct in6_addr *peer, struct outbox *);
/* After its last tunnel. Sets `number` to 0, and does nothing if it is 0. */
void subject_remove(uint32_t *number, struct outbox *);
/* After a restart: no new subject gets the number of a record. False: one may have it already. No
 * subject ever has the number 0. */
bool subject_reserve(struct core_base *, uint32_t recorded);
/* subject_need() after a restart, with the number that was recorded, if it is not 0 and no other
 * subject can have it: numbers of records are different, as long as none is new. */
void subject_restore(struct core_base *, uint32_t *number, uint32_t recorded, enum subject_side,
	const struct in6_addr *home_address, const struct in6_addr *peer, struct outbox *);

/* Begins the default rule of a subject; traffic_add() follows for each tunnel that it sends by. */
struct effect_traffic *traffic_set(uint32_t subject, enum link_sharing, struct outbox *);
void traffic_add(struct effect_traffic *, uint16_t tunnel, uint8_t tier);
/* In the first tier, TIER_SHARED, which shares the flows by `weight`. */
void traffic_add_share(struct effect_traffic *, uint16_t tunnel, uint8_t weight);

#endif
