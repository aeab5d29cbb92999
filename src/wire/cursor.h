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

/* Octets that belong to somebody else: borrowed, never freed. */
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
size_t cursor_left(const struct cursor *);
uint8_t cursor_u8(struct cursor *);
uint16_t cursor_u16(struct cursor *);
uint32_t cursor_u32(struct cursor *);
uint64_t cursor_u64(struct cursor *);
void cursor_address(struct cursor *, struct in6_addr *ret);
/* A view of the next `length` octets; empty, and the cursor failed, if there are fewer. */
struct octets cursor_octets(struct cursor *, size_t length);
/* A reader confined to the next `length` octets, which this one skips. */
struct cursor cursor_sub(struct cursor *, size_t length);

struct builder {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

struct builder builder_over(uint8_t *octets, size_t capacity);
size_t builder_length(const struct builder *);
void builder_u8(struct builder *, uint8_t);
void builder_u16(struct builder *, uint16_t);
void builder_u32(struct builder *, uint32_t);
void builder_u64(struct builder *, uint64_t);
void builder_address(struct builder *, const struct in6_addr *);
/* Appends `length` octets; zeros if `octets` is NULL. */
void builder_octets(struct builder *, const uint8_t *octets, size_t length);

#endif
