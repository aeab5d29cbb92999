/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 6.3, 6.4: the routing header precedes the destination options for the final destination
 * (RFC 8200 4.1). Headers that the programs insert have no other contents.
 */
#include "quoted_packet.h"

#include <string.h>

#define EXT_LEN 2 /* of both headers, in units of eight octets after the first */
#define ADDRESS_AT 8
#define HOME_ADDRESS_OPTION_AT 6 /* RFC 6275 6.3: 8n+6 */
#define ROUTING_TYPE_2 2

static struct in6_addr address_at(const uint8_t *octets)
{
	struct in6_addr address;

	memcpy(&address, octets, sizeof(address));
	return address;
}

static bool is_type_2(const uint8_t *header)
{
	return header[1] == EXT_LEN && header[2] == ROUTING_TYPE_2 && header[3] == 1;
}

/* Padding, and then the option, to the end of the header. */
static bool is_home_address(const uint8_t *header)
{
	return header[1] == EXT_LEN && header[2] <= 1 &&
	       header[HOME_ADDRESS_OPTION_AT] == HOME_ADDRESS_OPTION &&
	       header[HOME_ADDRESS_OPTION_AT + 1] == sizeof(struct in6_addr);
}

/* The headers in their order in the packet; false if they are not ours. */
static bool read_headers(const uint8_t *octets, size_t length, struct quoted_packet *packet,
	uint8_t *ret_next_header)
{
	uint8_t next = octets[IPV6_NEXT_HEADER_AT];
	const uint8_t *at = octets + IPV6_HEADER_OCTETS;
	const uint8_t *end = octets + length;

	if (next == IPPROTO_ROUTING && end - at >= MOBILITY_EXTENSION_OCTETS && is_type_2(at)) {
		packet->has_routing = true;
		packet->destination = address_at(at + ADDRESS_AT);
		next = at[0];
		at += MOBILITY_EXTENSION_OCTETS;
	}
	if (next == IPPROTO_DSTOPTS && end - at >= MOBILITY_EXTENSION_OCTETS &&
		is_home_address(at)) {
		packet->has_home_address = true;
		packet->source = address_at(at + ADDRESS_AT);
		next = at[0];
		at += MOBILITY_EXTENSION_OCTETS;
	}
	packet->inserted = (size_t)(at - octets) - IPV6_HEADER_OCTETS;
	*ret_next_header = next;
	return packet->inserted > 0;
}

size_t quoted_packet_restore(uint8_t *octets, size_t length, struct quoted_packet *ret)
{
	struct quoted_packet packet;
	uint8_t next_header;

	if (length < IPV6_HEADER_OCTETS || octets[0] >> 4 != 6)
		return 0;
	packet = (struct quoted_packet){
		.wire_source = address_at(octets + IPV6_SOURCE_AT),
		.wire_destination = address_at(octets + IPV6_DESTINATION_AT),
	};
	packet.source = packet.wire_source;
	packet.destination = packet.wire_destination;
	size_t payload =
		(size_t)octets[IPV6_PAYLOAD_LENGTH_AT] << 8 | octets[IPV6_PAYLOAD_LENGTH_AT + 1];
	if (!read_headers(octets, length, &packet, &next_header) || payload < packet.inserted)
		return 0;
	payload -= packet.inserted;
	octets[IPV6_PAYLOAD_LENGTH_AT] = (uint8_t)(payload >> 8);
	octets[IPV6_PAYLOAD_LENGTH_AT + 1] = (uint8_t)payload;
	octets[IPV6_NEXT_HEADER_AT] = next_header;
	memcpy(octets + IPV6_SOURCE_AT, &packet.source, sizeof(packet.source));
	memcpy(octets + IPV6_DESTINATION_AT, &packet.destination, sizeof(packet.destination));
	memmove(octets + IPV6_HEADER_OCTETS, octets + IPV6_HEADER_OCTETS + packet.inserted,
		length - IPV6_HEADER_OCTETS - packet.inserted);
	*ret = packet;
	return length - packet.inserted;
}
