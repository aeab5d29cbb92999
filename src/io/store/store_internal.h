/* SPDX-License-Identifier: BSD-2-Clause */
/* The store with a clock of one's own, for tests: reboots, and clocks that are set. */
#ifndef MONAMI_IO_STORE_INTERNAL_H
#define MONAMI_IO_STORE_INTERNAL_H

#include "store.h"

struct store_time {
	nanos mono;    /* CLOCK_BOOTTIME */
	uint64_t wall; /* CLOCK_REALTIME, nanoseconds */
	uint64_t boot; /* which boot `mono` belongs to */
};

typedef struct store_time (*store_clock)(void);

/* As store_open(). */
int store_open_at(const char *path, bool durable, store_clock, struct store **ret);

#endif
