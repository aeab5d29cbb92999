/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes echo requests.
 */
#include "probe.h"

#include "../../wire/icmpv6.h"

#include <assert.h>

#define PROBE_OCTETS (8 + PATH_COOKIE_OCTETS)

void probe_build(const struct mobile_node_config *config, const struct in6_addr *home_agent,
	const struct link *link, bool shows, uint16_t sequence,
	const uint8_t cookie[PATH_COOKIE_OCTETS], struct effect_send *ret)
{
	uint8_t octets[PROBE_OCTETS];
	const struct icmpv6 request = {
		.type = ICMPV6_ECHO_REQUEST,
		.identifier = config->probe_identifier,
		.sequence = sequence,
		.data = {cookie, PATH_COOKIE_OCTETS},
	};
	const struct packet_envelope envelope = {
		.source = link->care_of,
		.destination = *home_agent,
		.home_address = shows ? &config->home_address : NULL,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	const struct octets payload = {octets, icmpv6_encode(&request, octets, sizeof(octets))};
	ret->ifindex = link->ifindex;
	ret->length = (uint16_t)packet_build(&envelope, payload, ret->octets, sizeof(ret->octets));
	assert(ret->length != 0);
}
