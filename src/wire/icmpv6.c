/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 messages, octets to struct icmpv6 and back (RFC 4443 4, RFC 4861 4, RFC 6275 6.5 to 6.8
 * and 7), with those receive checks of RFC 4861 6.1 and 7.1 that need no state. The rows of
 * icmpv6.def and nd_opts.def say what is where.
 */
#include "icmpv6.h"

#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define OPTION_UNIT 8

/* ---- rows ---- */

/* What follows the fields of a message. */
enum tail {
	TAIL_data,
	TAIL_options,
	TAIL_home_agents,
	TAIL_nothing,
};

struct icmpv6_row {
	const char *title;
	struct fields fields;
	uint8_t type;
	uint8_t tail; /* enum tail */
};

struct nd_option {
	const char *title;
	struct fields fields;
	uint8_t type;
	uint8_t units;
	struct option_place place; /* once: the fields are the message's own */
	uint32_t where;            /* the messages that may hold it: bits as IN() has them */
};

#define FIELD(owner, kind, name) FIELD_##kind(struct owner, name)
#define FLAG(owner, mask, name) FIELD_flag(struct owner, mask, name)
#define FLAGS(bits) FIELD_flags(bits)

#define ICMPV6(type, name, title, tail, fields)                                                    \
	static const struct field_row name##_fields[] = {fields};
#include "icmpv6.def"
#undef ICMPV6

#define OPTION(type, name, title, count, units, where, fields)                                     \
	static const struct field_row name##_fields[] = {fields};
#include "nd_opts.def"
#undef OPTION

#undef FIELD
#undef FLAG
#undef FLAGS

static const struct icmpv6_row messages[] = {
#define ICMPV6(type, name, title, tail, fields)                                                    \
	{title, {name##_fields, ARRAY_LENGTH(name##_fields)}, type, TAIL_##tail},
#include "icmpv6.def"
#undef ICMPV6
};

/* Of the types from Router Solicitation to Prefix Advertisement. */
#define IN(name) (1u << (ICMPV6_##name - ICMPV6_ROUTER_SOLICITATION))
#define PLACE_ONCE(name)                                                                           \
	{                                                                                          \
		.once = true, .most = 1, .count_at = offsetof(struct icmpv6, has_##name)           \
	}
#define PLACE_MANY(name)                                                                           \
	{                                                                                          \
		.most = ARRAY_LENGTH(((struct icmpv6 *)NULL)->name),                               \
		.size = sizeof(((struct icmpv6 *)NULL)->name[0]),                                  \
		.at = offsetof(struct icmpv6, name),                                               \
		.count_at = offsetof(struct icmpv6, name##_count)                                  \
	}

static const struct nd_option options[] = {
#define OPTION(type_, name, title_, count, units_, where_, fields_)                                \
	{.title = (title_),                                                                        \
		.fields = {name##_fields, ARRAY_LENGTH(name##_fields)},                            \
		.type = (type_),                                                                   \
		.units = (units_),                                                                 \
		.where = (where_),                                                                 \
		.place = PLACE_##count(name)},
#include "nd_opts.def"
#undef OPTION
};

/* NULL if the type is unknown. */
static const struct icmpv6_row *row_of(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LENGTH(messages); i++)
		if (messages[i].type == type)
			return &messages[i];
	return NULL;
}

const char *icmpv6_name(uint8_t type)
{
	const struct icmpv6_row *row = row_of(type);

	return row ? row->title : NULL;
}

/* ---- options ---- */

/* Whether a message of this type may hold it. */
static bool belongs(const struct nd_option *row, uint8_t type)
{
	return type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_PREFIX_ADVERTISEMENT &&
	       row->where & 1u << (type - ICMPV6_ROUTER_SOLICITATION);
}

/* NULL if the option is unknown, or has no place in a message of this type. */
static const struct nd_option *option_in(uint8_t number, uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		if (options[i].type == number)
			return belongs(&options[i], type) ? &options[i] : NULL;
	return NULL;
}

static void take_prefix(const struct fields *fields, struct cursor *in, struct icmpv6 *ret)
{
	struct icmpv6_prefix prefix = {0};

	fields_read(fields, NULL, in, &prefix);
	if (prefix.length <= 128 && ret->prefixes_count < ARRAY_LENGTH(ret->prefixes))
		ret->prefixes[ret->prefixes_count++] = prefix;
}

/* `in` holds what follows Length. An option of another length is not what we know by its number. Of
 * options that come once, the first counts. */
static void take_option(const struct nd_option *row, struct cursor *in, struct icmpv6 *ret)
{
	if (cursor_left(in) + 2 != (size_t)OPTION_UNIT * row->units)
		return;
	if (!row->place.once) {
		take_prefix(&row->fields, in, ret);
	} else if (option_place_count(&row->place, ret) == 0) {
		fields_read(&row->fields, NULL, in, ret);
		*(bool *)((uint8_t *)ret + row->place.count_at) = true;
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
		const struct nd_option *row = option_in(number, ret->type);
		if (!row)
			continue;
		if (from_nowhere && number == ICMPV6_OPTION_source_link_layer)
			return WIRE_BAD_ADDRESSES;
		take_option(row, &fields, ret);
	}
	return WIRE_OK;
}

static void write_options(struct field_writer *to, const struct icmpv6 *from)
{
	for (const struct nd_option *row = options; row < options + ARRAY_LENGTH(options); row++) {
		size_t count = option_place_count(&row->place, from);

		if (count > row->place.most || (count > 0 && !belongs(row, from->type)))
			to->out.failed = true;
		for (size_t n = 0; n < count && !to->out.failed; n++) {
			builder_u8(&to->out, row->type);
			builder_u8(&to->out, row->units);
			fields_write(&row->fields, to, option_place_nth(&row->place, from, n));
		}
	}
}

static void visit_options(const struct icmpv6 *from, const struct visitor *to)
{
	for (const struct nd_option *row = options; row < options + ARRAY_LENGTH(options); row++)
		for (size_t n = 0; n < option_place_count(&row->place, from); n++) {
			to->option(to->ctx, row->type, row->title);
			fields_visit(&row->fields, to, option_place_nth(&row->place, from, n));
		}
}

/* ---- home agents: RFC 6275 6.6, as many as the packet holds ---- */

static enum wire_error read_home_agents(struct cursor *in, struct icmpv6 *ret)
{
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

/* ---- decoding ---- */

static enum wire_error read_body(struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
{
	const struct icmpv6_row *row = row_of(ret->type);

	if (!row)
		return WIRE_UNKNOWN_MESSAGE;
	fields_read(&row->fields, NULL, in, ret);
	if (in->failed)
		return WIRE_TRUNCATED;
	switch ((enum tail)row->tail) {
	case TAIL_data:
		ret->data = cursor_octets(in, cursor_left(in));
		return WIRE_OK;
	case TAIL_options:
		return read_options(in, from_nowhere, ret);
	case TAIL_home_agents:
		return read_home_agents(in, ret);
	case TAIL_nothing:
		break; /* What a later document may add is ignored. */
	}
	return WIRE_OK;
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

/* ---- encoding ---- */

size_t icmpv6_encode(const struct icmpv6 *message, uint8_t *octets, size_t capacity)
{
	const struct icmpv6_row *row = row_of(message->type);
	struct field_writer to = {.out = builder_over(octets, capacity)};

	if (!row)
		return 0;
	builder_u8(&to.out, message->type);
	builder_u8(&to.out, message->code);
	builder_u16(&to.out, 0);
	fields_write(&row->fields, &to, message);
	switch ((enum tail)row->tail) {
	case TAIL_data:
		builder_octets(&to.out, message->data.at, message->data.length);
		break;
	case TAIL_options:
		write_options(&to, message);
		break;
	case TAIL_home_agents:
		write_home_agents(&to.out, message);
		break;
	case TAIL_nothing:
		break;
	}
	return to.out.failed ? 0 : builder_length(&to.out);
}

/* ---- visiting ---- */

void icmpv6_visit(const struct icmpv6 *message, const struct visitor *to)
{
	const struct icmpv6_row *row = row_of(message->type);

	if (!row)
		return;
	fields_visit(&row->fields, to, message);
	switch ((enum tail)row->tail) {
	case TAIL_data:
		to->octets(to->ctx, "data", message->data);
		break;
	case TAIL_options:
		visit_options(message, to);
		break;
	case TAIL_home_agents:
		for (unsigned int i = 0; i < message->home_agents_count; i++)
			to->address(to->ctx, "home_agents", &message->home_agents[i]);
		break;
	case TAIL_nothing:
		break;
	}
}
