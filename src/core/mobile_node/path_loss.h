/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many of the last probes of a path were lost (ADR 31). At most one probe in 100 ms counts, so
 * that one short gap is one loss.
 */
#ifndef MONAMI_CORE_PATH_LOSS_H
#define MONAMI_CORE_PATH_LOSS_H

#include "../api/port.h"

#include <stdbool.h>

#define PATH_SAMPLES 16
#define PATH_SAMPLE_SPACING (100 * NANOS_PER_MS) /* between probes that count */

enum path_outcome {
	PATH_OUTCOME_NONE,
	PATH_OUTCOME_WAITING,
	PATH_OUTCOME_ANSWERED,
	PATH_OUTCOME_LOST,
};

/* A probe that counts. */
struct path_sample {
	nanos sent;
	uint16_t sequence;
	enum path_outcome outcome;
};

struct path_loss {
	nanos sampled; /* the last sample; NANOS_NEVER: none */
	unsigned next;
	struct path_sample samples[PATH_SAMPLES];
};

/* Forgets all samples. */
void path_loss_init(struct path_loss *);
/* A probe leaves: it counts, unless it follows the last sample too closely. */
void path_loss_sent(struct path_loss *, nanos now, uint16_t sequence);
/* It is answered. Returns when it left; NANOS_NEVER: it does not count. */
nanos path_loss_answered(struct path_loss *, uint16_t sequence);
/* Samples that left before this and wait for an answer are lost. False: there are none. */
bool path_loss_lose(struct path_loss *, nanos before);
/* How many have this outcome. */
unsigned path_loss_count(const struct path_loss *, enum path_outcome);

#endif
