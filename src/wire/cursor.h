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
#include <string.h>

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

/* Copies the next `length` octets; zeros if there are fewer. */
static inline void cursor_copy(struct cursor *cursor, void *ret, size_t length)
{
	const uint8_t *at = cursor_take(cursor, length);

	if (at)
		memcpy(ret, at, length);
	else
		memset(ret, 0, length);
}

static inline void cursor_address(struct cursor *cursor, struct in6_addr *ret)
{
	cursor_copy(cursor, ret, sizeof(*ret));
}

/* A number of up to eight octets. */
static inline uint64_t cursor_number(struct cursor *cursor, size_t octets)
{
	const uint8_t *at = cursor_take(cursor, octets);
	uint64_t number = 0;

	for (size_t i = 0; at && i < octets; i++)
		number = number << 8 | at[i];
	return number;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
	return (uint8_t)cursor_number(cursor, 1);
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
	return (uint16_t)cursor_number(cursor, 2);
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
	return (uint32_t)cursor_number(cursor, 4);
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
	return cursor_number(cursor, 8);
}

struct builder {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

struct builder builder_over(uint8_t *octets, size_t capacity);
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

static inline void builder_address(struct builder *builder, const struct in6_addr *address)
{
	uint8_t *at = builder_claim(builder, sizeof(*address));

	if (at)
		memcpy(at, address, sizeof(*address));
}

static inline void builder_number(struct builder *builder, uint64_t number, size_t octets)
{
	uint8_t *at = builder_claim(builder, octets);

	for (size_t i = 0; at && i < octets; i++)
		at[i] = (uint8_t)(number >> 8 * (octets - 1 - i));
}

static inline void builder_u8(struct builder *builder, uint8_t number)
{
	builder_number(builder, number, 1);
}

static inline void builder_u16(struct builder *builder, uint16_t number)
{
	builder_number(builder, number, 2);
}

static inline void builder_u32(struct builder *builder, uint32_t number)
{
	builder_number(builder, number, 4);
}

static inline void builder_u64(struct builder *builder, uint64_t number)
{
	builder_number(builder, number, 8);
}

#endif
