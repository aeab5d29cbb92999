/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON strings of octets, addresses and any C string, for which jansson has no functions. */
#ifndef MONAMI_JSON_TEXT_H
#define MONAMI_JSON_TEXT_H

#include "../wire/cursor.h"

#include <jansson.h>

/* Each returns a new string, NULL if out of memory (which json_object_set_new() passes on). */

/* Octets that are not UTF-8 become question marks: file names may be anything. */
json_t *json_text(const char *);
json_t *json_lower(const char *); /* an identifier in lower case */
json_t *json_address(const struct in6_addr *);
json_t *json_ipv4(const uint8_t octets[4]);
json_t *json_hex(struct octets);

#endif
