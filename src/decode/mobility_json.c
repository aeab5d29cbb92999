/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility messages as JSON, as src/wire decodes them (RFC 6275 6.1 to 6.4). It decodes nothing
 * itself that a table in src/wire declares.
 */
#include "mobility_json.h"

#include "icmpv6_json.h"
#include "../program/json_text.h"
#include "../wire/flow_status.h"

#include <string.h>

#define TUNNELS_MAX 4
#define HEADERS_MAX 16

/* RFC 6275 6.1.7 and later documents, highest bit first; a dot is unassigned */
static const char update_flags[] = "AHLKMRPFTOSD....";
static const char ack_flags[] = "KRPTBSD.";
/* RFC 6602 4.1 uses the bit of RFC 5648's O together with P only */
#define UPDATE_BULK 0x0040

/* ---- one message, by message_visit() ---- */

#define DEPTH_MAX 2 /* an option, an option inside it (RFC 6089 4.2.1) */

struct printer {
	json_t *object;  /* of the message */
	json_t *options; /* of the message */
	json_t *fields;  /* the object that is filled: the message's, or one of the options */
	json_t *outside[DEPTH_MAX]; /* `fields` before each option that is open */
	size_t depth;               /* of open options */
	uint8_t type;               /* of the message */
	uint8_t option;             /* the outermost open one */
};

static json_t *flag_names(const char *names, unsigned int bits, uint64_t value)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < bits; i++)
		if (value >> (bits - 1 - i) & 1 && names[i] != '.')
			json_array_append_new(list, json_stringn(&names[i], 1));
	return list;
}

static json_t *update_flag_names(uint64_t flags)
{
	char names[sizeof(update_flags)];

	memcpy(names, update_flags, sizeof(names));
	if (flags & BU_PROXY && flags & UPDATE_BULK)
		*strchr(names, 'O') = 'B';
	return flag_names(names, 16, flags);
}

static void print_message(void *ctx, uint8_t type, const char *name)
{
	struct printer *printer = ctx;

	(void)name; /* it is in the object already: malformed messages have a name too */
	printer->type = type;
	printer->fields = printer->object;
}

static void print_option(void *ctx, uint8_t type, const char *name)
{
	struct printer *printer = ctx;

	json_t *list = printer->options;

	if (printer->depth == 0)
		printer->option = type;
	else if (!(list = json_object_get(printer->fields, "options")))
		json_object_set_new(printer->fields, "options", list = json_array());
	printer->outside[printer->depth++] = printer->fields;
	printer->fields = json_object();
	json_object_set_new(printer->fields, "type", json_integer(type));
	json_object_set_new(printer->fields, "name", json_string(name));
	json_array_append_new(list, printer->fields);
}

static void print_list(void *ctx, const char *field)
{
	const struct printer *printer = ctx;

	json_object_set_new(printer->fields, field, json_array());
}

/* One value of a key, or one more of a list. */
static void add(const struct printer *printer, const char *key, json_t *value)
{
	json_t *list = json_object_get(printer->fields, key);

	if (list)
		json_array_append_new(list, value);
	else
		json_object_set_new(printer->fields, key, value);
}

static void print_flag(void *ctx, const char *field, bool value)
{
	const struct printer *printer = ctx;

	json_object_set_new(printer->fields, field, json_boolean(value));
}

static json_t *hex_of(uint64_t value)
{
	uint8_t octets[sizeof(value)];
	unsigned int i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	return json_hex((struct octets){octets, sizeof(octets)});
}

static void print_flags(struct printer *printer, uint64_t value)
{
	if (printer->depth != 0) {
		/* the one option that has flags: RFC 5648 4.3, RFC 6089 4.1 */
		json_object_set_new(
			printer->fields, "home_and_foreign", json_boolean(value & BID_HOME));
		json_object_set_new(printer->fields, "priority",
			json_integer((json_int_t)(value & BID_PRIORITY)));
	} else if (printer->type == MH_binding_update) {
		json_object_set_new(printer->fields, "flags", update_flag_names(value));
	} else {
		json_object_set_new(printer->fields, "flags", flag_names(ack_flags, 8, value));
	}
}

/* Values of 64 bits are identifiers or timestamps, and too large for the numbers of many JSON
 * readers. */
static bool is_wide(const char *field)
{
	return strcmp(field, "cookie") == 0 || strcmp(field, "token") == 0 ||
	       strcmp(field, "timestamp") == 0;
}

static void print_number(void *ctx, const char *field, uint64_t value)
{
	struct printer *printer = ctx;
	json_int_t number = (json_int_t)value;

	if (strcmp(field, "flags") == 0)
		print_flags(printer, value);
	else if (strcmp(field, "lifetime") == 0)
		json_object_set_new(
			printer->fields, "lifetime_s", json_integer(LIFETIME_UNIT * number));
	else if (strcmp(field, "interval") == 0)
		json_object_set_new(
			printer->fields, "interval_s", json_integer(LIFETIME_UNIT * number));
	else if (is_wide(field))
		json_object_set_new(printer->fields, field, hex_of(value));
	else
		add(printer, field, json_integer(number));
	if (printer->depth == 1 && printer->option == OPTION_flow && strcmp(field, "status") == 0 &&
		flow_status_text((uint8_t)value))
		json_object_set_new(printer->fields, "status_text",
			json_string(flow_status_text((uint8_t)value)));
}

static void print_address(void *ctx, const char *field, const struct in6_addr *address)
{
	struct printer *printer = ctx;

	json_object_set_new(printer->fields, field, json_address(address));
}

static void print_care_of(void *ctx, const char *field, const struct care_of *care_of)
{
	struct printer *printer = ctx;

	(void)field;
	if (care_of->length == 4)
		json_object_set_new(
			printer->fields, "care_of_address", json_ipv4(care_of->address.s6_addr));
	else if (care_of->length == 16)
		json_object_set_new(
			printer->fields, "care_of_address", json_address(&care_of->address));
	else if (care_of->length == CARE_OF_MALFORMED)
		json_object_set_new(printer->fields, "malformed", json_true());
}

static void print_octets(void *ctx, const char *field, struct octets octets)
{
	struct printer *printer = ctx;

	/* nothing is left of a selector whose format is known */
	if (octets.length > 0 || strcmp(field, "unknown") != 0)
		json_object_set_new(printer->fields, field, json_hex(octets));
}

static json_t *json_range_end(
	enum flow_field field, uint8_t format, const struct in6_addr *address, uint32_t number)
{
	if (field >= FLOW_ADDRESSES)
		return json_integer(number);
	return format == TRAFFIC_SELECTOR_IPV4 ? json_ipv4(&address->s6_addr[12])
					       : json_address(address);
}

/* Each range as [first, last]. */
static void print_selector(void *ctx, const char *name, const struct traffic_selector *selector)
{
	static const char *const keys[FLOW_FIELDS] = {"source", "destination", "spi", "flow_label",
		"source_port", "destination_port", "traffic_class", "protocol"};
	const struct printer *printer = ctx;

	(void)name;
	json_object_set_new(printer->fields, "format", json_integer(selector->format));
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++) {
		if (!(selector->given & FLOW_BIT(field)))
			continue;
		const struct address_range *addresses =
			&selector->addresses[field < FLOW_ADDRESSES ? field : 0];
		const struct number_range *numbers =
			&selector->numbers[field < FLOW_ADDRESSES ? 0 : field - FLOW_ADDRESSES];
		json_t *range = json_array();
		json_array_append_new(range,
			json_range_end(field, selector->format, &addresses->first, numbers->first));
		json_array_append_new(range,
			json_range_end(field, selector->format, &addresses->last, numbers->last));
		json_object_set_new(printer->fields, keys[field], range);
	}
}

static void print_end(void *ctx)
{
	struct printer *printer = ctx;

	if (printer->depth > 0)
		printer->fields = printer->outside[--printer->depth];
}

/* ---- options that src/wire skips, and malformed messages ---- */

#define OPTION_PAD1 0
#define OPTION_PADN 1
/*
 * Options as type and octets: the unknown ones, or all of a malformed message, up to the first
 * malformed option.
 */
static void print_raw_options(const struct dialect *dialect, struct octets message,
	uint8_t message_type, bool all, json_t *options)
{
	struct cursor in = cursor_over(message.at, message.length);

	cursor_octets(&in, message_fixed_octets(message_type));
	while (cursor_left(&in) > 0) {
		uint8_t type = cursor_u8(&in);
		const char *name = option_name(dialect, type);
		struct octets data;
		json_t *option;

		if (type == OPTION_PAD1)
			continue;
		data = cursor_octets(&in, cursor_u8(&in));
		if (in.failed)
			return;
		if (type == OPTION_PADN || (name && !all))
			continue;
		option = json_object();
		json_object_set_new(option, "type", json_integer(type));
		if (name)
			json_object_set_new(option, "name", json_string(name));
		json_object_set_new(option, "data", json_hex(data));
		json_array_append_new(options, option);
	}
}

/*
 * The part before the options as a message of its own, padded; false if that part is missing or
 * malformed.
 */
static bool decode_without_options(
	const struct dialect *dialect, struct octets octets, struct message *ret)
{
	uint8_t fixed[32] = {0};
	uint8_t type = octets.at[2];
	size_t fixed_octets = message_fixed_octets(type);
	size_t length = (fixed_octets + 7) / 8 * 8;

	if (fixed_octets == 0 || octets.length < fixed_octets)
		return false;
	memcpy(fixed, octets.at, fixed_octets);
	fixed[1] = (uint8_t)(length / 8 - 1);
	return message_decode(dialect, fixed, length, ret) == WIRE_OK;
}

/* ---- one message ---- */

static void set_error(json_t *object, enum wire_error error)
{
	json_object_set_new(object, "error", json_string(wire_error_text(error)));
}

/* The Mobility Header alone, as long as it says itself; false if there is less. */
static bool confine(struct octets payload, struct octets *ret)
{
	struct cursor in = cursor_over(payload.at, payload.length);
	struct cursor header = in;
	struct octets message;

	cursor_u8(&header);
	message = cursor_octets(&in, 8 * ((size_t)cursor_u8(&header) + 1));
	if (in.failed || header.failed)
		return false;
	*ret = message;
	return true;
}

static void print_type(json_t *object, struct octets payload)
{
	struct cursor in = cursor_over(payload.at, payload.length);
	uint8_t type;

	cursor_u16(&in);
	type = cursor_u8(&in);
	if (in.failed)
		return;
	json_object_set_new(object, "type", json_integer(type));
	if (message_name(type))
		json_object_set_new(object, "name", json_string(message_name(type)));
}

/* `whole`: `message` has its options too. */
static void print_decoded(const struct dialect *dialect, const struct message *message,
	struct octets octets, bool whole, json_t *object)
{
	struct printer printer = {.object = object, .options = json_array()};
	const struct visitor visitor = {
		.ctx = &printer,
		.message = print_message,
		.option = print_option,
		.number = print_number,
		.address = print_address,
		.flag = print_flag,
		.care_of = print_care_of,
		.octets = print_octets,
		.selector = print_selector,
		.list = print_list,
		.end = print_end,
	};

	message_visit(dialect, message, &visitor);
	print_raw_options(dialect, octets, message->type, !whole, printer.options);
	json_object_set_new(object, "options", printer.options);
}

/* RFC 6275 9.2; a message that violates it is decoded too. */
static void print_payload(
	const struct dialect *dialect, const struct packet *packet, json_t *object)
{
	static struct message message; /* large */
	struct octets octets;
	enum wire_error error = packet_message(dialect, packet, &message);
	bool checksum_ok = error != WIRE_BAD_CHECKSUM;

	print_type(object, packet->payload);
	if (!confine(packet->payload, &octets)) {
		set_error(object, WIRE_TRUNCATED);
		return;
	}
	json_object_set_new(object, "checksum_ok", json_boolean(checksum_ok));
	if (!checksum_ok)
		error = message_decode(dialect, octets.at, octets.length, &message);
	if (error == WIRE_OK)
		print_decoded(dialect, &message, octets, true, object);
	else if (decode_without_options(dialect, octets, &message))
		print_decoded(dialect, &message, octets, false, object);
	if (error != WIRE_OK)
		set_error(object, error);
}

/* ---- the packet around it ---- */

static bool has_home_address_option(struct octets content)
{
	struct cursor in = cursor_over(content.at, content.length);

	while (cursor_left(&in) > 0) {
		uint8_t type = cursor_u8(&in);

		if (type == HOME_ADDRESS_OPTION)
			return true;
		if (type != 0)
			cursor_octets(&in, cursor_u8(&in));
	}
	return false;
}

/* Whether a packet is about mobility, also if it is malformed. */
static bool concerns_mobility(struct octets packet)
{
	struct cursor in = cursor_over(packet.at, packet.length);
	uint8_t header, length;
	size_t rest;
	unsigned int i;

	cursor_octets(&in, 6);
	header = cursor_u8(&in);
	cursor_octets(&in, 33);
	for (i = 0; i < HEADERS_MAX && !in.failed && header != MH_NEXT_HEADER; i++) {
		uint8_t this = header;
		struct octets content;

		if (this != IPPROTO_HOPOPTS && this != IPPROTO_ROUTING && this != IPPROTO_DSTOPTS &&
			this != IPPROTO_FRAGMENT)
			return false;
		header = cursor_u8(&in);
		length = cursor_u8(&in);
		rest = this == IPPROTO_FRAGMENT ? 6 : 8 * ((size_t)length + 1) - 2;
		content = cursor_octets(&in, rest < cursor_left(&in) ? rest : cursor_left(&in));
		/* RFC 8200 4.5: no header follows in a later fragment */
		if (this == IPPROTO_FRAGMENT && content.length >= 2 &&
			((content.at[0] << 8 | content.at[1]) & FRAGMENT_OFFSET_MASK) != 0)
			break;
		if (this == IPPROTO_ROUTING && content.length > 0 && content.at[0] == 2)
			return true;
		if (this == IPPROTO_DSTOPTS && has_home_address_option(content))
			return true;
	}
	return !in.failed && header == MH_NEXT_HEADER;
}

static json_t *begin(double time, const struct in6_addr *source, const struct in6_addr *destination)
{
	json_t *object = json_object();

	json_object_set_new(object, "time", json_real(time));
	json_object_set_new(object, "source", json_address(source));
	json_object_set_new(object, "destination", json_address(destination));
	return object;
}

static void print_home_address(const struct packet *packet, json_t *object)
{
	if (packet->has_home_address)
		json_object_set_new(object, "home_address", json_address(&packet->home_address));
	else if (packet->has_routing)
		json_object_set_new(object, "home_address", json_address(&packet->routing_address));
}

static json_t *print_packet(const struct dialect *dialect, double time, const struct packet *packet)
{
	json_t *object = begin(time, &packet->source, &packet->destination);

	print_home_address(packet, object);
	if (packet->next_header == MH_NEXT_HEADER) {
		print_payload(dialect, packet, object);
		return object;
	}
	json_object_set_new(object, "next_header", json_integer(packet->next_header));
	icmpv6_json(packet, object);
	return object;
}

static json_t *print_malformed(double time, struct octets octets, enum wire_error error)
{
	struct cursor in = cursor_over(octets.at, octets.length);
	struct in6_addr source, destination;
	json_t *object;

	cursor_u64(&in);
	cursor_address(&in, &source);
	cursor_address(&in, &destination);
	object = begin(time, &source, &destination);
	set_error(object, error);
	return object;
}

/* ---- fragments ---- */

struct fragment {
	uint8_t next_header; /* RFC 8200 4.5: of the header behind it in the first fragment */
	uint16_t offset;     /* in octets */
	bool more;
	uint32_t identification;
	struct octets rest;
};

static bool fragment_read(struct octets octets, struct fragment *ret)
{
	struct cursor in = cursor_over(octets.at, octets.length);
	uint16_t offset;

	ret->next_header = cursor_u8(&in);
	cursor_u8(&in);
	offset = cursor_u16(&in);
	ret->identification = cursor_u32(&in);
	ret->offset = offset & FRAGMENT_OFFSET_MASK;
	ret->more = offset & FRAGMENT_MORE;
	ret->rest = cursor_octets(&in, cursor_left(&in));
	return !in.failed;
}

/* Decodes what is behind the Fragment header of a first fragment, as a packet of its own. */
static enum wire_error decode_behind(
	struct octets octets, const struct fragment *fragment, struct packet *ret)
{
	static uint8_t packet[IPV6_HEADER_OCTETS + UINT16_MAX];
	const size_t length = fragment->rest.length;

	memcpy(packet, octets.at, IPV6_HEADER_OCTETS);
	packet[4] = (uint8_t)(length >> 8);
	packet[5] = (uint8_t)length;
	packet[6] = fragment->next_header;
	memcpy(packet + IPV6_HEADER_OCTETS, fragment->rest.at, length);
	return packet_decode(packet, IPV6_HEADER_OCTETS + length, ret);
}

/* Adds the headers behind the Fragment header, of a first fragment, to those before it. */
static enum wire_error complete(
	struct octets octets, const struct fragment *fragment, struct packet *packet)
{
	struct packet behind = {.next_header = fragment->next_header};
	enum wire_error error = WIRE_OK;

	if (fragment->offset == 0)
		error = decode_behind(octets, fragment, &behind);
	packet->next_header = behind.next_header;
	if (packet->has_home_address && behind.has_home_address)
		return WIRE_TWO_HOME_ADDRESSES;
	if (packet->has_routing && behind.has_routing)
		return WIRE_BAD_ROUTING_HEADER;
	if (behind.has_home_address)
		packet->home_address = behind.home_address;
	if (behind.has_routing)
		packet->routing_address = behind.routing_address;
	packet->has_home_address |= behind.has_home_address;
	packet->has_routing |= behind.has_routing;
	return error;
}

/* `packet`: decoded up to its Fragment header. Signalling may not come in fragments (ADR 13). */
static json_t *print_fragment(double time, struct octets octets, struct packet *packet)
{
	struct fragment fragment;
	enum wire_error error = WIRE_TRUNCATED;
	json_t *object;

	if (fragment_read(packet->payload, &fragment))
		error = complete(octets, &fragment, packet);
	if (error == WIRE_OK && packet->next_header == MH_NEXT_HEADER)
		error = WIRE_FRAGMENT;
	if (error != WIRE_OK)
		return packet->has_home_address || packet->has_routing || concerns_mobility(octets)
			       ? print_malformed(time, octets, error)
			       : NULL;
	if (!packet->has_home_address && !packet->has_routing)
		return NULL;
	object = begin(time, &packet->source, &packet->destination);
	print_home_address(packet, object);
	json_object_set_new(object, "name", json_string("data fragment"));
	json_object_set_new(object, "next_header", json_integer(packet->next_header));
	json_object_set_new(object, "fragment_offset", json_integer(fragment.offset));
	json_object_set_new(object, "more_fragments", json_boolean(fragment.more));
	json_object_set_new(object, "identification", json_integer(fragment.identification));
	return object;
}

json_t *mobility_json(const struct dialect *dialect, double time, struct octets octets)
{
	struct packet packet;
	unsigned int depth;

	for (depth = 0; depth <= TUNNELS_MAX; depth++) {
		enum wire_error error = packet_decode(octets.at, octets.length, &packet);

		if (error == WIRE_NOT_IPV6)
			return NULL;
		if (error == WIRE_FRAGMENT)
			return print_fragment(time, octets, &packet);
		if (error != WIRE_OK)
			return concerns_mobility(octets) ? print_malformed(time, octets, error)
							 : NULL;
		if (packet.next_header != IPPROTO_IPV6)
			break;
		octets = packet.payload;
	}
	if (packet.next_header == MH_NEXT_HEADER || packet.has_home_address || packet.has_routing)
		return print_packet(dialect, time, &packet);
	/* in a tunnel it is not signalling, but data */
	if (depth == 0 && icmpv6_name(icmpv6_type(&packet)))
		return print_packet(dialect, time, &packet);
	return NULL;
}
