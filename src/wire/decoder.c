/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets to struct message: RFC 6275 6.1 and 6.2, and of the receive rules in 9.2 those that need
 * nothing but the message. Generated from msgs.def and opts.def. Must not allocate, and must not
 * decide what a well-formed message means.
 */
#include "message.h"

#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define PAD1 0

/* ---- message_init() ---- */

void message_init(struct message *message, enum mh_type type)
{
	message->type = (uint8_t)type;
#define FIELD(kind, name)
#define END(name)
#define MESSAGE(number, name, title) memset(&message->name, 0, sizeof(message->name));
#include "msgs.def"
#undef MESSAGE
#define CLEAR_ONE(name)                                                                            \
	message->has_##name = false;                                                               \
	memset(&message->name, 0, sizeof(message->name));
#define CLEAR_PAIR(name) message->name##_count = 0;
#define CLEAR_MANY(name) message->name##_count = 0;
#define OPTION(number, name, title, multiplicity, n, m) CLEAR_##multiplicity(name)
#include "opts.def"
#undef OPTION
#undef END
#undef FIELD
}

/* ---- fields: one function for each message and each option ---- */

/* What is wrong with the option so far, or with this field, is said in it. */
static struct care_of read_care_of(struct cursor *in)
{
	struct octets octets = cursor_octets(in, cursor_left(in));
	struct care_of care_of = {.length = (uint8_t)octets.length};

	if (in->failed || (octets.length != 0 && octets.length != 4 && octets.length != 16))
		care_of.length = CARE_OF_MALFORMED;
	else if (octets.length != 0)
		memcpy(&care_of.address, octets.at, octets.length);
	*in = cursor_over(NULL, 0);
	return care_of;
}

static struct octets read_authenticator(struct cursor *in)
{
	if (cursor_left(in) == 0)
		in->failed = true;
	return cursor_octets(in, cursor_left(in));
}

#define READ_u8(name) ret->name = cursor_u8(in);
#define READ_u16(name) ret->name = cursor_u16(in);
#define READ_u32(name) ret->name = cursor_u32(in);
#define READ_u64(name) ret->name = cursor_u64(in);
#define READ_address(name) cursor_address(in, &ret->name);
#define READ_care_of(name) ret->name = read_care_of(in);
#define READ_rest(name) ret->name = cursor_octets(in, cursor_left(in));
#define READ_authenticator(name) ret->name = read_authenticator(in);
#define READ_update_flags(name) ret->name = dialect_update_flags_read(dialect, cursor_u16(in));
#define READ_bid_flags(name) ret->name = dialect_bid_flags(dialect, cursor_u8(in));
#define READ_reserved8(name) cursor_u8(in);
#define READ_reserved16(name) cursor_u16(in);

#define READER(prefix, name)                                                                       \
	static void read_##prefix##_##name(                                                        \
		const struct dialect *dialect, struct cursor *in, struct prefix##_##name *ret)     \
	{                                                                                          \
		(void)dialect;                                                                     \
		(void)ret;
#define FIELD(kind, name) READ_##kind(name)
#define END(name) }

#define MESSAGE(number, name, title) READER(msg, name)
#include "msgs.def"
#undef MESSAGE

#define OPTION(number, name, title, multiplicity, n, m) READER(opt, name)
#include "opts.def"
#undef OPTION

#undef END
#undef FIELD
#define FIELD(kind, name)
#define END(name)

/* ---- options ---- */

/* Where the next option of its kind goes; NULL if there may be no further one. */
#define PLACE_ONE(name) (ret->has_##name ? NULL : (ret->has_##name = true, &ret->name))
#define PLACE_SEVERAL(name)                                                                        \
	(ret->name##_count == ARRAY_LENGTH(ret->name) ? NULL : &ret->name[ret->name##_count++])
#define PLACE_PAIR PLACE_SEVERAL
#define PLACE_MANY PLACE_SEVERAL

/* Decodes one option, whose fields are what `in` holds. */
static enum wire_error read_option(
	const struct dialect *dialect, uint8_t type, struct cursor *in, struct message *ret)
{
	switch (type) {
#define OPTION(number, name, title, multiplicity, n, m)                                            \
	case number: {                                                                             \
		struct opt_##name *option = PLACE_##multiplicity(name);                            \
		if (!option)                                                                       \
			return WIRE_DUPLICATE_OPTION;                                              \
		read_opt_##name(dialect, in, option);                                              \
		break;                                                                             \
	}
#include "opts.def"
#undef OPTION
	default:
		return WIRE_OK; /* RFC 6275 6.2.1: an option that is not known is skipped */
	}
	return !in->failed && cursor_left(in) == 0 ? WIRE_OK : WIRE_BAD_OPTION_LENGTH;
}

static enum wire_error read_options(
	const struct dialect *dialect, struct cursor *in, struct message *ret)
{
	while (cursor_left(in) > 0) {
		/* RFC 6275 6.2.7: nothing follows it, not even padding */
		if (ret->has_authorization)
			return WIRE_AUTHORIZATION_NOT_LAST;
		uint8_t octet = cursor_u8(in);
		if (octet == PAD1)
			continue;
		struct cursor fields = cursor_sub(in, cursor_u8(in));
		if (in->failed)
			return WIRE_OPTION_OVERRUN;
		enum wire_error error =
			read_option(dialect, dialect_option_type(dialect, octet), &fields, ret);
		if (error)
			return error;
	}
	return WIRE_OK;
}

/* ---- the message ---- */

static void read_fields(const struct dialect *dialect, struct cursor *in, struct message *ret)
{
	switch (ret->type) {
#define MESSAGE(number, name, title)                                                               \
	case number:                                                                               \
		read_msg_##name(dialect, in, &ret->name);                                          \
		break;
#include "msgs.def"
#undef MESSAGE
	}
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
	if (!message_name(type))
		return WIRE_UNKNOWN_MESSAGE;
	if (payload_proto != MH_NO_PAYLOAD)
		return WIRE_BAD_PAYLOAD_PROTO;
	read_fields(dialect, &in, ret);
	if (in.failed)
		return WIRE_HEADER_LEN_TOO_SMALL;
	return read_options(dialect, &in, ret);
}
