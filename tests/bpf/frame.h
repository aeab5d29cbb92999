/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames written down octet by octet, after RFC 8200, RFC 6275 and RFC 4443; every length in them
 * is the caller's. Also what a tc program made of one.
 */
#ifndef MONAMI_TESTS_FRAME_H
#define MONAMI_TESTS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_OCTETS_MAX 4096

struct frame {
	size_t length;
	uint8_t octets[FRAME_OCTETS_MAX];
};

/* Destination and source of no meaning, and the type of IPv6. */
void frame_ethernet(struct frame *);
/* RFC 8200 3. `first`: version, traffic class and flow label. */
void frame_ipv6(struct frame *, uint32_t first, uint16_t payload_length, uint8_t next_header,
	uint8_t hop_limit, const char *source, const char *destination);
void frame_octets(struct frame *, const void *octets, size_t length);
/* RFC 6275 6.4.1, 6.3: a type 2 routing header; a Destination Options header with nothing but a
 * Home Address option. */
void frame_routing(struct frame *, uint8_t next_header, const char *home_address);
void frame_option(struct frame *, uint8_t next_header, const char *home_address);
/* So many octets 0, 1, 2, ... */
void frame_filling(struct frame *, size_t length);
void frame_address(struct frame *, const char *address);
/* Another network of 64 bits in the address at this place. */
void frame_network(struct frame *, size_t at, uint32_t number);
/* A whole frame with a message of Neighbour Discovery (RFC 4861 4.2 to 4.4), without options.
 * `target`: of a Neighbour Solicitation or Advertisement; NULL, a Router Advertisement. */
void frame_discovery(struct frame *, uint8_t type, uint8_t hop_limit, const char *source,
	const char *destination, const char *target);

#endif
