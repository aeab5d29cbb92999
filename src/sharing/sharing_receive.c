/* SPDX-License-Identifier: BSD-2-Clause */
#include "sharing_internal.h"

#define NANOS_PER_MICRO 1000

#define REPORT_WAIT (8 * NANOS_PER_MS)  /* after the first packet that is not reported yet */
#define REPORT_SOON (2 * NANOS_PER_MS)  /* between two reports of missing packets */
#define REPORT_EACH (40 * NANOS_PER_MS) /* by each path */
#define HOLD_LEAST (20 * NANOS_PER_MS)
#define REPAIR_MARGIN (20 * NANOS_PER_MS)

/* ---- reports that are sent ---- */

static void report_soon(struct sharing *sharing, nanos now, nanos wait)
{
	sharing->report_at =
		nanos_min(sharing->report_at, nanos_max(now, sharing->report_last + wait));
}

static void report_fill(const struct sharing *sharing, struct report *report)
{
	*report = (struct report){
		.type = REPORT_RECEIVED,
		.hold = sharing_hold_advice(sharing),
		.instance = sharing->peer,
		.delivered = (uint32_t)sharing->release.delivered,
		.disordered = (uint32_t)(sharing->release.given_up + sharing->release.late),
	};
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++) {
		const struct received *received = &sharing->received[i];

		if (sharing->paths[i].state == PATH_ABSENT || received->packets == 0)
			continue;
		report->paths[report->paths_count++] = (struct path_report){
			.path = sharing->paths[i].number,
			.flow = received->flow,
			.sequence = received->sequence,
			.arrived = received->arrived,
			.packets = received->packets,
			.octets = received->octets,
		};
	}
}

/* By the two fastest paths, one of which may be dead, and from time to time by each of the others.
 */
void sharing_report_send(struct sharing *sharing, nanos now)
{
	uint8_t bits[REPORT_OCTETS_MAX - REPORT_FIXED_OCTETS -
		     SHARING_PATHS_MAX * REPORT_PATH_OCTETS];
	struct report report;

	sharing->report_at = NANOS_NEVER;
	sharing->report_last = now;
	report_fill(sharing, &report);
	release_missing(&sharing->release, &report, bits, sizeof(bits));
	for (uint8_t i = 0; i < SHARING_PATHS_MAX; i++) {
		const bool first = (sharing->order.count > 0 && i == sharing->order.at[0]) ||
				   (sharing->order.count > 1 && i == sharing->order.at[1]);

		if (sharing->paths[i].state == PATH_ABSENT || sharing->paths[i].held ||
			(!first && now - sharing->received[i].reported < REPORT_EACH))
			continue;
		sharing->received[i].reported = now;
		sharing_message(sharing, now, i, &report, false);
	}
}

/* ---- messages that arrive ---- */

static void take_path_report(struct sharing *sharing, nanos now, const struct path_report *report)
{
	const int which = sharing_path_index(sharing, report->path);

	sharing->peer_clock += (int32_t)(report->arrived - (uint32_t)sharing->peer_clock);
	if (sharing->peer_clock > sharing->peer_newest)
		sharing->peer_newest = sharing->peer_clock;
	if (which >= 0)
		sharing_path_reported(&sharing->paths[which], now, report, sharing->peer_clock);
}

static void take_report(struct sharing *sharing, nanos now, const struct report *report)
{
	if (report->instance != sharing->config.instance)
		return;
	sharing->answered = now;
	sharing->unanswered = 0;
	sharing->peer_delivered += report->delivered - sharing->peer_delivered_low;
	sharing->peer_delivered_low = report->delivered;
	sharing->peer_disordered = report->disordered;
	for (unsigned int i = 0; i < report->paths_count; i++)
		take_path_report(sharing, now, &report->paths[i]);
	for (unsigned int i = 0; i < report->flows_count; i++)
		sharing->sent_again += repair_missing(&sharing->repair, &report->flows[i],
			sharing->paths, &sharing->scheduler.repairs);
	const nanos round_trip = sharing_round_trip(sharing);
	sharing->release.repair = nanos_min(
		round_trip ? round_trip + REPAIR_MARGIN : NANOS_NEVER, sharing->release.hold);
}

static void take_message(
	struct sharing *sharing, nanos now, uint32_t sequence, struct octets octets)
{
	struct report report;

	if (!report_decode(octets, &report))
		return;
	const nanos hold = nanos_max((nanos)report.hold * NANOS_PER_MICRO, HOLD_LEAST);
	sharing->release.hold = nanos_min(hold, sharing->config.hold_max);
	/* Reports overtake one another, and come by several paths. */
	if (report.type != REPORT_RECEIVED ||
		(sharing->has_report && sequence_after(sequence, sharing->report_sequence) <= 0))
		return;
	sharing->has_report = true;
	sharing->report_sequence = sequence;
	take_report(sharing, now, &report);
}

/* ---- packets ---- */

/* The other end has begun anew: with other numbers, counters and perhaps another clock. */
static void take_new_peer(struct sharing *sharing, nanos now, uint32_t instance)
{
	sharing->peer_before = sharing->has_peer ? sharing->peer : instance;
	sharing->peer = instance;
	sharing->has_peer = true;
	sharing->has_report = false;
	sharing->peer_delivered_low = 0;
	sharing->peer_newest = INT64_MIN;
	release_restart(&sharing->release);
	for (unsigned int i = 0; i < SHARING_PATHS_MAX; i++) {
		sharing->received[i] = (struct received){0};
		if (sharing->paths[i].state != PATH_ABSENT)
			sharing_path_forget_reports(&sharing->paths[i], now);
	}
}

static bool is_report(const struct gre *gre, struct octets payload)
{
	return gre->protocol == GRE_MESSAGE && payload.length > REPORT_TYPE_AT &&
	       payload.at[REPORT_TYPE_AT] == REPORT_RECEIVED;
}

static void note_received(struct sharing *sharing, nanos now, nanos arrived, int which,
	const struct gre *gre, size_t octets)
{
	struct received *received = &sharing->received[which];

	received->flow = gre->flow;
	received->sequence = gre->sequence;
	received->arrived = (uint32_t)(arrived / NANOS_PER_MICRO);
	received->packets++;
	received->octets += (uint32_t)octets;
	report_soon(sharing, now, REPORT_WAIT);
}

void sharing_receive(
	struct sharing *sharing, nanos now, nanos arrived, uint16_t path, struct octets octets)
{
	const int which = sharing_path_index(sharing, path);
	struct octets payload;
	struct gre gre;

	if (which < 0 || !gre_decode(octets, &gre, &payload))
		return;
	const bool is_new = !sharing->has_peer || gre.instance != sharing->peer;
	if (is_new && sharing->has_peer && gre.instance == sharing->peer_before)
		return;
	if (is_new)
		take_new_peer(sharing, now, gre.instance);
	sharing->waited += now - arrived;
	sharing->waited_packets++;
	if (!is_report(&gre, payload))
		note_received(sharing, now, arrived, which, &gre, octets.length);
	if (gre.protocol == GRE_MESSAGE)
		take_message(sharing, now, gre.sequence, payload);
	else if (release_add(
			 &sharing->release, now, (uint8_t)which, gre.flow, gre.sequence, payload))
		report_soon(sharing, now, REPORT_SOON);
	sharing->send_next = now;
}
