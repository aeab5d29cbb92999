/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_bindings.h"
#include "../../wire/range_cover.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct flow_bindings flow_bindings_none;

/* The flow bindings stand behind the list, in one piece with it. */
int flow_bindings_reserve(struct flow_bindings **flows, size_t count)
{
	uint8_t present = *flows ? (*flows)->count : 0;
	size_t room = count < RULES_MAX ? count : RULES_MAX;
	if (*flows ? room <= (*flows)->room : room == 0)
		return 0;
	struct flow_bindings *grown = realloc(*flows, sizeof(*grown) + room * sizeof(grown->at[0]));
	if (!grown)
		return -ENOMEM;
	*grown = (struct flow_bindings){present, (uint8_t)room, (struct flow_binding *)(grown + 1)};
	*flows = grown;
	return 0;
}

void flow_bindings_copy(struct flow_bindings *flows, const struct flow_bindings *from)
{
	assert(from->count <= flows->room);
	flows->count = from->count;
	if (from->count > 0)
		memmove(flows->at, from->at, from->count * sizeof(*from->at));
}

struct flow_binding *flow_bindings_find(const struct flow_bindings *flows, uint16_t fid)
{
	for (uint8_t i = 0; i < flows->count; i++)
		if (flows->at[i].fid == fid)
			return &flows->at[i];
	return NULL;
}

void flow_bindings_put(struct flow_bindings *flows, const struct flow_binding *flow)
{
	struct flow_binding *place = flow_bindings_find(flows, flow->fid);
	assert(place || flows->count < flows->room);
	if (!place)
		place = &flows->at[flows->count++];
	*place = *flow;
}

void flow_bindings_remove(struct flow_bindings *flows, uint16_t fid)
{
	struct flow_binding *flow = flow_bindings_find(flows, fid);
	if (flow)
		*flow = flows->at[--flows->count];
}

bool flow_binding_names(const struct flow_binding *flow, uint16_t bid)
{
	for (uint8_t i = 0; i < flow->bids_count; i++)
		if (flow->bids[i] == bid)
			return true;
	return false;
}

/* No BID stands twice. */
bool flow_binding_equal(const struct flow_binding *a, const struct flow_binding *b)
{
	if (a->fid != b->fid || a->priority != b->priority || a->bids_count != b->bids_count)
		return false;
	for (uint8_t i = 0; i < a->bids_count; i++)
		if (!flow_binding_names(b, a->bids[i]))
			return false;
	return traffic_selector_equal(&a->selector, &b->selector);
}

bool flow_binding_is_active(const struct flow_binding *flow, const struct bindings *bindings)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (flow_binding_names(flow, bindings->at[i].bid))
			return true;
	return false;
}

size_t flow_binding_prefixes(const struct flow_binding *flow)
{
	const struct traffic_selector *selector = &flow->selector;
	size_t count = 0;
	for (int field = 0; field < FLOW_ADDRESSES; field++) {
		const struct address_range *range = &selector->addresses[field];
		if (selector->given & FLOW_BIT(field))
			count += range_cover(
				range->first.s6_addr, range->last.s6_addr, 128, NULL, NULL);
	}
	return count;
}
