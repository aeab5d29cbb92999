/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_icmpv6.h"

#include <assert.h>

/* A header and the longest data: a probe's cookie. */
#define OCTETS_MAX (8 + PATH_COOKIE_OCTETS)

void link_icmpv6_build(const struct link *link, const struct in6_addr *destination,
	const struct in6_addr *home_address, const struct icmpv6 *message, struct effect_send *ret)
{
	uint8_t octets[OCTETS_MAX];
	const struct octets payload = {octets, icmpv6_encode(message, octets, sizeof(octets))};
	const struct packet_envelope envelope = {
		.source = link->care_of,
		.destination = *destination,
		.home_address = home_address,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	ret->ifindex = link->ifindex;
	ret->length = (uint16_t)packet_build(&envelope, payload, ret->octets, sizeof(ret->octets));
	assert(payload.length != 0 && ret->length != 0);
}
