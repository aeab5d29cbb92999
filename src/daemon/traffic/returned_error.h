/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 errors about packets that the data plane had rewritten (RFC 6275 11.3.1, 9.3.2): they
 * quote care-of addresses and headers that the socket never wrote. The daemon restores the packet
 * that the socket wrote, and hands the error to the kernel by the device (RFC 4443 2.4 (d)). In the
 * same way a correspondent's sockets learn that their packets are too large to be extended.
 */
#ifndef MONAMI_DAEMON_RETURNED_ERROR_H
#define MONAMI_DAEMON_RETURNED_ERROR_H

#include "slow_path.h"

/* ABI_EVENT_ERROR: a whole IPv6 packet, unchecked. */
void returned_error(struct slow_path *, uint32_t ifindex, struct octets packet);
/* ABI_EVENT_TOO_LARGE: the beginning of a packet of our own, and the largest that could have been
 * extended. */
void returned_too_large(struct slow_path *, struct octets packet, uint32_t mtu);

#endif
