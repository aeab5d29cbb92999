/* SPDX-License-Identifier: BSD-2-Clause */
#include "fallback.h"

#define WINDOW NANOS_PER_SECOND
#define SINGLE (2 * NANOS_PER_SECOND)
#define BETTER (30 * NANOS_PER_SECOND)
#define BACK (120 * NANOS_PER_SECOND)
#define BETTER_PERCENT 105     /* of the rate before, by the best path alone */
#define WORSE_PERCENT 93       /* of the best path's rate; headers and reports are the rest */
#define WAITED_PERCENT 90      /* of the second */
#define DISORDERED_PER_MILLE 2 /* of the packets */
#define BUSY_PACKETS 50        /* in a second: fewer need no second path */
#define LATES 2                /* seconds */
#define GROWS_PERCENT 110      /* of the rate in the second before */

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

/* The host is late, and has been for a while in which the rate did not grow: TCP has got what it
 * gets.
 */
static bool is_long_late(
	struct fallback *fallback, const struct fallback_sample *now, uint64_t rate)
{
	const bool steady = rate * 100 <= fallback->rate * GROWS_PERCENT;

	if (now->late && steady && now->sent - fallback->at.sent >= BUSY_PACKETS)
		fallback->lates++;
	else
		fallback->lates = 0;
	return fallback->lates >= LATES;
}

static void try_single(struct fallback *fallback, nanos now, uint64_t rate)
{
	fallback->rate_before = rate > fallback->rate ? rate : fallback->rate;
	fallback->lates = 0;
	enter(fallback, FALLBACK_SINGLE, now + SINGLE);
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
			enter(fallback, FALLBACK_BACK, now + BACK);
		else
			enter(fallback, FALLBACK_BETTER, now + BETTER);
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
		is_long_late(fallback, sample, rate), rate);
	fallback->rate = rate;
	fallback->window = now;
	fallback->at = *sample;
	fallback->waited = 0;
}
