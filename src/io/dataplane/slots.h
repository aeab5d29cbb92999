/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that are free, first in, first out: one that was given back is used again as late as
 * possible, so that a reader that still remembers it is not misled.
 */
#ifndef MONAMI_IO_SLOTS_H
#define MONAMI_IO_SLOTS_H

#include <stdint.h>

struct slots {
	uint32_t *numbers;
	uint32_t capacity;
	uint32_t first;
	uint32_t count;
};

/* Room for `capacity` numbers, none of them free yet. -ENOMEM. */
int slots_init(struct slots *, uint32_t capacity);
void slots_fini(struct slots *);
/* Takes the number that has been free for longest. -ENOSPC if none is. */
int slots_take(struct slots *, uint32_t *ret);
void slots_give(struct slots *, uint32_t number);

#endif
