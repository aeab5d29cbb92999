/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IPv6 packet around a Mobility Header: Home Address option (RFC 6275 6.3), type 2 routing
 * header (6.4), checksum (6.1.1), and the receive checks of 9.2 and 9.3.1 that need no state.
 */
#ifndef MONAMI_WIRE_PACKET_H
#define MONAMI_WIRE_PACKET_H

#include "message.h"

#define PACKET_OCTETS_MAX 1500
#define IPV6_HEADER_OCTETS 40
/* RFC 6275 6.3, 6.4: a Destination Options header with nothing but a Home Address option, and a
 * type 2 routing header */
#define MOBILITY_EXTENSION_OCTETS 24
#define HOME_ADDRESS_OPTION 0xc9
#define IPV6_MTU_MIN 1280 /* RFC 8200 5: every link carries these */
#define IPV6_NEXT_HEADER 41
#define FRAGMENT_NEXT_HEADER 44
/* RFC 8200 3: where fields of the IPv6 header begin */
#define IPV6_PAYLOAD_LENGTH_AT 4
#define IPV6_NEXT_HEADER_AT 6
#define IPV6_SOURCE_AT 8
#define IPV6_DESTINATION_AT 24
/* RFC 8200 4.5: the Fragment header, and the parts of its second word of 16 bits */
#define FRAGMENT_HEADER_OCTETS 8
#define FRAGMENT_OFFSET_MASK 0xfff8
#define FRAGMENT_MORE 1
#define ICMPV6_NEXT_HEADER 58
#define HOP_LIMIT 64 /* of packets that may leave the link */

/* One received packet. Views point into its octets. */
struct packet {
	struct in6_addr source;      /* as on the wire */
	struct in6_addr destination; /* as on the wire */
	bool has_home_address;       /* Home Address option */
	bool has_routing;            /* type 2 routing header */
	struct in6_addr home_address;
	struct in6_addr routing_address;
	uint8_t next_header; /* of the payload, behind all extension headers */
	uint8_t hop_limit;
	struct octets payload;
	size_t payload_at; /* offset of the payload in the packet, for Parameter Problem */
};

/*
 * Walks the extension headers (at most eight; hop-by-hop, destination, routing). Link padding
 * behind the payload is ignored. A fragment is WIRE_FRAGMENT, whatever it carries, and is decoded
 * as far as its Fragment header.
 */
enum wire_error packet_decode(const uint8_t *octets, size_t length, struct packet *ret);

/*
 * The same of a packet of our own that an ICMPv6 error quotes (RFC 4443 2.4 (c)): its payload may
 * be cut off.
 */
enum wire_error packet_decode_quoted(const uint8_t *octets, size_t length, struct packet *ret);

/*
 * Decodes and checks the Mobility Header of `packet` in the order of RFC 6275 9.2.
 */
enum wire_error packet_message(const struct dialect *, const struct packet *, struct message *ret);

/* What packet_build() wraps a payload in. NULL where there is none. */
struct packet_envelope {
	struct in6_addr source;
	struct in6_addr destination;
	const struct in6_addr *home_address;    /* Home Address option: sent by a mobile node */
	const struct in6_addr *routing_address; /* type 2 routing header: sent to a mobile node */
	uint8_t next_header;
	uint8_t hop_limit;
};

/*
 * Writes the IPv6 packet around `payload`, and the payload's checksum if the next header is a
 * Mobility Header or ICMPv6. Returns its length, 0 if it does not fit.
 */
size_t packet_build(
	const struct packet_envelope *, struct octets payload, uint8_t *octets, size_t capacity);

/* RFC 8200 8.1: one's-complement checksum with pseudo-header; network order as a number. */
uint16_t packet_checksum(const struct in6_addr *source, const struct in6_addr *destination,
	uint8_t next_header, struct octets payload);

/*
 * RFC 6275 9.3.1: what follows the Home Address option checks the home address itself: ESP, AH and
 * the Mobility Header. Before anything else, a binding has to vouch for it.
 */
bool packet_checks_home_address(const struct packet *);

/* The address in the Home Address option; without an option, the source (RFC 6275 9.5.1). */
const struct in6_addr *packet_home_address(const struct packet *);

/* RFC 6275 9.5.4: whether the source is the home address, with a Home Address option or without.
 * The answer to the packet has no routing header then. */
bool packet_is_from_home_address(const struct packet *);

/*
 * Whether the checksum of a received upper-layer payload is right. RFC 6275 6.1.1, 9.3.1, 6.4: the
 * pseudo-header has the home address for source if there is a Home Address option, and that of the
 * routing header for destination.
 */
bool packet_checksum_right(const struct packet *, struct octets payload);

/* RFC 6275 3.1's unicast routable address: global or unique local scope, not multicast, link-local,
 * loopback, unspecified, IPv4-mapped or -compatible. */
bool address_is_unicast_routable(const struct in6_addr *);

#endif
