/* SPDX-License-Identifier: BSD-2-Clause */
#include "path.h"

#include <errno.h>
#include <stdlib.h>

#define DELIVERED_WINDOW (500 * NANOS_PER_MS)
#define DELIVERED_FADES 30
#define NANOS_PER_MICRO 1000
#define SILENCE_MARGIN (40 * NANOS_PER_MS)
#define ROUND_TRIP_UNKNOWN (500 * NANOS_PER_MS)
#define PROBES_ANSWERED 3
#define REORDERED_MARKS 256 /* the last arrival may be so much older than the newest */
#define REORDERED_LEAST (1 * NANOS_PER_MS)
#define BURST (30 * NANOS_PER_MS) /* of the time that a late sender has missed */

int sharing_path_init(struct sharing_path *path, uint16_t number, nanos now)
{
	struct sent_mark *marks = calloc(PATH_MARKS, sizeof(*marks));

	if (!marks)
		return -ENOMEM;
	*path = (struct sharing_path){.state = PATH_ACTIVE,
		.idle = true,
		.number = number,
		.marks = marks,
		.probe_at = now};
	path_rate_init(&path->rate, now);
	return 0;
}

void sharing_path_fini(struct sharing_path *path)
{
	free(path->marks);
	*path = (struct sharing_path){.state = PATH_ABSENT};
}

static struct sent_mark *mark_of(const struct sharing_path *path, uint64_t order)
{
	return &path->marks[order % PATH_MARKS];
}

/* If the host forwards by the path, only probes find out that it is silent. */
static nanos probe_wait(const struct sharing_path *path)
{
	if (path->state == PATH_SILENT)
		return PATH_PROBE_SILENT;
	return path->rate.unmeasured ? PATH_PROBE_BLIND : PATH_PROBE_IDLE;
}

uint64_t sharing_path_sent(
	struct sharing_path *path, nanos now, uint8_t flow, uint32_t sequence, size_t octets)
{
	const nanos took = octets * NANOS_PER_SECOND / path_rate_pace(&path->rate);
	const nanos made_up = path->idle ? 0 : BURST;
	const nanos earliest = now > made_up ? now - made_up : 0;

	const nanos burst_wait = path->drained > now ? path->drained - now : 0;

	path->idle = false;
	path->next = nanos_max(path->next, earliest) + took;
	path->drained = now + burst_wait + octets * NANOS_PER_SECOND / path->rate.rate;
	path->order++;
	path->octets += octets;
	*mark_of(path, path->order) =
		(struct sent_mark){now, burst_wait, path->octets, sequence, flow};
	if (path->since == 0)
		path->since = now;
	path->probe_at = now + probe_wait(path);
	return path->order;
}

void sharing_path_forget_reports(struct sharing_path *path, nanos now)
{
	path->reported = false;
	path_rate_init(&path->rate, now);
}

/* The order of the packet; 0: it is not known any more. */
static uint64_t find(const struct sharing_path *path, const struct path_report *report)
{
	const uint64_t known = path->order >= PATH_MARKS ? path->order - PATH_MARKS + 1 : 1;
	uint64_t order = path->arrived > REORDERED_MARKS ? path->arrived - REORDERED_MARKS : 1;

	for (order = order > known ? order : known; order <= path->order; order++) {
		const struct sent_mark *mark = mark_of(path, order);

		if (mark->sequence == report->sequence && mark->flow == report->flow)
			return order;
	}
	return 0;
}

static void note_arrived(struct sharing_path *path, uint64_t order)
{
	path->arrived = order;
	path->arrived_sent = mark_of(path, order)->sent;
	path->since = order < path->order ? mark_of(path, order + 1)->sent : 0;
}

bool sharing_path_reported(
	struct sharing_path *path, nanos now, const struct path_report *report, int64_t arrived)
{
	const bool is_news = !path->reported || report->octets != path->report_octets;
	const uint64_t order = is_news ? find(path, report) : 0;

	if (order == 0)
		return false;
	path->received += path->reported ? report->octets - path->report_octets : 0;
	path->report_octets = report->octets;
	path->reported = true;
	const struct sent_mark *mark = mark_of(path, order);
	path_rate_sample(&path->rate, &(const struct path_sample){now, mark->sent, mark->burst_wait,
					      mark->sent_total, arrived, path->received});
	if (path->state == PATH_SILENT && order > path->silent_from &&
		++path->answered >= PROBES_ANSWERED) {
		path->state = PATH_ACTIVE;
		path_rate_resume(&path->rate, now);
	}
	if (order <= path->arrived)
		return false;
	note_arrived(path, order);
	return true;
}

/* The greatest of the windows, of which each is worth a thirtieth less than the one after it. */
void sharing_path_count_delivered(struct sharing_path *path, nanos now)
{
	const nanos time = now - path->delivered_since;

	if (time < DELIVERED_WINDOW)
		return;
	const uint64_t rate =
		(path->received - path->delivered_from) * NANOS_PER_MS / (time / 1000);
	const uint64_t before = path->delivered_rate - path->delivered_rate / DELIVERED_FADES;

	path->delivered_rate = rate > before && path->delivered_since != 0 ? rate : before;
	path->delivered_from = path->received;
	path->delivered_since = now;
}

/* What the host forwards by the path may fill a long queue at any time. */
static nanos silence_margin(const struct sharing_path *path)
{
	if (path->rate.unmeasured)
		return PATH_SILENCE_MAX;
	return nanos_min(SILENCE_MARGIN + 2 * path->rate.deviation, PATH_SILENCE_MAX);
}

nanos sharing_path_silent_at(const struct sharing_path *path)
{
	const nanos round_trip = path->rate.round_trip;
	const nanos margin = silence_margin(path);

	if (path->state != PATH_ACTIVE || path->held || path->since == 0)
		return NANOS_NEVER;
	return path->since + margin + (round_trip ? round_trip : ROUND_TRIP_UNKNOWN);
}

bool sharing_path_is_overdue(const struct sharing_path *path, int64_t newest)
{
	if (path->rate.round_trip == 0)
		return true;
	const int64_t due = (int64_t)(path->since / NANOS_PER_MICRO) + path_rate_delay(&path->rate);

	const nanos margin = path->rate.unmeasured ? PATH_SILENCE_MAX : SILENCE_MARGIN;

	return newest - due > (int64_t)(margin / NANOS_PER_MICRO);
}

void sharing_path_enter_silent(struct sharing_path *path, nanos now)
{
	path->state = PATH_SILENT;
	path->silent_from = path->order;
	path->answered = 0;
	path->probe_at = now;
}

bool sharing_path_has_lost(const struct sharing_path *path, uint64_t order, nanos sent)
{
	const nanos reordered = nanos_max((nanos)path->rate.jitter * 3000, REORDERED_LEAST);

	return path->arrived > order && path->arrived_sent > sent + reordered;
}
