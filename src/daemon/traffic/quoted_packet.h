/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restores a quoted packet of an ICMPv6 error, perhaps truncated, to its form before the programs
 * inserted a Home Address option or a type 2 routing header.
 */
#ifndef MONAMI_DAEMON_QUOTED_PACKET_H
#define MONAMI_DAEMON_QUOTED_PACKET_H

#include "../../wire/packet.h"

struct quoted_packet {
	/* as on the wire */
	struct in6_addr wire_source;
	struct in6_addr wire_destination;
	/* as the socket wrote them; equal to the above without the header in question */
	struct in6_addr source;
	struct in6_addr destination;
	bool has_home_address;
	bool has_routing;
	size_t inserted; /* octets of our headers, behind the IPv6 header */
};

/*
 * Takes our headers out of the `length` octets at `octets`, in place, and returns how many are
 * left. 0: it is no packet of ours, or is truncated within our headers.
 */
size_t quoted_packet_restore(uint8_t *octets, size_t length, struct quoted_packet *ret);

#endif
