/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of an input as they are used up, and addresses made of them. When there are none left,
 * they are zero.
 */
#ifndef MONAMI_FUZZ_INPUT_H
#define MONAMI_FUZZ_INPUT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

static inline struct in6_addr address(uint8_t prefix, uint8_t host)
{
	return (struct in6_addr){.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0, prefix, [15] = host}};
}

static inline bool same(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

#endif
