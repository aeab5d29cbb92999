/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of deadlines: a binary heap. Its entries are members of their owners and know their
 * place, so that moving or removing one costs a logarithm, and finding the first costs nothing.
 */
#ifndef MONAMI_CORE_DEADLINES_H
#define MONAMI_CORE_DEADLINES_H

#include "../api/port.h"

/* A member of an object with a deadline. Zeroed, it is in no queue. */
struct deadline {
	nanos at;
	size_t place; /* in the heap, counted from 1; 0: in no queue */
};

/* Zeroed, it is empty. */
struct deadlines {
	struct deadline **heap;
	size_t count;
	size_t capacity;
};

/* Makes room for `count` deadlines in all, so that deadlines_set() cannot fail. 0 or -ENOMEM. */
int deadlines_reserve(struct deadlines *, size_t count);
void deadlines_fini(struct deadlines *);

/* Puts `deadline` in the queue, or moves it there; NANOS_NEVER takes it out. */
void deadlines_set(struct deadlines *, struct deadline *deadline, nanos at);

/* The earliest, or NULL. */
struct deadline *deadlines_first(const struct deadlines *);
nanos deadlines_next(const struct deadlines *);

#endif
