/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of src/views as JSON. A file that includes one of them defines `object` and the
 * variables that its rows use; `now`, if they have times.
 */
#ifndef MONAMI_DAEMON_JSON_VALUE_H
#define MONAMI_DAEMON_JSON_VALUE_H

#include "../../core/api/core.h"
#include "../../program/json_text.h"

#define VALUE(key, kind, condition, value, text)                                                   \
	if (condition)                                                                             \
		json_object_set_new(object, key, VALUE_##kind(value));
#define COLUMN(key, heading, kind, condition, value, text) VALUE(key, kind, condition, value, text)

#define VALUE_number(value) value_number(value)
#define VALUE_real(value) json_real(value)
#define VALUE_truth(value) json_boolean(value)
#define VALUE_word(value) json_string(value)
#define VALUE_text(value) json_text(value)
#define VALUE_lower(value) json_lower(value)
#define VALUE_address(value) json_address(value)
#define VALUE_prefix(value) value_prefix value
#define VALUE_seconds(value) value_seconds(value)
#define VALUE_since(value) value_seconds(now - (value))
#define VALUE_until(value) value_seconds((value) > now ? (value)-now : 0)
#define VALUE_json(value) value

static inline json_t *value_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static inline json_t *value_seconds(nanos time)
{
	return json_real((double)(time / NANOS_PER_MS) / 1000.0);
}

static inline json_t *value_prefix(const struct in6_addr *prefix, uint8_t length)
{
	json_t *address = json_address(prefix);
	json_t *text = json_sprintf("%s/%u", json_string_value(address), length);

	json_decref(address);
	return text;
}

static inline bool is_set(const struct in6_addr *address)
{
	return !IN6_IS_ADDR_UNSPECIFIED(address);
}

#endif
