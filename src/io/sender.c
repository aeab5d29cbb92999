/* SPDX-License-Identifier: BSD-2-Clause */
#include "sender.h"

#include "../wire/packet.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_PACKETS 64
/* Room for the packets of some milliseconds, while a slow link drains them. */
#define SOCKET_OCTETS (1024 * 1024)

/* The system call's view of one queued packet, set up once; only the lengths change. */
struct packet_slot {
	uint8_t octets[PACKET_OCTETS_MAX];
	struct sockaddr_in6 to;
	struct iovec piece;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct link_queue {
	uint32_t ifindex;
	int fd;
	unsigned int count;
	struct packet_slot slots[QUEUE_PACKETS];
	struct mmsghdr messages[QUEUE_PACKETS];
};

struct sender {
	uint64_t refused;
	size_t links_count;
	struct link_queue **links;
};

/* ---- one link ---- */

/* IPPROTO_RAW: whole packets, with their IPv6 header, and nothing is received. */
static int socket_open(uint32_t ifindex)
{
	const int on = 1, nothing = 0, octets = SOCKET_OCTETS, bound = (int)ifindex;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);
	int result = 0;

	if (fd < 0)
		return -errno;
	/* The slow path forwards packets whose source is not an address of this node. */
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &bound, sizeof(bound)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &nothing, sizeof(nothing)) < 0)
		result = -errno;
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

static void slot_init(struct packet_slot *slot, struct msghdr *message)
{
	struct cmsghdr *source;

	slot->to.sin6_family =
		AF_INET6; /* port 0: the kernel would take any other for a protocol */
	slot->piece.iov_base = slot->octets;
	*message = (struct msghdr){
		.msg_name = &slot->to,
		.msg_namelen = sizeof(slot->to),
		.msg_iov = &slot->piece,
		.msg_iovlen = 1,
		.msg_control = slot->control,
		.msg_controllen = sizeof(slot->control),
	};
	source = CMSG_FIRSTHDR(message);
	source->cmsg_level = IPPROTO_IPV6;
	source->cmsg_type = IPV6_PKTINFO;
	source->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
}

static int link_new(uint32_t ifindex, struct link_queue **ret)
{
	struct link_queue *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->ifindex = ifindex;
	link->fd = socket_open(ifindex);
	if (link->fd < 0) {
		int result = link->fd;

		free(link);
		return result;
	}
	for (size_t i = 0; i < QUEUE_PACKETS; i++)
		slot_init(&link->slots[i], &link->messages[i].msg_hdr);
	*ret = link;
	return 0;
}

static void link_free(struct link_queue *link)
{
	close(link->fd);
	free(link);
}

/*
 * The addresses of the header are the route's key too: the destination on the wire (with a routing
 * header, its first stop), and the source, for the rules that choose a table by it.
 */
static void link_add(struct link_queue *link, const uint8_t *octets, size_t length)
{
	struct packet_slot *slot = &link->slots[link->count];
	struct in6_pktinfo source = {0};

	memcpy(slot->octets, octets, length);
	slot->piece.iov_len = length;
	memcpy(&slot->to.sin6_addr, octets + offsetof(struct ip6_hdr, ip6_dst),
		sizeof(slot->to.sin6_addr));
	memcpy(&source.ipi6_addr, octets + offsetof(struct ip6_hdr, ip6_src),
		sizeof(source.ipi6_addr));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&link->messages[link->count].msg_hdr)), &source,
		sizeof(source));
	link->count++;
}

/* Sends the queue. The kernel stops at a packet that it refuses; the others go on without it. */
static unsigned int link_flush(struct link_queue *link)
{
	unsigned int done = 0, refused = 0;

	while (done < link->count) {
		int sent = sendmmsg(link->fd, link->messages + done, link->count - done, 0);

		if (sent > 0) {
			done += (unsigned int)sent;
		} else if (errno != EINTR) {
			refused++;
			done++;
		}
	}
	link->count = 0;
	return refused;
}

/* ---- all links ---- */

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
	for (size_t i = 0; i < sender->links_count; i++)
		link_free(sender->links[i]);
	free(sender->links);
	free(sender);
}

static int add_link(struct sender *sender, uint32_t ifindex, struct link_queue **ret)
{
	struct link_queue **links =
		realloc(sender->links, (sender->links_count + 1) * sizeof(*links));
	int result;

	if (!links)
		return -ENOMEM;
	sender->links = links;
	result = link_new(ifindex, &links[sender->links_count]);
	if (result < 0)
		return result;
	*ret = links[sender->links_count++];
	return 0;
}

/* There are as many links as the host has: a handful. */
static int find_link(struct sender *sender, uint32_t ifindex, struct link_queue **ret)
{
	for (size_t i = 0; i < sender->links_count; i++) {
		if (sender->links[i]->ifindex == ifindex) {
			*ret = sender->links[i];
			return 0;
		}
	}
	return add_link(sender, ifindex, ret);
}

int sender_add(struct sender *sender, uint32_t ifindex, const uint8_t *octets, size_t length)
{
	struct link_queue *link;
	int result;

	if (length < IPV6_HEADER_OCTETS)
		return -EINVAL;
	if (length > PACKET_OCTETS_MAX)
		return -EMSGSIZE;
	result = find_link(sender, ifindex, &link);
	if (result < 0)
		return result;
	if (link->count == QUEUE_PACKETS)
		sender->refused += link_flush(link);
	link_add(link, octets, length);
	return 0;
}

unsigned int sender_flush(struct sender *sender)
{
	unsigned int refused = 0;

	for (size_t i = 0; i < sender->links_count; i++)
		refused += link_flush(sender->links[i]);
	sender->refused += refused;
	return refused;
}

void sender_link_gone(struct sender *sender, uint32_t ifindex)
{
	for (size_t i = 0; i < sender->links_count; i++) {
		if (sender->links[i]->ifindex != ifindex)
			continue;
		sender->refused += sender->links[i]->count;
		link_free(sender->links[i]);
		sender->links[i] = sender->links[--sender->links_count];
		return;
	}
}

uint64_t sender_refused(const struct sender *sender)
{
	return sender->refused;
}
