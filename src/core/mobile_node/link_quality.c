/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_quality.h"

#define WINDOW (60 * NANOS_PER_SECOND)
#define OVERLOAD_DELAY (20 * NANOS_PER_MS)
#define OVERLOAD_LOSS_PERCENT 10

static nanos least_of(nanos a, nanos b)
{
	if (a == 0 || b == 0)
		return a ? a : b;
	return nanos_min(a, b);
}

void least_delay_add(struct least_delay *least, nanos delay, nanos now)
{
	if (now >= least->since + WINDOW) {
		least->before = now < least->since + 2 * WINDOW ? least->present : 0;
		least->present = 0;
		least->since = now;
	}
	least->present = least_of(least->present, delay);
}

nanos least_delay_get(const struct least_delay *least)
{
	return least_of(least->present, least->before);
}

const struct link_quality *link_qualities_find(const struct link_qualities *links, uint16_t bid)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->at[i].bid == bid)
			return &links->at[i];
	return NULL;
}

bool link_quality_is_overloaded(const struct link_quality *link)
{
	return link->loss_percent > OVERLOAD_LOSS_PERCENT ||
	       (link->least != 0 && link->delay > link->least + link->least / 2 + OVERLOAD_DELAY);
}
