/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A correspondent's nonces and node keys (RFC 6275 5.2.1, 5.2.2, 5.2.7): a new pair of both for
 * each thirty seconds in which a mobile node asks, so that a token lives for 210 to 240 seconds. No
 * state depends on a mobile node.
 *
 * A mobile node that has removed a binding may not register it again with the same nonces (9.5.3),
 * and should not have to wait for the next nonce: if the spent nonce is the newest, the next Test
 * Init begins a new one early, but at most one a second. All that begin within 240 seconds are
 * kept, so that no token ends early, however many nonces an attacker causes to begin. The same
 * holds for entries that had to be forgotten (correspondent_cache.h).
 */
#ifndef MONAMI_CORE_NONCES_H
#define MONAMI_CORE_NONCES_H

#include "../base/binding_key.h"

#define NONCE_PERIOD (30 * NANOS_PER_SECOND)
#define NONCE_PERIOD_MIN NANOS_PER_SECOND
/* RFC 6275 12: MAX_NONCE_LIFETIME */
#define NONCE_LIFETIME (240 * NANOS_PER_SECOND)
/* At least lifetime / least period; divides 65536. */
#define NONCES_KEPT 256

struct nonce {
	nanos until; /* it is invalid from then on; 0: there is none */
	uint16_t index;
	uint8_t value[NONCE_OCTETS];
	uint8_t kcn[KCN_OCTETS];
};

struct nonces {
	struct nonce at[NONCES_KEPT];
	uint16_t newest; /* index */
	bool spent;      /* a mobile node may not use the newest any more */
};

/*
 * The first index is random: nonces from before a restart are then not recognized and refused as
 * expired; otherwise their updates would fail silently.
 */
void nonces_init(struct nonces *, const struct core_port *);
/* Overwrites the keys. */
void nonces_cleanse(struct nonces *);

/* The nonce of new tokens; made if none is young enough. */
const struct nonce *nonces_current(struct nonces *, const struct core_port *, nanos now);
/* Whether new tokens use this nonce now. */
bool nonces_is_given(const struct nonces *, uint16_t index, nanos now);
/* NULL: not recognized (any more). */
const struct nonce *nonces_find(const struct nonces *, uint16_t index, nanos now);
/* A mobile node may not use this nonce any more. */
void nonces_spend(struct nonces *, uint16_t index);
/* Nor any that ends by then. */
void nonces_spend_until(struct nonces *, nanos until);

#endif
