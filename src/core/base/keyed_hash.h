/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012). Without the secret key, an attacker that chooses
 * inputs cannot find one that collides with another node's, however many collisions it observes.
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
