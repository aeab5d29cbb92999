/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares secrets in a time that does not depend on how many octets agree.
 */
#ifndef MONAMI_CORE_CONSTANT_TIME_H
#define MONAMI_CORE_CONSTANT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The time does not depend on the contents. */
static inline bool constant_time_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
	uint8_t difference = 0;
	for (size_t i = 0; i < length; i++)
		difference |= (uint8_t)(a[i] ^ b[i]);
	return difference == 0;
}

#endif
