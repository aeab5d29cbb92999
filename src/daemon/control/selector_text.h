/* SPDX-License-Identifier: BSD-2-Clause */
/* A traffic selector in the words of the configuration. */
#ifndef MONAMI_DAEMON_SELECTOR_TEXT_H
#define MONAMI_DAEMON_SELECTOR_TEXT_H

#include "../../wire/traffic_selector.h"

#include <jansson.h>
#include <stddef.h>

/* As `{"protocol":"udp","peer":"2001:db8:c::/48","peer_ports":"5060"}`; empty: each packet. NULL if
 * out of memory. */
json_t *selector_json(const struct traffic_selector *);
/* As `protocol udp, peer 2001:db8:c::/48, peer_ports 5060`; `all packets`. Returns `text`. */
const char *selector_text(const struct traffic_selector *, char *text, size_t size);

#endif
