/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Received IPv6 packets: from the IPv6 header through the extension headers (RFC 8200 4, RFC 6275
 * 6.3 and 6.4) to the Mobility Header, as far as no state is needed.
 */
#include "packet.h"

#define EXTENSION_HEADERS_MAX 8
#define ROUTING_TYPE_2 2

/* ---- options of a Destination Options header: RFC 8200 4.2 lays them out as RFC 6275 6.2.1 ----
 */

static const struct field_row home_address_fields[] = {
	{.name = "home_address", .octets = OCTETS_address, .kind = KIND_address}};

/* RFC 6275 6.3: at most once in a packet */
static const struct option_row home_address_row = {
	.fields = {home_address_fields, 1},
	.octet = HOME_ADDRESS_OPTION,
	.place = PLACE_ONCE(struct packet, home_address),
};

static const struct option_set destination_options = {.rows = &home_address_row, .count = 1};
static const struct option_set hop_by_hop_options = {.count = 0};

static enum wire_error read_options(uint8_t header, struct cursor *in, struct packet *ret)
{
	enum wire_error error =
		options_read(header == IPPROTO_DSTOPTS ? &destination_options : &hop_by_hop_options,
			NULL, in, ret);

	if (error == WIRE_DUPLICATE_OPTION)
		return WIRE_TWO_HOME_ADDRESSES;
	if (error)
		return WIRE_BAD_EXTENSION_HEADER;
	/* RFC 6275 9.3.1 */
	return ret->has_home_address && !address_is_unicast_routable(&ret->home_address)
		       ? WIRE_HOME_ADDRESS_NOT_UNICAST
		       : WIRE_OK;
}

/* ---- extension headers; `in` holds what follows Hdr Ext Len ---- */

static enum wire_error read_type_2(struct cursor *in, uint8_t segments_left, struct packet *ret)
{
	struct in6_addr address;

	cursor_u32(in); /* reserved */
	cursor_address(in, &address);
	/* RFC 6275 6.4.1: Hdr Ext Len 2, Segments Left 1, one header, a unicast routable address */
	if (in->failed || cursor_left(in) > 0 || segments_left != 1 || ret->has_routing ||
		!address_is_unicast_routable(&address))
		return WIRE_BAD_ROUTING_HEADER;
	ret->has_routing = true;
	ret->routing_address = address;
	return WIRE_OK;
}

static enum wire_error read_routing(struct cursor *in, struct packet *ret)
{
	uint8_t type = cursor_u8(in);
	uint8_t segments_left = cursor_u8(in);

	if (type == ROUTING_TYPE_2)
		return read_type_2(in, segments_left, ret);
	/* RFC 8200 4.4: a type that is not known may be skipped only when it is used up */
	return segments_left == 0 ? WIRE_OK : WIRE_BAD_ROUTING_HEADER;
}

static enum wire_error read_extension(uint8_t header, struct cursor *in, struct packet *ret)
{
	ret->next_header = cursor_u8(in);
	size_t length = 8 * ((size_t)cursor_u8(in) + 1);
	struct cursor content = cursor_sub(in, length - 2);

	if (in->failed)
		return WIRE_BAD_EXTENSION_HEADER;
	if (header == IPPROTO_ROUTING)
		return read_routing(&content, ret);
	return read_options(header, &content, ret);
}

static bool is_extension(uint8_t header)
{
	return header == IPPROTO_HOPOPTS || header == IPPROTO_DSTOPTS || header == IPPROTO_ROUTING;
}

static enum wire_error read_extensions(struct cursor *in, struct packet *ret)
{
	for (unsigned int i = 0; is_extension(ret->next_header); i++) {
		if (i == EXTENSION_HEADERS_MAX)
			return WIRE_TOO_MANY_HEADERS;
		/* RFC 8200 4.1: Hop-by-Hop Options stand directly behind the IPv6 header */
		if (ret->next_header == IPPROTO_HOPOPTS && i > 0)
			return WIRE_BAD_EXTENSION_HEADER;
		enum wire_error error = read_extension(ret->next_header, in, ret);
		if (error)
			return error;
	}
	return ret->next_header == IPPROTO_FRAGMENT ? WIRE_FRAGMENT : WIRE_OK;
}

/* ---- the packet ---- */

/* Reads the IPv6 header, and confines `in` to Payload Length, or what there is of it. */
static enum wire_error read_ipv6(struct cursor *in, bool quoted, struct packet *ret)
{
	uint32_t version = cursor_u32(in) >> 28;

	if (in->failed)
		return WIRE_TRUNCATED;
	if (version != 6)
		return WIRE_NOT_IPV6;
	size_t length = cursor_u16(in);
	ret->next_header = cursor_u8(in);
	ret->hop_limit = cursor_u8(in);
	cursor_address(in, &ret->source);
	cursor_address(in, &ret->destination);
	if (quoted && length > cursor_left(in))
		length = cursor_left(in);
	*in = cursor_sub(in, length);
	return in->failed ? WIRE_TRUNCATED : WIRE_OK;
}

static enum wire_error decode(const uint8_t *octets, size_t length, bool quoted, struct packet *ret)
{
	struct cursor in = cursor_over(octets, length);
	struct packet packet = {0};

	enum wire_error error = read_ipv6(&in, quoted, &packet);
	if (error)
		return error;
	error = read_extensions(&in, &packet);
	if (error != WIRE_OK && error != WIRE_FRAGMENT)
		return error;
	packet.payload = cursor_octets(&in, cursor_left(&in));
	packet.payload_at = (size_t)(packet.payload.at - octets);
	*ret = packet;
	return error;
}

enum wire_error packet_decode(const uint8_t *octets, size_t length, struct packet *ret)
{
	return decode(octets, length, false, ret);
}

enum wire_error packet_decode_quoted(const uint8_t *octets, size_t length, struct packet *ret)
{
	return decode(octets, length, true, ret);
}

enum wire_error packet_message(
	const struct dialect *dialect, const struct packet *packet, struct message *ret)
{
	struct octets octets;

	if (packet->next_header != MH_NEXT_HEADER)
		return WIRE_NOT_MOBILITY;
	if (!message_cut(packet->payload, &octets))
		return WIRE_TRUNCATED;
	if (!packet_checksum_right(packet, octets))
		return WIRE_BAD_CHECKSUM;
	return message_decode(dialect, octets.at, octets.length, ret);
}

const struct in6_addr *packet_home_address(const struct packet *packet)
{
	return packet->has_home_address ? &packet->home_address : &packet->source;
}

bool packet_is_from_home_address(const struct packet *packet)
{
	return IN6_ARE_ADDR_EQUAL(packet_home_address(packet), &packet->source);
}

bool packet_checks_home_address(const struct packet *packet)
{
	return packet->next_header == IPPROTO_ESP || packet->next_header == IPPROTO_AH ||
	       packet->next_header == MH_NEXT_HEADER;
}
