/* SPDX-License-Identifier: BSD-2-Clause */
#include "sent_update.h"

#include <string.h>

#define CHECKSUM_END (MESSAGE_CHECKSUM_AT + 2)

struct sent_update *sent_updates_add(
	struct sent_updates *sent, const uint8_t *octets, size_t length, size_t payload_at)
{
	struct sent_update *place = &sent->at[sent->count++ % SENT_UPDATES_MAX];
	place->bound = false;
	place->length = length;
	place->payload_at = payload_at;
	memcpy(place->octets, octets, length);
	return place;
}

struct sent_update *sent_updates_recall(struct sent_updates *sent, uint8_t which)
{
	size_t count = sent->count < SENT_UPDATES_MAX ? sent->count : SENT_UPDATES_MAX;
	return count > 0 ? &sent->at[which % count] : NULL;
}

static void write_checksum(uint8_t *octets, size_t length, size_t payload_at)
{
	struct packet packet;
	if (packet_decode(octets, length, &packet) != WIRE_OK)
		return;
	uint8_t *at = octets + payload_at + MESSAGE_CHECKSUM_AT;
	at[0] = at[1] = 0;
	uint16_t sum =
		packet_checksum(packet.has_home_address ? &packet.home_address : &packet.source,
			&packet.destination, MH_NEXT_HEADER, packet.payload);
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

bool sent_update_alter(
	const struct sent_update *sent, size_t at, uint8_t change, uint8_t ret[PACKET_OCTETS_MAX])
{
	at %= sent->length - sent->payload_at;
	if (at >= MESSAGE_CHECKSUM_AT && at < CHECKSUM_END)
		return false;
	memcpy(ret, sent->octets, sent->length);
	ret[sent->payload_at + at] ^= change;
	write_checksum(ret, sent->length, sent->payload_at);
	return true;
}
