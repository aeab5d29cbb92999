/* SPDX-License-Identifier: BSD-2-Clause */
#include "outer_fragment.h"

#include <string.h>

#define HEADERS_OCTETS (IPV6_HEADER_OCTETS + FRAGMENT_HEADER_OCTETS)
#define DATA_OCTETS_MAX ((IPV6_MTU_MIN - HEADERS_OCTETS) / 8 * 8)
#define ROUNDS 4

void identifications_init(struct identifications *identifications, const struct core_port *port)
{
	hash_key_init(&identifications->key, port);
	port->random(port->ctx, &identifications->count, sizeof(identifications->count));
}

/* A keyed permutation of a 32 bit counter (Luby and Rackoff, 1988). */
uint32_t identifications_next(struct identifications *identifications)
{
	const uint32_t count = identifications->count++;
	uint16_t left = (uint16_t)(count >> 16), right = (uint16_t)count;

	for (uint8_t round = 0; round < ROUNDS; round++) {
		const uint8_t octets[] = {round, (uint8_t)(right >> 8), (uint8_t)right};
		const uint16_t next =
			left ^ (uint16_t)keyed_hash(&identifications->key, octets, sizeof(octets));
		left = right;
		right = next;
	}
	return (uint32_t)left << 16 | right;
}

static void put_u16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static size_t write_fragment(uint8_t *to, const uint8_t *header, uint16_t offset_and_more,
	uint32_t identification, struct octets data)
{
	uint8_t *fragment = to + IPV6_HEADER_OCTETS;

	memcpy(to, header, IPV6_HEADER_OCTETS);
	put_u16(to + IPV6_PAYLOAD_LENGTH_AT, (uint16_t)(FRAGMENT_HEADER_OCTETS + data.length));
	to[IPV6_NEXT_HEADER_AT] = FRAGMENT_NEXT_HEADER;
	fragment[0] = header[IPV6_NEXT_HEADER_AT];
	fragment[1] = 0;
	put_u16(fragment + 2, offset_and_more);
	put_u16(fragment + 4, (uint16_t)(identification >> 16));
	put_u16(fragment + 6, (uint16_t)identification);
	memcpy(fragment + FRAGMENT_HEADER_OCTETS, data.at, data.length);
	return HEADERS_OCTETS + data.length;
}

bool outer_fragment(struct octets outer, uint32_t identification, struct outer_fragments *ret)
{
	if (outer.length <= IPV6_MTU_MIN ||
		outer.length - IPV6_HEADER_OCTETS > 2 * (size_t)DATA_OCTETS_MAX)
		return false;
	const size_t payload = outer.length - IPV6_HEADER_OCTETS;
	const struct octets first = {outer.at + IPV6_HEADER_OCTETS, (payload / 2 + 7) / 8 * 8};
	const struct octets second = {first.at + first.length, payload - first.length};

	ret->length[0] =
		write_fragment(ret->octets[0], outer.at, FRAGMENT_MORE, identification, first);
	ret->length[1] = write_fragment(
		ret->octets[1], outer.at, (uint16_t)first.length, identification, second);
	return true;
}
