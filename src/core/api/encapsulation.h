/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tunnel adds to the packets that it carries.
 */
#ifndef MONAMI_CORE_ENCAPSULATION_H
#define MONAMI_CORE_ENCAPSULATION_H

#include "../../wire/packet.h"

enum encapsulation {
	ENCAP_IPV6, /* IPv6 in IPv6 (RFC 2473) */
	/*
	 * The home link, no outer header (RFC 5648 5.6): at the home agent `remote` is the home
	 * address, at the mobile node `local` is. Nothing that is encapsulated is accepted from it.
	 * Not `framed`: to the home address itself (home agent), to the link's router (mobile
	 * node), which Neighbour Discovery finds. `framed`: to the link-layer address of `remote`,
	 * without it (5.6.2, topology b).
	 */
	ENCAP_HOME_LINK,
	/*
	 * Route optimization, no outer header. At the mobile node: packets to the correspondent
	 * leave from `local` with a Home Address option, those that come to `local` have a type 2
	 * routing header (RFC 6275 6.3, 6.4, 11.3.1). At the correspondent the other way round:
	 * `local` is its own address, `remote` the care-of address (9.3.1, 9.3.2).
	 */
	ENCAP_TO_CORRESPONDENT,
	ENCAP_TO_MOBILE_NODE,
};

/* How many octets longer than the packet that entered the tunnel is the packet that leaves it. No
 * other place knows these numbers. */
static inline uint32_t encapsulation_octets(enum encapsulation encapsulation)
{
	switch (encapsulation) {
	case ENCAP_IPV6:
		return IPV6_HEADER_OCTETS;
	case ENCAP_HOME_LINK:
		return 0;
	case ENCAP_TO_CORRESPONDENT:
	case ENCAP_TO_MOBILE_NODE:
		return MOBILITY_EXTENSION_OCTETS;
	}
	return 0;
}

#endif
