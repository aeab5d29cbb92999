/* SPDX-License-Identifier: BSD-2-Clause */
/* Where things of one kind are in the struct that holds them: options, elements of a list. */
#ifndef MONAMI_WIRE_MEMBER_PLACE_H
#define MONAMI_WIRE_MEMBER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct member_place {
	bool once;         /* its count is a bool, else a uint16_t */
	uint16_t most;     /* how many there may be */
	uint16_t size;     /* of the struct of one */
	uint16_t at;       /* of the first of these structs in the holder */
	uint16_t count_at; /* of the count in the holder */
};

/* One `name` with a `has_name`; an array `name` with a `name_count`. */
#define PLACE_ONCE(holder, name)                                                                   \
	{                                                                                          \
		.once = true, .most = 1, .at = offsetof(holder, name),                             \
		.count_at = offsetof(holder, has_##name)                                           \
	}
#define PLACE_MANY(holder, name)                                                                   \
	{                                                                                          \
		.most = ARRAY_LENGTH(((holder *)NULL)->name),                                      \
		.size = sizeof(((holder *)NULL)->name[0]), .at = offsetof(holder, name),           \
		.count_at = offsetof(holder, name##_count)                                         \
	}

static inline size_t place_count(const struct member_place *place, const void *holder)
{
	const void *at = (const uint8_t *)holder + place->count_at;

	return place->once ? *(const bool *)at : *(const uint16_t *)at;
}

static inline const void *place_nth(const struct member_place *place, const void *holder, size_t n)
{
	return (const uint8_t *)holder + place->at + n * place->size;
}

static inline void place_clear(const struct member_place *place, void *holder)
{
	memset((uint8_t *)holder + place->count_at, 0,
		place->once ? sizeof(bool) : sizeof(uint16_t));
}

/* Where the next one goes; NULL if there may be no further one. */
static inline void *place_take(const struct member_place *place, void *holder)
{
	void *count_at = (uint8_t *)holder + place->count_at;
	size_t count = place_count(place, holder);

	if (count == place->most)
		return NULL;
	if (place->once)
		*(bool *)count_at = true;
	else
		*(uint16_t *)count_at = (uint16_t)(count + 1);
	return (uint8_t *)holder + place->at + count * place->size;
}

#endif
