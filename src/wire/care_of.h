/* SPDX-License-Identifier: BSD-2-Clause */
/* The care-of address field of a Binding Identifier option (RFC 5648 4.3). */
#ifndef MONAMI_WIRE_CARE_OF_H
#define MONAMI_WIRE_CARE_OF_H

#include <netinet/in.h>
#include <stdint.h>

/*
 * RFC 5648 6.2: an option of a length that it cannot have is answered, and so is understood, as far
 * as its fields are there (the others are zero). It cannot be encoded.
 */
#define CARE_OF_MALFORMED 0xff

/* Absent, IPv4 or IPv6. */
struct care_of {
	uint8_t length; /* 0, 4 or 16, or CARE_OF_MALFORMED; IPv4 is in the first four octets */
	struct in6_addr address;
};

#endif
