/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 errors about outer packets (RFC 2473 8): learns path MTUs from them, and sends errors to
 * the senders of the inner packets (RFC 6275 9.3.4). The tc program has found the tunnel, and has
 * checked that the error quotes a packet of it (src/bpf/tunnel_error.h).
 */
#ifndef MONAMI_DAEMON_TUNNEL_ERROR_H
#define MONAMI_DAEMON_TUNNEL_ERROR_H

#include "../../io/dataplane/dataplane.h"

struct daemon;

/* RFC 8201 4: a larger packet may be tried again ten minutes later. */
#define PATH_MTU_KEEP (600 * NANOS_PER_SECOND)

/* ABI_EVENT_TUNNEL_ERROR: a whole IPv6 packet, whose checksum is not verified. */
void tunnel_error(struct daemon *, struct octets packet, const struct dataplane_active *);

#endif
