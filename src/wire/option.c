/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter of rows of options (option.h): the receive rules of RFC 6275 6.2.1 that need
 * nothing but the rows. Must not decide what an option means.
 */
#include "option.h"
#include "selector_codec.h"

#define PAD1 0
#define PADN 1

const struct option_row *option_by_octet(const struct option_set *set, uint8_t octet)
{
	if (octet == PAD1)
		return NULL;
	if (set->index)
		return set->index[octet] ? &set->rows[set->index[octet] - 1] : NULL;
	for (size_t i = 0; i < set->count; i++)
		if (set->rows[i].octet == octet)
			return &set->rows[i];
	return NULL;
}

/* ---- reading ---- */

void options_clear(const struct option_set *set, void *holder)
{
	for (size_t i = 0; i < set->count; i++)
		place_clear(&set->rows[i].place, holder);
}

/* Its fields are what `in` has. */
static enum wire_error read_option(const struct option_row *row, const struct dialect *dialect,
	struct cursor *in, void *holder)
{
	void *option = place_take(&row->place, holder);

	if (!option)
		return WIRE_DUPLICATE_OPTION;
	fields_read(&row->fields, dialect, in, option);
	return !in->failed && cursor_left(in) == 0 ? WIRE_OK : WIRE_BAD_OPTION_LENGTH;
}

enum wire_error options_read(const struct option_set *set, const struct dialect *dialect,
	struct cursor *in, void *holder)
{
	bool last = false;

	while (cursor_left(in) > 0) {
		/* RFC 6275 6.2.7: nothing follows it, not even padding */
		if (last)
			return WIRE_AUTHORIZATION_NOT_LAST;
		uint8_t octet = cursor_u8(in);
		if (octet == PAD1)
			continue;
		struct cursor fields = cursor_sub(in, cursor_u8(in));
		if (in->failed)
			return WIRE_OPTION_OVERRUN;
		const struct option_row *row = option_by_octet(set, octet);
		if (!row)
			continue;
		enum wire_error error = read_option(row, dialect, &fields, holder);
		if (error)
			return error;
		last = row->alignment.rule == ALIGN_LAST;
	}
	return WIRE_OK;
}

/* ---- writing ---- */

void options_align(struct builder *out, size_t n, size_t m)
{
	size_t padding = (m - builder_length(out)) & (n - 1);
	uint8_t *at = padding ? builder_claim(out, padding) : NULL;

	if (!at)
		return;
	memset(at, 0, padding);
	if (padding > 1) {
		at[0] = PADN;
		at[1] = (uint8_t)(padding - 2);
	}
}

static void align(const struct option_row *row, struct builder *out, const void *option)
{
	switch ((enum alignment_rule)row->alignment.rule) {
	case ALIGN_TO:
		options_align(out, row->alignment.n, row->alignment.m);
		break;
	case ALIGN_CARE_OF:
		if (fields_rest(&row->fields, option))
			options_align(out, 8, 2);
		else
			options_align(out, 2, 0);
		break;
	case ALIGN_SELECTOR:
		options_align(out, selector_alignment(option), 0);
		break;
	case ALIGN_LAST:
		options_align(out, 8, 6 - fields_rest(&row->fields, option));
		break;
	}
}

static void write_option(
	const struct option_row *row, bool eights, struct field_writer *to, const void *option)
{
	align(row, &to->out, option);
	uint8_t *header = builder_claim(&to->out, 2);
	if (!header)
		return;
	fields_write(&row->fields, to, option);
	size_t octets = (size_t)(to->out.at - header);
	size_t length = eights ? octets / 8 : octets - 2;
	if (length > UINT8_MAX || row->octet == PAD1)
		to->out.failed = true;
	header[0] = row->octet;
	header[1] = (uint8_t)length;
}

void options_write(const struct option_set *set, struct field_writer *to, const void *holder)
{
	for (size_t i = 0; i < set->count && !to->out.failed; i++) {
		const struct option_row *row = &set->rows[i];
		size_t count = place_count(&row->place, holder);

		if (count == 0)
			continue;
		if (count > row->place.most)
			to->out.failed = true;
		for (size_t n = 0; n < count && !to->out.failed; n++)
			write_option(row, set->eights, to, place_nth(&row->place, holder, n));
	}
}

/* ---- visiting ---- */

void options_visit(const struct option_set *set, const struct visitor *to, const void *holder)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct option_row *row = &set->rows[i];

		for (size_t n = 0; n < place_count(&row->place, holder); n++) {
			const void *option = place_nth(&row->place, holder, n);

			to->option(to->ctx, row->octet, row->title);
			fields_visit(&row->fields, to, option);
			to->end(to->ctx);
		}
	}
}
