/* SPDX-License-Identifier: BSD-2-Clause */
#include "repair.h"

static struct shared_packet **slot_of(struct repair *repair, uint8_t flow, uint32_t sequence)
{
	/* The numbers of one flow take turns. */
	return &repair->slots[(flow * UINT32_C(0x9e3779b1) + sequence) % REPAIR_SLOTS];
}

void repair_keep(struct repair *repair, struct shared_packet *packet)
{
	packet_append(&repair->copies, packet);
	if (packet->indexed)
		return;
	struct shared_packet **slot = slot_of(repair, packet->flow, packet->sequence);
	packet->indexed = true;
	packet->same_slot = *slot;
	*slot = packet;
}

void repair_forget(struct repair *repair, struct shared_packet *packet)
{
	struct shared_packet **slot = slot_of(repair, packet->flow, packet->sequence);

	while (packet->indexed && *slot) {
		if (*slot == packet) {
			*slot = packet->same_slot;
			packet->indexed = false;
		} else {
			slot = &(*slot)->same_slot;
		}
	}
}

void repair_expire(struct repair *repair, struct packet_list *unused, nanos before, bool one)
{
	struct shared_packet *packet = repair->copies.first;

	while (packet && (one || packet->sent < before)) {
		packet_remove(&repair->copies, packet);
		repair_forget(repair, packet);
		packet_append(unused, packet);
		packet = repair->copies.first;
		one = false;
	}
}

static void send_again(
	struct repair *repair, struct shared_packet *packet, struct packet_list *again)
{
	packet_remove(&repair->copies, packet);
	packet->sent_again++;
	packet_append(again, packet);
}

/* Not those that are to be sent again already. */
static struct shared_packet *copy_of(struct repair *repair, uint8_t flow, uint32_t sequence)
{
	struct shared_packet *packet = *slot_of(repair, flow, sequence);

	while (packet && (packet->sequence != sequence || packet->flow != flow))
		packet = packet->same_slot;
	return packet && packet->order != 0 ? packet : NULL;
}

unsigned int repair_missing(struct repair *repair, const struct flow_missing *missing,
	const struct sharing_path paths[SHARING_PATHS_MAX], struct packet_list *again)
{
	unsigned int count = 0;

	for (uint32_t i = 0; i < 8u * missing->octets; i++) {
		if (!(missing->bits[i / 8] >> i % 8 & 1))
			continue;
		struct shared_packet *packet = copy_of(repair, missing->flow, missing->first + i);
		if (!packet || packet->sent_again >= REPAIR_TRIES ||
			!sharing_path_has_lost(&paths[packet->path], packet->order, packet->sent))
			continue;
		packet->order = 0;
		send_again(repair, packet, again);
		count++;
	}
	return count;
}

unsigned int repair_silent(struct repair *repair, uint8_t which, const struct sharing_path *path,
	struct packet_list *again)
{
	struct shared_packet *packet = repair->copies.first, *next;
	unsigned int count = 0;

	for (; packet; packet = next) {
		next = packet->next;
		if (packet->path != which || packet->order <= path->arrived)
			continue;
		packet->order = 0;
		send_again(repair, packet, again);
		count++;
	}
	return count;
}
