/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of src/wire share: octets from hexadecimal digits, and messages whose octets were
 * made by others.
 */
#ifndef MONAMI_TEST_WIRE_SUPPORT_H
#define MONAMI_TEST_WIRE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../src/wire/packet.h"

#define HOME_ADDRESS "2001:db8:1::100"
#define CARE_OF_1 "2001:db8:2::100"
#define CARE_OF_2 "2001:db8:4::100"
#define CORRESPONDENT "2001:db8:3::1"
#define HOME_AGENT "2001:db8:1::1"

/* Octets on the heap, exactly as many as there are, so that AddressSanitizer sees the end. */
struct octets hex(const char *digits);
struct octets copy(const uint8_t *octets, size_t length);
void release(struct octets);

struct in6_addr address(const char *text);
void assert_address(const struct in6_addr *, const char *text);
void assert_octets(struct octets, const char *digits);

/*
 * A dialect that differs from RFC 5648 as an older draft might: the Binding Identifier option has
 * type 200, O is another bit of a Binding Update, and the low bits of the option's flags are
 * reserved.
 */
const struct dialect *other_dialect(void);

/* A message whose octets come from another implementation, and its meaning. */
struct vector {
	const char *name;
	const char *digits; /* with checksum */
	const char *source; /* of the pseudo-header */
	const char *destination;
	void (*fill)(struct message *);        /* makes the message */
	void (*check)(const struct message *); /* asserts its fields */
};

/* protocol-facts 12: computed by two independent scripts, and decoded by tshark. */
#define VECTORS 5
extern const struct vector vectors[VECTORS];

#endif
