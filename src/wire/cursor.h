/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds-checked reading and writing of octets in network order.
 *
 * Both sides are sticky: after the first access that does not fit, every further one does nothing
 * (a reader yields zeros), and `failed` says so once, at the end. Nothing in src/wire touches
 * packet octets by any other way.
 */
#ifndef MONAMI_WIRE_CURSOR_H
#define MONAMI_WIRE_CURSOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of another owner: borrowed, never freed. */
struct octets {
	const uint8_t *at;
	size_t length;
};

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

struct cursor cursor_over(const uint8_t *octets, size_t length);
void cursor_address(struct cursor *, struct in6_addr *ret);
/* A view of the next `length` octets; empty, and the cursor failed, if there are fewer. */
struct octets cursor_octets(struct cursor *, size_t length);
/* A reader confined to the next `length` octets, which this one skips. */
struct cursor cursor_sub(struct cursor *, size_t length);

static inline size_t cursor_left(const struct cursor *cursor)
{
	return cursor->failed ? 0 : (size_t)(cursor->end - cursor->at);
}

/* Skips `length` octets and returns where they begin; NULL if there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *cursor, size_t length)
{
	const uint8_t *at = cursor->at;

	if (cursor->failed || (size_t)(cursor->end - at) < length) {
		cursor->failed = true;
		return NULL;
	}
	if (length)
		cursor->at += length;
	return at;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 1);

	return at ? *at : 0;
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 2);

	return at ? (uint16_t)(at[0] << 8 | at[1]) : 0;
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 4);

	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
		  : 0;
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 8);
	uint64_t number = 0;

	for (unsigned int i = 0; at && i < 8; i++)
		number = number << 8 | at[i];
	return number;
}

struct builder {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

struct builder builder_over(uint8_t *octets, size_t capacity);
void builder_address(struct builder *, const struct in6_addr *);
/* Appends `length` octets; zeros if `octets` is NULL. */
void builder_octets(struct builder *, const uint8_t *octets, size_t length);

static inline size_t builder_length(const struct builder *builder)
{
	return (size_t)(builder->at - builder->start);
}

/* Claims the next `length` octets and returns where they begin; NULL if there are fewer. */
static inline uint8_t *builder_claim(struct builder *builder, size_t length)
{
	uint8_t *at = builder->at;

	if (builder->failed || (size_t)(builder->end - at) < length) {
		builder->failed = true;
		return NULL;
	}
	if (length)
		builder->at += length;
	return at;
}

static inline void builder_u8(struct builder *builder, uint8_t number)
{
	uint8_t *at = builder_claim(builder, 1);

	if (at)
		*at = number;
}

static inline void builder_u16(struct builder *builder, uint16_t number)
{
	uint8_t *at = builder_claim(builder, 2);

	for (unsigned int i = 0; at && i < 2; i++)
		at[i] = (uint8_t)(number >> (8 - 8 * i));
}

static inline void builder_u32(struct builder *builder, uint32_t number)
{
	uint8_t *at = builder_claim(builder, 4);

	for (unsigned int i = 0; at && i < 4; i++)
		at[i] = (uint8_t)(number >> (24 - 8 * i));
}

static inline void builder_u64(struct builder *builder, uint64_t number)
{
	uint8_t *at = builder_claim(builder, 8);

	for (unsigned int i = 0; at && i < 8; i++)
		at[i] = (uint8_t)(number >> (56 - 8 * i));
}

#endif
