/* SPDX-License-Identifier: BSD-2-Clause */
#include "flights.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256
#define NONE UINT32_MAX

void flights_init(struct flights *flights)
{
	*flights = (struct flights){.free_first = NONE};
}

void flights_fini(struct flights *flights)
{
	for (uint32_t i = 0; i < flights->chunks_count; i++)
		free(flights->chunks[i]);
	free(flights->chunks);
	flights_init(flights);
}

struct flight *flights_at(const struct flights *flights, uint32_t number)
{
	return &flights->chunks[number / CHUNK][number % CHUNK];
}

static void grow(struct flights *flights)
{
	uint32_t chunk = flights->chunks_count++;
	flights->chunks =
		realloc(flights->chunks, flights->chunks_count * sizeof(*flights->chunks));
	assert(flights->chunks);
	flights->chunks[chunk] = malloc(CHUNK * sizeof(struct flight));
	assert(flights->chunks[chunk]);
	for (uint32_t i = 0; i < CHUNK; i++)
		flights->chunks[chunk][i].next_free = i + 1 < CHUNK ? chunk * CHUNK + i + 1 : NONE;
	flights->free_first = chunk * CHUNK;
}

uint32_t flights_take(struct flights *flights)
{
	if (flights->free_first == NONE)
		grow(flights);
	uint32_t number = flights->free_first;
	struct flight *flight = flights_at(flights, number);
	flights->free_first = flight->next_free;
	memset(flight, 0, offsetof(struct flight, octets));
	return number;
}

void flights_give_back(struct flights *flights, uint32_t number)
{
	flights_at(flights, number)->next_free = flights->free_first;
	flights->free_first = number;
}
