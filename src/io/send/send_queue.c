/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_queue.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for the packets of some milliseconds, while a slow link drains them. */
#define SOCKET_OCTETS (1024 * 1024)

/* IPPROTO_RAW: whole packets, with their IPv6 header, and nothing is received. */
static int routed_socket_open(uint32_t ifindex)
{
	const int on = 1, bound = (int)ifindex;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		return -errno;
	/* The slow path forwards packets whose source is not an address of this node. */
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &bound, sizeof(bound)) < 0) {
		int result = -errno;

		close(fd);
		return result;
	}
	return fd;
}

/* Protocol 0: nothing is received. Each packet names its link. */
static int framed_socket_open(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int socket_open(uint32_t ifindex, bool framed)
{
	const int nothing = 0, octets = SOCKET_OCTETS;
	int fd = framed ? framed_socket_open() : routed_socket_open(ifindex);

	if (fd < 0)
		return fd;
	/* Beyond net.core.wmem_max: that needs CAP_NET_ADMIN. */
	if ((setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets, sizeof(octets)) < 0 &&
		    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets)) < 0) ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &nothing, sizeof(nothing)) < 0) {
		int result = -errno;

		close(fd);
		return result;
	}
	return fd;
}

static void routed_init(struct send_slot *slot, struct msghdr *message)
{
	struct cmsghdr *source;

	slot->to.routed.sin6_family =
		AF_INET6; /* port 0: the kernel would take any other for a protocol */
	message->msg_namelen = sizeof(slot->to.routed);
	message->msg_control = slot->control;
	message->msg_controllen = sizeof(slot->control);
	source = CMSG_FIRSTHDR(message);
	source->cmsg_level = IPPROTO_IPV6;
	source->cmsg_type = IPV6_PKTINFO;
	source->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
}

static void framed_init(struct send_slot *slot, struct msghdr *message, uint32_t ifindex)
{
	slot->to.framed = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IPV6),
		.sll_ifindex = (int)ifindex,
		.sll_halen = SEND_LINK_LAYER_OCTETS,
	};
	message->msg_namelen = sizeof(slot->to.framed);
}

static void slot_init(struct send_queue *queue, size_t which)
{
	struct send_slot *slot = &queue->slots[which];
	struct msghdr *message = &queue->messages[which].msg_hdr;

	slot->piece.iov_base = slot->octets;
	*message = (struct msghdr){
		.msg_name = &slot->to,
		.msg_iov = &slot->piece,
		.msg_iovlen = 1,
	};
	if (queue->framed)
		framed_init(slot, message, queue->ifindex);
	else
		routed_init(slot, message);
}

int send_queue_new(uint32_t ifindex, bool framed, struct send_queue **ret)
{
	struct send_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return -ENOMEM;
	queue->ifindex = ifindex;
	queue->framed = framed;
	queue->fd = socket_open(ifindex, framed);
	if (queue->fd < 0) {
		int result = queue->fd;

		free(queue);
		return result;
	}
	*ret = queue;
	return 0;
}

void send_queue_free(struct send_queue *queue)
{
	close(queue->fd);
	free(queue);
}

static struct send_slot *take_slot(struct send_queue *queue, const uint8_t *octets, size_t length)
{
	if (queue->count == queue->made)
		slot_init(queue, queue->made++);
	struct send_slot *slot = &queue->slots[queue->count++];

	memcpy(slot->octets, octets, length);
	slot->piece.iov_len = length;
	return slot;
}

/*
 * The addresses of the header are the route's key too: the destination on the wire (with a routing
 * header, its first stop), and the source, for the rules that choose a table by it.
 */
void send_queue_add(struct send_queue *queue, const uint8_t *octets, size_t length)
{
	struct msghdr *message = &queue->messages[queue->count].msg_hdr;
	struct send_slot *slot = take_slot(queue, octets, length);
	struct in6_pktinfo source = {0};

	memcpy(&slot->to.routed.sin6_addr, octets + offsetof(struct ip6_hdr, ip6_dst),
		sizeof(slot->to.routed.sin6_addr));
	memcpy(&source.ipi6_addr, octets + offsetof(struct ip6_hdr, ip6_src),
		sizeof(source.ipi6_addr));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(message)), &source, sizeof(source));
}

void send_queue_add_frame(
	struct send_queue *queue, const uint8_t *link_layer, const uint8_t *octets, size_t length)
{
	struct send_slot *slot = take_slot(queue, octets, length);

	memcpy(slot->to.framed.sll_addr, link_layer, SEND_LINK_LAYER_OCTETS);
}

bool send_queue_full(const struct send_queue *queue)
{
	return queue->count == SEND_QUEUE_PACKETS;
}

void send_queue_clear(struct send_queue *queue)
{
	queue->count = 0;
}

unsigned int send_queue_flush(struct send_queue *queue)
{
	unsigned int done = 0, refused = 0;

	while (done < queue->count) {
		int sent = sendmmsg(queue->fd, queue->messages + done, queue->count - done, 0);

		if (sent > 0) {
			done += (unsigned int)sent;
		} else if (errno != EINTR) {
			refused++;
			done++;
		}
	}
	queue->count = 0;
	return refused;
}
