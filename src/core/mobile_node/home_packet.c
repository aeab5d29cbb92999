/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.3.1, RFC 2473
 */
#include "home_packet.h"

#include "../base/own_packet.h"
#include "mobile_node.h"

/* At home, the link's router forwards it as it is. */
static void address_to_home_link(const struct effect_tunnel *tunnel, struct effect_send *ret)
{
	ret->ifindex = tunnel->local.ifindex;
	ret->framed = tunnel->remote.framed;
	for (size_t i = 0; i < LINK_LAYER_OCTETS; i++)
		ret->link_layer[i] = tunnel->remote.link_layer[i];
}

static bool send_tunnelled(const struct effect_tunnel *tunnel,
	const struct packet_envelope *envelope, struct octets payload, struct outbox *outbox)
{
	uint8_t inner[PACKET_OCTETS_MAX];
	size_t length = packet_build(envelope, payload, inner, sizeof(inner));
	const struct packet_envelope outer = {
		.source = tunnel->local.address,
		.destination = tunnel->remote.address,
		.next_header = IPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send =
		length ? own_packet_route(&outer, (struct octets){inner, length}, outbox) : NULL;
	if (send)
		send->ifindex = tunnel->local.ifindex;
	return send;
}

bool home_packet_send(void *mobile_node, const struct packet_envelope *envelope,
	struct octets payload, struct outbox *outbox)
{
	struct mobile_node *node = mobile_node;
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	if (!tunnel)
		return false;
	if (tunnel->encapsulation != ENCAP_HOME_LINK) {
		lost_bindings_sent(node);
		return send_tunnelled(tunnel, envelope, payload, outbox);
	}
	struct effect_send *send = own_packet_route(envelope, payload, outbox);
	if (send)
		address_to_home_link(tunnel, send);
	return send;
}
