/* SPDX-License-Identifier: BSD-2-Clause */
#include "path_rate.h"

#include <string.h>

#define MICROS_PER_SECOND 1000000
#define NANOS_PER_MICRO 1000
#define PACKET_OCTETS 1500
#define RATE_MAX (UINT64_C(1) << 33)

#define QUEUE_TARGET 5000      /* us of standing queue, plus jitter */
#define QUEUE_TARGET_PACKETS 3 /* at least so many packets */
#define QUEUE_URGENT 30000     /* us above the target that end a round early */
#define GAIN_LEAST 75
#define GAIN_DRAIN 75
#define UNDRAINED_ROUNDS 4 /* a queue that does not drain in so many is the path's own delay */
#define WINDOW (5 * NANOS_PER_SECOND)
#define ROUND_LEAST (20 * NANOS_PER_MS)
#define ROUND_MOST (200 * NANOS_PER_MS)
#define ROUND_GIVEN_UP (2 * NANOS_PER_SECOND)
#define ROUND_PACKETS 10
#define ROUND_OCTETS 7500 /* fewer say nothing about the rate */
#define LOSS_WINDOW (400 * NANOS_PER_MS)
#define LOSS_PERCENT 10 /* a policer, not a radio link */
#define LOSSY (30 * NANOS_PER_SECOND)
#define STARVED_PERCENT 85
#define LOWER_PERCENT 60
#define LOWER_EACH (50 * NANOS_PER_MS)
#define BUSY_OCTETS 15000
#define BUSY_LEAST 20000 /* us */
#define BUSY_AGAIN NANOS_PER_SECOND
#define GROW_PERCENT 5 /* more in each round */
#define GROW_PERCENT_MAX 25
#define NO_DELAY INT64_MAX

static nanos duration(uint64_t octets, uint64_t rate)
{
	return octets * NANOS_PER_SECOND / rate;
}

static uint64_t within(uint64_t rate)
{
	if (rate < PATH_RATE_MIN)
		return PATH_RATE_MIN;
	return rate > RATE_MAX ? RATE_MAX : rate;
}

static void begin_round(struct path_rate *path, nanos now)
{
	path->round_began = now;
	path->round_has_first = false;
	path->starved = false;
	path->round_queue = NO_DELAY;
}

void path_rate_init(struct path_rate *path, nanos now)
{
	*path = (struct path_rate){
		.rate = PATH_RATE_FIRST,
		.gain = 100,
		.delays = {NO_DELAY, NO_DELAY},
		.window_began = now,
	};
	begin_round(path, now);
}

uint64_t path_rate_pace(const struct path_rate *path)
{
	return within(path->rate * path->gain / 100);
}

int64_t path_rate_delay(const struct path_rate *path)
{
	return path->delay + path->queue;
}

void path_rate_resume(struct path_rate *path, nanos now)
{
	path->rate = within(path->rate / 2);
	path->gain = 100;
	path->queue = 0;
	path->has_loss_at = false;
	begin_round(path, now);
}

void path_rate_measure(struct path_rate *path, nanos now, bool measure)
{
	path->unmeasured = !measure;
	path->gain = 100;
	path->queue = 0;
	path->has_loss_at = false;
	begin_round(path, now);
}

static nanos round_length(const struct path_rate *path)
{
	const nanos packets = duration(ROUND_PACKETS * PACKET_OCTETS, path->rate);
	const nanos jitter = (nanos)path->jitter * NANOS_PER_MICRO * 5;

	return nanos_min(nanos_max(nanos_max(packets, jitter), ROUND_LEAST), ROUND_MOST);
}

static int64_t queue_target(const struct path_rate *path)
{
	const int64_t packets =
		(int64_t)(duration(QUEUE_TARGET_PACKETS * PACKET_OCTETS, path->rate) /
			  NANOS_PER_MICRO);

	return (packets > QUEUE_TARGET ? packets : QUEUE_TARGET) + path->jitter;
}

static void set_delay(struct path_rate *path)
{
	path->delay = path->delays[0] < path->delays[1] ? path->delays[0] : path->delays[1];
}

static int64_t delay_of(const struct path_sample *sample)
{
	return sample->arrived - (int64_t)(sample->sent / NANOS_PER_MICRO);
}

/* The delay by a queue that is not the sender's own burst. */
static int64_t queue_of(const struct path_rate *path, const struct path_sample *sample)
{
	return delay_of(sample) - path->delay - (int64_t)(sample->burst_wait / NANOS_PER_MICRO);
}

/* The least delay of two windows, so that an old one is forgotten. */
static void measure_delay(struct path_rate *path, const struct path_sample *sample)
{
	const int64_t delay = delay_of(sample);
	const nanos round_trip = sample->reported - sample->sent;

	if (path->round_trip == 0) {
		path->round_trip = round_trip;
		path->deviation = round_trip / 2;
	} else {
		const nanos off = round_trip > path->round_trip ? round_trip - path->round_trip
								: path->round_trip - round_trip;
		const int64_t change = delay - delay_of(&path->last);

		path->deviation = (3 * path->deviation + off) / 4;
		path->round_trip = (7 * path->round_trip + round_trip) / 8;
		path->jitter = (15 * path->jitter + (change < 0 ? -change : change)) / 16;
	}
	if (delay < path->delays[1])
		path->delays[1] = delay;
	set_delay(path);
	const int64_t queue = queue_of(path, sample);
	path->queue = (3 * path->queue + (queue > 0 ? queue : 0)) / 4;
	if (queue < path->round_queue)
		path->round_queue = queue;
}

/* Whether a window for counting losses has ended; if so, with how many losses in a hundred. */
static bool count_losses(
	struct path_rate *path, const struct path_sample *last, unsigned int *ret_percent)
{
	const struct path_sample at = path->loss_at;

	if (!path->has_loss_at || last->sent < at.sent) {
		path->loss_at = *last;
		path->has_loss_at = true;
		return false;
	}
	if (last->sent - at.sent < LOSS_WINDOW || last->sent_total == at.sent_total)
		return false;
	const uint64_t sent = last->sent_total - at.sent_total;
	const uint64_t received = last->received_total - at.received_total;

	path->loss_at = *last;
	*ret_percent = received < sent ? (unsigned int)((sent - received) * 100 / sent) : 0;
	return true;
}

/*
 * Many losses without a queue: a short queue or a policer is the limit, and the rate becomes what
 * arrived. If as much is lost at that rate, the losses do not come from the rate.
 */
static bool is_policed(struct path_rate *path, const struct path_sample *last, uint64_t arrived)
{
	unsigned int percent;

	if (!count_losses(path, last, &percent) || last->sent < path->lossy_until)
		return false;
	if (percent < LOSS_PERCENT) {
		path->unpoliced = 0;
		return false;
	}
	if (path->unpoliced != 0) {
		path->rate = path->unpoliced;
		path->unpoliced = 0;
		path->lossy_until = last->sent + LOSSY;
		return false;
	}
	path->unpoliced = path->rate;
	path->rate = within(arrived);
	path->gain = 98;
	path->phase = PATH_RATE_STEADY;
	return true;
}

/* The path had nothing to send for a part of the round: it carries at least what arrived. */
static uint64_t carried(const struct path_rate *path, uint64_t arrived)
{
	const uint64_t less = path->rate * STARVED_PERCENT / 100;

	return path->starved && arrived < less ? less : arrived;
}

/*
 * The queue that the last packet met was longer than the time until this one was sent: the link has
 * not been idle between them. What arrives in such a time is what the link carries, however the
 * traffic comes.
 */
static void measure_busy(struct path_rate *path, const struct path_sample *sample)
{
	const int64_t queue = delay_of(sample) - path->delay;
	const bool idle = sample->sent < path->last.sent ||
			  queue_of(path, sample) < path->jitter + QUEUE_TARGET ||
			  path->last_queue - path->jitter <
				  (int64_t)((sample->sent - path->last.sent) / NANOS_PER_MICRO);

	if (idle)
		path->busy = *sample;
	path->last = *sample;
	path->last_queue = queue;
	const uint64_t octets = sample->received_total - path->busy.received_total;
	const int64_t span = sample->arrived - path->busy.arrived;
	if (octets < BUSY_OCTETS || span < BUSY_LEAST + 8 * path->jitter)
		return;
	path->busy = *sample;
	/* A machine that stands still for a moment looks like a slow link, but not twice. */
	const uint64_t before = path->busy_rate,
		       carried = octets * MICROS_PER_SECOND / (uint64_t)span;
	const bool again = path->busy_at != 0 && sample->reported - path->busy_at < BUSY_AGAIN;
	const uint64_t greater = again && before > carried ? before : carried;

	path->busy_rate = carried;
	path->busy_at = sample->reported;
	if (!again && path->phase != PATH_RATE_STARTUP)
		return;
	if (greater < path->rate)
		path->rate = within(greater);
	path->phase = path->phase == PATH_RATE_STARTUP ? PATH_RATE_STEADY : path->phase;
}

/* A queue stands: what arrived is what the path carries. */
static void take_measured(struct path_rate *path, uint64_t arrived, int64_t excess)
{
	const bool near = arrived > path->rate * 3 / 4 && arrived < path->rate * 5 / 4;
	const int64_t react = (int64_t)((path->round_trip + round_length(path)) / NANOS_PER_MICRO);
	const int64_t less = 100 * excess / (2 * react + 1);

	path->rate = within(
		near && path->phase != PATH_RATE_STARTUP ? (path->rate + arrived) / 2 : arrived);
	path->gain = less > 100 - GAIN_LEAST ? GAIN_LEAST : (unsigned int)(100 - less);
	path->phase = PATH_RATE_STEADY;
	path->grown = 0;
	if (path->undrained++ == 0)
		path->undrained_queue = path->round_queue;
	if (path->undrained < UNDRAINED_ROUNDS)
		return;
	if (path->round_queue > path->undrained_queue * 3 / 4 &&
		path->round_queue > 3 * queue_target(path)) {
		path->delays[0] = path->delays[1] = path->delay + path->round_queue;
		path->gain = 100;
		set_delay(path);
	}
	path->undrained = 0;
}

/* Little may have arrived in a round because a machine stood still, unless the rest is `lost`. */
static void grow(struct path_rate *path, uint64_t arrived, int64_t target, bool lost)
{
	if (path->gain < 100 || path->starved) {
		path->gain = 100;
		return;
	}
	if (path->phase == PATH_RATE_STARTUP) {
		path->rate = within(path->rate * 2);
		return;
	}
	const unsigned int most_percent = ++path->grown * GROW_PERCENT < GROW_PERCENT_MAX
						  ? path->grown * GROW_PERCENT
						  : GROW_PERCENT_MAX;
	const int64_t queue = path->round_queue > 0 ? path->round_queue : 0;
	const uint64_t percent =
		(uint64_t)(most_percent * (uint64_t)(target - queue) / (uint64_t)target);
	const uint64_t most = arrived + arrived / 4;
	const uint64_t more = path->rate + path->rate * percent / 100;

	if (most > path->rate || lost)
		path->rate = within(more < most ? more : most);
}

static void decide(struct path_rate *path, const struct path_sample *last)
{
	const int64_t span = last->arrived - path->first.arrived;
	const int64_t target = queue_target(path);

	if (span > 0) {
		const uint64_t octets = last->received_total - path->first.received_total;
		const uint64_t arrived = carried(path, octets * MICROS_PER_SECOND / (uint64_t)span);
		const bool policed = is_policed(path, last, arrived);

		path->undrained = path->round_queue > target ? path->undrained : 0;
		if (path->round_queue > target) {
			take_measured(path, arrived, path->round_queue - target);
		} else if (!policed) {
			const uint64_t sent = last->sent_total - path->first.sent_total;

			grow(path, arrived, target, octets * 100 < sent * (100 - LOSS_PERCENT));
		}
	}
	if (path->phase == PATH_RATE_DRAIN)
		path->phase = PATH_RATE_STEADY;
	if (last->reported - path->window_began > WINDOW) {
		path->window_began = last->reported;
		path->delays[0] = path->delays[1];
		path->delays[1] = NO_DELAY;
		if (!path->starved && path->phase == PATH_RATE_STEADY) {
			path->phase = PATH_RATE_DRAIN;
			path->gain = GAIN_DRAIN;
		}
	}
	begin_round(path, last->reported);
}

/* A path with little traffic has a long queue all the same: its rate is less than was believed. */
static void react_to_queue(struct path_rate *path, const struct path_sample *sample)
{
	const bool urgent = queue_of(path, sample) > queue_target(path) + QUEUE_URGENT;
	const bool again = path->urgent && urgent;

	path->urgent = urgent;
	if (!path->starved || sample->sent < path->lowered + LOWER_EACH || !again)
		return;
	path->rate = within(path->rate * LOWER_PERCENT / 100);
	path->lowered = sample->reported;
	if (path->phase == PATH_RATE_STARTUP)
		path->phase = PATH_RATE_STEADY;
}

void path_rate_sample(struct path_rate *path, const struct path_sample *sample)
{
	measure_delay(path, sample);
	if (path->unmeasured) {
		path->last = path->busy = *sample;
		return;
	}
	measure_busy(path, sample);
	react_to_queue(path, sample);
	if (sample->sent < path->round_began)
		return;
	if (!path->round_has_first) {
		path->round_has_first = true;
		path->first = *sample;
		return;
	}
	const bool urgent = path->round_queue != NO_DELAY &&
			    path->round_queue > queue_target(path) + QUEUE_URGENT;
	const nanos length = round_length(path);

	const nanos took = sample->sent > path->first.sent ? sample->sent - path->first.sent : 0;
	const uint64_t octets = sample->received_total - path->first.received_total;

	if (took < (urgent ? length / 2 : length))
		return;
	if (octets >= ROUND_OCTETS)
		decide(path, sample);
	else if (took > ROUND_GIVEN_UP)
		begin_round(path, sample->reported);
}
