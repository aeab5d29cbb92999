/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks a decoded ICMPv6 message for whoever prints it, generated from icmpv6.def and nd_opts.def.
 * Options come in the order of nd_opts.def, whatever their order on the wire was.
 */
#include "icmpv6.h"

#define VISIT_u8(name) to->number(to->ctx, #name, from->name);
#define VISIT_u16 VISIT_u8
#define VISIT_u32 VISIT_u8
#define VISIT_address(name) to->address(to->ctx, #name, &from->name);
#define VISIT_link_layer(name)                                                                     \
	to->octets(to->ctx, #name, (struct octets){from->name, ICMPV6_LINK_LAYER_OCTETS});
#define VISIT_reserved16(name)
#define VISIT_reserved32(name)

#define FIELD(kind, name) VISIT_##kind(name)
#define FLAGS(kind)
#define FLAG(mask, name) to->flag(to->ctx, #name, from->name);
#define END_FLAGS(kind)
#define END(name) }

#define ICMPV6(number, name, title, tail)                                                          \
	static void visit_##name(const struct icmpv6_visitor *to, const struct icmpv6 *from)       \
	{                                                                                          \
		(void)to;                                                                          \
		(void)from;
#include "icmpv6.def"
#undef ICMPV6

#define MEMBER_ONE struct icmpv6
#define MEMBER_MANY struct icmpv6_prefix
#define OPTION(number, name, title, multiplicity, units, where)                                    \
	static void visit_##name(                                                                  \
		const struct icmpv6_visitor *to, const MEMBER_##multiplicity *from)                \
	{                                                                                          \
		to->option(to->ctx, number, title);
#include "nd_opts.def"
#undef OPTION

#undef END
#undef END_FLAGS
#undef FLAG
#undef FLAGS
#undef FIELD
#define FIELD(kind, name)
#define FLAGS(kind)
#define FLAG(mask, name)
#define END_FLAGS(kind)
#define END(name)

#define EACH_ONE(name) i < from->has_##name
#define EACH_MANY(name) i < from->name##_count
#define NTH_ONE(name) from
#define NTH_MANY(name) &from->name[i]

static void visit_options(const struct icmpv6_visitor *to, const struct icmpv6 *from)
{
#define OPTION(number, name, title, multiplicity, units, where)                                    \
	for (unsigned int i = 0; EACH_##multiplicity(name); i++)                                   \
		visit_##name(to, NTH_##multiplicity(name));
#include "nd_opts.def"
#undef OPTION
}

static void visit_data(const struct icmpv6_visitor *to, const struct icmpv6 *from)
{
	to->octets(to->ctx, "data", from->data);
}

static void visit_home_agents(const struct icmpv6_visitor *to, const struct icmpv6 *from)
{
	for (unsigned int i = 0; i < from->home_agents_count; i++)
		to->address(to->ctx, "home_agents", &from->home_agents[i]);
}

static void visit_nothing(const struct icmpv6_visitor *to, const struct icmpv6 *from)
{
	(void)to;
	(void)from;
}

void icmpv6_visit(const struct icmpv6 *message, const struct icmpv6_visitor *to)
{
	switch (message->type) {
#define ICMPV6(number, name, title, tail)                                                          \
	case number:                                                                               \
		visit_##name(to, message);                                                         \
		visit_##tail(to, message);                                                         \
		break;
#include "icmpv6.def"
#undef ICMPV6
	}
}
