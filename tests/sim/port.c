/* SPDX-License-Identifier: BSD-2-Clause */
#include "port.h"

#include "../../src/wire/message.h"
#include "../scene/support/port.h"

#include <assert.h>
#include <string.h>

#define PRIME_A UINT64_C(0x9fb21c651e98df25)
#define PRIME_B UINT64_C(0xc2b2ae3d27d4eb4f)

static uint64_t mixed(uint64_t state, uint64_t word)
{
	state = (state ^ word) * PRIME_A;
	return state ^ (state >> 29);
}

static uint64_t digest(uint64_t state, const uint8_t *octets, size_t length)
{
	uint64_t word;
	size_t at = 0;
	for (; at + sizeof(word) <= length; at += sizeof(word)) {
		memcpy(&word, octets + at, sizeof(word));
		state = mixed(state, word);
	}
	word = length;
	memcpy(&word, octets + at, length - at < sizeof(word) ? length - at : 0);
	return mixed(mixed(state, word), length);
}

int port_fast(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	uint8_t whole[2 * MESSAGE_OCTETS_MAX];
	size_t length = 0;
	(void)ctx;
	for (size_t i = 0; i < count; i++) {
		assert(length + pieces[i].length <= sizeof(whole));
		memcpy(whole + length, pieces[i].at, pieces[i].length);
		length += pieces[i].length;
	}
	uint64_t state = digest(digest(PRIME_B, key.at, key.length), whole, length);
	for (size_t i = 0; i < SHA1_OCTETS; i += sizeof(uint32_t)) {
		state = mixed(state, i + PRIME_B);
		uint32_t part = (uint32_t)(state >> 32);
		memcpy(ret + i, &part, sizeof(part));
	}
	return 0;
}

int port_sha1(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	static uint64_t unused;
	(void)ctx;
	return test_port(&unused).sha1(NULL, pieces, count, ret);
}

int port_hmac(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	static uint64_t unused;
	(void)ctx;
	return test_port(&unused).hmac_sha1(NULL, key, pieces, count, ret);
}
