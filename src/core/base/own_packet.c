/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.3.1
 */
#include "own_packet.h"

struct effect_send *own_packet_route(
	const struct packet_envelope *envelope, struct octets payload, struct outbox *outbox)
{
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length =
		(uint16_t)packet_build(envelope, payload, send->octets, sizeof(send->octets));
	if (send->length != 0)
		return send;
	outbox->count--;
	return NULL;
}

bool own_packet_send(struct core_base *base, const struct packet_envelope *envelope,
	struct octets payload, struct outbox *outbox)
{
	const struct node_address *home = node_addresses_home(&base->addresses, &envelope->source);
	if (outbox_room(outbox) == 0)
		return false;
	if (home)
		return home->send(home->ctx, envelope, payload, outbox);
	return own_packet_route(envelope, payload, outbox);
}
