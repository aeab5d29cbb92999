/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

static void path_decode(struct cursor *cursor, struct path_report *ret)
{
	ret->path = cursor_u16(cursor);
	ret->flow = cursor_u8(cursor);
	cursor_u8(cursor);
	ret->sequence = cursor_u32(cursor);
	ret->arrived = cursor_u32(cursor);
	ret->packets = cursor_u32(cursor);
	ret->octets = cursor_u32(cursor);
}

static void flow_decode(struct cursor *cursor, struct flow_missing *ret)
{
	ret->flow = cursor_u8(cursor);
	cursor_u8(cursor);
	ret->octets = cursor_u16(cursor);
	ret->first = cursor_u32(cursor);
	ret->bits = cursor_octets(cursor, ret->octets).at;
	if (ret->octets > REPORT_MISSING_BITS / 8)
		cursor->failed = true;
}

bool report_decode(struct octets octets, struct report *ret)
{
	struct cursor cursor = cursor_over(octets.at, octets.length);
	struct report report = {0};

	cursor_address(&cursor, &report.subject);
	const uint8_t type = cursor_u8(&cursor);
	report.type = type;
	report.paths_count = cursor_u8(&cursor);
	report.flows_count = cursor_u8(&cursor);
	cursor_u8(&cursor);
	report.hold = cursor_u32(&cursor);
	if (type == REPORT_RECEIVED) {
		report.instance = cursor_u32(&cursor);
		report.delivered = cursor_u32(&cursor);
		report.disordered = cursor_u32(&cursor);
		cursor_u32(&cursor);
	}
	if (cursor.failed || (type != REPORT_PROBE && type != REPORT_RECEIVED) ||
		report.paths_count > SHARING_PATHS_MAX || report.flows_count > REPORT_FLOWS_MAX)
		return false;
	for (unsigned int i = 0; i < report.paths_count; i++)
		path_decode(&cursor, &report.paths[i]);
	for (unsigned int i = 0; i < report.flows_count; i++)
		flow_decode(&cursor, &report.flows[i]);
	if (cursor.failed)
		return false;
	*ret = report;
	return true;
}

void report_encode(const struct report *report, struct builder *builder)
{
	builder_address(builder, &report->subject);
	builder_u8(builder, (uint8_t)report->type);
	builder_u8(builder, (uint8_t)report->paths_count);
	builder_u8(builder, (uint8_t)report->flows_count);
	builder_u8(builder, 0);
	builder_u32(builder, report->hold);
	if (report->type == REPORT_RECEIVED) {
		builder_u32(builder, report->instance);
		builder_u32(builder, report->delivered);
		builder_u32(builder, report->disordered);
		builder_u32(builder, 0);
	}
	for (unsigned int i = 0; i < report->paths_count; i++) {
		const struct path_report *path = &report->paths[i];

		builder_u16(builder, path->path);
		builder_u8(builder, path->flow);
		builder_u8(builder, 0);
		builder_u32(builder, path->sequence);
		builder_u32(builder, path->arrived);
		builder_u32(builder, path->packets);
		builder_u32(builder, path->octets);
	}
	for (unsigned int i = 0; i < report->flows_count; i++) {
		const struct flow_missing *flow = &report->flows[i];

		builder_u8(builder, flow->flow);
		builder_u8(builder, 0);
		builder_u16(builder, flow->octets);
		builder_u32(builder, flow->first);
		builder_octets(builder, flow->bits, flow->octets);
	}
}
