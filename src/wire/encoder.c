/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct message to octets, with the padding and alignment that RFC 6275 6.2.1 and each option ask
 * for. Generated from msgs.def and opts.def. Must not compute checksums or authenticators: it says
 * where the latter stand.
 */
#include "message.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define PADN 1

struct writer {
	const struct dialect *dialect;
	struct builder out;
	size_t first_authenticator;
	size_t last_authenticator;
};

/* RFC 6275 6.2.1: Pad1 or PadN up to the next offset n * i + m. */
static void align(struct builder *out, size_t n, size_t m)
{
	size_t padding = (m - builder_length(out)) % n;

	if (padding > 1)
		builder_u8(out, PADN);
	if (padding > 1)
		builder_u8(out, (uint8_t)(padding - 2));
	builder_octets(out, NULL, padding > 1 ? padding - 2 : padding);
}

/* ---- fields: two functions for each option, one for each message ---- */

static void write_care_of(struct builder *out, const struct care_of *care_of)
{
	if (care_of->length != 0 && care_of->length != 4 && care_of->length != 16)
		out->failed = true;
	else
		builder_octets(out, care_of->address.s6_addr, care_of->length);
}

static void write_authenticator(struct writer *to, struct octets authenticator)
{
	to->last_authenticator = builder_length(&to->out);
	if (!to->first_authenticator)
		to->first_authenticator = to->last_authenticator;
	if (authenticator.length == 0)
		to->out.failed = true;
	builder_octets(&to->out, authenticator.at, authenticator.length);
}

#define SIZE_u8(name) +1
#define SIZE_u16(name) +2
#define SIZE_u32(name) +4
#define SIZE_u64(name) +8
#define SIZE_address(name) +sizeof(from->name)
#define SIZE_care_of(name) +from->name.length
#define SIZE_rest(name) +from->name.length
#define SIZE_authenticator(name) +from->name.length
#define SIZE_bid_flags(name) +1
#define SIZE_reserved8(name) +1
#define SIZE_reserved16(name) +2

#define OPTION(number, name, title, multiplicity, n, m)                                            \
	static size_t size_##name(const struct opt_##name *from)                                   \
	{                                                                                          \
		(void)from;                                                                        \
		return 0
#define FIELD(kind, name) SIZE_##kind(name)
#define END(name)                                                                                  \
	;                                                                                          \
	}
#include "opts.def"
#undef END
#undef FIELD
#undef OPTION

#define WRITE_u8(name) builder_u8(&to->out, from->name);
#define WRITE_u16(name) builder_u16(&to->out, from->name);
#define WRITE_u32(name) builder_u32(&to->out, from->name);
#define WRITE_u64(name) builder_u64(&to->out, from->name);
#define WRITE_address(name) builder_address(&to->out, &from->name);
#define WRITE_care_of(name) write_care_of(&to->out, &from->name);
#define WRITE_rest(name) builder_octets(&to->out, from->name.at, from->name.length);
#define WRITE_authenticator(name) write_authenticator(to, from->name);
#define WRITE_update_flags(name)                                                                   \
	builder_u16(&to->out, dialect_update_flags_write(to->dialect, from->name));
#define WRITE_bid_flags(name) builder_u8(&to->out, dialect_bid_flags(to->dialect, from->name));
#define WRITE_reserved8(name) builder_u8(&to->out, 0);
#define WRITE_reserved16(name) builder_u16(&to->out, 0);

#define WRITER(prefix, name)                                                                       \
	static void write_##prefix##_##name(struct writer *to, const struct prefix##_##name *from) \
	{                                                                                          \
		(void)from;
#define FIELD(kind, name) WRITE_##kind(name)
#define END(name) }

#define MESSAGE(number, name, title) WRITER(msg, name)
#include "msgs.def"
#undef MESSAGE

#define OPTION(number, name, title, multiplicity, n, m) WRITER(opt, name)
#include "opts.def"
#undef OPTION

#undef END
#undef FIELD
#define FIELD(kind, name)
#define END(name)

/* ---- options ---- */

static void write_option_header(struct writer *to, uint8_t type, size_t length)
{
	if (length > UINT8_MAX)
		to->out.failed = true;
	builder_u8(&to->out, dialect_option_octet(to->dialect, type));
	builder_u8(&to->out, (uint8_t)length);
}

#define OPTION(number, name, title, multiplicity, n, m)                                            \
	static void append_##name(struct writer *to, const struct opt_##name *option)              \
	{                                                                                          \
		align(&to->out, n, m);                                                             \
		write_option_header(to, number, size_##name(option));                              \
		write_opt_##name(to, option);                                                      \
	}
#include "opts.def"
#undef OPTION

#define APPEND_ONE(name)                                                                           \
	if (from->has_##name)                                                                      \
		append_##name(to, &from->name);
#define APPEND_SEVERAL(name)                                                                       \
	if (from->name##_count > ARRAY_LENGTH(from->name))                                         \
		to->out.failed = true;                                                             \
	for (size_t i = 0; !to->out.failed && i < from->name##_count; i++)                         \
		append_##name(to, &from->name[i]);
#define APPEND_PAIR APPEND_SEVERAL
#define APPEND_MANY APPEND_SEVERAL

static void append_options(struct writer *to, const struct message *from)
{
#define OPTION(number, name, title, multiplicity, n, m) APPEND_##multiplicity(name)
#include "opts.def"
#undef OPTION
}

/* ---- the message ---- */

static void write_fields(struct writer *to, const struct message *from)
{
	switch (from->type) {
#define MESSAGE(number, name, title)                                                               \
	case number:                                                                               \
		write_msg_##name(to, &from->name);                                                 \
		break;
#include "msgs.def"
#undef MESSAGE
	default:
		to->out.failed = true;
	}
}

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
	if (capacity > MESSAGE_OCTETS_MAX)
		capacity = MESSAGE_OCTETS_MAX;
	struct writer to = {.dialect = dialect, .out = builder_over(octets, capacity)};

	builder_octets(&to.out, NULL, MESSAGE_HEADER_OCTETS);
	write_fields(&to, message);
	append_options(&to, message);
	align(&to.out, 8, 0);
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
