/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility Header messages, octets to struct message and back: RFC 6275 6.1, and of the receive
 * rules in 9.2 those that need nothing but the message. The rows of msgs.def and opts.def say what
 * is where. Must not allocate, must not decide what a well-formed message means, and must not
 * compute checksums or authenticators: it says where the latter stand.
 */
#include "message.h"
#include "selector_codec.h"

/* ---- rows ---- */

#define RESERVED(bits) FLAGS_ROW(bits)
#define FLAGS(bits) FLAGS_ROW(bits)
#define BITS(owner, mask, name) BITS_ROW(struct opt_##owner, mask, name)
#define LIST(owner, kind, name, places) LIST_ROW(struct opt_##owner, kind, name, true)
#define OPTIONS(owner, name) OPTIONS_ROW(struct opt_##owner, name)
#define FIELD(owner, kind, name) FIELD_ROW(struct msg_##owner, kind, name)
#define MESSAGE(type, name, title, fields)                                                         \
	static const struct field_row msg_##name##_fields[] = {fields};
#include "msgs.def"
#undef MESSAGE
#undef FIELD

#define FIELD(owner, kind, name) FIELD_ROW(struct opt_##owner, kind, name)
#define OPTION(octet_, name, title_, times, places_, rule, n, m, fields_)                          \
	{                                                                                          \
		.title = (title_),                                                                 \
		.fields.rows = (const struct field_row[]){fields_},                                \
		.fields.count = ARRAY_LENGTH(((const struct field_row[]){fields_})),               \
		.octet = (octet_),                                                                 \
		.alignment = {rule, n, m},                                                         \
		.place = PLACE_##times(HOLDER, name),                                              \
	},

#define HOLDER struct flow_options
static const struct option_row flow_option_rows[] = {
#include "flow_opts.def"
};
static const struct option_set flow_options = {
	.rows = flow_option_rows, .count = ARRAY_LENGTH(flow_option_rows)};
#undef HOLDER

#define HOLDER struct message
static const struct option_row option_rows[] = {
#include "opts.def"
};
#undef HOLDER
#undef OPTION

struct message_row {
	const char *title;
	struct fields fields; /* of the member of the union; all of them begin at the same place */
};

static const struct message_row messages[] = {
#define MESSAGE(type, name, title, fields)                                                         \
	[type] = {title, {msg_##name##_fields, ARRAY_LENGTH(msg_##name##_fields)}},
#include "msgs.def"
#undef MESSAGE
};

static const uint8_t option_index[UINT8_MAX + 1] = {
#define OPTION(octet, name, title, count, places, rule, n, m, fields)                              \
	[octet] = MESSAGE_ROW_##name + 1,
#include "opts.def"
#undef OPTION
};

const struct option_set message_options = {
	.rows = option_rows, .count = ARRAY_LENGTH(option_rows), .index = option_index};

/* NULL if the type is unknown. */
static const struct message_row *row_of(uint8_t type)
{
	return type < ARRAY_LENGTH(messages) ? &messages[type] : NULL;
}

const char *message_name(uint8_t type)
{
	const struct message_row *row = row_of(type);

	return row ? row->title : NULL;
}

size_t message_fixed_octets(uint8_t type)
{
	const struct message_row *row = row_of(type);

	return row ? MESSAGE_HEADER_OCTETS + fields_fixed_octets(&row->fields) : 0;
}

const char *option_name(const struct dialect *dialect, uint8_t type)
{
	const struct option_row *row = option_by_octet(dialect->options, type);

	return row ? row->title : NULL;
}

/* ---- decoding ---- */

void message_init(struct message *message, enum mh_type type)
{
	memset(message, 0, offsetof(struct message, arrays));
	message->type = (uint8_t)type;
}

bool message_cut(struct octets octets, struct octets *ret)
{
	struct cursor in = cursor_over(octets.at, octets.length);

	cursor_u8(&in);
	size_t length = 8 * ((size_t)cursor_u8(&in) + 1);
	if (in.failed || length > octets.length)
		return false;
	*ret = (struct octets){octets.at, length};
	return true;
}

enum wire_error message_decode(
	const struct dialect *dialect, const uint8_t *octets, size_t length, struct message *ret)
{
	struct octets header;

	if (!message_cut((struct octets){octets, length}, &header))
		return WIRE_TRUNCATED;
	struct cursor in = cursor_over(header.at, header.length);
	uint8_t payload_proto = cursor_u8(&in);
	cursor_u8(&in); /* Header Len */
	uint8_t type = cursor_u8(&in);
	cursor_octets(&in, 3); /* reserved, checksum */
	message_init(ret, type);
	/* the order of RFC 6275 9.2 */
	const struct message_row *row = row_of(type);
	if (!row)
		return WIRE_UNKNOWN_MESSAGE;
	if (payload_proto != MH_NO_PAYLOAD)
		return WIRE_BAD_PAYLOAD_PROTO;
	fields_read(&row->fields, dialect, &in, &ret->binding_update);
	if (in.failed)
		return WIRE_HEADER_LEN_TOO_SMALL;
	return options_read(dialect->options, dialect, &in, ret);
}

/* ---- encoding ---- */

/* RFC 6275 6.1.1, for a message of `length` octets. */
static void write_header(struct builder *out, uint8_t type, size_t length)
{
	builder_u8(out, MH_NO_PAYLOAD);
	builder_u8(out, (uint8_t)(length / 8 - 1));
	builder_u8(out, type);
	builder_u8(out, 0);
	builder_u16(out, 0);
}

bool message_encode(const struct dialect *dialect, const struct message *message, uint8_t *octets,
	size_t capacity, struct message_layout *ret)
{
	const struct message_row *row = row_of(message->type);

	if (!row)
		return false;
	if (capacity > MESSAGE_OCTETS_MAX)
		capacity = MESSAGE_OCTETS_MAX;
	struct field_writer to = {.dialect = dialect, .out = builder_over(octets, capacity)};

	builder_octets(&to.out, NULL, MESSAGE_HEADER_OCTETS);
	fields_write(&row->fields, &to, &message->binding_update);
	options_write(dialect->options, &to, message);
	options_align(&to.out, 8, 0);
	if (to.out.failed)
		return false;

	size_t length = builder_length(&to.out);
	struct builder header = builder_over(octets, MESSAGE_HEADER_OCTETS);
	write_header(&header, message->type, length);
	*ret = (struct message_layout){
		.length = length,
		.authentication_at = message->authentication_count ? to.first_authenticator : 0,
		.authorization_at = message->has_authorization ? to.last_authenticator : 0,
	};
	return true;
}

size_t flow_options_octets_max(const struct flow_options *options)
{
	const struct opt_traffic_selector *selector = &options->traffic_selector;
	const size_t header = 2;
	size_t octets = 0;

	if (options->has_bid_reference)
		octets +=
			1 + header +
			options->bid_reference.bids_count * sizeof(options->bid_reference.bids[0]);
	if (options->has_traffic_selector)
		octets += selector_alignment(&selector->selector) - 1 + header +
			  selector_octets(&selector->selector) + selector->unknown.length;
	return octets;
}

/* ---- visiting ---- */

void message_visit(
	const struct dialect *dialect, const struct message *message, const struct visitor *to)
{
	const struct message_row *row = row_of(message->type);

	to->message(to->ctx, message->type, row ? row->title : NULL);
	if (row) {
		fields_visit(&row->fields, to, &message->binding_update);
		to->end(to->ctx);
	}
	options_visit(dialect->options, to, message);
}
