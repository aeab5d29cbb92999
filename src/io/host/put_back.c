/* SPDX-License-Identifier: BSD-2-Clause */
#include "put_back.h"

#include <errno.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

/* A longer pause ends a streak. */
#define CALM (10 * SECOND)
#define TOLD 8
/* After a burst of twenty, four times a second: each object is back within a second (ADR 28). A
 * guard that is late lets packets out. */
#define INTERVAL (250 * MS)
#define BURST (20 * INTERVAL)
/* After a refusal by the kernel, doubled by each: another attempt mostly fails as well. */
#define WAIT_FIRST (50 * MS)
#define WAIT_MAX (5 * SECOND)

#define HINT_WAIT (5 * MS)
#define GAP_MIN (20 * MS)
#define SHARE 10
#define EVERY (60 * SECOND)

nanos put_back_when(const struct put_back *object)
{
	if (object->refused > 0)
		return object->at +
		       nanos_min(WAIT_FIRST << nanos_min(object->refused, 7), WAIT_MAX);
	return object->debt > BURST ? object->at + object->debt - BURST : 0;
}

void put_back_tried(struct put_back *object, nanos now, int error)
{
	nanos passed = now - object->at;
	bool close = object->at != 0 && passed < CALM;

	object->streak = close ? object->streak + 1 : 1;
	object->at = now;
	object->error = error;
	object->missing = error < 0;
	object->debt -= nanos_min(object->debt, passed);
	if (error < 0) {
		/* Its interface is gone, and may return at any time. */
		object->refused = error == -ENODEV ? 1 : object->refused + 1;
		return;
	}
	object->refused = 0;
	object->debt += INTERVAL;
	object->times++;
}

bool put_back_to_be_told(const struct put_back *object)
{
	return object->streak <= TOLD || (object->streak & (object->streak - 1)) == 0;
}

void comparison_init(struct comparison *comparison, nanos now)
{
	*comparison = (struct comparison){.due = now + EVERY};
}

/* The next one does not begin earlier, or they would take more than their share. */
static nanos after_gap(const struct comparison *comparison)
{
	return comparison->began + nanos_max(GAP_MIN, SHARE * comparison->took);
}

void comparison_hint(struct comparison *comparison, nanos now)
{
	nanos soon = comparison->began == 0 ? now + HINT_WAIT
					    : nanos_max(now + HINT_WAIT, after_gap(comparison));

	comparison->due = nanos_min(comparison->due, soon);
}

void comparison_done(struct comparison *comparison, nanos began, nanos now, nanos again)
{
	comparison->began = began;
	comparison->took = now - began;
	comparison->due = nanos_max(
		nanos_min(now + EVERY, again), nanos_max(now + GAP_MIN, after_gap(comparison)));
}
