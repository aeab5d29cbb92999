/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 errors about outer packets (RFC 2473 8): learns path MTUs from them, and sends errors to
 * the senders of the inner packets (RFC 6275 9.3.4). The tc program has found the tunnel, and has
 * checked that the error quotes a packet of it (src/bpf/tunnel_error.h).
 */
#ifndef MONAMI_DAEMON_TUNNEL_ERROR_H
#define MONAMI_DAEMON_TUNNEL_ERROR_H

#include "slow_path.h"

/* ABI_EVENT_TUNNEL_ERROR: a whole IPv6 packet, whose checksum is not verified. */
void tunnel_error(struct slow_path *, struct octets packet, const struct dataplane_active *);

#endif
