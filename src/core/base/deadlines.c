/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary heap by time. heap[0] is place 1; the children of place p are places 2p and 2p + 1.
 */
#include "deadlines.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int deadlines_reserve(struct deadlines *queue, size_t count)
{
	if (count <= queue->capacity)
		return 0;
	size_t capacity = queue->capacity ? 2 * queue->capacity : 16;
	if (capacity < count)
		capacity = count;
	if (capacity > SIZE_MAX / sizeof(*queue->heap))
		return -ENOMEM;
	struct deadline **heap = realloc(queue->heap, capacity * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	queue->heap = heap;
	queue->capacity = capacity;
	return 0;
}

void deadlines_fini(struct deadlines *queue)
{
	free(queue->heap);
	*queue = (struct deadlines){0};
}

static void put(struct deadlines *queue, size_t place, struct deadline *deadline)
{
	queue->heap[place - 1] = deadline;
	deadline->place = place;
}

static struct deadline *at_place(const struct deadlines *queue, size_t place)
{
	return queue->heap[place - 1];
}

/* Both carry a hole from `place` to where `deadline` belongs, and fill it. */
static void rise(struct deadlines *queue, size_t place, struct deadline *deadline)
{
	while (place > 1 && at_place(queue, place / 2)->at > deadline->at) {
		put(queue, place, at_place(queue, place / 2));
		place /= 2;
	}
	put(queue, place, deadline);
}

static void sink(struct deadlines *queue, size_t place, struct deadline *deadline)
{
	for (size_t child = 2 * place; child <= queue->count; child = 2 * place) {
		if (child < queue->count &&
			at_place(queue, child + 1)->at < at_place(queue, child)->at)
			child++;
		if (at_place(queue, child)->at >= deadline->at)
			break;
		put(queue, place, at_place(queue, child));
		place = child;
	}
	put(queue, place, deadline);
}

/* The hole may have to move in either direction. */
static void place_deadline(struct deadlines *queue, size_t place, struct deadline *deadline)
{
	if (place > 1 && at_place(queue, place / 2)->at > deadline->at)
		rise(queue, place, deadline);
	else
		sink(queue, place, deadline);
}

static void take_out(struct deadlines *queue, struct deadline *deadline)
{
	size_t place = deadline->place;
	if (!place)
		return;
	deadline->place = 0;
	struct deadline *last = at_place(queue, queue->count--);
	if (last != deadline)
		place_deadline(queue, place, last);
}

void deadlines_set(struct deadlines *queue, struct deadline *deadline, nanos at)
{
	deadline->at = at;
	if (at == NANOS_NEVER) {
		take_out(queue, deadline);
		return;
	}
	if (!deadline->place) {
		assert(queue->count < queue->capacity);
		deadline->place = ++queue->count;
	}
	place_deadline(queue, deadline->place, deadline);
}

struct deadline *deadlines_first(const struct deadlines *queue)
{
	return queue->count ? queue->heap[0] : NULL;
}

nanos deadlines_next(const struct deadlines *queue)
{
	return queue->count ? queue->heap[0]->at : NANOS_NEVER;
}
