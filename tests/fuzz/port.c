/* SPDX-License-Identifier: BSD-2-Clause */
#include "port.h"

#include <string.h>

#define MAC_PRIME UINT64_C(0x100000001b3)

void fuzz_random(void *ctx, void *to, size_t length)
{
	uint64_t *state = ctx;
	uint8_t *octets = to;
	for (size_t i = 0; i < length; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		octets[i] = (uint8_t)(*state >> 56);
	}
}

int fuzz_mac(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	uint64_t state = UINT64_C(0xcbf29ce484222325);
	(void)ctx;
	for (size_t i = 0; i < key.length; i++)
		state = (state ^ key.at[i]) * MAC_PRIME;
	for (size_t piece = 0; piece < count; piece++)
		for (size_t i = 0; i < pieces[piece].length; i++)
			state = (state ^ pieces[piece].at[i]) * MAC_PRIME;
	for (size_t i = 0; i < SHA1_OCTETS; i++) {
		state = (state ^ i) * MAC_PRIME;
		ret[i] = (uint8_t)(state >> 56);
	}
	return 0;
}

int fuzz_digest(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	return fuzz_mac(ctx, (struct octets){NULL, 0}, pieces, count, ret);
}

int fuzz_no_digest(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	(void)ctx;
	(void)pieces;
	(void)count;
	memset(ret, 0, SHA1_OCTETS);
	return 0;
}
