/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet with mobility signalling as a JSON object, with the keys of docs/control.md. */
#ifndef MONAMI_DAEMON_MOBILITY_JSON_H
#define MONAMI_DAEMON_MOBILITY_JSON_H

#include "../wire/packet.h"

#include <jansson.h>

/*
 * A new object, from the octets of one IPv6 packet and the time of its capture in seconds. NULL if
 * it has no Mobility Header, Home Address option nor type 2 routing header, not even inside
 * tunnels, and no ICMPv6 message that src/wire knows. A malformed message has an `error`.
 */
json_t *mobility_json(const struct dialect *, double time, struct octets packet);

#endif
