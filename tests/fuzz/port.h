/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port of the core (src/core/api/port.h) for fuzzers: cheap, and the same in every run.
 */
#ifndef MONAMI_FUZZ_PORT_H
#define MONAMI_FUZZ_PORT_H

#include "../../src/core/api/port.h"

/* Not random, but nothing that an input would hit upon. `ctx`: the state, a uint64_t. */
void fuzz_random(void *ctx, void *to, size_t length);

/* Not HMAC, but it depends on each octet and its place: enough for a fuzzer that is not told. */
int fuzz_mac(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS]);
/* The same without a key. */
int fuzz_digest(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS]);
/* For whom nothing is hashed: zero. */
int fuzz_no_digest(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS]);

#endif
