/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Token buckets without tokens: a bucket is the time at which it will be full again.
 */
#include "rate_limit.h"

#include <string.h>

#define PREFIX_OCTETS 8

static const struct bucket_kind for_all = {NANOS_PER_SECOND / 200, NANOS_PER_SECOND};
static const struct bucket_kind for_group = {NANOS_PER_SECOND / 5, 2 * NANOS_PER_SECOND};

void rate_limit_init(struct rate_limit *limit, const struct core_port *port)
{
	memset(limit, 0, sizeof(*limit));
	hash_key_init(&limit->key, port);
}

static struct bucket *group_of(struct rate_limit *limit, const struct in6_addr *peer)
{
	return &limit->groups[keyed_hash(&limit->key, peer, PREFIX_OCTETS) % RATE_LIMIT_GROUPS];
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
	struct bucket *group = group_of(limit, peer);
	if (!has_token(group, &for_group, now) || !has_token(&limit->all, &for_all, now))
		return false;
	take_token(group, &for_group, now);
	take_token(&limit->all, &for_all, now);
	return true;
}
