/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility Header messages, octets to struct message and back: RFC 6275 6.1, and of the receive
 * rules in 9.2 those that need nothing but the message. The rows of msgs.def and opts.def say what
 * is where. Must not allocate, must not decide what a well-formed message means, and must not
 * compute checksums or authenticators: it says where the latter stand.
 */
#include "message.h"

#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- rows ---- */

#define FIELD(owner, kind, name) FIELD_##kind(struct msg_##owner, name)
#define MESSAGE(type, name, title, fields)                                                         \
	static const struct field_row msg_##name##_fields[] = {fields};
#include "msgs.def"
#undef MESSAGE
#undef FIELD

#define FIELD(owner, kind, name) FIELD_##kind(struct opt_##owner, name)
#define OPTION(octet, name, title, count, places, rule, n, m, fields)                              \
	static const struct field_row opt_##name##_fields[] = {fields};
#include "opts.def"
#undef OPTION
#undef FIELD
#define FIELD(owner, kind, name)

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

/* Places in the rows of options, for the index. */
enum {
#define OPTION(octet, name, title, count, places, rule, n, m, fields) ROW_##name,
#include "opts.def"
#undef OPTION
};

static const uint8_t option_index[UINT8_MAX + 1] = {
#define OPTION(octet, name, title, count, places, rule, n, m, fields) [octet] = ROW_##name + 1,
#include "opts.def"
#undef OPTION
};

#define COUNT_AT_ONCE(name)                                                                        \
	.place.once = true, .place.count_at = offsetof(struct message, has_##name)
#define COUNT_AT_MANY(name) .place.count_at = offsetof(struct message, name##_count)

static const struct option_row option_rows[] = {
#define OPTION(octet_, name, title_, count, places_, rule, n, m, fields_)                          \
	[ROW_##name] = {                                                                           \
		.title = (title_),                                                                 \
		.fields = {opt_##name##_fields, ARRAY_LENGTH(opt_##name##_fields)},                \
		.octet = (octet_),                                                                 \
		.alignment = {rule, n, m},                                                         \
		.place.most = (places_),                                                           \
		.place.size = sizeof(struct opt_##name),                                           \
		.place.at = offsetof(struct message, name),                                        \
		COUNT_AT_##count(name),                                                            \
	},
#include "opts.def"
#undef OPTION
};

const struct option_set message_options = {option_rows, ARRAY_LENGTH(option_rows), option_index};

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

/* Reads what all messages have in common, RFC 6275 6.1.1, and confines `in` to Header Len. */
static bool read_header(struct cursor *in, uint8_t *ret_payload_proto, uint8_t *ret_type)
{
	struct cursor header = *in;
	uint8_t payload_proto = cursor_u8(&header);
	size_t length = 8 * ((size_t)cursor_u8(&header) + 1);
	uint8_t type = cursor_u8(&header);

	*in = cursor_sub(in, length);
	cursor_octets(in, MESSAGE_HEADER_OCTETS);
	if (in->failed)
		return false;
	*ret_payload_proto = payload_proto;
	*ret_type = type;
	return true;
}

enum wire_error message_decode(
	const struct dialect *dialect, const uint8_t *octets, size_t length, struct message *ret)
{
	struct cursor in = cursor_over(octets, length);
	uint8_t payload_proto, type;

	if (!read_header(&in, &payload_proto, &type))
		return WIRE_TRUNCATED;
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
