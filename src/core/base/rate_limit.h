/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits errors and events about packets that the core cannot accept (RFC 6275 9.3.3, RFC 4443 2.4
 * (f)): token buckets for each address, each network of 64 bits, each site of 48 bits, and for all.
 * Many nodes may be behind one network, so that its bound is ten times that of an address; a site
 * has less than all, so that an attacker with one site does not use up the answers to the others.
 * Its size is fixed, so that forged sources cost no memory; a keyed hash maps peers to buckets, so
 * that an attacker cannot choose whose answers are used up.
 */
#ifndef MONAMI_CORE_RATE_LIMIT_H
#define MONAMI_CORE_RATE_LIMIT_H

#include "keyed_hash.h"

#define RATE_LIMIT_SITE_OCTETS 6 /* of an address: 48 bits */
#define RATE_LIMIT_ADDRESSES 1024
#define RATE_LIMIT_NETWORKS 256
#define RATE_LIMIT_SITES 256

/* This many at once, and one more after each interval. Zeroed, it is full. */
struct bucket {
	nanos full_at; /* when it will have all its tokens again */
};

struct bucket_kind {
	nanos interval; /* between two tokens */
	nanos depth;    /* time to fill an empty bucket */
};

/* Whether there is a token; if so, it is taken. */
bool bucket_take(struct bucket *, const struct bucket_kind *, nanos now);

struct rate_limit {
	struct hash_key key;
	struct bucket_kind all_kind;
	struct bucket all;
	struct bucket sites[RATE_LIMIT_SITES];
	struct bucket networks[RATE_LIMIT_NETWORKS];
	struct bucket addresses[RATE_LIMIT_ADDRESSES];
};

/* How much is allowed for all peers together in a second. */
#define RATE_LIMIT_ANSWERS 1000
#define RATE_LIMIT_NOTES 200

/* `all_per_second`: one of the above. The other bounds are the same for all (rate_limit.c). */
void rate_limit_init(struct rate_limit *, const struct core_port *, unsigned all_per_second);

/* Whether it may be done now for `peer`; if so, it is counted as done. */
bool rate_limit_allows(struct rate_limit *, nanos now, const struct in6_addr *peer);

#endif
