/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Future events: a binary heap of small structs. Of events at the same time the one put in first
 * comes first, so that a seed gives one order.
 */
#ifndef MONAMI_TESTS_SIM_QUEUE_H
#define MONAMI_TESTS_SIM_QUEUE_H

#include "../../src/core/api/port.h"

struct event {
	nanos at;
	uint32_t order;
	uint8_t kind;
	uint8_t what;
	uint16_t detail;
	uint32_t who;
};

struct queue {
	struct event *heap;
	size_t count;
	size_t capacity;
	uint32_t order;
};

void queue_put(struct queue *, struct event);
/* The queue must not be empty. */
struct event queue_take(struct queue *);
void queue_fini(struct queue *);

#endif
