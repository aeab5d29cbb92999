/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_rate.h"

#define SHOWS_MIN 100000 /* bits a second */
#define GAP_MAX (30 * NANOS_PER_SECOND)
#define KEEP (60 * NANOS_PER_SECOND)

bool link_rate_due(const struct link_rate *rate, nanos now)
{
	return rate->at == 0 || now >= rate->at + LINK_RATE_EVERY;
}

static uint64_t bits_per_second(uint64_t octets, nanos duration)
{
	return (uint64_t)((double)octets * 8 * NANOS_PER_SECOND / (double)duration);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void remember(struct link_rate *rate, const struct link_rate_second *second, nanos now)
{
	const uint64_t last = now / NANOS_PER_SECOND;
	const uint64_t passed = last - rate->at / NANOS_PER_SECOND;
	for (uint64_t i = 0; i < passed && i < LINK_RATE_HISTORY; i++)
		rate->history[(last - i) % LINK_RATE_HISTORY] = *second;
	rate->seconds += (unsigned)passed;
	if (rate->seconds > LINK_RATE_HISTORY)
		rate->seconds = LINK_RATE_HISTORY;
}

static void estimate(struct link_rate *rate, uint64_t carried, bool overloaded, nanos now)
{
	if (!overloaded || carried < SHOWS_MIN) {
		rate->full_count = 0;
		if (rate->usable != 0)
			rate->usable = greater(rate->usable, carried);
		return;
	}
	rate->full[rate->full_count++ % LINK_RATE_FULL] = carried;
	if (rate->full_count < LINK_RATE_FULL)
		return;
	rate->usable = 0;
	for (unsigned i = 0; i < LINK_RATE_FULL; i++)
		rate->usable = greater(rate->usable, rate->full[i]);
	rate->full_at = now;
}

void link_rate_add(struct link_rate *rate, const struct link_rate_sample *sample, nanos now)
{
	const nanos duration = now - rate->at;
	const bool follows = rate->at != 0 && duration <= GAP_MAX &&
			     sample->sent_octets >= rate->sent_octets &&
			     sample->received_octets >= rate->received_octets;
	if (follows) {
		const struct link_rate_second second = {
			.sent = bits_per_second(sample->sent_octets - rate->sent_octets, duration),
			.received = bits_per_second(
				sample->received_octets - rate->received_octets, duration),
			.delay = sample->delay,
			.loss_percent = sample->loss_percent,
		};
		remember(rate, &second, now);
		estimate(rate, greater(second.sent, second.received), sample->overloaded, now);
	} else {
		rate->seconds = 0;
		rate->full_count = 0;
	}
	rate->at = now;
	rate->sent_octets = sample->sent_octets;
	rate->received_octets = sample->received_octets;
}

uint64_t link_rate_usable(const struct link_rate *rate, nanos now)
{
	return rate->usable != 0 && now < rate->full_at + KEEP ? rate->usable : 0;
}

const struct link_rate_second *link_rate_second(const struct link_rate *rate, unsigned ago)
{
	if (ago >= rate->seconds)
		return NULL;
	return &rate->history[(rate->at / NANOS_PER_SECOND - ago) % LINK_RATE_HISTORY];
}
