/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include <time.h>

/* RFC 5905 6: NTP counts seconds from 1900, the clock from 1970. */
#define NTP_SECONDS_AT_UNIX_EPOCH UINT64_C(2208988800)

static struct timespec read_clock(clockid_t id)
{
	struct timespec now = {0};

	/* Fails only for an unknown clock or a bad pointer. */
	(void)clock_gettime(id, &now);
	return now;
}

static uint64_t ntp_timestamp(struct timespec wall)
{
	uint64_t seconds = (uint64_t)wall.tv_sec + NTP_SECONDS_AT_UNIX_EPOCH;
	uint64_t fraction = ((uint64_t)wall.tv_nsec << 32) / NANOS_PER_SECOND;

	return seconds << 32 | fraction;
}

struct moment clock_now(void)
{
	/* It counts while the machine is suspended: lifetimes end then, too. */
	struct timespec mono = read_clock(CLOCK_BOOTTIME);

	return (struct moment){
		.mono = (uint64_t)mono.tv_sec * NANOS_PER_SECOND + (uint64_t)mono.tv_nsec,
		.ntp = ntp_timestamp(read_clock(CLOCK_REALTIME)),
	};
}

nanos clock_suspended(void)
{
	struct timespec awake = read_clock(CLOCK_MONOTONIC);
	struct timespec all = read_clock(CLOCK_BOOTTIME);

	return (nanos)(all.tv_sec - awake.tv_sec) * NANOS_PER_SECOND + (nanos)all.tv_nsec -
	       (nanos)awake.tv_nsec;
}
