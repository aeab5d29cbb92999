/* SPDX-License-Identifier: BSD-2-Clause */
#include "transcript.h"
#include "fuzz.h"

#include <string.h>

static void write_text(void *ctx, const char *text)
{
	builder_octets(ctx, (const uint8_t *)text, strlen(text));
}

static void write_part(void *ctx, uint8_t type, const char *name)
{
	builder_u8(ctx, type);
	write_text(ctx, name);
}

static void write_number(void *ctx, const char *field, uint64_t value)
{
	write_text(ctx, field);
	builder_u64(ctx, value);
}

static void write_address(void *ctx, const char *field, const struct in6_addr *value)
{
	write_text(ctx, field);
	builder_address(ctx, value);
}

static void write_care_of(void *ctx, const char *field, const struct care_of *value)
{
	REQUIRE(value->length == 0 || value->length == 4 || value->length == 16 ||
		value->length == CARE_OF_MALFORMED);
	write_text(ctx, field);
	builder_u8(ctx, value->length);
	builder_octets(ctx, value->address.s6_addr, sizeof(value->address));
}

static void write_octets(void *ctx, const char *field, struct octets value)
{
	write_text(ctx, field);
	builder_u16(ctx, (uint16_t)value.length);
	builder_octets(ctx, value.at, value.length);
}

static void write_flag(void *ctx, const char *field, bool value)
{
	write_text(ctx, field);
	builder_u8(ctx, value);
}

static void write_selector(void *ctx, const char *field, const struct traffic_selector *value)
{
	write_text(ctx, field);
	builder_u8(ctx, value->format);
	builder_u16(ctx, value->given);
	builder_octets(ctx, (const uint8_t *)value->addresses, sizeof(value->addresses));
	builder_octets(ctx, (const uint8_t *)value->numbers, sizeof(value->numbers));
}

static void write_end(void *ctx)
{
	builder_u8(ctx, ';');
}

void transcript_write(struct transcript *transcript, const struct message *message)
{
	const struct visitor visitor = {
		.ctx = &transcript->out,
		.message = write_part,
		.option = write_part,
		.number = write_number,
		.address = write_address,
		.care_of = write_care_of,
		.flag = write_flag,
		.octets = write_octets,
		.selector = write_selector,
		.list = write_text,
		.end = write_end,
	};

	transcript->out = builder_over(transcript->octets, sizeof(transcript->octets));
	message_visit(&dialect_rfc5648, message, &visitor);
	REQUIRE(!transcript->out.failed);
}

bool transcript_equal(const struct transcript *a, const struct transcript *b)
{
	size_t length = builder_length(&a->out);

	return length == builder_length(&b->out) && memcmp(a->octets, b->octets, length) == 0;
}
