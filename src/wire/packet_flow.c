/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet_flow.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_DCCP 33
#define PROTOCOL_ESP 50
#define PROTOCOL_AH 51
#define PROTOCOL_SCTP 132
#define PROTOCOL_UDP_LITE 136

static void set(struct flow_key *key, enum flow_field field, uint32_t value)
{
	key->known |= (uint16_t)FLOW_BIT(field);
	key->numbers[field - FLOW_ADDRESSES] = value;
}

static void set_ports(struct flow_key *key, struct cursor *cursor)
{
	uint16_t source = cursor_u16(cursor);
	uint16_t destination = cursor_u16(cursor);

	if (cursor->failed)
		return;
	set(key, FLOW_SOURCE_PORT, source);
	set(key, FLOW_DESTINATION_PORT, destination);
}

static void set_spi(struct flow_key *key, struct cursor *cursor)
{
	uint32_t spi = cursor_u32(cursor);

	if (!cursor->failed)
		set(key, FLOW_SPI, spi);
}

/* RFC 9293 3.1, RFC 768, RFC 4340 5.1, RFC 9260 3, RFC 3828 3.1; RFC 4303 2, RFC 4302 2 */
static void set_transport(struct flow_key *key, uint8_t protocol, struct octets payload)
{
	struct cursor cursor = cursor_over(payload.at, payload.length);

	switch (protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_DCCP:
	case PROTOCOL_SCTP:
	case PROTOCOL_UDP_LITE:
		set_ports(key, &cursor);
		break;
	case PROTOCOL_AH:
		cursor_u32(&cursor);
		set_spi(key, &cursor);
		break;
	case PROTOCOL_ESP:
		set_spi(key, &cursor);
		break;
	}
}

bool packet_flow_key(const uint8_t *octets, size_t length, struct flow_key *ret)
{
	struct cursor cursor = cursor_over(octets, length);
	const uint32_t word = cursor_u32(&cursor);
	struct packet packet;
	enum wire_error error = packet_decode_quoted(octets, length, &packet);

	if (error != WIRE_OK && error != WIRE_FRAGMENT)
		return false;
	*ret = (struct flow_key){
		.format = TRAFFIC_SELECTOR_IPV6,
		.known = FLOW_BIT(FLOW_SOURCE) | FLOW_BIT(FLOW_DESTINATION),
		.addresses = {packet.source, packet.destination},
	};
	set(ret, FLOW_TRAFFIC_CLASS, word >> 20 & 0xff);
	set(ret, FLOW_LABEL, word & 0xfffff);
	set(ret, FLOW_PROTOCOL, packet.next_header);
	if (error == WIRE_OK)
		set_transport(ret, packet.next_header, packet.payload);
	return true;
}
