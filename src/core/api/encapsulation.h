/* SPDX-License-Identifier: BSD-2-Clause */
/* The octets that a tunnel adds to packets: the rows of encapsulations.def. */
#ifndef MONAMI_CORE_ENCAPSULATION_H
#define MONAMI_CORE_ENCAPSULATION_H

#include "../../wire/packet.h"

enum encapsulation {
#define TUNNELLED(NAME, ...) ENCAP_##NAME,
#define BARE(NAME, ...) ENCAP_##NAME,
#include "encapsulations.def"
};

/* How many octets longer than the packet that entered the tunnel is the packet that leaves it. No
 * other place knows these numbers. */
static inline uint32_t encapsulation_octets(enum encapsulation encapsulation)
{
	switch (encapsulation) {
#define TUNNELLED(NAME, name, next_header, octets, gso)                                            \
	case ENCAP_##NAME:                                                                         \
		return IPV6_HEADER_OCTETS + (octets);
#define BARE(NAME, octets)                                                                         \
	case ENCAP_##NAME:                                                                         \
		return octets;
#include "encapsulations.def"
	}
	return 0;
}

/* Octets between an outer header, whose last next header this is, and the inner packet. */
static inline uint32_t encapsulation_between(uint8_t next_header)
{
	switch (next_header) {
#define TUNNELLED(NAME, name, next_header, octets, gso)                                            \
	case next_header:                                                                          \
		return octets;
#define BARE(NAME, octets)
#include "encapsulations.def"
	}
	return 0;
}

#endif
