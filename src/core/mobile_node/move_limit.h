/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often traffic may move from one link to another because of how their paths carry: four times
 * a minute (ADR 31). A move that a lost carrier or the operator forces is not counted.
 */
#ifndef MONAMI_CORE_MOVE_LIMIT_H
#define MONAMI_CORE_MOVE_LIMIT_H

#include "../api/port.h"

#define MOVES_MAX 4
#define MOVES_WITHIN (60 * NANOS_PER_SECOND)

struct move_limit {
	unsigned next;
	nanos at[MOVES_MAX]; /* 0: none */
};

void move_limit_count(struct move_limit *, nanos now);
/* From when so many more moves are within the limit; 1..MOVES_MAX. */
nanos move_limit_room_at(const struct move_limit *, unsigned moves);

#endif
