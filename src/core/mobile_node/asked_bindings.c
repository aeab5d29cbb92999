/* SPDX-License-Identifier: BSD-2-Clause */
#include "asked_bindings.h"

#include "../base/sequence.h"

static void remove_at(struct asked_bindings *asked, size_t i)
{
	asked->at[i] = asked->at[--asked->count];
}

static bool is_same(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

static bool is_asked_by(const struct asked_binding *one, uint16_t sequence)
{
	return !sequence_greater(one->last, sequence);
}

static size_t oldest(const struct asked_bindings *asked)
{
	size_t ret = 0;
	for (size_t i = 1; i < asked->count; i++)
		if (sequence_greater(asked->at[ret].last, asked->at[i].last))
			ret = i;
	return ret;
}

bool asked_bindings_add(struct asked_bindings *asked, const struct asked_binding *added)
{
	for (size_t i = 0; i < asked->count; i++) {
		struct asked_binding *one = &asked->at[i];
		if (one->bid != added->bid || !is_same(&one->care_of, &added->care_of))
			continue;
		one->last = added->last;
		one->expires = nanos_max(one->expires, added->expires);
		one->absent = false;
		return true;
	}
	bool fits = asked->count < ASKED_BINDINGS_MAX;
	if (!fits)
		remove_at(asked, oldest(asked));
	asked->at[asked->count++] = *added;
	return fits;
}

bool asked_bindings_has(const struct asked_bindings *asked, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < asked->count; i++)
		if (is_same(&asked->at[i].care_of, care_of))
			return true;
	return false;
}

void asked_bindings_refuse(struct asked_bindings *asked, uint16_t sequence)
{
	for (size_t i = asked->count; i-- > 0;)
		if (asked->at[i].first == sequence && asked->at[i].last == sequence)
			remove_at(asked, i);
}

void asked_bindings_end(struct asked_bindings *asked, uint16_t sequence, uint16_t bid,
	const struct in6_addr *care_of)
{
	for (size_t i = asked->count; i-- > 0;)
		if (asked->at[i].bid == bid && is_asked_by(&asked->at[i], sequence) &&
			(!care_of || is_same(&asked->at[i].care_of, care_of)))
			remove_at(asked, i);
}

void asked_bindings_end_all(struct asked_bindings *asked, uint16_t sequence)
{
	for (size_t i = asked->count; i-- > 0;)
		if (is_asked_by(&asked->at[i], sequence))
			remove_at(asked, i);
}

void asked_bindings_absent(struct asked_bindings *asked, uint16_t sequence, uint16_t bid)
{
	for (size_t i = 0; i < asked->count; i++)
		if (asked->at[i].bid == bid && is_asked_by(&asked->at[i], sequence))
			asked->at[i].absent = true;
}

void asked_bindings_expire(struct asked_bindings *asked, nanos now)
{
	for (size_t i = asked->count; i-- > 0;)
		if (now >= asked->at[i].expires)
			remove_at(asked, i);
}
