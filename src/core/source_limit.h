/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a correspondent answers what has cost the asker nothing: Home and Care-of Test Inits,
 * and updates whose nonces it does not know. Only a limit for each group of sources, none for all
 * of them: what all share, forged sources could use up, and no mobile node would be served any
 * more. An answer costs about as much as the question did (one HMAC, no state, a few octets more),
 * so that the processor is limit enough for all together.
 *
 * Each of 4096 groups has 200 answers a second: by forged sources that are spread over them nobody
 * is kept from an answer below some 800,000 questions a second, more than one processor can take
 * in; and nobody gets more than 200 answers a second sent to one network.
 */
#ifndef MONAMI_CORE_SOURCE_LIMIT_H
#define MONAMI_CORE_SOURCE_LIMIT_H

#include "rate_limit.h"

#define SOURCE_LIMIT_GROUPS 4096
#define SOURCE_LIMIT_PER_SECOND 200

struct source_limit {
	uint64_t secret;
	struct bucket groups[SOURCE_LIMIT_GROUPS];
};

void source_limit_init(struct source_limit *, const struct core_port *);

/* Whether it may be answered now; if so, it is counted as answered. */
bool source_limit_allows(struct source_limit *, nanos now, const struct in6_addr *source);

#endif
