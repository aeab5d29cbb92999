/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow.h"

#include "../wire/packet.h"

static uint32_t mix(uint32_t hash, uint32_t word)
{
	hash = (hash ^ word) * UINT32_C(0x9e3779b1);
	return hash ^ hash >> 15;
}

uint8_t flow_of(struct octets packet)
{
	struct cursor cursor = cursor_over(packet.at, packet.length);
	uint32_t hash;

	cursor_octets(&cursor, IPV6_NEXT_HEADER_AT);
	const uint8_t next_header = cursor_u8(&cursor);
	cursor_u8(&cursor);
	hash = mix(0, next_header);
	for (unsigned int i = 0; i < 2 * sizeof(struct in6_addr) / sizeof(uint32_t); i++)
		hash = mix(hash, cursor_u32(&cursor));
	if (next_header == IPPROTO_TCP || next_header == IPPROTO_UDP)
		hash = mix(hash, cursor_u32(&cursor));
	return (uint8_t)(hash % GRE_FLOWS);
}
