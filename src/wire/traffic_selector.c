/* SPDX-License-Identifier: BSD-2-Clause */
#include "traffic_selector.h"

#include <string.h>

uint32_t flow_field_mask(enum flow_field field)
{
	switch (field) {
	case FLOW_LABEL:
		return 0xfffff;
	case FLOW_TRAFFIC_CLASS:
		return 0xfc;
	case FLOW_SOURCE:
	case FLOW_DESTINATION:
	case FLOW_SPI:
	case FLOW_SOURCE_PORT:
	case FLOW_DESTINATION_PORT:
	case FLOW_PROTOCOL:
	case FLOW_FIELDS:
		break;
	}
	return UINT32_MAX;
}

static bool is_given(const struct traffic_selector *selector, enum flow_field field)
{
	return selector->given & FLOW_BIT(field);
}

static bool is_in_addresses(const struct address_range *range, const struct in6_addr *address)
{
	return memcmp(address, &range->first, sizeof(*address)) >= 0 &&
	       memcmp(address, &range->last, sizeof(*address)) <= 0;
}

static bool is_in_numbers(enum flow_field field, const struct number_range *range, uint32_t number)
{
	uint32_t bits = flow_field_mask(field);

	return (number & bits) >= (range->first & bits) && (number & bits) <= (range->last & bits);
}

static bool is_in_range(
	const struct traffic_selector *selector, enum flow_field field, const struct flow_key *key)
{
	if (field < FLOW_ADDRESSES)
		return is_in_addresses(&selector->addresses[field], &key->addresses[field]);
	return is_in_numbers(field, &selector->numbers[field - FLOW_ADDRESSES],
		key->numbers[field - FLOW_ADDRESSES]);
}

bool traffic_selector_matches(const struct traffic_selector *selector, const struct flow_key *key)
{
	if (selector->format != 0 && selector->format != key->format)
		return false;
	if (selector->given & ~key->known)
		return false;
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++)
		if (is_given(selector, field) && !is_in_range(selector, field, key))
			return false;
	return true;
}

static bool is_range_valid(const struct traffic_selector *selector, enum flow_field field)
{
	if (field < FLOW_ADDRESSES)
		return is_in_addresses(
			&selector->addresses[field], &selector->addresses[field].first);
	return is_in_numbers(field, &selector->numbers[field - FLOW_ADDRESSES],
		selector->numbers[field - FLOW_ADDRESSES].first);
}

bool traffic_selector_is_valid(const struct traffic_selector *selector)
{
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++)
		if (is_given(selector, field) && !is_range_valid(selector, field))
			return false;
	return true;
}

static bool ranges_equal(
	const struct traffic_selector *a, const struct traffic_selector *b, enum flow_field field)
{
	if (field < FLOW_ADDRESSES)
		return memcmp(&a->addresses[field], &b->addresses[field],
			       sizeof(a->addresses[field])) == 0;
	return memcmp(&a->numbers[field - FLOW_ADDRESSES], &b->numbers[field - FLOW_ADDRESSES],
		       sizeof(struct number_range)) == 0;
}

bool traffic_selector_equal(const struct traffic_selector *a, const struct traffic_selector *b)
{
	if (a->format != b->format || a->given != b->given)
		return false;
	for (enum flow_field field = 0; field < FLOW_FIELDS; field++)
		if (is_given(a, field) && !ranges_equal(a, b, field))
			return false;
	return true;
}

/* Whether the packet's fields `a` and `b` are known, each as the other's. */
static uint16_t known_reversed(uint16_t known, enum flow_field a, enum flow_field b)
{
	uint16_t others = (uint16_t)(known & ~(FLOW_BIT(a) | FLOW_BIT(b)));

	return (uint16_t)(others | (known & FLOW_BIT(a) ? FLOW_BIT(b) : 0) |
			  (known & FLOW_BIT(b) ? FLOW_BIT(a) : 0));
}

struct flow_key flow_key_reverse(const struct flow_key *key)
{
	const unsigned source_port = FLOW_SOURCE_PORT - FLOW_ADDRESSES;
	const unsigned destination_port = FLOW_DESTINATION_PORT - FLOW_ADDRESSES;
	struct flow_key ret = *key;

	ret.known = known_reversed(key->known, FLOW_SOURCE, FLOW_DESTINATION);
	ret.known = known_reversed(ret.known, FLOW_SOURCE_PORT, FLOW_DESTINATION_PORT);
	ret.addresses[FLOW_SOURCE] = key->addresses[FLOW_DESTINATION];
	ret.addresses[FLOW_DESTINATION] = key->addresses[FLOW_SOURCE];
	ret.numbers[source_port] = key->numbers[destination_port];
	ret.numbers[destination_port] = key->numbers[source_port];
	return ret;
}
