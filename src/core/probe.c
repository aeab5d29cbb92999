/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes echo requests and reads echo replies.
 */
#include "probe.h"

#include <assert.h>
#include <string.h>

#define ECHO_REQUEST 128
#define HOP_LIMIT 64
#define PROBE_OCTETS (8 + PATH_COOKIE_OCTETS)

void probe_build(const struct mobile_node_config *config, const struct link *link,
	uint16_t sequence, const uint8_t cookie[PATH_COOKIE_OCTETS], struct effect_send *ret)
{
	uint8_t octets[PROBE_OCTETS];
	struct builder builder = builder_over(octets, sizeof(octets));
	builder_u8(&builder, ECHO_REQUEST);
	builder_u8(&builder, 0);
	builder_u16(&builder, 0);
	builder_u16(&builder, config->probe_identifier);
	builder_u16(&builder, sequence);
	builder_octets(&builder, cookie, PATH_COOKIE_OCTETS);
	const struct packet_envelope envelope = {
		.source = link->care_of,
		.destination = config->home_agent,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	const struct octets payload = {octets, builder_length(&builder)};
	ret->ifindex = link->ifindex;
	ret->length = (uint16_t)packet_build(&envelope, payload, ret->octets, sizeof(ret->octets));
	assert(ret->length != 0);
}

bool probe_read(struct octets body, struct probe_reply *ret)
{
	struct cursor cursor = cursor_over(body.at, body.length);
	uint16_t identifier = cursor_u16(&cursor);
	uint16_t sequence = cursor_u16(&cursor);
	struct octets cookie = cursor_octets(&cursor, PATH_COOKIE_OCTETS);
	if (cursor.failed || cursor_left(&cursor) != 0)
		return false;
	ret->identifier = identifier;
	ret->sequence = sequence;
	memcpy(ret->cookie, cookie.at, PATH_COOKIE_OCTETS);
	return true;
}
