/* SPDX-License-Identifier: BSD-2-Clause */
#include "gre.h"

/* RFC 2890 2: only the key and sequence bits are set, version 0. */
#define KEY_AND_SEQUENCE 0x3000

bool gre_decode(struct octets octets, struct gre *ret, struct octets *ret_payload)
{
	struct cursor cursor = cursor_over(octets.at, octets.length);
	const uint16_t flags = cursor_u16(&cursor);
	const uint16_t protocol = cursor_u16(&cursor);
	const uint32_t key = cursor_u32(&cursor);
	const uint32_t sequence = cursor_u32(&cursor);

	if (cursor.failed || flags != KEY_AND_SEQUENCE)
		return false;
	if (protocol != (key % 256 == GRE_CONTROL_FLOW ? GRE_MESSAGE : GRE_IPV6))
		return false;
	*ret = (struct gre){protocol, (uint8_t)key, key >> 8, sequence};
	*ret_payload = cursor_octets(&cursor, cursor_left(&cursor));
	return true;
}

void gre_encode(const struct gre *gre, struct builder *builder)
{
	builder_u16(builder, KEY_AND_SEQUENCE);
	builder_u16(builder, gre->protocol);
	builder_u32(builder, gre->instance << 8 | gre->flow);
	builder_u32(builder, gre->sequence);
}
