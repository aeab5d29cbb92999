/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading half of cursor.h. Must not know what the octets mean.
 */
#include "cursor.h"

#include <string.h>

struct cursor cursor_over(const uint8_t *octets, size_t length)
{
	/* adding even zero to NULL is undefined */
	return (struct cursor){.at = octets, .end = length ? octets + length : octets};
}

size_t cursor_left(const struct cursor *cursor)
{
	return cursor->failed ? 0 : (size_t)(cursor->end - cursor->at);
}

/* Skips `length` octets and returns where they begin; NULL if there are fewer. */
static const uint8_t *take(struct cursor *cursor, size_t length)
{
	if (cursor->failed || (size_t)(cursor->end - cursor->at) < length) {
		cursor->failed = true;
		return NULL;
	}
	const uint8_t *at = cursor->at;
	if (length)
		cursor->at += length;
	return at;
}

uint8_t cursor_u8(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 1);

	return at ? *at : 0;
}

uint16_t cursor_u16(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 2);

	if (!at)
		return 0;
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint32_t cursor_u32(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 4);

	return at ? word(at) : 0;
}

uint64_t cursor_u64(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 8);

	return at ? (uint64_t)word(at) << 32 | word(at + 4) : 0;
}

void cursor_address(struct cursor *cursor, struct in6_addr *ret)
{
	const uint8_t *at = take(cursor, sizeof(*ret));

	if (at)
		memcpy(ret, at, sizeof(*ret));
	else
		memset(ret, 0, sizeof(*ret));
}

struct octets cursor_octets(struct cursor *cursor, size_t length)
{
	const uint8_t *at = take(cursor, length);

	return (struct octets){.at = at, .length = at ? length : 0};
}

struct cursor cursor_sub(struct cursor *cursor, size_t length)
{
	struct octets view = cursor_octets(cursor, length);
	struct cursor sub = cursor_over(view.at, view.length);

	sub.failed = cursor->failed;
	return sub;
}
