/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the traffic may move from one link to another because paths died or returned (ADR 31). A
 * path that died returns after its trial, once the limit of moves allows both this move and that of
 * its next death. If no path is good, one link is the resort: it stays in use until its path
 * carries nothing, another path carries, and the limit allows one more move.
 */
#ifndef MONAMI_CORE_LINK_MOVES_H
#define MONAMI_CORE_LINK_MOVES_H

#include "home_registration.h"
#include "move_limit.h"

struct link_moves {
	struct move_limit limit;
	uint16_t selected; /* BID of the link that was sent by last; 0: none yet */
	nanos again;       /* when the limit allows another resort */
};

/* Chooses links->resort. */
void link_moves_reconcile(
	struct link_moves *, struct links *, const struct home_registration *, nanos now);
/* Traffic goes by this link now, or (0) by none. */
void link_moves_select(struct link_moves *, const struct links *, uint16_t bid, nanos now);
/* Sets path.eager of the paths that would take traffic over, and from when on they may return. */
void link_moves_steer(const struct link_moves *, struct links *, const struct home_registration *);

#endif
