/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the few large objects of a core (tables of its rate limits), in place of calloc() and
 * free(): linked with --wrap. AddressSanitizer maps and unmaps each of them, half of the time of a
 * short run. What is free, and what is behind an object, is poisoned.
 */
#ifndef MONAMI_FUZZ_LARGE_H
#define MONAMI_FUZZ_LARGE_H

#include <stddef.h>

/* Objects that are not freed: LeakSanitizer does not see them. */
size_t large_in_use(void);

#endif
