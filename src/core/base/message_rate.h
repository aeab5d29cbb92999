/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.8: Mobility Headers of one type to one node, at most MAX_UPDATE_RATE within a second.
 * The last of these is reserved for urgent messages.
 */
#ifndef MONAMI_CORE_MESSAGE_RATE_H
#define MONAMI_CORE_MESSAGE_RATE_H

#include "../api/port.h"

/* RFC 6275 12: MAX_UPDATE_RATE */
#define MESSAGE_RATE_MAX 3

/* Zeroed, nothing was sent. */
struct message_rate {
	unsigned next;
	nanos sent[MESSAGE_RATE_MAX]; /* a ring; 0: never */
};

/* Of the messages sent before, only the time of the last one is known; 0: none were sent. */
static inline void message_rate_init(struct message_rate *rate, nanos last)
{
	*rate = (struct message_rate){0};
	for (unsigned i = 0; i < MESSAGE_RATE_MAX; i++)
		rate->sent[i] = last;
}

/* From when on one more may be sent. */
static inline nanos message_rate_at(const struct message_rate *rate, bool urgent)
{
	unsigned oldest = rate->next + (urgent ? 0 : 1);
	nanos sent = rate->sent[oldest % MESSAGE_RATE_MAX];
	return sent ? sent + NANOS_PER_SECOND : 0;
}

/* When the last one was sent; 0: never. */
static inline nanos message_rate_last(const struct message_rate *rate)
{
	return rate->sent[(rate->next + MESSAGE_RATE_MAX - 1) % MESSAGE_RATE_MAX];
}

static inline void message_rate_count(struct message_rate *rate, nanos now)
{
	rate->sent[rate->next] = now;
	rate->next = (rate->next + 1) % MESSAGE_RATE_MAX;
}

#endif
