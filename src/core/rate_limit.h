/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often the core answers what it cannot take (RFC 6275 9.3.3, RFC 4443 2.4 (f)), and tells of
 * it: token buckets, one for all and one for each group of peers. Its size is fixed, so that
 * forged sources cost no memory; they cannot choose which peers share a bucket.
 */
#ifndef MONAMI_CORE_RATE_LIMIT_H
#define MONAMI_CORE_RATE_LIMIT_H

#include "keyed_hash.h"

#define RATE_LIMIT_GROUPS 256

/* So many at once, and one more each time the interval has passed. Zeroed, it is full. */
struct bucket {
	nanos full_at; /* when it will have all its tokens again */
};

struct bucket_kind {
	nanos interval; /* between two tokens */
	nanos depth;    /* time to fill an empty bucket */
};

/* Whether there is a token; if so, it is taken. */
bool bucket_take(struct bucket *, const struct bucket_kind *, nanos now);

/* A peer can choose its interface identifier, hence only the prefix tells which group it is of. */
struct rate_limit {
	struct hash_key key;
	struct bucket all;
	struct bucket groups[RATE_LIMIT_GROUPS];
};

void rate_limit_init(struct rate_limit *, const struct core_port *);

/* Whether it may be done now for `peer`; if so, it is counted as done. */
bool rate_limit_allows(struct rate_limit *, nanos now, const struct in6_addr *peer);

#endif
