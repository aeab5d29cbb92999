/* SPDX-License-Identifier: BSD-2-Clause */
/* The question of `monami why`, read from its request. */
#include "why.h"

#include "../config/value.h"

#include <stdio.h>
#include <string.h>

/* A number or a text: what a client has at hand. Returns NULL if there is none. */
static const char *text_under(const json_t *request, const char *key, char *number, size_t size)
{
	const json_t *value = json_object_get(request, key);

	if (json_is_integer(value))
		snprintf(number, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_string(value))
		return json_string_value(value);
	else
		return NULL;
	return number;
}

static const struct {
	const char *key;
	enum flow_field field;
	uint32_t most;
	const struct number_name *names;
} fields[] = {
	{"protocol", FLOW_PROTOCOL, 255, protocol_names},
	{"peer_port", FLOW_SOURCE_PORT, 65535, NULL},
	{"own_port", FLOW_DESTINATION_PORT, 65535, NULL},
	{"traffic_class", FLOW_TRAFFIC_CLASS, 63, dscp_names},
	{"flow_label", FLOW_LABEL, 1048575, NULL},
	{"spi", FLOW_SPI, UINT32_MAX, NULL},
};

static const char *read_number(const json_t *request, size_t i, struct flow_key *key)
{
	const struct type type = {.size = sizeof(struct number_range),
		.most = fields[i].most,
		.names = fields[i].names};
	char number[32];
	const char *text = text_under(request, fields[i].key, number, sizeof(number));
	struct number_range range;

	if (!text)
		return json_object_get(request, fields[i].key) ? "neither a text nor a number"
							       : NULL;
	const char *wrong = value_range(text, &type, &range);
	if (wrong)
		return wrong;
	if (range.first != range.last)
		return "a range: a packet has one number";
	/* the code point is the upper six bits of the octet */
	key->numbers[fields[i].field - FLOW_ADDRESSES] =
		fields[i].field == FLOW_TRAFFIC_CLASS ? range.first << 2 : range.first;
	key->known |= (uint16_t)FLOW_BIT(fields[i].field);
	return NULL;
}

static const char *read_address(
	const json_t *request, const char *name, enum flow_field field, struct flow_key *key)
{
	const struct type type = {.size = sizeof(struct in6_addr)};
	const char *text = json_string_value(json_object_get(request, name));

	if (!text)
		return json_object_get(request, name) ? "not a text" : NULL;
	key->known |= (uint16_t)FLOW_BIT(field);
	return value_address(text, &type, &key->addresses[field]);
}

const char *why_question(const json_t *request, struct flow_question *ret)
{
	static const struct type interface_type = {.size = IFNAMSIZ};
	static char text[256];
	const char *interface = json_string_value(json_object_get(request, "interface"));
	/* a packet always has the two; without a wish, zero */
	struct flow_key *key = &ret->key;
	const char *wrong = NULL, *name = "interface";

	memset(ret, 0, sizeof(*ret));
	key->format = TRAFFIC_SELECTOR_IPV6;
	key->known = FLOW_BIT(FLOW_TRAFFIC_CLASS) | FLOW_BIT(FLOW_LABEL);
	if (interface)
		wrong = value_interface(interface, &interface_type, ret->interface);
	for (size_t i = 0; !wrong && i < sizeof(fields) / sizeof(fields[0]); i++) {
		name = fields[i].key;
		wrong = read_number(request, i, key);
	}
	if (!wrong)
		wrong = read_address(request, name = "peer", FLOW_SOURCE, key);
	if (!wrong)
		wrong = read_address(request, name = "own", FLOW_DESTINATION, key);
	if (!wrong && !(key->known & FLOW_BIT(FLOW_PROTOCOL)))
		return "no protocol";
	if (!wrong && !(key->known & FLOW_BIT(FLOW_SOURCE)))
		return "no peer";
	if (!wrong)
		return NULL;
	/* `wrong` may stand where value_reason() writes */
	snprintf(text, sizeof(text), "%s: %s", name, wrong);
	return text;
}
