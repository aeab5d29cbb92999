/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface of every fuzz target: one entry point, called by libFuzzer or, for the corpus in
 * ordinary test runs, by replay.c.
 */
#ifndef MONAMI_FUZZ_H
#define MONAMI_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

/* Unlike assert() in every build. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

#endif
