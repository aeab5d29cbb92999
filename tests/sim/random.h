/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SplitMix64: one word of state, so that a world is its seed.
 */
#ifndef MONAMI_TESTS_SIM_RANDOM_H
#define MONAMI_TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}

/* 0 to below - 1 */
static inline uint32_t random_below(uint64_t *state, uint32_t below)
{
	return (uint32_t)((random_next(state) >> 32) * below >> 32);
}

static inline uint64_t random_between(uint64_t *state, uint64_t from, uint64_t to)
{
	return from + random_next(state) % (to - from + 1);
}

/* In so many of 65536 cases. */
static inline bool random_chance(uint64_t *state, uint32_t of_65536)
{
	return of_65536 && (random_next(state) >> 48) < of_65536;
}

#endif
