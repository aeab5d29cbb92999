/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IPv6 packet around a payload that is sent: type 2 routing header and Home Address option
 * (RFC 6275 6.3, 6.4), checksum.
 */
#include "packet.h"

#define ICMPV6_CHECKSUM_AT 2
#define IPV6_VERSION 6

static void write_routing_header(
	struct builder *out, uint8_t next_header, const struct in6_addr *address)
{
	builder_u8(out, next_header);
	builder_u8(out, 2); /* 24 octets */
	builder_u8(out, 2); /* routing type */
	builder_u8(out, 1); /* segments left */
	builder_u32(out, 0);
	builder_address(out, address);
}

/* RFC 6275 6.3: the option is aligned to 8n + 6, hence four octets of padding before it. */
static void write_home_address(
	struct builder *out, uint8_t next_header, const struct in6_addr *address)
{
	static const uint8_t padn[] = {1, 2, 0, 0};

	builder_u8(out, next_header);
	builder_u8(out, 2); /* 24 octets */
	builder_octets(out, padn, sizeof(padn));
	builder_u8(out, 0xc9);
	builder_u8(out, sizeof(*address));
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
		write_routing_header(out, behind_routing, routing_address);
	if (home_address)
		write_home_address(out, envelope->next_header, home_address);
}

static bool checksum_place(uint8_t next_header, size_t *ret)
{
	switch (next_header) {
	case MH_NEXT_HEADER:
		*ret = MESSAGE_CHECKSUM_AT;
		return true;
	case ICMPV6_NEXT_HEADER:
		*ret = ICMPV6_CHECKSUM_AT;
		return true;
	}
	return false;
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
	struct cursor in = cursor_over(payload.at, payload.length);
	uint8_t *start = out->at;
	size_t place;

	if (!checksum_place(envelope->next_header, &place)) {
		builder_octets(out, payload.at, payload.length);
		return;
	}
	struct octets before = cursor_octets(&in, place);
	cursor_u16(&in);
	struct octets behind = cursor_octets(&in, cursor_left(&in));
	builder_octets(out, before.at, before.length);
	struct builder at_checksum = *out;
	builder_u16(out, 0);
	builder_octets(out, behind.at, behind.length);
	if (in.failed)
		out->failed = true;
	if (!out->failed)
		builder_u16(
			&at_checksum, checksum(envelope, (struct octets){start, payload.length}));
}

size_t packet_build(const struct packet_envelope *envelope, struct octets payload, uint8_t *octets,
	size_t capacity)
{
	struct builder out = builder_over(octets, capacity);

	write_headers(&out, envelope, payload.length);
	write_payload(&out, envelope, payload);
	return out.failed ? 0 : builder_length(&out);
}
