/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The place of one end of a tunnel in the network. The identity of the node there is a home
 * address.
 */
#ifndef MONAMI_CORE_LOCATOR_H
#define MONAMI_CORE_LOCATOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define LINK_LAYER_OCTETS 6 /* Ethernet */

struct locator {
	struct in6_addr address; /* IPv4 as IPv4-mapped; :: if there is none */
	uint16_t port;           /* of UDP encapsulation; 0: none */
	uint32_t ifindex;        /* the link that it is on, or that leads there; 0: as routed */
	/* The link-layer address is known: packets go there without Neighbour Discovery. */
	bool framed;
	uint8_t link_layer[LINK_LAYER_OCTETS];
};

#endif
