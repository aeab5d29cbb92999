/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet.h"

#include <errno.h>
#include <stdlib.h>

void packet_append(struct packet_list *list, struct shared_packet *packet)
{
	packet->next = NULL;
	packet->before = list->last;
	if (list->last)
		list->last->next = packet;
	else
		list->first = packet;
	list->last = packet;
	list->count++;
	list->octets += packet->length;
}

void packet_remove(struct packet_list *list, struct shared_packet *packet)
{
	if (packet->before)
		packet->before->next = packet->next;
	else
		list->first = packet->next;
	if (packet->next)
		packet->next->before = packet->before;
	else
		list->last = packet->before;
	list->count--;
	list->octets -= packet->length;
}

int packet_pool_init(struct packet_pool *pool, size_t count)
{
	*pool = (struct packet_pool){.packets = calloc(count, sizeof(*pool->packets))};
	if (!pool->packets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		packet_append(&pool->unused, &pool->packets[i]);
	return 0;
}

void packet_pool_fini(struct packet_pool *pool)
{
	free(pool->packets);
	*pool = (struct packet_pool){0};
}

struct shared_packet *packet_pool_take(struct packet_pool *pool)
{
	struct shared_packet *packet = pool->unused.first;

	if (packet) {
		packet_remove(&pool->unused, packet);
		packet->length = 0;
	}
	return packet;
}
