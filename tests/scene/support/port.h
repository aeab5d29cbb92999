/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port that tests give to cores: OpenSSL's HMAC, and randomness that a seed repeats.
 */
#ifndef MONAMI_TESTS_SCENE_PORT_H
#define MONAMI_TESTS_SCENE_PORT_H

#include "../../../src/core/api/port.h"

/* `seed` is advanced by each use and must live as long as the port. */
struct core_port test_port(uint64_t *seed);

/* The next of a sequence of well-mixed numbers. */
uint64_t test_random(uint64_t *seed);

#endif
