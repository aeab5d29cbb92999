/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of the configuration file: text in, value out, or the reason why not. Knows nothing of
 * blocks and lines. No reason ever repeats the text, which may be a key in the wrong place.
 */
#ifndef MONAMI_DAEMON_CONFIG_VALUE_H
#define MONAMI_DAEMON_CONFIG_VALUE_H

#include "../../core/api/core.h"

struct why {
	char text[400];
};

#define KEY_OCTETS_MIN 16

/* Each returns false, with the reason in `why` and `ret` untouched, if the text is not such a
 * value. */
bool value_bool(const char *text, uint32_t *ret, struct why *why);
bool value_number(const char *text, uint32_t least, uint32_t most, uint32_t *ret, struct why *why);
/* RFC 6275 6.1.7: seconds, a multiple of four that the Lifetime field can carry. */
bool value_seconds(const char *text, uint32_t least, uint32_t most, uint32_t *ret, struct why *);
/* One of the words before the NULL: its number. */
bool value_word(const char *text, const char *const *words, uint32_t *ret, struct why *);
/* A unicast routable address (RFC 6275 3.1). */
bool value_address(const char *text, struct in6_addr *ret, struct why *);
/* The same, and a length of 1 to `most`, without bits behind it. */
bool value_prefix(const char *text, uint32_t most, struct in6_addr *ret_prefix, uint8_t *ret_length,
	struct why *);
/* Copies into `to` what fits there with its final NUL. */
bool value_interface(const char *text, char *to, size_t capacity, struct why *);
/* The name of a mobile_node block. */
bool value_name(const char *text, char *to, size_t capacity, struct why *);
bool value_path(const char *text, char *to, size_t capacity, struct why *);
/* RFC 4285 5: hexadecimal digits, in pairs, with white space and colons between pairs ignored. */
bool value_key(const char *text, struct auth *ret, struct why *);
/* The same, from a file that the world can neither read nor write. */
bool value_key_file(const char *path, struct auth *ret, struct why *);

#endif
