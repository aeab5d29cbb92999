/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A correspondent's nonces and node keys (RFC 6275 5.2.1, 5.2.2, 5.2.7): a new pair of both for
 * each thirty seconds in which somebody asks, kept so that a token lives for 210 to 240 seconds.
 * Where a binding was taken away the next pair comes sooner (9.5.3: with the same nonces its
 * care-of address must not come back), but not more often than there is room for all that still
 * count. Nothing in it knows of any mobile node.
 */
#ifndef MONAMI_CORE_NONCES_H
#define MONAMI_CORE_NONCES_H

#include "binding_key.h"

#define NONCES_KEPT 240
#define NONCE_PERIOD (30 * NANOS_PER_SECOND)
#define NONCE_PERIOD_MIN NANOS_PER_SECOND
/* RFC 6275 12: MAX_NONCE_LIFETIME */
#define NONCE_LIFETIME (NONCES_KEPT * NONCE_PERIOD_MIN)

struct nonce {
	nanos until; /* it counts no more from then on; 0: there is none */
	uint16_t index;
	uint8_t value[NONCE_OCTETS];
	uint8_t kcn[KCN_OCTETS];
};

struct nonces {
	struct nonce at[NONCES_KEPT];
	uint16_t newest; /* index */
	bool retired;    /* the newest is not to be used for new tokens any more */
};

/*
 * The first index is random: what was bound to a former life of ours is not recognized then, and
 * is said to be expired, instead of failing silently.
 */
void nonces_init(struct nonces *, const struct core_port *);
/* Overwrites the keys. */
void nonces_cleanse(struct nonces *);

/* That of new tokens; made if there is none that is young enough. */
const struct nonce *nonces_current(struct nonces *, const struct core_port *, nanos now);
/* New tokens are made with another pair, as soon as the present one is a second old. */
void nonces_retire(struct nonces *);
/* NULL: not recognized (any more). */
const struct nonce *nonces_find(const struct nonces *, uint16_t index, nanos now);

#endif
