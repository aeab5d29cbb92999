/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two rounds for each eight octets, four at the end.
 */
#include "keyed_hash.h"

#define WORD_OCTETS 8

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void mix(struct state *s, unsigned rounds)
{
	while (rounds-- > 0) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static void take(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s, 2);
	s->v0 ^= word;
}

static uint64_t word_at(const uint8_t *octets, size_t length)
{
	uint64_t word = 0;
	for (size_t i = 0; i < length; i++)
		word |= (uint64_t)octets[i] << 8 * i;
	return word;
}

void hash_key_init(struct hash_key *key, const struct core_port *port)
{
	port->random(port->ctx, key, sizeof(*key));
}

uint64_t keyed_hash(const struct hash_key *key, const void *octets, size_t length)
{
	struct state s = {
		.v0 = key->at[0] ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->at[1] ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->at[0] ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->at[1] ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *at = octets;
	size_t left = length;
	for (; left >= WORD_OCTETS; left -= WORD_OCTETS, at += WORD_OCTETS)
		take(&s, word_at(at, WORD_OCTETS));
	take(&s, word_at(at, left) | (uint64_t)length << 56);
	s.v2 ^= 0xff;
	mix(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
