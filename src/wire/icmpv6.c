/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 messages, octets to struct icmpv6 and back (RFC 4443 4, RFC 4861 4, RFC 6275 6.5 to 6.8
 * and 7), with those receive checks of RFC 4861 6.1 and 7.1 that need no state. The rows of
 * icmpv6.def and nd_opts.def say what is where.
 */
#include "icmpv6.h"

#define OPTION_UNIT 8

/* ---- rows ---- */

#define FIELD(owner, kind, name) FIELD_ROW(struct owner, kind, name)
#define FLAG(owner, mask, name) FLAG_ROW(struct owner, mask, name)
#define FLAGS(bits) FLAGS_ROW(bits)
#define RESERVED(bits) FLAGS_ROW(bits)
#define LIST(owner, kind, name) LIST_ROW(struct owner, kind, name, false)

#define ICMPV6(type, name, title, options, fields)                                                 \
	static const struct field_row name##_fields[] = {fields};
#include "icmpv6.def"
#undef ICMPV6

#define OPTION(type, name, title, count, fields)                                                   \
	static const struct field_row name##_fields[] = {fields};
#include "nd_opts.def"
#undef OPTION

/* An option that comes once has its fields in the message itself. */
#define ND_PLACE_ONCE(name)                                                                        \
	{                                                                                          \
		.once = true, .most = 1, .count_at = offsetof(struct icmpv6, has_##name)           \
	}
#define ND_PLACE_MANY(name) PLACE_MANY(struct icmpv6, name)

static const struct option_row option_rows[] = {
#define OPTION(type, name, title_, count, fields_)                                                 \
	{.title = (title_),                                                                        \
		.fields = {name##_fields, ARRAY_LENGTH(name##_fields)},                            \
		.octet = (type),                                                                   \
		.alignment = {ALIGN_TO, 1, 0},                                                     \
		.place = ND_PLACE_##count(name)},
#include "nd_opts.def"
#undef OPTION
};

static const struct option_set options = {
	.rows = option_rows, .count = ARRAY_LENGTH(option_rows), .eights = true};

struct icmpv6_row {
	const char *title;
	struct fields fields;
	uint8_t type;
	uint16_t options; /* bits, by type, of those that it may hold; 0: nothing follows */
};

static const struct icmpv6_row messages[] = {
#define NONE 0
#define OPTIONS 1
#define HOLDS(name) | 1 << ICMPV6_OPTION_##name
#define ICMPV6(type, name, title, options, fields)                                                 \
	{title, {name##_fields, ARRAY_LENGTH(name##_fields)}, type, options},
#include "icmpv6.def"
#undef ICMPV6
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

static bool holds(const struct icmpv6_row *message, const struct option_row *option)
{
	return message->options & 1 << option->octet;
}

/* `in` holds what follows Length. An option of another length is not what we know by its number. Of
 * options that come once, the first counts. */
static void take_option(const struct option_row *row, struct cursor *in, struct icmpv6 *ret)
{
	if (cursor_left(in) != fields_fixed_octets(&row->fields))
		return;
	void *at = place_take(&row->place, ret);
	if (!at)
		return;
	fields_read(&row->fields, NULL, in, at);
	if (row->octet == ICMPV6_OPTION_prefixes && ((struct icmpv6_prefix *)at)->length > 128)
		ret->prefixes_count--;
}

/* RFC 4861 6.1.1, 7.1.1: `from_nowhere` has no link-layer address to tell, of whatever length */
static enum wire_error read_options(
	const struct icmpv6_row *message, struct cursor *in, bool from_nowhere, struct icmpv6 *ret)
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
		const struct option_row *row = option_by_octet(&options, number);
		if (!row || !holds(message, row))
			continue;
		if (from_nowhere && number == ICMPV6_OPTION_source_link_layer)
			return WIRE_BAD_ADDRESSES;
		take_option(row, &fields, ret);
	}
	return WIRE_OK;
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
	return row->options ? read_options(row, in, from_nowhere, ret) : WIRE_OK;
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
	for (size_t i = 0; i < options.count; i++)
		if (place_count(&options.rows[i].place, message) && !holds(row, &options.rows[i]))
			return 0;
	options_write(&options, &to, message);
	return to.out.failed ? 0 : builder_length(&to.out);
}

/* ---- visiting ---- */

void icmpv6_visit(const struct icmpv6 *message, const struct visitor *to)
{
	const struct icmpv6_row *row = row_of(message->type);

	if (!row)
		return;
	fields_visit(&row->fields, to, message);
	options_visit(&options, to, message);
}
