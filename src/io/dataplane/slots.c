/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int slots_init(struct slots *slots, uint32_t capacity)
{
	*slots = (struct slots){.capacity = capacity};
	slots->numbers = malloc(capacity * sizeof(*slots->numbers));
	return slots->numbers ? 0 : -ENOMEM;
}

void slots_fini(struct slots *slots)
{
	free(slots->numbers);
	slots->numbers = NULL;
}

int slots_take(struct slots *slots, uint32_t *ret)
{
	if (slots->count == 0)
		return -ENOSPC;
	*ret = slots->numbers[slots->first];
	slots->first = (slots->first + 1) % slots->capacity;
	slots->count--;
	return 0;
}

void slots_give(struct slots *slots, uint32_t number)
{
	uint64_t last = (uint64_t)slots->first + slots->count;

	assert(slots->count < slots->capacity);
	slots->numbers[last % slots->capacity] = number;
	slots->count++;
}
