/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 messages, octets to struct icmpv6 and back (RFC 4443 4, RFC 4861 4, RFC 6275 6.5 to 6.8
 * and 7), with those receive checks of RFC 4861 6.1 and 7.1 that need no state. Generated from
 * icmpv6.def and nd_opts.def.
 */
#include "icmpv6.h"

#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define OPTION_UNIT 8

/* ---- reading fields: one function for each message and each option ---- */

#define READ_u8(name) ret->name = cursor_u8(in);
#define READ_u16(name) ret->name = cursor_u16(in);
#define READ_u32(name) ret->name = cursor_u32(in);
#define READ_address(name) cursor_address(in, &ret->name);
#define READ_link_layer(name) read_link_layer(in, ret->name);
#define READ_reserved16(name) cursor_u16(in);
#define READ_reserved32(name) cursor_u32(in);

#define FIELD(kind, name) READ_##kind(name)
#define FLAGS(kind)                                                                                \
	{                                                                                          \
		uint32_t flags = cursor_##kind(in);
#define FLAG(mask, name) ret->name = (flags & (mask)) != 0;
#define END_FLAGS(kind) }
#define END(name) }

static void read_link_layer(struct cursor *in, uint8_t ret[ICMPV6_LINK_LAYER_OCTETS])
{
	struct octets octets = cursor_octets(in, ICMPV6_LINK_LAYER_OCTETS);

	if (octets.at)
		memcpy(ret, octets.at, octets.length);
}

#define ICMPV6(number, name, title, tail)                                                          \
	static void read_##name(struct cursor *in, struct icmpv6 *ret)                             \
	{                                                                                          \
		(void)ret;
#include "icmpv6.def"
#undef ICMPV6

#define MEMBER_ONE(name) struct icmpv6
#define MEMBER_MANY(name) struct icmpv6_prefix
#define OPTION(number, name, title, multiplicity, units, where)                                    \
	static void read_##name(struct cursor *in, MEMBER_##multiplicity(name) * ret)              \
	{
#include "nd_opts.def"
#undef OPTION

#undef END
#undef END_FLAGS
#undef FLAG
#undef FLAGS
#undef FIELD

/* ---- writing fields ---- */

#define WRITE_u8(name) builder_u8(out, from->name);
#define WRITE_u16(name) builder_u16(out, from->name);
#define WRITE_u32(name) builder_u32(out, from->name);
#define WRITE_address(name) builder_address(out, &from->name);
#define WRITE_link_layer(name) builder_octets(out, from->name, ICMPV6_LINK_LAYER_OCTETS);
#define WRITE_reserved16(name) builder_u16(out, 0);
#define WRITE_reserved32(name) builder_u32(out, 0);

#define FIELD(kind, name) WRITE_##kind(name)
#define FLAGS(kind)                                                                                \
	{                                                                                          \
		uint32_t flags = 0;
#define FLAG(mask, name) flags |= from->name ? (mask) : 0;
#define END_FLAGS(kind)                                                                            \
	BUILD_##kind                                                                               \
	}
#define BUILD_u8 builder_u8(out, (uint8_t)flags);
#define BUILD_u16 builder_u16(out, (uint16_t)flags);
#define BUILD_u32 builder_u32(out, flags);
#define END(name) }

#define ICMPV6(number, name, title, tail)                                                          \
	static void write_##name(struct builder *out, const struct icmpv6 *from)                   \
	{                                                                                          \
		(void)from;
#include "icmpv6.def"
#undef ICMPV6

#define OPTION(number, name, title, multiplicity, units, where)                                    \
	static void write_##name(struct builder *out, const MEMBER_##multiplicity(name) * from)    \
	{                                                                                          \
		builder_u8(out, number);                                                           \
		builder_u8(out, units);
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

/* ---- options ---- */

/* Whether a message of this type may hold options of that number. */
static bool option_belongs(uint8_t number, uint8_t type)
{
	switch (number) {
#define OPTION(number, name, title, multiplicity, units, where)                                    \
	case number:                                                                               \
		return where;
#include "nd_opts.def"
#undef OPTION
	default:
		return false;
	}
}

/* Of options that come once, the first counts. */
#define TAKE_ONE(name, in, ret)                                                                    \
	if (!(ret)->has_##name)                                                                    \
		read_##name(in, ret);                                                              \
	(ret)->has_##name = true;
#define TAKE_MANY(name, in, ret) take_##name(in, ret);

static void take_prefixes(struct cursor *in, struct icmpv6 *ret)
{
	struct icmpv6_prefix prefix = {0};

	read_prefixes(in, &prefix);
	if (prefix.length > 128 || ret->prefixes_count == ARRAY_LENGTH(ret->prefixes))
		return;
	ret->prefixes[ret->prefixes_count++] = prefix;
}

/* `in` holds what follows Length. An option of another length is not what we know by its number. */
static void take_option(uint8_t number, struct cursor *in, struct icmpv6 *ret)
{
	size_t length = cursor_left(in) + 2;

	if (!option_belongs(number, ret->type))
		return;
	switch (number) {
#define OPTION(number, name, title, multiplicity, units, where)                                    \
	case number:                                                                               \
		if (length == OPTION_UNIT * (units)) {                                             \
			TAKE_##multiplicity(name, in, ret)                                         \
		}                                                                                  \
		break;
#include "nd_opts.def"
#undef OPTION
	}
}

/* RFC 4861 6.1.1, 7.1.1: `from_nowhere` has no link-layer address to tell, of whatever length */
static enum wire_error read_options(struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
{
	while (cursor_left(in) > 0) {
		uint8_t number = cursor_u8(in);
		size_t length = OPTION_UNIT * (size_t)cursor_u8(in);
		/* RFC 4861 4.6: such a packet is discarded */
		if (length == 0 && !in->failed)
			return WIRE_BAD_OPTION_LENGTH;
		struct cursor fields = cursor_sub(in, length - 2);
		if (in->failed)
			return WIRE_OPTION_OVERRUN;
		if (from_nowhere && number == ICMPV6_OPTION_source_link_layer &&
			option_belongs(number, ret->type))
			return WIRE_BAD_ADDRESSES;
		take_option(number, &fields, ret);
	}
	return WIRE_OK;
}

#define APPEND_ONE(name)                                                                           \
	if (from->has_##name) {                                                                    \
		write_##name(out, from);                                                           \
		any = true;                                                                        \
	}
#define APPEND_MANY(name)                                                                          \
	if (from->name##_count > ARRAY_LENGTH(from->name))                                         \
		out->failed = true;                                                                \
	for (size_t i = 0; !out->failed && i < from->name##_count; i++) {                          \
		write_##name(out, &from->name[i]);                                                 \
		any = true;                                                                        \
	}

static void write_options(struct builder *out, const struct icmpv6 *from)
{
#define OPTION(number, name, title, multiplicity, units, where)                                    \
	{                                                                                          \
		bool any = false;                                                                  \
		APPEND_##multiplicity(name) if (any && !option_belongs(number, from->type))        \
			out->failed = true;                                                        \
	}
#include "nd_opts.def"
#undef OPTION
}

/* ---- what follows the fields ---- */

static enum wire_error read_data(struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
{
	(void)from_nowhere;
	ret->data = cursor_octets(in, cursor_left(in));
	return WIRE_OK;
}

static void write_data(struct builder *out, const struct icmpv6 *from)
{
	builder_octets(out, from->data.at, from->data.length);
}

/* RFC 6275 6.6: as many as the packet holds */
static enum wire_error read_home_agents(struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
{
	(void)from_nowhere;
	while (cursor_left(in) > 0) {
		struct in6_addr address;
		cursor_address(in, &address);
		if (in->failed)
			return WIRE_TRUNCATED;
		if (ret->home_agents_count < ARRAY_LENGTH(ret->home_agents))
			ret->home_agents[ret->home_agents_count++] = address;
	}
	return WIRE_OK;
}

static void write_home_agents(struct builder *out, const struct icmpv6 *from)
{
	if (from->home_agents_count > ARRAY_LENGTH(from->home_agents))
		out->failed = true;
	for (size_t i = 0; !out->failed && i < from->home_agents_count; i++)
		builder_address(out, &from->home_agents[i]);
}

/* What a later document may add is ignored. */
static enum wire_error read_nothing(struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
{
	(void)in;
	(void)from_nowhere;
	(void)ret;
	return WIRE_OK;
}

static void write_nothing(struct builder *out, const struct icmpv6 *from)
{
	(void)out;
	(void)from;
}

/* ---- the message ---- */

static enum wire_error read_body(struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
{
	switch (ret->type) {
#define ICMPV6(number, name, title, tail)                                                          \
	case number:                                                                               \
		read_##name(in, ret);                                                              \
		return in->failed ? WIRE_TRUNCATED : read_##tail(in, from_nowhere, ret);
#include "icmpv6.def"
#undef ICMPV6
	default:
		return WIRE_UNKNOWN_MESSAGE;
	}
}

static void write_body(struct builder *out, const struct icmpv6 *from)
{
	switch (from->type) {
#define ICMPV6(number, name, title, tail)                                                          \
	case number:                                                                               \
		write_##name(out, from);                                                           \
		write_##tail(out, from);                                                           \
		break;
#include "icmpv6.def"
#undef ICMPV6
	default:
		out->failed = true;
	}
}

/* RFC 4861 6.1.1, 6.1.2, 7.1.1, 7.1.2, but for what is within the message. */
static enum wire_error check_neighbour_discovery(const struct packet *packet, uint8_t code)
{
	if (packet->hop_limit != ND_HOP_LIMIT)
		return WIRE_BAD_HOP_LIMIT;
	if (code != 0)
		return WIRE_BAD_CODE;
	/* No document gives these a meaning here, and they would put another in the sender's place
	 */
	return packet->has_home_address || packet->has_routing ? WIRE_BAD_ADDRESSES : WIRE_OK;
}

static bool is_solicited_node(const struct in6_addr *address)
{
	struct in6_addr expected = address_solicited_node(address);

	return IN6_ARE_ADDR_EQUAL(address, &expected);
}

/* RFC 4861 6.1.2, 7.1.1, 7.1.2 */
static enum wire_error check_addresses(const struct packet *packet, const struct icmpv6 *message)
{
	bool valid = true;

	if (message->type == ICMPV6_ROUTER_ADVERTISEMENT)
		valid = IN6_IS_ADDR_LINKLOCAL(&packet->source);
	else if (message->type == ICMPV6_NEIGHBOR_SOLICITATION)
		valid = !IN6_IS_ADDR_UNSPECIFIED(&packet->source) ||
			is_solicited_node(&packet->destination);
	else if (message->type == ICMPV6_NEIGHBOR_ADVERTISEMENT)
		valid = !message->solicited || !IN6_IS_ADDR_MULTICAST(&packet->destination);
	if (!valid)
		return WIRE_BAD_ADDRESSES;
	/* `target` is :: where there is none */
	return IN6_IS_ADDR_MULTICAST(&message->target) ? WIRE_BAD_TARGET : WIRE_OK;
}

bool icmpv6_is_neighbour_discovery(uint8_t type)
{
	return type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_NEIGHBOR_ADVERTISEMENT;
}

uint8_t icmpv6_type(const struct packet *packet)
{
	struct cursor in = cursor_over(packet->payload.at, packet->payload.length);

	return packet->next_header == ICMPV6_NEXT_HEADER ? cursor_u8(&in) : 0;
}

static enum wire_error read_message(
	const struct packet *packet, struct cursor *in, struct icmpv6 *ret)
{
	ret->type = cursor_u8(in);
	ret->code = cursor_u8(in);
	cursor_u16(in); /* checksum */
	enum wire_error error = WIRE_OK;
	if (icmpv6_is_neighbour_discovery(ret->type))
		error = check_neighbour_discovery(packet, ret->code);
	if (error == WIRE_OK)
		error = read_body(in, IN6_IS_ADDR_UNSPECIFIED(&packet->source), ret);
	return error == WIRE_OK ? check_addresses(packet, ret) : error;
}

enum wire_error icmpv6_decode(const struct packet *packet, struct icmpv6 *ret)
{
	struct cursor in = cursor_over(packet->payload.at, packet->payload.length);
	struct icmpv6 message = {0};

	if (packet->next_header != ICMPV6_NEXT_HEADER)
		return WIRE_NOT_ICMPV6;
	if (cursor_left(&in) < ICMPV6_HEADER_OCTETS)
		return WIRE_TRUNCATED;
	if (!packet_checksum_right(packet, packet->payload))
		return WIRE_BAD_CHECKSUM;
	enum wire_error error = read_message(packet, &in, &message);
	if (error == WIRE_OK)
		*ret = message;
	return error;
}

size_t icmpv6_encode(const struct icmpv6 *message, uint8_t *octets, size_t capacity)
{
	struct builder out = builder_over(octets, capacity);

	builder_u8(&out, message->type);
	builder_u8(&out, message->code);
	builder_u16(&out, 0);
	write_body(&out, message);
	return out.failed ? 0 : builder_length(&out);
}

const char *icmpv6_name(uint8_t type)
{
	switch (type) {
#define ICMPV6(number, name, title, tail)                                                          \
	case number:                                                                               \
		return title;
#include "icmpv6.def"
#undef ICMPV6
	default:
		return NULL;
	}
}
