/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter of rows of fields (field.h). Must not know which message or option they belong
 * to.
 */
#include "field.h"

#include <string.h>

/* ---- numbers, in a member of 1, 2, 4 or 8 octets ---- */

static void read_number(struct cursor *in, size_t octets, void *ret)
{
	switch (octets) {
	case 1:
		*(uint8_t *)ret = cursor_u8(in);
		break;
	case 2:
		*(uint16_t *)ret = cursor_u16(in);
		break;
	case 4:
		*(uint32_t *)ret = cursor_u32(in);
		break;
	default:
		*(uint64_t *)ret = cursor_u64(in);
	}
}

static void write_number(struct builder *out, size_t octets, const void *number)
{
	switch (octets) {
	case 1:
		builder_u8(out, *(const uint8_t *)number);
		break;
	case 2:
		builder_u16(out, *(const uint16_t *)number);
		break;
	case 4:
		builder_u32(out, *(const uint32_t *)number);
		break;
	default:
		builder_u64(out, *(const uint64_t *)number);
	}
}

/* ---- reading ---- */

/* What is wrong with the fields so far, or with this one, is said in it. */
static void read_care_of(struct cursor *in, struct care_of *ret)
{
	struct octets octets = cursor_octets(in, cursor_left(in));

	*ret = (struct care_of){.length = (uint8_t)octets.length};
	if (in->failed || (octets.length != 0 && octets.length != 4 && octets.length != 16))
		ret->length = CARE_OF_MALFORMED;
	else if (octets.length != 0)
		memcpy(&ret->address, octets.at, octets.length);
	*in = cursor_over(NULL, 0);
}

static void read_octets(struct cursor *in, size_t length, uint8_t *ret)
{
	struct octets octets = cursor_octets(in, length);

	if (octets.at)
		memcpy(ret, octets.at, length);
	else
		memset(ret, 0, length);
}

static uint32_t read_flags(struct cursor *in, size_t octets)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < octets; i++)
		flags = flags << 8 | cursor_u8(in);
	return flags;
}

void fields_read(
	const struct fields *fields, const struct dialect *dialect, struct cursor *in, void *ret)
{
	const struct field_row *end = fields->rows + fields->count;
	uint32_t flags = 0;

	for (const struct field_row *row = fields->rows; row < end; row++) {
		void *member = (uint8_t *)ret + row->at;

		switch ((enum field_kind)row->kind) {
		case KIND_number:
			read_number(in, row->octets, member);
			break;
		case KIND_reserved:
			cursor_octets(in, row->octets);
			break;
		case KIND_flags:
			flags = read_flags(in, row->octets);
			break;
		case KIND_flag:
			*(bool *)member = (flags & row->mask) != 0;
			break;
		case KIND_update_flags:
			*(uint16_t *)member = dialect_update_flags_read(dialect, cursor_u16(in));
			break;
		case KIND_bid_flags:
			*(uint8_t *)member = dialect_bid_flags(dialect, cursor_u8(in));
			break;
		case KIND_octets:
			read_octets(in, row->octets, member);
			break;
		case KIND_care_of:
			read_care_of(in, member);
			break;
		case KIND_authenticator:
			if (cursor_left(in) == 0)
				in->failed = true;
			/* fallthrough */
		case KIND_rest:
			*(struct octets *)member = cursor_octets(in, cursor_left(in));
			break;
		}
	}
}

/* ---- writing ---- */

/* An address is the usual case: a length that the compiler knows is copied without a call. */
static void write_octets(struct builder *out, size_t length, const void *octets)
{
	uint8_t *at = builder_claim(out, length);

	if (at && length == sizeof(struct in6_addr))
		memcpy(at, octets, sizeof(struct in6_addr));
	else if (at)
		memcpy(at, octets, length);
}

static void write_care_of(struct builder *out, const struct care_of *care_of)
{
	if (care_of->length != 0 && care_of->length != 4 && care_of->length != 16)
		out->failed = true;
	else
		write_octets(out, care_of->length, &care_of->address);
}

static void note_authenticator(struct field_writer *to, size_t length)
{
	to->last_authenticator = builder_length(&to->out);
	if (!to->first_authenticator)
		to->first_authenticator = to->last_authenticator;
	if (length == 0)
		to->out.failed = true;
}

/* The bits of the flag rows behind `row`. */
static uint32_t flags_of(const struct field_row *row, const struct field_row *end, const void *from)
{
	uint32_t flags = 0;

	for (row++; row < end && row->kind == KIND_flag; row++)
		if (*(const bool *)((const uint8_t *)from + row->at))
			flags |= row->mask;
	return flags;
}

static void write_flags(struct builder *out, size_t octets, uint32_t flags)
{
	while (octets-- > 0)
		builder_u8(out, (uint8_t)(flags >> 8 * octets));
}

void fields_write(const struct fields *fields, struct field_writer *to, const void *from)
{
	const struct field_row *end = fields->rows + fields->count;
	struct builder *out = &to->out;

	for (const struct field_row *row = fields->rows; row < end; row++) {
		const void *member = (const uint8_t *)from + row->at;
		const struct octets *rest = member;

		switch ((enum field_kind)row->kind) {
		case KIND_number:
			write_number(out, row->octets, member);
			break;
		case KIND_reserved:
			builder_octets(out, NULL, row->octets);
			break;
		case KIND_flags:
			write_flags(out, row->octets, flags_of(row, end, from));
			break;
		case KIND_flag:
			break;
		case KIND_update_flags:
			builder_u16(out,
				dialect_update_flags_write(to->dialect, *(const uint16_t *)member));
			break;
		case KIND_bid_flags:
			builder_u8(out, dialect_bid_flags(to->dialect, *(const uint8_t *)member));
			break;
		case KIND_octets:
			write_octets(out, row->octets, member);
			break;
		case KIND_care_of:
			write_care_of(out, member);
			break;
		case KIND_authenticator:
			note_authenticator(to, rest->length);
			/* fallthrough */
		case KIND_rest:
			builder_octets(out, rest->at, rest->length);
			break;
		}
	}
}

size_t fields_rest(const struct fields *fields, const void *from)
{
	const struct field_row *last = &fields->rows[fields->count - 1];
	const void *member = (const uint8_t *)from + last->at;

	if (last->kind == KIND_care_of)
		return ((const struct care_of *)member)->length;
	if (last->kind == KIND_rest || last->kind == KIND_authenticator)
		return ((const struct octets *)member)->length;
	return 0;
}

size_t fields_fixed_octets(const struct fields *fields)
{
	size_t octets = 0;

	for (size_t i = 0; i < fields->count; i++)
		octets += fields->rows[i].octets;
	return octets;
}

/* ---- visiting ---- */

static uint64_t number_of(const void *member, size_t octets)
{
	switch (octets) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	}
	return *(const uint64_t *)member;
}

void fields_visit(const struct fields *fields, const struct visitor *to, const void *from)
{
	const struct field_row *end = fields->rows + fields->count;

	for (const struct field_row *row = fields->rows; row < end; row++) {
		const void *member = (const uint8_t *)from + row->at;

		switch ((enum field_kind)row->kind) {
		case KIND_number:
		case KIND_update_flags:
		case KIND_bid_flags:
			to->number(to->ctx, row->name, number_of(member, row->octets));
			break;
		case KIND_reserved:
		case KIND_flags:
			break;
		case KIND_flag:
			to->flag(to->ctx, row->name, *(const bool *)member);
			break;
		case KIND_octets:
			if (row->octets == sizeof(struct in6_addr))
				to->address(to->ctx, row->name, member);
			else
				to->octets(
					to->ctx, row->name, (struct octets){member, row->octets});
			break;
		case KIND_care_of:
			to->care_of(to->ctx, row->name, member);
			break;
		case KIND_rest:
		case KIND_authenticator:
			to->octets(to->ctx, row->name, *(const struct octets *)member);
			break;
		}
	}
}
