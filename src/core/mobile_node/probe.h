/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A probe as a packet: an ICMPv6 echo request (RFC 4443 4.1) from a care-of address to the home
 * agent, with an unguessable payload, so that a forged reply is discarded.
 */
#ifndef MONAMI_CORE_PROBE_H
#define MONAMI_CORE_PROBE_H

#include "link.h"

/*
 * `shows`: with a Home Address option (RFC 6275 9.3.1, 11.3.1). A home agent that has the binding
 * answers with a type 2 routing header, one that does not have it with a Binding Error.
 */
void probe_build(const struct mobile_node_config *, const struct in6_addr *home_agent,
	const struct link *, bool shows, uint16_t sequence,
	const uint8_t cookie[PATH_COOKIE_OCTETS], struct effect_send *ret);

#endif
