/* SPDX-License-Identifier: BSD-2-Clause */
#include "sender.h"

#include "send_queue.h"

#include <errno.h>
#include <stdlib.h>

struct sender {
	uint64_t refused;
	uint64_t turns;
	size_t queues_count;
	struct send_queue **queues;
};

int sender_new(struct sender **ret)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return -ENOMEM;
	*ret = sender;
	return 0;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	for (size_t i = 0; i < sender->queues_count; i++)
		send_queue_free(sender->queues[i]);
	free(sender->queues);
	free(sender);
}

static int add_queue(struct sender *sender, uint32_t ifindex, bool framed, struct send_queue **ret)
{
	struct send_queue **queues =
		realloc(sender->queues, (sender->queues_count + 1) * sizeof(*queues));
	int result;

	if (!queues)
		return -ENOMEM;
	sender->queues = queues;
	result = send_queue_new(ifindex, framed, &queues[sender->queues_count]);
	if (result < 0)
		return result;
	*ret = queues[sender->queues_count++];
	return 0;
}

/* There are at most two for each link of the host: a handful. */
static int find_queue(struct sender *sender, uint32_t ifindex, bool framed, struct send_queue **ret)
{
	for (size_t i = 0; i < sender->queues_count; i++) {
		if (sender->queues[i]->ifindex == ifindex && sender->queues[i]->framed == framed) {
			*ret = sender->queues[i];
			return 0;
		}
	}
	return add_queue(sender, ifindex, framed, ret);
}

/* A queue with room for a packet of that length. */
static int make_room(struct sender *sender, uint32_t ifindex, bool framed, size_t length,
	struct send_queue **ret)
{
	int result;

	if (length < IPV6_HEADER_OCTETS)
		return -EINVAL;
	if (length > PACKET_OCTETS_MAX)
		return -EMSGSIZE;
	result = find_queue(sender, ifindex, framed, ret);
	if (result == 0 && send_queue_full(*ret))
		sender->refused += send_queue_flush(*ret);
	if (result == 0 && (*ret)->count == 0)
		(*ret)->turn = ++sender->turns;
	return result;
}

int sender_add(struct sender *sender, uint32_t ifindex, const uint8_t *octets, size_t length)
{
	struct send_queue *queue;
	int result = make_room(sender, ifindex, false, length, &queue);

	if (result == 0)
		send_queue_add(queue, octets, length);
	return result;
}

int sender_add_frame(struct sender *sender, uint32_t ifindex, const uint8_t link_layer[6],
	const uint8_t *octets, size_t length)
{
	struct send_queue *queue;
	int result = ifindex == 0 ? -EINVAL : make_room(sender, ifindex, true, length, &queue);

	if (result == 0)
		send_queue_add_frame(queue, link_layer, octets, length);
	return result;
}

size_t sender_room(const struct sender *sender)
{
	size_t room = SEND_QUEUE_PACKETS;

	for (size_t i = 0; i < sender->queues_count; i++)
		if (SEND_QUEUE_PACKETS - sender->queues[i]->count < room)
			room = SEND_QUEUE_PACKETS - sender->queues[i]->count;
	return room;
}

void sender_clear(struct sender *sender)
{
	for (size_t i = 0; i < sender->queues_count; i++)
		send_queue_clear(sender->queues[i]);
}

static struct send_queue *next_queue(const struct sender *sender)
{
	struct send_queue *next = NULL;

	for (size_t i = 0; i < sender->queues_count; i++)
		if (sender->queues[i]->count > 0 && (!next || sender->queues[i]->turn < next->turn))
			next = sender->queues[i];
	return next;
}

unsigned int sender_flush(struct sender *sender)
{
	unsigned int refused = 0;
	struct send_queue *queue;

	while ((queue = next_queue(sender)))
		refused += send_queue_flush(queue);
	sender->refused += refused;
	return refused;
}

void sender_link_gone(struct sender *sender, uint32_t ifindex)
{
	for (size_t i = 0; i < sender->queues_count;) {
		if (sender->queues[i]->ifindex != ifindex) {
			i++;
			continue;
		}
		sender->refused += sender->queues[i]->count;
		send_queue_free(sender->queues[i]);
		sender->queues[i] = sender->queues[--sender->queues_count];
	}
}

uint64_t sender_refused(const struct sender *sender)
{
	return sender->refused;
}
