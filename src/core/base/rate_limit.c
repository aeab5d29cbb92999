/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Token buckets without tokens: a bucket is the time at which it will be full again.
 */
#include "rate_limit.h"

#include <string.h>

#define NETWORK_OCTETS 8

static const struct bucket_kind for_site = {NANOS_PER_SECOND / 100, NANOS_PER_SECOND};
static const struct bucket_kind for_network = {NANOS_PER_SECOND / 50, NANOS_PER_SECOND};
static const struct bucket_kind for_address = {NANOS_PER_SECOND / 5, 2 * NANOS_PER_SECOND};

void rate_limit_init(
	struct rate_limit *limit, const struct core_port *port, unsigned all_per_second)
{
	memset(limit, 0, sizeof(*limit));
	limit->all_kind = (struct bucket_kind){NANOS_PER_SECOND / all_per_second, NANOS_PER_SECOND};
	hash_key_init(&limit->key, port);
}

/* One of the buckets that a peer takes its tokens from. */
struct level {
	struct bucket *bucket;
	const struct bucket_kind *kind;
};

#define LEVELS 4

static void levels_of(
	struct rate_limit *limit, const struct in6_addr *peer, struct level ret[LEVELS])
{
	uint64_t site = keyed_hash(&limit->key, peer, RATE_LIMIT_SITE_OCTETS);
	uint64_t network = keyed_hash(&limit->key, peer, NETWORK_OCTETS);
	uint64_t address = keyed_hash(&limit->key, peer, sizeof(*peer));
	ret[0] = (struct level){&limit->addresses[address % RATE_LIMIT_ADDRESSES], &for_address};
	ret[1] = (struct level){&limit->networks[network % RATE_LIMIT_NETWORKS], &for_network};
	ret[2] = (struct level){&limit->sites[site % RATE_LIMIT_SITES], &for_site};
	ret[3] = (struct level){&limit->all, &limit->all_kind};
}

static bool has_token(const struct bucket *bucket, const struct bucket_kind *kind, nanos now)
{
	return bucket->full_at <= now || bucket->full_at - now + kind->interval <= kind->depth;
}

static void take_token(struct bucket *bucket, const struct bucket_kind *kind, nanos now)
{
	bucket->full_at = (bucket->full_at > now ? bucket->full_at : now) + kind->interval;
}

bool bucket_take(struct bucket *bucket, const struct bucket_kind *kind, nanos now)
{
	if (!has_token(bucket, kind, now))
		return false;
	take_token(bucket, kind, now);
	return true;
}

bool rate_limit_allows(struct rate_limit *limit, nanos now, const struct in6_addr *peer)
{
	struct level levels[LEVELS];
	levels_of(limit, peer, levels);
	for (unsigned i = 0; i < LEVELS; i++)
		if (!has_token(levels[i].bucket, levels[i].kind, now))
			return false;
	for (unsigned i = 0; i < LEVELS; i++)
		take_token(levels[i].bucket, levels[i].kind, now);
	return true;
}
