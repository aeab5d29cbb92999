/* SPDX-License-Identifier: BSD-2-Clause */
#include "large.h"
#include "fuzz.h"

#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <string.h>

#define LARGE (32u << 10)
#define PLACES 4
#define PLACE_OCTETS (512u << 10)

void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *at);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *at);

static struct {
	bool used;
	_Alignas(64) uint8_t octets[PLACE_OCTETS];
} places[PLACES];

size_t large_in_use(void)
{
	size_t count = 0;

	for (size_t i = 0; i < PLACES; i++)
		count += places[i].used;
	return count;
}

void *__wrap_calloc(size_t count, size_t size)
{
	size_t octets;

	if (__builtin_mul_overflow(count, size, &octets) || octets < LARGE || octets > PLACE_OCTETS)
		return __real_calloc(count, size);
	for (size_t i = 0; i < PLACES; i++) {
		if (places[i].used)
			continue;
		places[i].used = true;
		ASAN_POISON_MEMORY_REGION(places[i].octets, PLACE_OCTETS);
		ASAN_UNPOISON_MEMORY_REGION(places[i].octets, octets);
		return memset(places[i].octets, 0, octets);
	}
	return __real_calloc(count, size);
}

void __wrap_free(void *at)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (at != places[i].octets)
			continue;
		REQUIRE(places[i].used);
		places[i].used = false;
		ASAN_POISON_MEMORY_REGION(places[i].octets, PLACE_OCTETS);
		return;
	}
	__real_free(at);
}
