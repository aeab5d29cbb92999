/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012). With a secret key, whoever chooses what is hashed
 * does not find what falls together with another's, however much he learns of what does.
 */
#ifndef MONAMI_CORE_KEYED_HASH_H
#define MONAMI_CORE_KEYED_HASH_H

#include "../api/port.h"

struct hash_key {
	uint64_t at[2];
};

void hash_key_init(struct hash_key *, const struct core_port *);
uint64_t keyed_hash(const struct hash_key *, const void *octets, size_t length);

#endif
