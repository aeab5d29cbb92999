/* SPDX-License-Identifier: BSD-2-Clause */
#include "fallback.h"

#define WINDOW NANOS_PER_SECOND
#define SINGLE (3 * NANOS_PER_SECOND)
#define BETTER (30 * NANOS_PER_SECOND) /* doubles each time */
#define BETTER_MOST (240 * NANOS_PER_SECOND)
#define BACK (120 * NANOS_PER_SECOND)
#define BACK_LATE (40 * NANOS_PER_SECOND)
#define BETTER_PERCENT 105     /* of the rate before, by the best path alone */
#define WORSE_PERCENT 93       /* of the best path's rate; headers and reports are the rest */
#define WAITED_PERCENT 90      /* of the second */
#define DISORDERED_PER_MILLE 2 /* of the packets */
#define BUSY_PACKETS 50        /* in a second: fewer need no second path */
#define LATE_SECONDS 2         /* seconds */
#define PEAK_FADES 10          /* a tenth in each second */
#define GROWS_PERCENT 110      /* of the greatest rate of late */

static void enter(struct fallback *fallback, enum fallback_state state, nanos until)
{
	fallback->state = state;
	fallback->until = until;
}

static bool is_worse(const struct fallback *fallback, nanos length,
	const struct fallback_sample *now, uint64_t rate)
{
	const uint64_t disordered = (uint32_t)(now->disordered - fallback->at.disordered);
	const uint64_t sent = now->sent - fallback->at.sent;

	return rate * 100 < now->best * WORSE_PERCENT &&
	       (fallback->waited * 100 > length * WAITED_PERCENT ||
		       now->congested > fallback->at.congested ||
		       disordered * 1000 > sent * DISORDERED_PER_MILLE);
}

/* The host is late, and has been for a while: the rate has stopped growing. */
static bool is_long_late(
	struct fallback *fallback, const struct fallback_sample *now, uint64_t rate)
{
	const bool steady = rate * 100 <= fallback->peak * GROWS_PERCENT;
	const uint64_t faded = fallback->peak - fallback->peak / PEAK_FADES;

	fallback->peak = rate > faded ? rate : faded;
	if (fallback->state == FALLBACK_ALL && now->late && steady &&
		now->sent - fallback->at.sent >= BUSY_PACKETS)
		fallback->late_seconds++;
	else
		fallback->late_seconds = 0;
	return fallback->late_seconds >= LATE_SECONDS;
}

static void try_single(struct fallback *fallback, nanos now, uint64_t rate)
{
	fallback->rate_before = rate;
	fallback->was_late = fallback->late_seconds > 0;
	fallback->late_seconds = 0;
	enter(fallback, FALLBACK_SINGLE, now + SINGLE);
}

static void was_better(struct fallback *fallback, nanos now)
{
	fallback->better = nanos_min(nanos_max(2 * fallback->better, BETTER), BETTER_MOST);
	enter(fallback, FALLBACK_BETTER, now + fallback->better);
}

static void was_no_better(struct fallback *fallback, nanos now)
{
	fallback->better = 0;
	enter(fallback, FALLBACK_BACK, now + (fallback->was_late ? BACK_LATE : BACK));
}

static void decide(struct fallback *fallback, nanos now, bool worse, bool late, uint64_t rate)
{
	switch (fallback->state) {
	case FALLBACK_ALL:
		if (late)
			try_single(fallback, now, rate);
		else if (worse)
			enter(fallback, FALLBACK_DOUBT, NANOS_NEVER);
		break;
	case FALLBACK_DOUBT:
		if (worse) {
			try_single(fallback, now, rate);
		} else {
			enter(fallback, FALLBACK_ALL, NANOS_NEVER);
		}
		break;
	case FALLBACK_SINGLE:
		if (now < fallback->until)
			break;
		if (rate * 100 < fallback->rate_before * BETTER_PERCENT)
			was_no_better(fallback, now);
		else
			was_better(fallback, now);
		break;
	case FALLBACK_BETTER:
	case FALLBACK_BACK:
		if (now >= fallback->until)
			enter(fallback, FALLBACK_ALL, NANOS_NEVER);
		break;
	}
}

void fallback_step(struct fallback *fallback, nanos now, const struct fallback_sample *sample)
{
	if (fallback->looked == 0) {
		fallback->looked = fallback->window = now;
		fallback->at = *sample;
		return;
	}
	const nanos length = now - fallback->window;

	if (sample->waits)
		fallback->waited += now - fallback->looked;
	fallback->looked = now;
	if (length < WINDOW)
		return;
	const uint64_t rate =
		(sample->delivered - fallback->at.delivered) * 1000 / (length / NANOS_PER_MS);
	decide(fallback, now, is_worse(fallback, length, sample, rate),
		is_long_late(fallback, sample, rate), (rate + fallback->rate) / 2);
	fallback->rate = rate;
	fallback->window = now;
	fallback->at = *sample;
	fallback->waited = 0;
}
