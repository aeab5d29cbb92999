/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a message that nobody signs is believed: at once, then after a wait that doubles up to 64
 * seconds; after a minute without one to believe, as at first (ADR 30). Forged messages then cost few
 * of ours, and a true one is not ignored for long.
 */
#ifndef MONAMI_CORE_UNSIGNED_LIMIT_H
#define MONAMI_CORE_UNSIGNED_LIMIT_H

#include "port.h"

#define UNSIGNED_WAIT_MAX (64 * NANOS_PER_SECOND)
#define UNSIGNED_QUIET (60 * NANOS_PER_SECOND)

/* Zeroed, none was believed. */
struct unsigned_limit {
	nanos again; /* not before */
	nanos wait;  /* between the last and that */
};

static inline bool unsigned_limit_allows(const struct unsigned_limit *limit, nanos now)
{
	return now >= limit->again;
}

/* One is believed. `first`: the wait after the first one. */
static inline void unsigned_limit_count(struct unsigned_limit *limit, nanos first, nanos now)
{
	bool quiet = limit->wait == 0 || now >= limit->again + UNSIGNED_QUIET;
	limit->wait = quiet ? first : nanos_min(2 * limit->wait, UNSIGNED_WAIT_MAX);
	limit->again = now + limit->wait;
}

#endif
