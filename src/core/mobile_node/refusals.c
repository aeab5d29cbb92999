/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusals.h"

static struct refusal *find_refusal(struct refusals *refusals, uint16_t bid)
{
	for (size_t i = 0; i < refusals->count; i++)
		if (refusals->at[i].bid == bid)
			return &refusals->at[i];
	return NULL;
}

const struct refusal *refusals_of(
	const struct refusals *refusals, uint16_t bid, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < refusals->count; i++)
		if (refusals->at[i].bid == bid &&
			IN6_ARE_ADDR_EQUAL(&refusals->at[i].care_of, care_of))
			return &refusals->at[i];
	return NULL;
}

bool refusals_hold(const struct refusals *refusals, uint16_t bid, const struct in6_addr *care_of,
	bool other_way, nanos now)
{
	const struct refusal *refusal = refusals_of(refusals, bid, care_of);
	return refusal && now < refusal->until && !(other_way && refusal->elsewhere);
}

struct refusal *refusals_need(
	struct refusals *refusals, uint16_t bid, const struct in6_addr *care_of)
{
	struct refusal *refusal = find_refusal(refusals, bid);
	if (refusal && IN6_ARE_ADDR_EQUAL(&refusal->care_of, care_of))
		return refusal;
	if (!refusal && refusals->count == BINDINGS_MAX)
		refusals->count--;
	if (!refusal)
		refusal = &refusals->at[refusals->count++];
	*refusal = (struct refusal){.bid = bid, .care_of = *care_of};
	return refusal;
}

void refusals_end(struct refusals *refusals, uint16_t bid)
{
	struct refusal *refusal = find_refusal(refusals, bid);
	if (refusal)
		refusal->until = 0;
}

void refusals_remove(struct refusals *refusals, uint16_t bid, const struct in6_addr *care_of)
{
	struct refusal *refusal = find_refusal(refusals, bid);
	if (refusal && IN6_ARE_ADDR_EQUAL(&refusal->care_of, care_of))
		*refusal = refusals->at[--refusals->count];
}

nanos refusals_next(const struct refusals *refusals, nanos now)
{
	nanos next = NANOS_NEVER;
	for (size_t i = 0; i < refusals->count; i++)
		if (refusals->at[i].until > now)
			next = nanos_min(next, refusals->at[i].until);
	return next;
}
