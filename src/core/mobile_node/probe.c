/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes echo requests.
 */
#include "probe.h"

#include "link_icmpv6.h"

void probe_build(const struct mobile_node_config *config, const struct in6_addr *home_agent,
	const struct link *link, bool shows, uint16_t sequence,
	const uint8_t cookie[PATH_COOKIE_OCTETS], struct effect_send *ret)
{
	const struct icmpv6 request = {
		.type = ICMPV6_ECHO_REQUEST,
		.identifier = config->probe_identifier,
		.sequence = sequence,
		.data = {cookie, PATH_COOKIE_OCTETS},
	};
	link_icmpv6_build(link, home_agent, shows ? &config->home_address : NULL, &request, ret);
}
