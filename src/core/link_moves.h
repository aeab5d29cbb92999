/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From which link to which the traffic may move because of how their paths carry (ADR 31). A path
 * that died returns when it has shown that it carries, and when the limit of moves allows it and
 * its next death. If no path is good, one is the resort: it stays in use until it carries nothing
 * and another does, and the limit allows one more move.
 */
#ifndef MONAMI_CORE_LINK_MOVES_H
#define MONAMI_CORE_LINK_MOVES_H

#include "home_registration.h"
#include "move_limit.h"

struct link_moves {
	struct move_limit limit;
	uint16_t selected; /* BID of the link that was sent by last; 0: none yet */
	nanos again;       /* when the resort may be another, whatever else happens */
};

/* Settles links->resort. */
void link_moves_settle(
	struct link_moves *, struct links *, const struct home_registration *, nanos now);
/* Traffic goes by this link now, or (0) by none. */
void link_moves_select(struct link_moves *, const struct links *, uint16_t bid, nanos now);
/* Tells the paths which of them would take traffic over, and from when on they may. */
void link_moves_steer(const struct link_moves *, struct links *, const struct home_registration *);

#endif
