/* SPDX-License-Identifier: BSD-2-Clause */
#include "queue_limit.h"

#define INTERVAL (100 * NANOS_PER_MS) /* RFC 8289 4.2 */
#define FULL_BEYOND (100 * NANOS_PER_MS)

static nanos square_root(nanos of)
{
	nanos root = of;

	for (nanos next = (of + 1) / 2; next < root; next = (root + of / root) / 2)
		root = next;
	return root;
}

/* RFC 8289 5.4: interval / sqrt(count) */
static nanos interval(unsigned int count)
{
	return square_root(INTERVAL * INTERVAL / count);
}

static enum queue_verdict discard(struct queue_limit *limit, nanos now)
{
	limit->count++;
	limit->next = now + interval(limit->count);
	return QUEUE_CONGESTED;
}

enum queue_verdict queue_limit_admit(struct queue_limit *limit, nanos now, nanos wait, nanos target)
{
	if (wait > 2 * target + FULL_BEYOND)
		return QUEUE_FULL;
	if (wait < target) {
		limit->above_since = 0;
		limit->discarding = false;
		return QUEUE_ADMIT;
	}
	if (limit->above_since == 0)
		limit->above_since = now;
	if (limit->discarding)
		return now >= limit->next ? discard(limit, now) : QUEUE_ADMIT;
	if (now - limit->above_since < INTERVAL)
		return QUEUE_ADMIT;
	limit->discarding = true;
	/* RFC 8289 5.4: not from the beginning again if it stopped a moment ago. */
	limit->count = limit->count > 2 && now - limit->next < 8 * INTERVAL ? limit->count - 2 : 0;
	return discard(limit, now);
}
