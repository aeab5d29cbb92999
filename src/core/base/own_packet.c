/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.3.1, RFC 2473.
 */
#include "own_packet.h"

#include "../mobile_node/mobile_node.h"

#include <netinet/in.h>

static bool send_plain(
	const struct packet_envelope *envelope, struct octets payload, struct outbox *outbox)
{
	struct effect *effect = outbox_add(outbox, EFFECT_SEND);
	effect->send.length = (uint16_t)packet_build(
		envelope, payload, effect->send.octets, sizeof(effect->send.octets));
	if (effect->send.length == 0)
		outbox->count--;
	return effect->send.length != 0;
}

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
	if (length == 0 || !send_plain(&outer, (struct octets){inner, length}, outbox))
		return false;
	outbox->effects[outbox->count - 1].send.ifindex = tunnel->local.ifindex;
	return true;
}

static bool send_mobile(struct core *core, const struct packet_envelope *envelope,
	struct octets payload, struct outbox *outbox)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&core->mobile_node->tunnels);
	if (!tunnel)
		return false;
	if (tunnel->encapsulation != ENCAP_HOME_LINK) {
		lost_bindings_sent(core->mobile_node);
		return send_tunnelled(tunnel, envelope, payload, outbox);
	}
	if (!send_plain(envelope, payload, outbox))
		return false;
	address_to_home_link(tunnel, &outbox->effects[outbox->count - 1].send);
	return true;
}

bool own_packet_send(struct core *core, const struct packet_envelope *envelope,
	struct octets payload, struct outbox *outbox)
{
	if (outbox_room(outbox) == 0)
		return false;
	if (core->role == ROLE_MOBILE_NODE)
		return send_mobile(core, envelope, payload, outbox);
	return send_plain(envelope, payload, outbox);
}
