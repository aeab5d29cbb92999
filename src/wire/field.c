/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter of rows of fields (field.h). Must not know which message or option they belong
 * to.
 */
#include "option.h"
#include "selector_codec.h"

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

static void read_list(const struct field_list *list, const struct dialect *dialect,
	struct cursor *in, void *holder)
{
	place_clear(&list->place, holder);
	if (list->strict && cursor_left(in) == 0)
		in->failed = true;
	while (cursor_left(in) > 0) {
		void *element = place_take(&list->place, holder);
		if (element)
			fields_read(&list->element, dialect, in, element);
		else if (list->strict)
			in->failed = true;
		else
			cursor_take(in, fields_fixed_octets(&list->element));
	}
}

/* What is wrong with the fields so far, or with the options, is said in the holder. */
static void read_options(const struct option_set *options, const struct dialect *dialect,
	struct cursor *in, void *holder)
{
	bool failed = in->failed;

	options_clear(options, holder);
	*(bool *)holder = options_read(options, dialect, in, holder) != WIRE_OK || failed;
	*in = cursor_over(NULL, 0);
}

/* The bits of `mask`, which are adjacent. */
static uint8_t read_bits(uint32_t flags, uint32_t mask)
{
	return (uint8_t)((flags & mask) / (mask & -mask));
}

void fields_read(
	const struct fields *fields, const struct dialect *dialect, struct cursor *in, void *ret)
{
	const struct field_row *end = fields->rows + fields->count;
	uint32_t flags = 0;

	for (const struct field_row *row = fields->rows; row < end; row++) {
		void *member = (uint8_t *)ret + row->at;

		switch ((enum field_kind)row->kind) {
		case KIND_u8:
			*(uint8_t *)member = cursor_u8(in);
			break;
		case KIND_u16:
			*(uint16_t *)member = cursor_u16(in);
			break;
		case KIND_u32:
			*(uint32_t *)member = cursor_u32(in);
			break;
		case KIND_u64:
			*(uint64_t *)member = cursor_u64(in);
			break;
		case KIND_update_flags:
			*(uint16_t *)member = dialect_update_flags_read(dialect, cursor_u16(in));
			break;
		case KIND_bid_flags:
			*(uint8_t *)member = dialect_bid_flags(dialect, cursor_u8(in));
			break;
		case KIND_flags:
			flags = (uint32_t)cursor_number(in, row->octets);
			break;
		case KIND_flag:
			*(bool *)member = (flags & row->mask) != 0;
			break;
		case KIND_bits:
			*(uint8_t *)member = read_bits(flags, row->mask);
			break;
		case KIND_address:
			cursor_address(in, member);
			break;
		case KIND_link_layer:
			cursor_copy(in, member, OCTETS_link_layer);
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
		case KIND_selector:
			selector_read(in, member);
			break;
		case KIND_list:
			read_list(row->list, dialect, in, ret);
			break;
		case KIND_options:
			read_options(row->options, dialect, in, member);
			break;
		}
	}
}

/* ---- writing ---- */

/* An address is the usual case: a length that the compiler knows is copied without a call. */
static void write_care_of(struct builder *out, const struct care_of *care_of)
{
	if (care_of->length == sizeof(care_of->address))
		builder_address(out, &care_of->address);
	else if (care_of->length == 0 || care_of->length == 4)
		builder_octets(out, care_of->address.s6_addr, care_of->length);
	else
		out->failed = true;
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

	for (row++; row < end && (row->kind == KIND_flag || row->kind == KIND_bits); row++) {
		const uint8_t *member = (const uint8_t *)from + row->at;
		uint32_t number = row->kind == KIND_flag ? *(const bool *)member : *member;
		flags |= number * (row->mask & -row->mask) & row->mask;
	}
	return flags;
}

static void write_list(const struct field_list *list, struct field_writer *to, const void *holder)
{
	size_t count = place_count(&list->place, holder);

	if (count > list->place.most || (list->strict && count == 0))
		to->out.failed = true;
	for (size_t n = 0; n < count && !to->out.failed; n++)
		fields_write(&list->element, to, place_nth(&list->place, holder, n));
}

void fields_write(const struct fields *fields, struct field_writer *to, const void *from)
{
	const struct field_row *end = fields->rows + fields->count;
	struct builder *out = &to->out;

	for (const struct field_row *row = fields->rows; row < end; row++) {
		const void *member = (const uint8_t *)from + row->at;
		const struct octets *rest = member;

		switch ((enum field_kind)row->kind) {
		case KIND_u8:
			builder_u8(out, *(const uint8_t *)member);
			break;
		case KIND_u16:
			builder_u16(out, *(const uint16_t *)member);
			break;
		case KIND_u32:
			builder_u32(out, *(const uint32_t *)member);
			break;
		case KIND_u64:
			builder_u64(out, *(const uint64_t *)member);
			break;
		case KIND_update_flags:
			builder_u16(out,
				dialect_update_flags_write(to->dialect, *(const uint16_t *)member));
			break;
		case KIND_bid_flags:
			builder_u8(out, dialect_bid_flags(to->dialect, *(const uint8_t *)member));
			break;
		case KIND_flags:
			builder_number(out, flags_of(row, end, from), row->octets);
			break;
		case KIND_flag:
		case KIND_bits:
			break;
		case KIND_address:
			builder_address(out, member);
			break;
		case KIND_link_layer:
			builder_octets(out, member, OCTETS_link_layer);
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
		case KIND_selector:
			selector_write(out, member);
			break;
		case KIND_list:
			write_list(row->list, to, from);
			break;
		case KIND_options:
			if (*(const bool *)member)
				out->failed = true;
			options_write(row->options, to, member);
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

void fields_visit(const struct fields *fields, const struct visitor *to, const void *from)
{
	const struct field_row *end = fields->rows + fields->count;

	for (const struct field_row *row = fields->rows; row < end; row++) {
		const void *member = (const uint8_t *)from + row->at;

		switch ((enum field_kind)row->kind) {
		case KIND_u8:
		case KIND_bits:
		case KIND_bid_flags:
			to->number(to->ctx, row->name, *(const uint8_t *)member);
			break;
		case KIND_u16:
		case KIND_update_flags:
			to->number(to->ctx, row->name, *(const uint16_t *)member);
			break;
		case KIND_u32:
			to->number(to->ctx, row->name, *(const uint32_t *)member);
			break;
		case KIND_u64:
			to->number(to->ctx, row->name, *(const uint64_t *)member);
			break;
		case KIND_flags:
			break;
		case KIND_flag:
			to->flag(to->ctx, row->name, *(const bool *)member);
			break;
		case KIND_address:
			to->address(to->ctx, row->name, member);
			break;
		case KIND_link_layer:
			to->octets(to->ctx, row->name, (struct octets){member, OCTETS_link_layer});
			break;
		case KIND_care_of:
			to->care_of(to->ctx, row->name, member);
			break;
		case KIND_rest:
		case KIND_authenticator:
			to->octets(to->ctx, row->name, *(const struct octets *)member);
			break;
		case KIND_selector:
			to->selector(to->ctx, row->name, member);
			break;
		case KIND_options:
			if (*(const bool *)member)
				to->flag(to->ctx, row->name, true);
			options_visit(row->options, to, member);
			break;
		case KIND_list:
			to->list(to->ctx, row->name);
			for (size_t n = 0; n < place_count(&row->list->place, from); n++)
				fields_visit(&row->list->element, to,
					place_nth(&row->list->place, from, n));
			break;
		}
	}
}
