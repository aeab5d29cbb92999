/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon that gets the processor late, in virtual time. Packets wait in the ring buffer and on
 * the TUN device until it wakes up. A pass reads as many of them as the daemon's loop does, takes
 * time for each, and sends at its end. A machine that is emulated stands still as a whole at times.
 */
#ifndef MONAMI_TEST_SHARING_LATE_H
#define MONAMI_TEST_SHARING_LATE_H

#include "../../../src/core/api/port.h"

#include <stdbool.h>

#define LATE_RING 1300  /* packets in 2 MB, src/bpf/maps.h */
#define LATE_DEVICE 500 /* txqueuelen of a TUN device */
#define LATE_RING_BATCH 256
#define LATE_DEVICE_BATCH 64
/* src/io/send/send_queue.c */
#define LATE_SOCKET_OCTETS (2 * 1024 * 1024 * UINT64_C(1500) / 2304)

/* All zero: the daemon runs at once and takes no time. */
struct lateness {
	unsigned int wake_us;       /* mean of an exponential distribution */
	unsigned int packet_us;     /* that the daemon takes for a packet */
	unsigned int stall_ms;      /* the processor is taken away for 1 ms to so long, evenly */
	unsigned int stall_each_ms; /* mean of the time between two of them */
	bool machine;               /* the machine stalls as a whole, not each daemon by itself */
};

struct late_packet {
	nanos arrived;
	uint8_t link;
	uint16_t length;
	uint8_t *octets;
};

struct late_queue {
	struct late_packet at[LATE_RING];
	unsigned int first;
	unsigned int count;
};

/* The processor is away from `from` to `until`. */
struct late_stall {
	nanos from;
	nanos until;
};

struct late_process {
	struct late_queue ring;
	struct late_queue device;
	struct late_stall stall;
	nanos wake; /* NANOS_NEVER */
	nanos busy; /* until then by the pass before */
};

static inline bool is_late(const struct lateness *late)
{
	return late->wake_us || late->packet_us || late->stall_ms;
}

/* Evenly distributed in [0, 1). */
double late_random(uint64_t *random);
/* The time, or the end of the stall that it is in. Draws the next stalls. */
nanos late_stall_end(struct late_stall *, const struct lateness *, uint64_t *random, nanos);
/* When the process runs if it has something to do from `now` on. */
nanos late_wake(struct late_process *, const struct lateness *, uint64_t *random, nanos now);
/* The octets are copied. False: there is no room for more than `most`. */
bool late_add(struct late_queue *, unsigned int most, const struct late_packet *);
/* The caller frees its octets. False: it is empty. */
bool late_take(struct late_queue *, struct late_packet *ret);

#endif
