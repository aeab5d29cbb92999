/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binary traffic selectors (RFC 6088 3.1, 3.2): a word whose bits, from the highest, say which
 * fields follow; each pair is the start and the end of a range.
 */
#include "selector_codec.h"

#define IPV4_MAPPED_OCTETS 12

static const uint8_t ipv4_mapped[IPV4_MAPPED_OCTETS] = {[10] = 0xff, 0xff};

/* RFC 6088 3.1, 3.2: octets of each end of a field's range; 0: the format has no such field. The
 * fields come in the order of enum flow_field. */
static size_t end_octets(uint8_t format, enum flow_field field)
{
	bool ipv6 = format == TRAFFIC_SELECTOR_IPV6;

	switch (field) {
	case FLOW_SOURCE:
	case FLOW_DESTINATION:
		return ipv6 ? 16 : 4;
	case FLOW_SPI:
		return 4;
	case FLOW_LABEL:
		return ipv6 ? 4 : 0;
	case FLOW_SOURCE_PORT:
	case FLOW_DESTINATION_PORT:
		return 2;
	case FLOW_TRAFFIC_CLASS:
	case FLOW_PROTOCOL:
		return 1;
	case FLOW_FIELDS:
		break;
	}
	return 0;
}

static bool is_known(uint8_t format)
{
	return format == TRAFFIC_SELECTOR_IPV4 || format == TRAFFIC_SELECTOR_IPV6;
}

/* ---- reading ---- */

static void read_address(struct cursor *in, size_t octets, struct in6_addr *ret)
{
	memcpy(ret, ipv4_mapped, IPV4_MAPPED_OCTETS);
	cursor_copy(in, ret->s6_addr + 16 - octets, octets);
}

static void read_range(
	struct cursor *in, enum flow_field field, bool has_last, struct traffic_selector *ret)
{
	size_t octets = end_octets(ret->format, field);

	ret->given = (uint16_t)(ret->given | FLOW_BIT(field));
	if (field < FLOW_ADDRESSES) {
		struct address_range *range = &ret->addresses[field];
		read_address(in, octets, &range->first);
		range->last = range->first;
		if (has_last)
			read_address(in, octets, &range->last);
	} else {
		struct number_range *range = &ret->numbers[field - FLOW_ADDRESSES];
		range->first = (uint32_t)cursor_number(in, octets) & flow_field_mask(field);
		range->last = range->first;
		if (has_last)
			range->last = (uint32_t)cursor_number(in, octets) & flow_field_mask(field);
	}
}

void selector_read(struct cursor *in, struct traffic_selector *ret)
{
	*ret = (struct traffic_selector){.format = cursor_u8(in)};
	cursor_u8(in); /* reserved */
	if (ret->format == 0)
		in->failed = true;
	if (!is_known(ret->format))
		return;
	uint32_t flags = cursor_u32(in);
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++) {
		if (!end_octets(ret->format, field))
			continue;
		bool has_first = flags & 1u << 31, has_last = flags & 1u << 30;
		/* RFC 6088 3.1 (B): no end without its start */
		if (has_last && !has_first)
			in->failed = true;
		if (has_first)
			read_range(in, field, has_last, ret);
		flags <<= 2;
	}
	if (cursor_left(in) > 0)
		in->failed = true;
	if (in->failed)
		ret->given = 0;
}

/* ---- writing ---- */

static bool has_last(const struct traffic_selector *selector, enum flow_field field)
{
	if (field < FLOW_ADDRESSES) {
		const struct address_range *range = &selector->addresses[field];
		return memcmp(&range->first, &range->last, sizeof(range->first)) != 0;
	}
	const struct number_range *range = &selector->numbers[field - FLOW_ADDRESSES];
	return ((range->first ^ range->last) & flow_field_mask(field)) != 0;
}

static void write_range(
	struct builder *out, enum flow_field field, const struct traffic_selector *selector)
{
	size_t octets = end_octets(selector->format, field);

	if (field < FLOW_ADDRESSES) {
		const struct address_range *range = &selector->addresses[field];
		if (octets == 4 && !(IN6_IS_ADDR_V4MAPPED(&range->first) &&
					   IN6_IS_ADDR_V4MAPPED(&range->last)))
			out->failed = true;
		builder_octets(out, range->first.s6_addr + 16 - octets, octets);
		if (has_last(selector, field))
			builder_octets(out, range->last.s6_addr + 16 - octets, octets);
		return;
	}
	const struct number_range *range = &selector->numbers[field - FLOW_ADDRESSES];
	uint32_t first = range->first & flow_field_mask(field);
	uint32_t last = range->last & flow_field_mask(field);
	if (octets < 4 && (first | last) >> 8 * octets)
		out->failed = true;
	builder_number(out, first, octets);
	if (has_last(selector, field))
		builder_number(out, last, octets);
}

void selector_write(struct builder *out, const struct traffic_selector *selector)
{
	uint32_t flags = 0;
	unsigned int shift = 32;

	builder_u8(out, selector->format);
	builder_u8(out, 0);
	if (selector->format == 0)
		out->failed = true;
	if (!is_known(selector->format))
		return;
	struct builder at_flags = *out;
	builder_u32(out, 0);
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++) {
		bool given = selector->given & FLOW_BIT(field);
		if (!end_octets(selector->format, field)) {
			out->failed |= given;
			continue;
		}
		shift -= 2;
		if (!given)
			continue;
		write_range(out, field, selector);
		flags |= (has_last(selector, field) ? 3u : 2u) << shift;
	}
	if (!out->failed)
		builder_u32(&at_flags, flags);
}

size_t selector_octets(const struct traffic_selector *selector)
{
	size_t octets = is_known(selector->format) ? 2 + sizeof(uint32_t) : 2;

	for (enum flow_field field = 0; field < FLOW_FIELDS; field++)
		if (selector->given & FLOW_BIT(field))
			octets += (has_last(selector, field) ? 2 : 1) *
				  end_octets(selector->format, field);
	return octets;
}

size_t selector_alignment(const struct traffic_selector *selector)
{
	if (!is_known(selector->format))
		return 1;
	/* the first field that is there is the widest */
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++)
		if (selector->given & FLOW_BIT(field)) {
			size_t octets = end_octets(selector->format, field);
			return octets < 8 ? octets : 8;
		}
	return 1;
}
