/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A probe as a packet: an ICMPv6 echo request (RFC 4443 4.1) from a care-of address to the home
 * agent, whose payload nobody can guess, so that a forged reply counts for nothing.
 */
#ifndef MONAMI_CORE_PROBE_H
#define MONAMI_CORE_PROBE_H

#include "link.h"

void probe_build(const struct mobile_node_config *, const struct link *, uint16_t sequence,
	const uint8_t cookie[PATH_COOKIE_OCTETS], struct effect_send *ret);

#endif
