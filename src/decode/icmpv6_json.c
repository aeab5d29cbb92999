/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 messages as JSON, as src/wire decodes them (RFC 4443 4, RFC 4861 4, RFC 6275 6.5 to 6.8
 * and 7).
 */
#include "icmpv6_json.h"

#include "../program/json_text.h"

#include <string.h>

struct printer {
	json_t *object;  /* of the message */
	json_t *options; /* of the message */
	json_t *fields;  /* the object that is filled: the message's, or one of the options */
};

/* The key of a value with a unit ends in the unit. */
static const char *key_of(const char *field)
{
	static const struct {
		const char *field;
		const char *key;
	} units[] = {
		{"router_lifetime", "router_lifetime_s"},
		{"home_agent_lifetime", "home_agent_lifetime_s"},
		{"valid", "valid_s"},
		{"preferred", "preferred_s"},
		{"reachable_time", "reachable_time_ms"},
		{"retransmit_timer", "retransmit_timer_ms"},
		{"advertisement_interval", "advertisement_interval_ms"},
		{"source_link_layer", "address"},
		{"target_link_layer", "address"},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(field, units[i].field) == 0)
			return units[i].key;
	return field;
}

static void print_option(void *ctx, uint8_t type, const char *name)
{
	struct printer *printer = ctx;

	printer->fields = json_object();
	json_object_set_new(printer->fields, "type", json_integer(type));
	json_object_set_new(printer->fields, "name", json_string(name));
	json_array_append_new(printer->options, printer->fields);
}

static void print_number(void *ctx, const char *field, uint64_t value)
{
	const struct printer *printer = ctx;

	json_object_set_new(printer->fields, key_of(field), json_integer((json_int_t)value));
}

static void print_flag(void *ctx, const char *field, bool value)
{
	const struct printer *printer = ctx;

	json_object_set_new(printer->fields, field, json_boolean(value));
}

static void print_address(void *ctx, const char *field, const struct in6_addr *value)
{
	const struct printer *printer = ctx;
	json_t *list = json_object_get(printer->fields, field);

	if (list)
		json_array_append_new(list, json_address(value));
	else
		json_object_set_new(printer->fields, field, json_address(value));
}

static void print_list(void *ctx, const char *field)
{
	const struct printer *printer = ctx;

	json_object_set_new(printer->fields, field, json_array());
}

static void print_octets(void *ctx, const char *field, struct octets value)
{
	const struct printer *printer = ctx;

	json_object_set_new(printer->fields, key_of(field), json_hex(value));
}

static void print_end(void *ctx)
{
	struct printer *printer = ctx;

	printer->fields = printer->object;
}

static void print_decoded(const struct icmpv6 *message, json_t *object)
{
	struct printer printer = {object, json_array(), object};
	const struct visitor visitor = {
		.ctx = &printer,
		.option = print_option,
		.number = print_number,
		.flag = print_flag,
		.address = print_address,
		.octets = print_octets,
		.list = print_list,
		.end = print_end,
	};

	icmpv6_visit(message, &visitor);
	json_object_set_new(object, "options", printer.options);
}

bool icmpv6_json(const struct packet *packet, json_t *object)
{
	static struct icmpv6 message; /* large */
	uint8_t type = icmpv6_type(packet);
	enum wire_error error;

	if (!icmpv6_name(type))
		return false;
	error = icmpv6_decode(packet, &message);
	json_object_set_new(object, "icmpv6", json_integer(type));
	json_object_set_new(object, "name", json_string(icmpv6_name(type)));
	json_object_set_new(object, "checksum_ok", json_boolean(error != WIRE_BAD_CHECKSUM));
	if (error == WIRE_OK)
		print_decoded(&message, object);
	else
		json_object_set_new(object, "error", json_string(wire_error_text(error)));
	return true;
}
