/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which router of a link advertises which prefix. RFC 8028 3.1: packets from an address go to a
 * router that advertised its prefix, as another one's network may discard them (ADR 33).
 */
#ifndef MONAMI_CORE_ADVERTISED_PREFIXES_H
#define MONAMI_CORE_ADVERTISED_PREFIXES_H

#include "../../wire/icmpv6.h"
#include "../api/effect.h"

/* Any host on the link can advertise prefixes. Twice as many as a link has own addresses, so that
 * there is always one to forget that no own address needs. */
#define ADVERTISED_PREFIXES_MAX 32

struct advertised_prefix {
	struct in6_addr prefix;
	struct in6_addr router;
	nanos until;
	uint8_t length;
};

/* The mobile node's addresses on the link; borrowed. */
struct own_addresses {
	const struct in6_addr *at;
	size_t count;
};

struct advertised_prefixes {
	size_t count;
	struct advertised_prefix at[ADVERTISED_PREFIXES_MAX];
};

/*
 * Takes a Router Advertisement, valid by RFC 4861 6.1.2, from this link-local address. If the list
 * is full, it forgets a prefix that advertised_prefixes_router() needs for none of the own
 * addresses: the oldest one of the router that has most of these (ADR 39). So no advertisement
 * removes a prefix in use, and one router does not displace another.
 */
void advertised_prefixes_take(struct advertised_prefixes *, const struct in6_addr *router,
	const struct icmpv6 *message, const struct own_addresses *, nanos now);

/* The router for packets from `address`; ::, none is known. Of several, the one heard first. */
struct in6_addr advertised_prefixes_router(
	const struct advertised_prefixes *, const struct in6_addr *address, nanos now);

#endif
