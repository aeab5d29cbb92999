/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap[0] is the next; the children of place p are 2p + 1 and 2p + 2.
 */
#include "queue.h"

#include <assert.h>
#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : (int32_t)(a->order - b->order) < 0;
}

void queue_put(struct queue *queue, struct event event)
{
	if (queue->count == queue->capacity) {
		queue->capacity = queue->capacity ? 2 * queue->capacity : 1024;
		queue->heap = realloc(queue->heap, queue->capacity * sizeof(*queue->heap));
		assert(queue->heap);
	}
	event.order = queue->order++;
	size_t place = queue->count++;
	while (place > 0 && before(&event, &queue->heap[(place - 1) / 2])) {
		queue->heap[place] = queue->heap[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	queue->heap[place] = event;
}

struct event queue_take(struct queue *queue)
{
	assert(queue->count);
	struct event first = queue->heap[0];
	struct event last = queue->heap[--queue->count];
	size_t place = 0;
	for (size_t child = 1; child < queue->count; child = 2 * place + 1) {
		if (child + 1 < queue->count &&
			before(&queue->heap[child + 1], &queue->heap[child]))
			child++;
		if (!before(&queue->heap[child], &last))
			break;
		queue->heap[place] = queue->heap[child];
		place = child;
	}
	queue->heap[place] = last;
	return first;
}

void queue_fini(struct queue *queue)
{
	free(queue->heap);
	*queue = (struct queue){0};
}
