/* SPDX-License-Identifier: BSD-2-Clause */
#include "advertised_prefixes.h"

#include <string.h>

#define INFINITE UINT32_MAX

static nanos after(nanos now, uint32_t seconds)
{
	return seconds == INFINITE ? NANOS_NEVER : now + seconds * NANOS_PER_SECOND;
}

static void remove_at(struct advertised_prefixes *prefixes, size_t i)
{
	prefixes->count--;
	memmove(&prefixes->at[i], &prefixes->at[i + 1],
		(prefixes->count - i) * sizeof(prefixes->at[0]));
}

static void expire(struct advertised_prefixes *prefixes, nanos now)
{
	for (size_t i = prefixes->count; i-- > 0;)
		if (now >= prefixes->at[i].until)
			remove_at(prefixes, i);
}

/* RFC 4861 6.3.4: with a lifetime of zero it is no default router any more. */
static void forget_router(struct advertised_prefixes *prefixes, const struct in6_addr *router)
{
	for (size_t i = prefixes->count; i-- > 0;)
		if (IN6_ARE_ADDR_EQUAL(&prefixes->at[i].router, router))
			remove_at(prefixes, i);
}

static struct advertised_prefix *find_prefix(struct advertised_prefixes *prefixes,
	const struct in6_addr *router, const struct icmpv6_prefix *prefix)
{
	for (size_t i = 0; i < prefixes->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&prefixes->at[i].router, router) &&
			IN6_ARE_ADDR_EQUAL(&prefixes->at[i].prefix, &prefix->prefix) &&
			prefixes->at[i].length == prefix->length)
			return &prefixes->at[i];
	return NULL;
}

/* The longest prefix of the address; of equally long ones, the one heard first. NULL: none. */
static const struct advertised_prefix *best_for(
	const struct advertised_prefixes *prefixes, const struct in6_addr *address, nanos now)
{
	const struct advertised_prefix *best = NULL;
	for (size_t i = 0; i < prefixes->count; i++) {
		const struct advertised_prefix *one = &prefixes->at[i];
		if (now < one->until && address_in_prefix(address, &one->prefix, one->length) &&
			(!best || one->length > best->length))
			best = one;
	}
	return best;
}

struct needs {
	bool at[ADVERTISED_PREFIXES_MAX];
};

static struct needs needs_of(
	const struct advertised_prefixes *prefixes, const struct own_addresses *own, nanos now)
{
	struct needs needs = {0};
	for (size_t i = 0; i < own->count; i++) {
		const struct advertised_prefix *best = best_for(prefixes, &own->at[i], now);
		if (best)
			needs.at[best - prefixes->at] = true;
	}
	return needs;
}

/* How many prefixes of this router no own address needs. */
static size_t places_of(const struct advertised_prefixes *prefixes, const struct needs *needs,
	const struct in6_addr *router)
{
	size_t count = 0;
	for (size_t i = 0; i < prefixes->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&prefixes->at[i].router, router) && !needs->at[i])
			count++;
	return count;
}

/* Removes one prefix if the list is full. The list is ordered by age. False: all are needed. */
static bool make_place(
	struct advertised_prefixes *prefixes, const struct own_addresses *own, nanos now)
{
	size_t found = 0, most = 0;
	if (prefixes->count < ADVERTISED_PREFIXES_MAX)
		return true;
	const struct needs needs = needs_of(prefixes, own, now);
	for (size_t i = 0; i < prefixes->count; i++) {
		size_t places = places_of(prefixes, &needs, &prefixes->at[i].router);
		if (needs.at[i] || places <= most)
			continue;
		most = places;
		found = i;
	}
	if (most > 0)
		remove_at(prefixes, found);
	return most > 0;
}

static void take(struct advertised_prefixes *prefixes, const struct in6_addr *router,
	const struct icmpv6_prefix *prefix, const struct own_addresses *own, nanos now, nanos until)
{
	struct advertised_prefix *known = find_prefix(prefixes, router, prefix);
	if (known && prefix->valid == 0)
		remove_at(prefixes, (size_t)(known - prefixes->at));
	if (prefix->valid == 0)
		return;
	if (!known && make_place(prefixes, own, now))
		known = &prefixes->at[prefixes->count++];
	if (!known)
		return;
	*known = (struct advertised_prefix){
		.prefix = prefix->prefix,
		.router = *router,
		.until = until,
		.length = prefix->length,
	};
}

static bool may_be_advertised(const struct icmpv6_prefix *prefix)
{
	return prefix->length > 0 && prefix->length <= 128 &&
	       address_is_unicast_routable(&prefix->prefix);
}

void advertised_prefixes_take(struct advertised_prefixes *prefixes, const struct in6_addr *router,
	const struct icmpv6 *message, const struct own_addresses *own, nanos now)
{
	expire(prefixes, now);
	if (!IN6_IS_ADDR_LINKLOCAL(router))
		return;
	if (message->router_lifetime == 0) {
		forget_router(prefixes, router);
		return;
	}
	for (size_t i = 0; i < message->prefixes_count; i++) {
		const struct icmpv6_prefix *prefix = &message->prefixes[i];
		nanos until =
			nanos_min(after(now, message->router_lifetime), after(now, prefix->valid));
		if (may_be_advertised(prefix))
			take(prefixes, router, prefix, own, now, until);
	}
}

struct in6_addr advertised_prefixes_router(
	const struct advertised_prefixes *prefixes, const struct in6_addr *address, nanos now)
{
	const struct advertised_prefix *best = best_for(prefixes, address, now);
	return best ? best->router : (struct in6_addr){.s6_addr = {0}};
}
