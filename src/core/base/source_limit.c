/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bucket for each group of addresses, as in rate_limit.c.
 */
#include "source_limit.h"

#include <string.h>

void source_limit_init(
	struct source_limit *limit, const struct core_port *port, unsigned per_second)
{
	memset(limit, 0, sizeof(*limit));
	limit->kind = (struct bucket_kind){NANOS_PER_SECOND / per_second, NANOS_PER_SECOND};
	hash_key_init(&limit->key, port);
}

bool source_limit_allows(struct source_limit *limit, nanos now, const struct in6_addr *source)
{
	uint64_t group = keyed_hash(&limit->key, source, sizeof(*source)) % SOURCE_LIMIT_GROUPS;
	return bucket_take(&limit->groups[group], &limit->kind, now);
}
