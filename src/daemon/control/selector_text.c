/* SPDX-License-Identifier: BSD-2-Clause */
#include "selector_text.h"

#include "../config/value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define RANGE_OCTETS (2 * INET6_ADDRSTRLEN + 8)

/* In the order of reading; the peer is the source (traffic_selector.h). */
static const struct {
	const char *key;
	enum flow_field field;
} keys[] = {
	{"protocol", FLOW_PROTOCOL},
	{"peer", FLOW_SOURCE},
	{"peer_ports", FLOW_SOURCE_PORT},
	{"own", FLOW_DESTINATION},
	{"own_ports", FLOW_DESTINATION_PORT},
	{"traffic_class", FLOW_TRAFFIC_CLASS},
	{"flow_label", FLOW_LABEL},
	{"spi", FLOW_SPI},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* The length of the prefix that the range is; -1: it is none. */
static int prefix_length(const struct address_range *range)
{
	unsigned int length = 0;

	while (length < 128 &&
		!((range->first.s6_addr[length / 8] ^ range->last.s6_addr[length / 8]) &
			0x80 >> length % 8))
		length++;
	for (unsigned int bit = length; bit < 128; bit++)
		if (range->first.s6_addr[bit / 8] & 0x80 >> bit % 8 ||
			!(range->last.s6_addr[bit / 8] & 0x80 >> bit % 8))
			return -1;
	return (int)length;
}

static void write_addresses(const struct address_range *range, char *text, size_t size)
{
	char first[INET6_ADDRSTRLEN] = "", last[INET6_ADDRSTRLEN] = "";
	int length = prefix_length(range);

	inet_ntop(AF_INET6, &range->first, first, sizeof(first));
	inet_ntop(AF_INET6, &range->last, last, sizeof(last));
	if (length == 128)
		snprintf(text, size, "%s", first);
	else if (length >= 0)
		snprintf(text, size, "%s/%d", first, length);
	else
		snprintf(text, size, "%s-%s", first, last);
}

static void write_number(const struct number_name *names, uint32_t number, char *text, size_t size)
{
	const char *name = names ? number_name(names, number) : NULL;

	if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%u", number);
}

static void write_numbers(
	enum flow_field field, const struct number_range *range, char *text, size_t size)
{
	const struct number_name *names = field == FLOW_PROTOCOL        ? protocol_names
					  : field == FLOW_TRAFFIC_CLASS ? dscp_names
									: NULL;
	unsigned int shift = field == FLOW_TRAFFIC_CLASS ? 2 : 0;
	char first[16], last[16];

	write_number(names, range->first >> shift, first, sizeof(first));
	write_number(names, range->last >> shift, last, sizeof(last));
	if (range->first == range->last)
		snprintf(text, size, "%s", first);
	else
		snprintf(text, size, "%s-%s", first, last);
}

static bool write_field(
	const struct traffic_selector *selector, enum flow_field field, char *text, size_t size)
{
	if (!(selector->given & FLOW_BIT(field)))
		return false;
	if (field < FLOW_ADDRESSES)
		write_addresses(&selector->addresses[field], text, size);
	else
		write_numbers(field, &selector->numbers[field - FLOW_ADDRESSES], text, size);
	return true;
}

json_t *selector_json(const struct traffic_selector *selector)
{
	json_t *object = json_object();
	char text[RANGE_OCTETS];

	for (size_t i = 0; i < KEYS; i++)
		if (write_field(selector, keys[i].field, text, sizeof(text)))
			json_object_set_new(object, keys[i].key, json_string(text));
	return object;
}

const char *selector_text(const struct traffic_selector *selector, char *text, size_t size)
{
	char value[RANGE_OCTETS];
	size_t length = 0;

	snprintf(text, size, "all packets");
	for (size_t i = 0; i < KEYS; i++)
		if (length < size && write_field(selector, keys[i].field, value, sizeof(value)))
			length += (size_t)snprintf(text + length, size - length, "%s%s %s",
				length > 0 ? ", " : "", keys[i].key, value);
	return text;
}
