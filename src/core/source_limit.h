/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a correspondent answers what has cost the asker nothing: Home and Care-of Test Inits,
 * updates whose nonces it does not know, packets that name a home address without binding. Only a
 * limit for each group of sources, none for all of them: what all share, forged sources could use
 * up, and no mobile node would be served any more. An answer costs about as much as the question
 * did (one HMAC, no state, a token more of octets), so that the processor is limit enough for all
 * together.
 *
 * With 200 answers a second for each of 4096 groups, forged sources that are spread over them keep
 * nobody from an answer below some 800,000 questions a second, more than one processor takes in;
 * and nobody gets more than 200 answers a second sent to one network.
 */
#ifndef MONAMI_CORE_SOURCE_LIMIT_H
#define MONAMI_CORE_SOURCE_LIMIT_H

#include "rate_limit.h"

#define SOURCE_LIMIT_GROUPS 4096

struct source_limit {
	uint64_t secret;
	struct bucket_kind kind;
	struct bucket groups[SOURCE_LIMIT_GROUPS];
};

/* So many each second, and as many at once. */
void source_limit_init(struct source_limit *, const struct core_port *, unsigned per_second);

/* Whether it may be answered now; if so, it is counted as answered. */
bool source_limit_allows(struct source_limit *, nanos now, const struct in6_addr *source);

#endif
