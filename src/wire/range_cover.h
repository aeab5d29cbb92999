/* SPDX-License-Identifier: BSD-2-Clause */
/* A range of values as the fewest prefixes that make it up, for tables that know prefixes only. */
#ifndef MONAMI_WIRE_RANGE_COVER_H
#define MONAMI_WIRE_RANGE_COVER_H

#include <stddef.h>
#include <stdint.h>

#define RANGE_COVER_OCTETS_MAX 16

/* `value`: as many octets as the range's values have; those behind the prefix are zero. */
typedef void range_cover_each(void *ctx, const uint8_t *value, unsigned length);

/*
 * `first` and `last`: values of `bits` bits, at most 128, most significant octet first; bits of the
 * last octet that are not counted are ignored. Calls `each` (may be NULL) for each prefix, in
 * ascending order. Returns their number: at most 2 * bits - 2, or 1; 0 if first is after last.
 */
size_t range_cover(const uint8_t *first, const uint8_t *last, unsigned bits, range_cover_each *each,
	void *ctx);

#endif
