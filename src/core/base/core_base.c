/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts discarded packets.
 */
#include "core_base.h"

#include <assert.h>

void base_drop(struct core_base *base, enum drop why)
{
	assert(why < DROPS);
	base->counters.drops[why]++;
}
