/* SPDX-License-Identifier: BSD-2-Clause */
#include "range_cover.h"

#include <stdbool.h>
#include <string.h>

struct walk {
	const uint8_t *first;
	const uint8_t *last;
	unsigned bits;
	range_cover_each *each;
	void *ctx;
};

static void set_bits(uint8_t *value, unsigned from, unsigned to, bool on)
{
	for (unsigned bit = from; bit < to; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);
		value[bit / 8] = (uint8_t)(on ? value[bit / 8] | mask : value[bit / 8] & ~mask);
	}
}

/* The values of a prefix are compared as a whole: its first and last one. */
static int compare(const struct walk *walk, const uint8_t *a, const uint8_t *b)
{
	uint8_t x[RANGE_COVER_OCTETS_MAX] = {0}, y[RANGE_COVER_OCTETS_MAX] = {0};
	size_t octets = (walk->bits + 7) / 8;

	memcpy(x, a, octets);
	memcpy(y, b, octets);
	set_bits(x, walk->bits, (unsigned)octets * 8, false);
	set_bits(y, walk->bits, (unsigned)octets * 8, false);
	return memcmp(x, y, octets);
}

/* `value`: the first one of the prefix. */
static size_t cover(const struct walk *walk, const uint8_t *value, unsigned length)
{
	uint8_t end[RANGE_COVER_OCTETS_MAX];

	memcpy(end, value, sizeof(end));
	set_bits(end, length, walk->bits, true);
	if (compare(walk, end, walk->first) < 0 || compare(walk, value, walk->last) > 0)
		return 0;
	if (compare(walk, value, walk->first) >= 0 && compare(walk, end, walk->last) <= 0) {
		if (walk->each)
			walk->each(walk->ctx, value, length);
		return 1;
	}
	uint8_t half[RANGE_COVER_OCTETS_MAX];
	memcpy(half, value, sizeof(half));
	set_bits(half, length, length + 1, true);
	return cover(walk, value, length + 1) + cover(walk, half, length + 1);
}

size_t range_cover(
	const uint8_t *first, const uint8_t *last, unsigned bits, range_cover_each *each, void *ctx)
{
	const struct walk walk = {first, last, bits, each, ctx};
	const uint8_t zero[RANGE_COVER_OCTETS_MAX] = {0};

	return cover(&walk, zero, 0);
}
