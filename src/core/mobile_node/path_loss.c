/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The samples described in path_loss.h.
 */
#include "path_loss.h"

#include <string.h>

void path_loss_init(struct path_loss *loss)
{
	memset(loss->samples, 0, sizeof(loss->samples));
	loss->sampled = NANOS_NEVER;
}

void path_loss_sent(struct path_loss *loss, nanos now, uint16_t sequence)
{
	if (loss->sampled != NANOS_NEVER && now < loss->sampled + PATH_SAMPLE_SPACING)
		return;
	loss->samples[loss->next] = (struct path_sample){
		.sent = now,
		.sequence = sequence,
		.outcome = PATH_OUTCOME_WAITING,
	};
	loss->next = (loss->next + 1) % PATH_SAMPLES;
	loss->sampled = now;
}

nanos path_loss_answered(struct path_loss *loss, uint16_t sequence)
{
	struct path_sample *answered = NULL;
	for (size_t i = 0; i < PATH_SAMPLES; i++)
		if (loss->samples[i].outcome != PATH_OUTCOME_NONE &&
			loss->samples[i].sequence == sequence)
			answered = &loss->samples[i];
	if (!answered)
		return NANOS_NEVER;
	answered->outcome = PATH_OUTCOME_ANSWERED;
	return answered->sent;
}

bool path_loss_lose(struct path_loss *loss, nanos before)
{
	bool any = false;
	for (size_t i = 0; i < PATH_SAMPLES; i++) {
		struct path_sample *sample = &loss->samples[i];
		if (sample->outcome != PATH_OUTCOME_WAITING || sample->sent >= before)
			continue;
		sample->outcome = PATH_OUTCOME_LOST;
		any = true;
	}
	return any;
}

unsigned path_loss_count(const struct path_loss *loss, enum path_outcome outcome)
{
	unsigned count = 0;
	for (size_t i = 0; i < PATH_SAMPLES; i++)
		count += loss->samples[i].outcome == outcome;
	return count;
}
