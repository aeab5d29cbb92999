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
bool value_bool(const char *text, bool *ret, struct why *);
bool value_number(const char *text, uint32_t least, uint32_t most, uint32_t *ret, struct why *);
/* RFC 6275 6.1.7: seconds, a multiple of four that the Lifetime field can carry; not infinity. */
bool value_seconds(const char *text, uint32_t least, uint32_t *ret, struct why *);
/* The same, from one such unit to `most`. */
bool value_seconds_to(const char *text, uint32_t most, uint32_t *ret, struct why *);
/* The same, or the word "infinite": SECONDS_INFINITE. */
bool value_lifetime(const char *text, uint32_t least, uint32_t *ret, struct why *);
/* RFC 4861 4.6.2: any number of seconds from 1, or "infinite": SECONDS_INFINITE. */
bool value_prefix_lifetime(const char *text, uint32_t *ret, struct why *);
/* One of `count` words: its number. */
bool value_word(const char *text, const char *const *words, unsigned int count, unsigned int *ret,
	struct why *);
/* A unicast routable address (RFC 6275 3.1). */
bool value_address(const char *text, struct in6_addr *ret, struct why *);
bool value_prefix(const char *text, struct in6_addr *ret_prefix, uint8_t *ret_length, struct why *);
/* Those that packets are exchanged with: as value_prefix(), down to a single address. */
bool value_peers(const char *text, struct in6_addr *ret_prefix, uint8_t *ret_length, struct why *);
/* Copies into `to` what fits there with its final NUL. */
bool value_interface(const char *text, char *to, size_t capacity, struct why *);
bool value_path(const char *text, char *to, size_t capacity, struct why *);
/* RFC 4285 5: hexadecimal digits, in pairs, with white space and colons between pairs ignored. */
bool value_key(const char *text, struct auth *ret, struct why *);
/* The same, from a file that the world can neither read nor write. */
bool value_key_file(const char *path, struct auth *ret, struct why *);

bool prefix_contains(const struct in6_addr *prefix, uint8_t length, const struct in6_addr *address);

#endif
