/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of a selector (value.h). */
#include "value.h"

#include "../../program/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The protocols that people name; any other has its number. */
const struct number_name protocol_names[] = {
	{"icmp", 1},
	{"tcp", 6},
	{"udp", 17},
	{"dccp", 33},
	{"gre", 47},
	{"esp", 50},
	{"ah", 51},
	{"icmpv6", 58},
	{"sctp", 132},
	{"udplite", 136},
	{NULL, 0},
};

const struct number_name dscp_names[] = {
	{"cs0", 0},
	{"le", 1},
	{"cs1", 8},
	{"af11", 10},
	{"af12", 12},
	{"af13", 14},
	{"cs2", 16},
	{"af21", 18},
	{"af22", 20},
	{"af23", 22},
	{"cs3", 24},
	{"af31", 26},
	{"af32", 28},
	{"af33", 30},
	{"cs4", 32},
	{"af41", 34},
	{"af42", 36},
	{"af43", 38},
	{"cs5", 40},
	{"va", 44},
	{"ef", 46},
	{"cs6", 48},
	{"cs7", 56},
	{NULL, 0},
};

const char *number_name(const struct number_name *names, uint32_t number)
{
	for (; names->name; names++)
		if (names->number == number)
			return names->name;
	return NULL;
}

static bool end_of_range(const char *text, const struct type *type, uint32_t *ret)
{
	const struct type number = {.size = sizeof(*ret), .least = type->least, .most = type->most};

	for (const struct number_name *name = type->names; name && name->name; name++)
		if (strcmp(text, name->name) == 0) {
			*ret = name->number;
			return true;
		}
	return !value_number(text, &number, ret);
}

const char *value_range(const char *text, const struct type *type, void *ret)
{
	const char *dash = strchr(text, '-');
	struct nearest nearest = nearest_to(text);
	struct number_range range;
	char first[16];

	snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - text) : -1, text);
	if (!end_of_range(dash ? first : text, type, &range.first) ||
		!end_of_range(dash ? dash + 1 : text, type, &range.last)) {
		for (const struct number_name *name = type->names; name && name->name; name++)
			nearest_offer(&nearest, name->name);
		return value_reason("not a number from %u to %u, nor a range%s%s", type->least,
			type->most, type->names ? ", nor a name that is known" : "",
			nearest_question(&nearest, "").text);
	}
	if (range.first > range.last)
		return "the range ends before it begins";
	memcpy(ret, &range, sizeof(range));
	return NULL;
}

const char *value_rate(const char *text, const struct type *type, void *ret)
{
	static const char units[] = "kMG";
	const struct type number = {.size = sizeof(uint32_t), .least = 1, .most = UINT32_MAX};
	size_t length = strlen(text);
	const char *unit = length > 1 ? strchr(units, text[length - 1]) : NULL;
	char digits[16];
	uint32_t value;
	uint64_t rate;

	snprintf(digits, sizeof(digits), "%.*s", (int)(unit ? length - 1 : length), text);
	if (length >= sizeof(digits) || value_number(digits, &number, &value))
		return "not a rate: a number of bits a second, as 64k, 5M or 1G";
	rate = value;
	for (; unit && unit >= units; unit--)
		rate *= 1000;
	memcpy(ret, &rate, type->size);
	return NULL;
}

const char *value_prefix_or_address(const char *text, const struct type *type, void *ret)
{
	char whole[64];

	if (strchr(text, '/') || strlen(text) + sizeof("/128") > sizeof(whole))
		return value_prefix(text, type, ret);
	snprintf(whole, sizeof(whole), "%s/128", text);
	return value_prefix(whole, type, ret) ? "neither an IPv6 address nor a prefix" : NULL;
}
