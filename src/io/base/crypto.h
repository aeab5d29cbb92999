/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's port to OpenSSL: HMAC_SHA1 and unpredictable octets. Not thread-safe, as the core.
 */
#ifndef MONAMI_IO_CRYPTO_H
#define MONAMI_IO_CRYPTO_H

#include "../../core/api/port.h"

/* Returns 0, -ENOMEM, or -ENOTSUP if this OpenSSL has no HMAC, SHA-1 or randomness to offer. */
int crypto_port_init(struct core_port *ret);
/* Overwrites the copy of the key that was used last. */
void crypto_forget_key(struct core_port *);
/* Frees what crypto_port_init() made, and cleanses every key and random octet in it. */
void crypto_port_fini(struct core_port *);

#endif
