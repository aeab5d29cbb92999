/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses by which the roles of one core are known to others: the home agent's address, and
 * the home address of each mobile node. A mobile node sends packets from its home address itself,
 * through the tunnel to its home agent (RFC 6275 11.3.1).
 */
#ifndef MONAMI_CORE_NODE_ADDRESSES_H
#define MONAMI_CORE_NODE_ADDRESSES_H

#include "../api/core.h"

#include "../../wire/packet.h"

/* Sends a packet from the address. False: it cannot leave now, or does not fit. */
typedef bool node_address_send(
	void *ctx, const struct packet_envelope *, struct octets payload, struct outbox *);

struct node_address {
	struct in6_addr address;
	node_address_send *send; /* of a home address; NULL: packets leave as routed */
	void *ctx;
};

/* Zeroed, it is empty. */
struct node_addresses {
	uint8_t count;
	uint8_t homes; /* how many of them are home addresses */
	struct node_address at[MOBILE_NODES_MAX + 1];
};

/* `send` and `ctx` are those of struct node_address; `ctx` is borrowed. There is room for one home
 * agent and all mobile nodes of a core. */
void node_addresses_add(
	struct node_addresses *, const struct in6_addr *, node_address_send *send, void *ctx);
/* NULL: it is none of them. */
const struct node_address *node_addresses_find(
	const struct node_addresses *, const struct in6_addr *);
/* The same among home addresses only. */
const struct node_address *node_addresses_home(
	const struct node_addresses *, const struct in6_addr *);

#endif
