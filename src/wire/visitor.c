/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a decoded message for whoever prints it, generated from msgs.def and opts.def. Options come
 * in the order of opts.def, whatever their order on the wire was.
 */
#include "message.h"

#define VISIT_u8(name) to->number(to->ctx, #name, from->name);
#define VISIT_u16 VISIT_u8
#define VISIT_u32 VISIT_u8
#define VISIT_u64 VISIT_u8
#define VISIT_update_flags VISIT_u8
#define VISIT_bid_flags VISIT_u8
#define VISIT_address(name) to->address(to->ctx, #name, &from->name);
#define VISIT_care_of(name) to->care_of(to->ctx, #name, &from->name);
#define VISIT_rest(name) to->octets(to->ctx, #name, from->name);
#define VISIT_authenticator VISIT_rest
#define VISIT_reserved8(name)
#define VISIT_reserved16(name)

#define VISITOR(prefix, name)                                                                      \
	static void visit_##prefix##_##name(                                                       \
		const struct message_visitor *to, const struct prefix##_##name *from)              \
	{                                                                                          \
		(void)from;
#define FIELD(kind, name) VISIT_##kind(name)
#define END(name)                                                                                  \
	to->end(to->ctx);                                                                          \
	}

#define MESSAGE(number, name, title) VISITOR(msg, name)
#include "msgs.def"
#undef MESSAGE

#define OPTION(number, name, title, multiplicity, n, m) VISITOR(opt, name)
#include "opts.def"
#undef OPTION

#undef END
#undef FIELD
#define FIELD(kind, name)
#define END(name)

static void visit_fields(const struct message *message, const struct message_visitor *to)
{
	switch (message->type) {
#define MESSAGE(number, name, title)                                                               \
	case number:                                                                               \
		visit_msg_##name(to, &message->name);                                              \
		break;
#include "msgs.def"
#undef MESSAGE
	}
}

#define EACH_ONE(name) i < message->has_##name
#define EACH_PAIR(name) i < message->name##_count
#define EACH_MANY EACH_PAIR
#define NTH_ONE(name) &message->name
#define NTH_PAIR(name) &message->name[i]
#define NTH_MANY NTH_PAIR

void message_visit(const struct dialect *dialect, const struct message *message,
	const struct message_visitor *to)
{
	to->message(to->ctx, message->type, message_name(message->type));
	visit_fields(message, to);
#define OPTION(number, name, title, multiplicity, n, m)                                            \
	for (unsigned int i = 0; EACH_##multiplicity(name); i++) {                                 \
		to->option(to->ctx, dialect_option_octet(dialect, number), title);                 \
		visit_opt_##name(to, NTH_##multiplicity(name));                                    \
	}
#include "opts.def"
#undef OPTION
}
