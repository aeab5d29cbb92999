/* SPDX-License-Identifier: BSD-2-Clause */
/* The core's inputs: time with each call; randomness, HMAC and SHA-1 at its creation. */
#ifndef MONAMI_CORE_PORT_H
#define MONAMI_CORE_PORT_H

#include "../../wire/cursor.h"

/* CLOCK_BOOTTIME in nanoseconds. It only goes forward. */
typedef uint64_t nanos;
#define NANOS_NEVER UINT64_MAX
#define NANOS_PER_SECOND UINT64_C(1000000000)
#define NANOS_PER_MS UINT64_C(1000000)

static inline nanos nanos_min(nanos a, nanos b)
{
	return a < b ? a : b;
}

static inline nanos nanos_max(nanos a, nanos b)
{
	return a > b ? a : b;
}

/* The present, as the caller knows it. */
struct moment {
	nanos mono;
	uint64_t ntp; /* wall clock as an NTP timestamp, for RFC 4285's replay protection only */
};

#define SHA1_OCTETS 20

struct core_port {
	void *ctx;
	/* Fills `to` with `length` unpredictable octets. Cannot fail. */
	void (*random)(void *ctx, void *to, size_t length);
	/* HMAC_SHA1 of the pieces, one after the other. 0, or -errno with `ret` undefined. */
	int (*hmac_sha1)(void *ctx, struct octets key, const struct octets *pieces, size_t count,
		uint8_t ret[SHA1_OCTETS]);
	/* SHA-1 of the pieces, one after the other. 0, or -errno with `ret` undefined. */
	int (*sha1)(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS]);
};

#endif
