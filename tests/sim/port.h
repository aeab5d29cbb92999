/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticators for cores in a simulated world.
 */
#ifndef MONAMI_TESTS_SIM_PORT_H
#define MONAMI_TESTS_SIM_PORT_H

#include "../../src/core/api/port.h"

/* In the place of HMAC_SHA1: keyed and fast, but nothing to withstand somebody who tries. */
int port_fast(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS]);
/* The real one. */
int port_sha1(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS]);
int port_hmac(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS]);

#endif
