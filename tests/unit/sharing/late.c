/* SPDX-License-Identifier: BSD-2-Clause */
#include "late.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double late_random(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (double)(*random >> 11) / (double)(UINT64_C(1) << 53);
}

static nanos exponential(uint64_t *random, unsigned int mean_us)
{
	return (nanos)(-log(1 - late_random(random)) * mean_us * 1000);
}

nanos late_stall_end(
	struct late_stall *stall, const struct lateness *late, uint64_t *random, nanos at)
{
	if (late->stall_ms == 0)
		return at;
	while (at >= stall->until) {
		stall->from = stall->until + exponential(random, late->stall_each_ms * 1000);
		stall->until = stall->from + NANOS_PER_MS +
			       (nanos)(late_random(random) * (late->stall_ms - 1) * 1e6);
	}
	return at < stall->from ? at : stall->until;
}

nanos late_wake(
	struct late_process *process, const struct lateness *late, uint64_t *random, nanos now)
{
	const nanos at = nanos_max(now, process->busy) + exponential(random, late->wake_us);

	return late->machine ? at : late_stall_end(&process->stall, late, random, at);
}

bool late_add(struct late_queue *queue, unsigned int most, const struct late_packet *packet)
{
	struct late_packet *place = &queue->at[(queue->first + queue->count) % LATE_RING];

	if (queue->count >= most)
		return false;
	queue->count++;
	*place = *packet;
	place->octets = malloc(packet->length);
	memcpy(place->octets, packet->octets, packet->length);
	return true;
}

bool late_take(struct late_queue *queue, struct late_packet *ret)
{
	if (queue->count == 0)
		return false;
	*ret = queue->at[queue->first];
	queue->first = (queue->first + 1) % LATE_RING;
	queue->count--;
	return true;
}
