/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits how often the mobile node acts on a message that is not authentic: the first one at once,
 * the next after a wait that doubles up to 64 seconds. A minute after the end of a wait the limit
 * begins again (ADR 30). So forged messages cause few updates, and a true one is not ignored for
 * long.
 */
#ifndef MONAMI_CORE_UNSIGNED_LIMIT_H
#define MONAMI_CORE_UNSIGNED_LIMIT_H

#include "../api/port.h"

#define UNSIGNED_WAIT_MAX (64 * NANOS_PER_SECOND)
#define UNSIGNED_QUIET (60 * NANOS_PER_SECOND)

/* Zeroed, none was believed. */
struct unsigned_limit {
	nanos again; /* none is believed before */
	nanos wait;  /* the last one; 0: none was believed */
};

static inline bool unsigned_limit_allows(const struct unsigned_limit *limit, nanos now)
{
	return now >= limit->again;
}

/* Counts a message that is believed. `first`: the first wait, also after a pause. */
static inline void unsigned_limit_count(struct unsigned_limit *limit, nanos first, nanos now)
{
	bool quiet = limit->wait == 0 || now >= limit->again + UNSIGNED_QUIET;
	limit->wait = quiet ? first : nanos_min(2 * limit->wait, UNSIGNED_WAIT_MAX);
	limit->again = now + limit->wait;
}

#endif
