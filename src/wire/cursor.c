/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading half of cursor.h. Must not know what the octets mean.
 */
#include "cursor.h"

struct cursor cursor_over(const uint8_t *octets, size_t length)
{
	/* adding even zero to NULL is undefined */
	return (struct cursor){.at = octets, .end = length ? octets + length : octets};
}

struct octets cursor_octets(struct cursor *cursor, size_t length)
{
	const uint8_t *at = cursor_take(cursor, length);

	return (struct octets){.at = at, .length = at ? length : 0};
}

struct cursor cursor_sub(struct cursor *cursor, size_t length)
{
	struct octets view = cursor_octets(cursor, length);
	struct cursor sub = cursor_over(view.at, view.length);

	sub.failed = cursor->failed;
	return sub;
}
