/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of the configuration file: text in, value out, or the reason why not. Knows nothing of
 * blocks and lines. No reason repeats the text, which may be a key in the wrong place.
 */
#ifndef MONAMI_DAEMON_CONFIG_VALUE_H
#define MONAMI_DAEMON_CONFIG_VALUE_H

#include "../../core/api/core.h"

#define KEY_OCTETS_MIN 16

struct type;
/* Writes the value to `ret`. Returns NULL, or why the text is no value of this type, with `ret`
 * untouched; the reason stays until the next call. */
typedef const char *value_reader(const char *text, const struct type *, void *ret);

struct type {
	value_reader *read;
	size_t size; /* of what `ret` points to */
	uint32_t least, most;
	uint32_t multiple;
	const char *also; /* a text that stands for the number `instead`, or for an empty path */
	uint32_t instead;
	bool inverted;                   /* true is written as false */
	bool repeats;                    /* a list of them may have one twice */
	const char *words[9];            /* up to the first NULL */
	const struct number_name *names; /* NULL: numbers only */
};

/* Names of numbers, up to the one that is NULL. */
struct number_name {
	const char *name;
	uint32_t number;
};
extern const struct number_name protocol_names[]; /* of next headers */
extern const struct number_name dscp_names[];     /* of code points (RFC 2474, 2597, 3246, 8622) */
/* NULL: the number has none. */
const char *number_name(const struct number_name *, uint32_t number);

/* A text that stays until the next call. */
const char *value_reason(const char *format, ...) __attribute__((format(printf, 1, 2)));

value_reader value_bool;
value_reader value_number;
value_reader value_free_option; /* the type of a mobility option that means nothing else */
value_reader value_word;    /* the number of the word */
value_reader value_address; /* struct in6_addr, unicast routable (RFC 6275 3.1) */
value_reader value_prefix;  /* the same, and a length of 1 to `most` in the octet behind it */
value_reader value_prefix_or_address; /* the same; without a length, that of the address */
value_reader value_range;             /* struct number_range; each end a number or a name */
value_reader value_rate;      /* uint64_t: bits a second; k, M and G stand for powers of 1000 */
value_reader value_interface; /* char[], as the others below */
value_reader value_name;
value_reader value_path;
/* The key of a struct auth. RFC 4285 5: hexadecimal digits in pairs; white space and colons between
 * pairs are ignored. */
value_reader value_key;
/* The same, from a file of this name that the world can neither read nor write. */
value_reader value_key_file;

#endif
