/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writing half of cursor.h. Must not know what the octets mean.
 */
#include "cursor.h"

struct builder builder_over(uint8_t *octets, size_t capacity)
{
	return (struct builder){
		.start = octets,
		.at = octets,
		.end = capacity ? octets + capacity : octets,
	};
}

void builder_octets(struct builder *builder, const uint8_t *octets, size_t length)
{
	uint8_t *at = builder_claim(builder, length);

	if (!at || length == 0)
		return;
	if (octets)
		memcpy(at, octets, length);
	else
		memset(at, 0, length);
}
