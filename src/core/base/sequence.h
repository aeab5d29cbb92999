/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequence numbers of Binding Updates, compared modulo 2^16.
 */
#ifndef MONAMI_CORE_SEQUENCE_H
#define MONAMI_CORE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 6275 9.5.1: with 15 accepted last, 0 to 15 and 32783 to 65535 are not greater. */
static inline bool sequence_greater(uint16_t a, uint16_t b)
{
	uint16_t ahead = (uint16_t)(a - b);
	return ahead != 0 && ahead < 0x8000;
}

#endif
