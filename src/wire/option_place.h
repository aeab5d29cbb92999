/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the options of one kind are in the struct that holds them. */
#ifndef MONAMI_WIRE_OPTION_PLACE_H
#define MONAMI_WIRE_OPTION_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_place {
	bool once;         /* its count is a bool, else a uint16_t */
	uint16_t most;     /* how many of them there may be */
	uint16_t size;     /* of the struct of one */
	uint16_t at;       /* of the first of these structs in the holder */
	uint16_t count_at; /* of the count in the holder */
};

static inline size_t option_place_count(const struct option_place *place, const void *holder)
{
	const void *at = (const uint8_t *)holder + place->count_at;

	return place->once ? *(const bool *)at : *(const uint16_t *)at;
}

static inline const void *option_place_nth(
	const struct option_place *place, const void *holder, size_t n)
{
	return (const uint8_t *)holder + place->at + n * place->size;
}

#endif
