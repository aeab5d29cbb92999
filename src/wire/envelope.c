/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IPv6 packet around a payload that is sent: type 2 routing header and Home Address option
 * (RFC 6275 6.3, 6.4), checksum.
 */
#include "packet.h"

#define ICMPV6_CHECKSUM_AT 2
#define IPV6_VERSION 6

/* RFC 6275 6.4: Hdr Ext Len (24 octets), routing type, segments left, reserved */
static const uint8_t routing_fields[] = {2, 2, 1, 0, 0, 0, 0};
/* RFC 6275 6.3: Hdr Ext Len; the option is aligned to 8n + 6, hence PadN of four octets before it
 */
static const uint8_t home_address_fields[] = {2, 1, 2, 0, 0, HOME_ADDRESS_OPTION, 16};

static void write_extension(struct builder *out, uint8_t next_header, const uint8_t fields[7],
	const struct in6_addr *address)
{
	builder_u8(out, next_header);
	builder_octets(out, fields, 7);
	builder_address(out, address);
}

static void write_ipv6(struct builder *out, const struct packet_envelope *envelope,
	uint8_t next_header, size_t length)
{
	if (length > UINT16_MAX)
		out->failed = true;
	builder_u32(out, (uint32_t)IPV6_VERSION << 28);
	builder_u16(out, (uint16_t)length);
	builder_u8(out, next_header);
	builder_u8(out, envelope->hop_limit);
	builder_address(out, &envelope->source);
	builder_address(out, &envelope->destination);
}

/* All headers, in the order that RFC 6275 6.3 asks for: the option behind the routing header. */
static void write_headers(
	struct builder *out, const struct packet_envelope *envelope, size_t payload_length)
{
	const struct in6_addr *home_address = envelope->home_address;
	const struct in6_addr *routing_address = envelope->routing_address;
	uint8_t behind_routing = home_address ? IPPROTO_DSTOPTS : envelope->next_header;
	uint8_t first = routing_address ? IPPROTO_ROUTING : behind_routing;
	size_t extensions = (routing_address ? MOBILITY_EXTENSION_OCTETS : 0u) +
			    (home_address ? MOBILITY_EXTENSION_OCTETS : 0u);

	write_ipv6(out, envelope, first, extensions + payload_length);
	if (routing_address)
		write_extension(out, behind_routing, routing_fields, routing_address);
	if (home_address)
		write_extension(out, envelope->next_header, home_address_fields, home_address);
}

/* 0: none */
static size_t checksum_place(uint8_t next_header)
{
	if (next_header == MH_NEXT_HEADER)
		return MESSAGE_CHECKSUM_AT;
	return next_header == ICMPV6_NEXT_HEADER ? ICMPV6_CHECKSUM_AT : 0;
}

/* RFC 6275 6.1.1, RFC 8200 8.1: home address and final destination are those of the pseudo-header.
 */
static uint16_t checksum(const struct packet_envelope *envelope, struct octets payload)
{
	return packet_checksum(envelope->home_address ? envelope->home_address : &envelope->source,
		envelope->routing_address ? envelope->routing_address : &envelope->destination,
		envelope->next_header, payload);
}

static void write_payload(
	struct builder *out, const struct packet_envelope *envelope, struct octets payload)
{
	size_t place = checksum_place(envelope->next_header);
	uint8_t *start = out->at;

	builder_octets(out, payload.at, payload.length);
	if (place && place + 2 > payload.length)
		out->failed = true;
	if (!place || out->failed)
		return;
	struct builder zero = builder_over(start + place, 2), sum = zero;
	builder_u16(&zero, 0);
	builder_u16(&sum, checksum(envelope, (struct octets){start, payload.length}));
}

size_t packet_build(const struct packet_envelope *envelope, struct octets payload, uint8_t *octets,
	size_t capacity)
{
	struct builder out = builder_over(octets, capacity);

	write_headers(&out, envelope, payload.length);
	write_payload(&out, envelope, payload);
	return out.failed ? 0 : builder_length(&out);
}
