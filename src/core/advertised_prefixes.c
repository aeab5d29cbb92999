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

static struct advertised_prefix *find(struct advertised_prefixes *prefixes,
	const struct in6_addr *router, const struct icmpv6_prefix *prefix)
{
	for (size_t i = 0; i < prefixes->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&prefixes->at[i].router, router) &&
			IN6_ARE_ADDR_EQUAL(&prefixes->at[i].prefix, &prefix->prefix) &&
			prefixes->at[i].length == prefix->length)
			return &prefixes->at[i];
	return NULL;
}

static void take(struct advertised_prefixes *prefixes, const struct in6_addr *router,
	const struct icmpv6_prefix *prefix, nanos until)
{
	struct advertised_prefix *known = find(prefixes, router, prefix);
	if (known && prefix->valid == 0)
		remove_at(prefixes, (size_t)(known - prefixes->at));
	if (prefix->valid == 0)
		return;
	if (!known && prefixes->count < ADVERTISED_PREFIXES_MAX)
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
	const struct icmpv6 *message, nanos now)
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
			take(prefixes, router, prefix, until);
	}
}

struct in6_addr advertised_prefixes_router(
	const struct advertised_prefixes *prefixes, const struct in6_addr *address, nanos now)
{
	const struct advertised_prefix *best = NULL;
	for (size_t i = 0; i < prefixes->count; i++) {
		const struct advertised_prefix *one = &prefixes->at[i];
		if (now < one->until && address_in_prefix(address, &one->prefix, one->length) &&
			(!best || one->length > best->length))
			best = one;
	}
	return best ? best->router : (struct in6_addr){.s6_addr = {0}};
}
