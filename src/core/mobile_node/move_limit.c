/* SPDX-License-Identifier: BSD-2-Clause */
#include "move_limit.h"

#include <assert.h>

void move_limit_count(struct move_limit *limit, nanos now)
{
	limit->at[limit->next] = now;
	limit->next = (limit->next + 1) % MOVES_MAX;
}

/* The oldest `moves` of the last MOVES_MAX moves must be a minute old. */
nanos move_limit_room_at(const struct move_limit *limit, unsigned moves)
{
	assert(moves >= 1 && moves <= MOVES_MAX);
	nanos before = limit->at[(limit->next + moves - 1) % MOVES_MAX];
	return before ? before + MOVES_WITHIN : 0;
}
