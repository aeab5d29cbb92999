/* SPDX-License-Identifier: BSD-2-Clause */
#include "sharing_internal.h"

#include "flow.h"
#include "../wire/packet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MICROS(ms) ((int64_t)(ms)*1000)
#define NANOS_PER_MICRO 1000

#define SPREAD_MARGIN (10 * NANOS_PER_MS) /* of the hold time that is for repairs */
#define WAIT_LEAST (20 * NANOS_PER_MS)
#define WAIT_MOST (50 * NANOS_PER_MS)
#define HOLD_MARGIN MICROS(20)
#define COPIES_KEEP (400 * NANOS_PER_MS)
#define IDLE (10 * NANOS_PER_SECOND) /* paths are probed so long after the last packet */
#define SILENCE_LOOK (20 * NANOS_PER_MS)
#define LATE_WAIT (8 * NANOS_PER_MS) /* of packets that arrived, on average */
#define REDUNDANT_QUEUE MICROS(100)  /* a path with such a queue gets no copy */

/* ---- beginning and end ---- */

static void deliver(void *ctx, struct octets packet)
{
	const struct sharing *sharing = ctx;

	sharing->port.deliver(sharing->port.ctx, packet);
}

int sharing_new(
	const struct sharing_config *config, const struct sharing_port *port, struct sharing **ret)
{
	struct sharing *sharing = calloc(1, sizeof(*sharing));

	if (!sharing)
		return -ENOMEM;
	sharing->config = *config;
	sharing->config.instance &= GRE_INSTANCE_MASK;
	sharing->port = *port;
	sharing->send_next = sharing->report_at = sharing->silence_next = NANOS_NEVER;
	sharing->only_path = -1;
	if (packet_pool_init(&sharing->pool, config->packets) < 0 ||
		release_init(&sharing->release, config->packets, config->hold_max, deliver,
			sharing) < 0) {
		sharing_free(sharing);
		return -ENOMEM;
	}
	*ret = sharing;
	return 0;
}

void sharing_free(struct sharing *sharing)
{
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++)
		sharing_path_fini(&sharing->paths[i]);
	packet_pool_fini(&sharing->pool);
	release_fini(&sharing->release);
	free(sharing);
}

/* ---- paths ---- */

int sharing_path_index(const struct sharing *sharing, uint16_t number)
{
	for (int i = 0; i < SHARING_PATHS_MAX; i++)
		if (sharing->paths[i].state != PATH_ABSENT && sharing->paths[i].number == number)
			return i;
	return -1;
}

static void order_paths(struct sharing *sharing)
{
	const int64_t most =
		(int64_t)((sharing->config.hold_max - SPREAD_MARGIN) / NANOS_PER_MICRO);

	path_order_make(sharing->paths, most, sharing->only_path, &sharing->order);
	if (sharing->order.count > 0 || sharing->only_path < 0)
		return;
	path_order_make(sharing->paths, most, -1, &sharing->order);
}

int sharing_path_add(struct sharing *sharing, nanos now, uint16_t number)
{
	if (sharing_path_index(sharing, number) >= 0)
		return 0;
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++) {
		if (sharing->paths[i].state != PATH_ABSENT)
			continue;
		int error = sharing_path_init(&sharing->paths[i], number, now);

		if (error < 0)
			return error;
		sharing->received[i] = (struct received){0};
		sharing->used = now;
		sharing_pump(sharing, now);
		return 0;
	}
	return -ENOSPC;
}

/* Packets that the path is not known to have delivered go by others. */
static void send_by_others(struct sharing *sharing, unsigned int which)
{
	sharing->sent_again += repair_silent(&sharing->repair, (uint8_t)which,
		&sharing->paths[which], &sharing->scheduler.repairs);
}

void sharing_path_use(struct sharing *sharing, nanos now, uint16_t number, bool usable)
{
	const int which = sharing_path_index(sharing, number);

	if (which < 0 || sharing->paths[which].held == !usable)
		return;
	sharing->paths[which].held = !usable;
	if (!usable)
		send_by_others(sharing, (unsigned int)which);
	sharing_pump(sharing, now);
}

void sharing_path_remove(struct sharing *sharing, nanos now, uint16_t number)
{
	const int which = sharing_path_index(sharing, number);

	if (which < 0)
		return;
	send_by_others(sharing, (unsigned int)which);
	sharing_path_fini(&sharing->paths[which]);
	sharing_pump(sharing, now);
}

static bool has_other(const struct sharing *sharing, unsigned int which)
{
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++)
		if (i != which && sharing->paths[i].state == PATH_ACTIVE && !sharing->paths[i].held)
			return true;
	return false;
}

static void find_silent(struct sharing *sharing, nanos now)
{
	sharing->silence_next = NANOS_NEVER;
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++) {
		struct sharing_path *path = &sharing->paths[i];
		const nanos at = sharing_path_silent_at(path);

		if (at > now) {
			sharing->silence_next = nanos_min(sharing->silence_next, at);
			continue;
		}
		/* The peer has said something since, or it says nothing at all. If one of the ends
		 * is late, it is not the path. */
		if (sharing->answered > path->since + path->rate.round_trip &&
			sharing_path_is_overdue(path, sharing->peer_newest) &&
			has_other(sharing, i)) {
			sharing_path_enter_silent(path, now);
			sharing->silences++;
			order_paths(sharing);
			send_by_others(sharing, i);
		} else {
			sharing->silence_next =
				nanos_min(sharing->silence_next, now + SILENCE_LOOK);
		}
	}
}

nanos sharing_round_trip(const struct sharing *sharing)
{
	nanos least = 0;

	for (unsigned int i = 0; i < sharing->order.count; i++) {
		const nanos of = sharing->paths[sharing->order.at[i]].rate.round_trip;

		if (of != 0 && (least == 0 || of < least))
			least = of;
	}
	return least;
}

uint32_t sharing_hold_advice(const struct sharing *sharing)
{
	int64_t jitter = 0;

	for (unsigned int i = 0; i < sharing->order.count; i++) {
		const int64_t of = sharing->paths[sharing->order.at[i]].rate.jitter;

		jitter = of > jitter ? of : jitter;
	}
	return (uint32_t)(path_order_spread(&sharing->order) + 3 * jitter + HOLD_MARGIN +
			  (int64_t)(sharing_round_trip(sharing) / NANOS_PER_MICRO));
}

/* ---- sending ---- */

static void send_by(
	struct sharing *sharing, uint8_t which, const struct gre *gre, struct octets payload)
{
	uint8_t octets[GRE_OCTETS + SHARING_INNER_MAX];
	struct builder builder = builder_over(octets, sizeof(octets));

	gre_encode(gre, &builder);
	builder_octets(&builder, payload.at, payload.length);
	if (!builder.failed)
		sharing->port.send(sharing->port.ctx, sharing->paths[which].number,
			(struct octets){octets, builder_length(&builder)});
}

static void transmit(
	struct sharing *sharing, nanos now, uint8_t which, struct shared_packet *packet)
{
	const struct gre gre = {GRE_IPV6, packet->flow, sharing->config.instance, packet->sequence};

	packet->path = which;
	packet->sent = now;
	packet->order = sharing_path_sent(&sharing->paths[which], now, packet->flow,
		packet->sequence, GRE_OCTETS + (size_t)packet->length);
	sharing->sent++;
	if (sharing->unanswered == 0)
		sharing->unanswered = now;
	send_by(sharing, which, &gre, (struct octets){packet->octets, packet->length});
}

void sharing_message(struct sharing *sharing, nanos now, uint8_t which, const struct report *report,
	bool counted)
{
	uint8_t octets[REPORT_OCTETS_MAX];
	struct builder builder = builder_over(octets, sizeof(octets));
	struct report addressed = *report;
	const struct gre gre = {GRE_MESSAGE, GRE_CONTROL_FLOW, sharing->config.instance,
		sharing->sequences[GRE_CONTROL_FLOW]++};

	addressed.subject = sharing->config.subject;
	report_encode(&addressed, &builder);
	if (builder.failed)
		return;
	if (counted)
		sharing_path_sent(&sharing->paths[which], now, gre.flow, gre.sequence,
			GRE_OCTETS + builder_length(&builder));
	send_by(sharing, which, &gre, (struct octets){octets, builder_length(&builder)});
}

static void probe(struct sharing *sharing, nanos now)
{
	const struct report report = {.type = REPORT_PROBE, .hold = sharing_hold_advice(sharing)};

	if (now - sharing->used > IDLE)
		return;
	for (uint8_t i = 0; i < SHARING_PATHS_MAX; i++) {
		if (sharing->paths[i].state != PATH_ABSENT && !sharing->paths[i].held &&
			sharing->paths[i].probe_at <= now)
			sharing_message(sharing, now, i, &report, true);
	}
}

void sharing_pump(struct sharing *sharing, nanos now)
{
	struct shared_packet *packet;
	uint8_t which;

	order_paths(sharing);
	for (;;) {
		packet = scheduler_next(&sharing->scheduler, now, sharing->paths, &sharing->order,
			&which, &sharing->send_next);
		if (!packet)
			break;
		transmit(sharing, now, which, packet);
		repair_keep(&sharing->repair, packet);
	}
	find_silent(sharing, now);
}

static struct shared_packet *take_packet(struct sharing *sharing)
{
	struct shared_packet *packet = packet_pool_take(&sharing->pool);

	if (packet)
		return packet;
	repair_expire(&sharing->repair, &sharing->pool.unused, 0, true);
	return packet_pool_take(&sharing->pool);
}

static nanos wait_target(const struct sharing *sharing)
{
	return nanos_min(nanos_max(sharing_round_trip(sharing), WAIT_LEAST), WAIT_MOST) +
	       (nanos)path_order_spread(&sharing->order) * NANOS_PER_MICRO;
}

/* RFC 3168 5: ECT becomes CE. False: the sender does not know ECN. */
static bool mark(struct shared_packet *packet)
{
	uint8_t *octet = &packet->octets[1];
	const uint8_t ecn = *octet >> 4 & 3;

	*octet |= 3 << 4;
	return ecn != 0;
}

static void send_by_all(struct sharing *sharing, nanos now, struct shared_packet *packet)
{
	for (unsigned int i = 0; i < sharing->order.count; i++) {
		const uint8_t which = sharing->order.at[i];

		if (i == 0 || sharing->paths[which].rate.queue < REDUNDANT_QUEUE)
			transmit(sharing, now, which, packet);
	}
	repair_keep(&sharing->repair, packet);
}

void sharing_send(struct sharing *sharing, nanos now, struct octets octets)
{
	sharing->used = now;
	if (octets.length < IPV6_HEADER_OCTETS || octets.length > SHARING_INNER_MAX)
		return;
	order_paths(sharing);
	const enum queue_verdict verdict = queue_limit_admit(&sharing->limit, now,
		scheduler_wait(&sharing->scheduler, &sharing->order), wait_target(sharing));
	struct shared_packet *packet = verdict == QUEUE_FULL ? NULL : take_packet(sharing);

	sharing->congested += verdict != QUEUE_ADMIT;
	if (!packet)
		return;
	memcpy(packet->octets, octets.at, octets.length);
	if (verdict == QUEUE_CONGESTED && !mark(packet)) {
		packet_append(&sharing->pool.unused, packet);
		return;
	}
	packet->length = (uint16_t)octets.length;
	packet->flow = flow_of(octets);
	packet->sequence = sharing->sequences[packet->flow]++;
	packet->sent_again = 0;
	packet->order = 0;
	packet->indexed = false;
	if (sharing->config.mode == SHARING_REDUNDANT && sharing->order.count > 0)
		send_by_all(sharing, now, packet);
	else
		packet_append(&sharing->scheduler.queue, packet);
	sharing->send_next = now;
}

/* ---- time ---- */

void sharing_wake(struct sharing *sharing, nanos now)
{
	sharing->used = now;
}

/* The path that has carried most of late, of several; -1. */
static int best_path(const struct sharing *sharing)
{
	int best = -1;

	for (int i = 0; i < SHARING_PATHS_MAX; i++) {
		const struct sharing_path *path = &sharing->paths[i];

		if (path->state == PATH_ACTIVE && !path->held &&
			(best < 0 || path->delivered_rate > sharing->paths[best].delivered_rate))
			best = i;
	}
	return sharing->order.count > 1 ? best : -1;
}

/* Whether packets that arrived in the last second waited for this process. */
static bool is_late(struct sharing *sharing, nanos now)
{
	if (now - sharing->waited_since < NANOS_PER_SECOND)
		return sharing->late;
	sharing->late = sharing->waited > sharing->waited_packets * LATE_WAIT;
	sharing->waited = 0;
	sharing->waited_packets = 0;
	sharing->waited_since = now;
	return sharing->late;
}

/* What the host forwards by the path is not counted here, and fills the path's queue. */
static void use_single(struct sharing *sharing, nanos now, int which)
{
	if (which == sharing->only_path)
		return;
	if (sharing->only_path >= 0)
		path_rate_measure(&sharing->paths[sharing->only_path].rate, now, true);
	if (which >= 0)
		path_rate_measure(&sharing->paths[which].rate, now, false);
	sharing->only_path = which;
	if (which >= 0)
		sharing->paths[which].probe_at = now;
}

static void look_at_fallback(struct sharing *sharing, nanos now)
{
	const int best = best_path(sharing);
	const struct fallback_sample sample = {
		.delivered = sharing->peer_delivered + sharing->forwarded,
		.disordered = sharing->peer_disordered,
		.congested = sharing->congested,
		.sent = sharing->sent,
		.best = best < 0 ? 0 : sharing->paths[best].delivered_rate,
		.waits = sharing->scheduler.queue.first != NULL,
		.late = best >= 0 && is_late(sharing, now),
	};

	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++)
		if (sharing->paths[i].state != PATH_ABSENT)
			sharing_path_count_delivered(&sharing->paths[i], now);
	if (sharing->config.mode != SHARING_AGGREGATE)
		return;
	fallback_step(&sharing->fallback, now, &sample);
	if (!fallback_is_single(&sharing->fallback))
		use_single(sharing, now, -1);
	else if (sharing->only_path < 0 ||
		 sharing->paths[sharing->only_path].state != PATH_ACTIVE ||
		 sharing->paths[sharing->only_path].held)
		use_single(sharing, now, best);
}

int sharing_single(const struct sharing *sharing)
{
	return sharing->only_path < 0 ? -1 : sharing->paths[sharing->only_path].number;
}

void sharing_forwarded(struct sharing *sharing, nanos now, uint64_t octets)
{
	sharing->forwarded += octets;
	sharing->used = octets > 0 ? now : sharing->used;
}

void sharing_expire(struct sharing *sharing, nanos now)
{
	release_expire(&sharing->release, now);
	if (sharing->report_at <= now)
		sharing_report_send(sharing, now);
	probe(sharing, now);
	if (now > COPIES_KEEP)
		repair_expire(&sharing->repair, &sharing->pool.unused, now - COPIES_KEEP, false);
	look_at_fallback(sharing, now);
	sharing_pump(sharing, now);
}

nanos sharing_deadline(const struct sharing *sharing)
{
	nanos at = nanos_min(sharing->send_next, sharing->report_at);

	at = nanos_min(at, nanos_min(release_deadline(&sharing->release), sharing->silence_next));
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++)
		if (sharing->paths[i].state != PATH_ABSENT && !sharing->paths[i].held &&
			sharing->paths[i].probe_at <= sharing->used + IDLE)
			at = nanos_min(at, sharing->paths[i].probe_at);
	return at;
}

/* ---- views ---- */

bool sharing_is_answered(const struct sharing *sharing, nanos now)
{
	return sharing->answered != 0 &&
	       (sharing->unanswered == 0 || now - sharing->unanswered < SHARING_UNANSWERED);
}

void sharing_count(const struct sharing *sharing, struct sharing_counters *ret)
{
	*ret = (struct sharing_counters){
		.sent = sharing->sent,
		.sent_again = sharing->sent_again,
		.congested = sharing->congested,
		.delivered = sharing->release.delivered,
		.late = sharing->release.late,
		.given_up = sharing->release.given_up,
		.duplicates = sharing->release.duplicates,
		.silences = sharing->silences,
	};
}

bool sharing_path_view(
	const struct sharing *sharing, uint16_t number, struct sharing_path_view *ret)
{
	const int which = sharing_path_index(sharing, number);

	if (which < 0)
		return false;
	const struct sharing_path *path = &sharing->paths[which];
	*ret = (struct sharing_path_view){path->state == PATH_ACTIVE, path->rate.rate,
		path->rate.round_trip, path->rate.queue, path->octets};
	return true;
}
