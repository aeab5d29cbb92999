/* SPDX-License-Identifier: BSD-2-Clause */
#include "release.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int release_init(struct release *release, size_t packets, nanos hold,
	void (*deliver)(void *ctx, struct octets packet), void *ctx)
{
	*release = (struct release){
		.packets = calloc(packets, sizeof(*release->packets)),
		.flows = calloc(RELEASE_FLOWS, sizeof(*release->flows)),
		.hold = hold,
		.repair = hold,
		.deliver = deliver,
		.ctx = ctx,
	};
	if (!release->packets || !release->flows) {
		release_fini(release);
		return -ENOMEM;
	}
	for (size_t i = 0; i < packets; i++) {
		release->packets[i].next = release->unused;
		release->unused = &release->packets[i];
	}
	return 0;
}

void release_fini(struct release *release)
{
	free(release->packets);
	free(release->flows);
	*release = (struct release){0};
}

/* ---- which numbers were seen ---- */

static bool was_seen(const struct held_flow *flow, uint32_t sequence)
{
	const uint32_t bit = sequence % RELEASE_WINDOW;

	return flow->seen[bit / 64] >> bit % 64 & 1;
}

static void set_seen(struct held_flow *flow, uint32_t sequence)
{
	const uint32_t bit = sequence % RELEASE_WINDOW;

	flow->seen[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* Numbers that come anew have not been seen. */
static void extend(struct held_flow *flow, uint32_t sequence)
{
	for (; sequence_after(sequence, flow->end) >= 0; flow->end++) {
		const uint32_t bit = flow->end % RELEASE_WINDOW;

		flow->seen[bit / 64] &= ~(UINT64_C(1) << bit % 64);
	}
}

/* ---- held packets ---- */

static void hold(struct release *release, struct held_flow *flow, uint8_t number, nanos now,
	uint32_t sequence, struct octets octets)
{
	struct held_packet *packet = release->unused, *before = flow->last;

	release->unused = packet->next;
	packet->arrived = now;
	packet->sequence = sequence;
	packet->flow = number;
	packet->length = (uint16_t)octets.length;
	memcpy(packet->octets, octets.at, octets.length);
	while (before && sequence_after(before->sequence, sequence) > 0)
		before = before->before;
	packet->before = before;
	packet->next = before ? before->next : flow->first;
	*(before ? &before->next : &flow->first) = packet;
	*(packet->next ? &packet->next->before : &flow->last) = packet;
	packet->later = NULL;
	packet->earlier = release->newest;
	*(release->newest ? &release->newest->later : &release->oldest) = packet;
	release->newest = packet;
}

static void deliver(struct release *release, struct octets octets)
{
	release->delivered += octets.length;
	release->deliver(release->ctx, octets);
}

/* The flow's first packet leaves, whatever is missing before it. */
static void deliver_first(struct release *release, struct held_flow *flow)
{
	struct held_packet *packet = flow->first;

	release->given_up += packet->sequence - flow->next;
	flow->next = packet->sequence + 1;
	flow->lost_since = 0;
	flow->first = packet->next;
	*(packet->next ? &packet->next->before : &flow->last) = NULL;
	*(packet->earlier ? &packet->earlier->later : &release->oldest) = packet->later;
	*(packet->later ? &packet->later->earlier : &release->newest) = packet->earlier;
	packet->next = release->unused;
	release->unused = packet;
	deliver(release, (struct octets){packet->octets, packet->length});
}

static void deliver_in_order(struct release *release, struct held_flow *flow)
{
	while (flow->first && flow->first->sequence == flow->next)
		deliver_first(release, flow);
}

/* All up to this number, without those that are missing. */
static void deliver_up_to(struct release *release, struct held_flow *flow, uint32_t sequence)
{
	while (flow->first && sequence_after(flow->first->sequence, sequence) <= 0)
		deliver_first(release, flow);
	deliver_in_order(release, flow);
}

static void restart_flow(struct release *release, struct held_flow *flow, uint32_t next)
{
	while (flow->first)
		deliver_first(release, flow);
	*flow = (struct held_flow){.next = next, .end = next};
}

void release_restart(struct release *release)
{
	for (unsigned int i = 0; i < RELEASE_FLOWS; i++)
		restart_flow(release, &release->flows[i], 0);
}

/* ---- losses ---- */

/* Whether every path that delivered packets of the flow within the hold time has delivered one
 * behind the first that is missing. */
static bool is_lost(const struct release *release, const struct held_flow *flow, nanos now)
{
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++)
		if (flow->heard[i] != 0 && now - flow->heard[i] <= release->hold &&
			sequence_after(flow->greatest[i], flow->next) <= 0)
			return false;
	return true;
}

static void note_path(struct held_flow *flow, uint8_t path, nanos now, uint32_t sequence)
{
	if (flow->heard[path] == 0 || sequence_after(sequence, flow->greatest[path]) >= 0)
		flow->greatest[path] = sequence + 1;
	flow->heard[path] = now;
}

bool release_add(struct release *release, nanos now, uint8_t path, uint8_t number,
	uint32_t sequence, struct octets octets)
{
	struct held_flow *flow = &release->flows[number];
	const int32_t ahead = sequence_after(sequence, flow->next);
	const uint32_t end = flow->end;

	if (octets.length > SHARED_PACKET_OCTETS_MAX)
		return false;
	if (ahead >= RELEASE_WINDOW / 2)
		restart_flow(release, flow, sequence);
	extend(flow, sequence);
	if (sequence_after(sequence, flow->end) < -RELEASE_WINDOW || was_seen(flow, sequence)) {
		release->duplicates++;
		return false;
	}
	set_seen(flow, sequence);
	note_path(flow, path, now, sequence);
	/* Makes room: that may be for packets of this flow. */
	if (sequence_after(sequence, flow->next) > 0 && !release->unused)
		deliver_up_to(
			release, &release->flows[release->oldest->flow], release->oldest->sequence);
	if (sequence_after(sequence, flow->next) < 0) {
		release->late++;
		deliver(release, octets);
		return false;
	}
	if (sequence == flow->next) {
		flow->next++;
		flow->lost_since = 0;
		deliver(release, octets);
		deliver_in_order(release, flow);
	} else {
		hold(release, flow, number, now, sequence, octets);
	}
	if (flow->first && flow->lost_since == 0 && is_lost(release, flow, now))
		flow->lost_since = now;
	return sequence_after(sequence, end) > 0;
}

void release_expire(struct release *release, nanos now)
{
	while (release->oldest && now - release->oldest->arrived >= release->hold)
		deliver_up_to(
			release, &release->flows[release->oldest->flow], release->oldest->sequence);
	for (unsigned int i = 0; release->oldest && i < RELEASE_FLOWS; i++) {
		struct held_flow *flow = &release->flows[i];

		if (flow->lost_since != 0 && now - flow->lost_since >= release->repair &&
			flow->first)
			deliver_up_to(release, flow, flow->first->sequence);
	}
}

nanos release_deadline(const struct release *release)
{
	nanos at = NANOS_NEVER;

	if (!release->oldest)
		return at;
	at = release->oldest->arrived + release->hold;
	for (unsigned int i = 0; i < RELEASE_FLOWS; i++)
		if (release->flows[i].lost_since != 0)
			at = nanos_min(at, release->flows[i].lost_since + release->repair);
	return at;
}

void release_missing(
	const struct release *release, struct report *report, uint8_t *bits, size_t capacity)
{
	for (unsigned int i = 0; release->oldest && i < RELEASE_FLOWS; i++) {
		const struct held_flow *flow = &release->flows[i];

		if (!flow->first || report->flows_count == REPORT_FLOWS_MAX)
			continue;
		uint32_t count = flow->end - flow->next;
		if (count > REPORT_MISSING_BITS)
			count = REPORT_MISSING_BITS;
		const size_t octets = (count + 7) / 8;

		if (octets + REPORT_FLOW_OCTETS > capacity)
			continue;
		memset(bits, 0, octets);
		for (uint32_t n = 0; n < count; n++)
			if (!was_seen(flow, flow->next + n))
				bits[n / 8] |= (uint8_t)(1 << n % 8);
		report->flows[report->flows_count++] =
			(struct flow_missing){(uint8_t)i, (uint16_t)octets, flow->next, bits};
		bits += octets;
		capacity -= octets + REPORT_FLOW_OCTETS;
	}
}
