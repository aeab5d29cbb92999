/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum over an IPv6 pseudo-header and a payload, RFC 8200 8.1.
 */
#include "packet.h"

/* Adds words of four octets: the sum modulo 2^16 - 1, all that counts, is that of words of two. */
static uint64_t sum(struct octets octets)
{
	struct cursor in = cursor_over(octets.at, octets.length);
	uint64_t sum = 0;

	while (cursor_left(&in) >= 8) {
		uint64_t two = cursor_u64(&in);
		sum += (two >> 32) + (two & UINT32_MAX);
	}
	for (unsigned int shift = 56; cursor_left(&in) > 0; shift -= 8) {
		uint64_t octet = (uint64_t)cursor_u8(&in) << shift;
		sum += (octet >> 32) + (octet & UINT32_MAX);
	}
	return sum;
}

static uint64_t sum_address(const struct in6_addr *address)
{
	return sum((struct octets){address->s6_addr, sizeof(*address)});
}

uint16_t packet_checksum(const struct in6_addr *source, const struct in6_addr *destination,
	uint8_t next_header, struct octets payload)
{
	uint64_t total = sum_address(source) + sum_address(destination) + payload.length +
			 next_header + sum(payload);

	while (total > UINT16_MAX)
		total = (total & UINT16_MAX) + (total >> 16);
	return (uint16_t)~total;
}

bool packet_checksum_right(const struct packet *packet, struct octets payload)
{
	const struct in6_addr *source =
		packet->has_home_address ? &packet->home_address : &packet->source;
	const struct in6_addr *destination =
		packet->has_routing ? &packet->routing_address : &packet->destination;

	return packet_checksum(source, destination, packet->next_header, payload) == 0;
}
