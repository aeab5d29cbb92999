/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linear search in a short array is faster than any index.
 */
#include "binding.h"

#include <assert.h>

struct binding *bindings_find(const struct bindings *bindings, uint16_t bid)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].bid == bid)
			return (struct binding *)&bindings->at[i];
	return NULL;
}

struct binding *bindings_at(const struct bindings *bindings, const struct in6_addr *care_of)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&bindings->at[i].care_of, care_of))
			return (struct binding *)&bindings->at[i];
	return NULL;
}

bool bindings_have_tunnel(const struct bindings *bindings, uint16_t tunnel)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].tunnel == tunnel)
			return true;
	return false;
}

struct binding *bindings_add(struct bindings *bindings, uint16_t bid)
{
	assert(bindings->count < BINDINGS_MAX);
	struct binding *binding = &bindings->at[bindings->count++];
	*binding = (struct binding){.bid = bid};
	return binding;
}

void bindings_remove(struct bindings *bindings, struct binding *binding)
{
	assert(bindings->count > 0);
	*binding = bindings->at[--bindings->count];
}

bool bindings_share(const struct bindings *bindings)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].share != 0)
			return true;
	return false;
}

struct binding *bindings_home(const struct bindings *bindings)
{
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].home)
			return (struct binding *)&bindings->at[i];
	return NULL;
}

static bool is_better(const struct binding *binding, const struct binding *than)
{
	if (!than || binding->priority != than->priority)
		return !than || binding->priority < than->priority;
	return binding->expires > than->expires;
}

const struct binding *bindings_best(const struct bindings *bindings, bool home)
{
	const struct binding *best = NULL;
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].verified && (home || !bindings->at[i].home) &&
			is_better(&bindings->at[i], best))
			best = &bindings->at[i];
	return best;
}

nanos bindings_first_expiry(const struct bindings *bindings)
{
	nanos first = NANOS_NEVER;
	for (uint8_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].expires < first)
			first = bindings->at[i].expires;
	return first;
}

uint32_t binding_seconds_left(const struct binding *binding, nanos now)
{
	if (binding->expires == NANOS_NEVER)
		return SECONDS_INFINITE;
	return (uint32_t)((binding->expires - now) / NANOS_PER_SECOND);
}
