/* SPDX-License-Identifier: BSD-2-Clause */
/* The ICMPv6 message in a packet as JSON, with the keys of docs/control.md. */
#ifndef MONAMI_DAEMON_ICMPV6_JSON_H
#define MONAMI_DAEMON_ICMPV6_JSON_H

#include "../wire/icmpv6.h"

#include <jansson.h>

/* Adds it to `object`. False, and nothing added, if src/wire knows no such message. */
bool icmpv6_json(const struct packet *, json_t *object);

#endif
