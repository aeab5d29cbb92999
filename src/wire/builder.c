/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writing half of cursor.h. Must not know what the octets mean.
 */
#include "cursor.h"

#include <string.h>

struct builder builder_over(uint8_t *octets, size_t capacity)
{
	return (struct builder){
		.start = octets,
		.at = octets,
		.end = capacity ? octets + capacity : octets,
	};
}

size_t builder_length(const struct builder *builder)
{
	return (size_t)(builder->at - builder->start);
}

/* Claims the next `length` octets and returns where they begin; NULL if there are fewer. */
static uint8_t *claim(struct builder *builder, size_t length)
{
	if (builder->failed || (size_t)(builder->end - builder->at) < length) {
		builder->failed = true;
		return NULL;
	}
	uint8_t *at = builder->at;
	if (length)
		builder->at += length;
	return at;
}

void builder_u8(struct builder *builder, uint8_t number)
{
	uint8_t *at = claim(builder, 1);

	if (at)
		*at = number;
}

void builder_u16(struct builder *builder, uint16_t number)
{
	const uint8_t octets[] = {(uint8_t)(number >> 8), (uint8_t)number};

	builder_octets(builder, octets, sizeof(octets));
}

void builder_u32(struct builder *builder, uint32_t number)
{
	const uint8_t octets[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number};

	builder_octets(builder, octets, sizeof(octets));
}

void builder_u64(struct builder *builder, uint64_t number)
{
	uint8_t *at = claim(builder, 8);

	for (unsigned int i = 0; at && i < 8; i++)
		at[i] = (uint8_t)(number >> (56 - 8 * i));
}

void builder_address(struct builder *builder, const struct in6_addr *address)
{
	builder_octets(builder, address->s6_addr, sizeof(*address));
}

void builder_octets(struct builder *builder, const uint8_t *octets, size_t length)
{
	uint8_t *at = claim(builder, length);

	if (!at || length == 0)
		return;
	if (octets)
		memcpy(at, octets, length);
	else
		memset(at, 0, length);
}
