/* SPDX-License-Identifier: BSD-2-Clause */
#include "netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

static int options_set(const struct mnl_socket *socket)
{
	int on = 1;
	/* The kernel answers within the request's system call: waiting means that the answer was
	 * lost. */
	const struct timeval patience = {.tv_sec = 1};

	if (mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on)) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience)) < 0)
		return -errno;
	return 0;
}

int netlink_open(struct netlink *ret)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int result;

	if (!socket)
		return -errno;
	result = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : options_set(socket);
	if (result < 0) {
		mnl_socket_close(socket);
		return result;
	}
	*ret = (struct netlink){.socket = socket};
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
}

int netlink_fd(const struct netlink *netlink)
{
	return mnl_socket_get_fd(netlink->socket);
}

int netlink_receive(const struct netlink *netlink, void *octets, size_t capacity, int flags)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec space = {octets, capacity};
		struct msghdr message = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &space,
			.msg_iovlen = 1,
		};
		ssize_t length = recvmsg(netlink_fd(netlink), &message, flags);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		/* Any process may write to a netlink socket; only port 0 is the kernel. */
		if (message.msg_namelen != sizeof(from) || from.nl_pid != 0)
			continue;
		return message.msg_flags & MSG_TRUNC ? -ENOBUFS : (int)length;
	}
}

int netlink_send(const struct netlink *netlink, const struct nlmsghdr *request)
{
	ssize_t sent;

	do
		sent = mnl_socket_sendto(netlink->socket, request, request->nlmsg_len);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* The meaning of a received message for its request. */
struct answer {
	bool complete;
	bool interrupted;
	int result;
};

static void answer_message(
	struct answer *answer, const struct nlmsghdr *message, netlink_handler *each, void *ctx)
{
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	/* Both begin with a number: 0 or a negative errno value. */
	if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
		answer->complete = true;
		if (mnl_nlmsg_get_payload_len(message) >= sizeof(answer->result))
			memcpy(&answer->result, mnl_nlmsg_get_payload(message),
				sizeof(answer->result));
	} else if (each) {
		each(ctx, message);
	}
}

/* The kernel begins no dump while another one waits to be read: it would be -EBUSY for ever. */
static void read_rest(struct netlink *netlink)
{
	_Alignas(struct nlmsghdr) uint8_t octets[NETLINK_OCTETS_MAX];
	int length;

	do
		length = netlink_receive(netlink, octets, sizeof(octets), MSG_DONTWAIT);
	while (length >= 0 || length == -ENOBUFS);
	netlink->unread = length != -EAGAIN;
}

static int receive_answer(struct netlink *netlink, netlink_handler *each, void *ctx)
{
	_Alignas(struct nlmsghdr) uint8_t octets[NETLINK_OCTETS_MAX];
	struct answer answer = {0};

	while (!answer.complete) {
		int left = netlink_receive(netlink, octets, sizeof(octets), 0);
		const struct nlmsghdr *message = (const struct nlmsghdr *)octets;

		if (left < 0) {
			netlink->unread = true;
			return left;
		}
		for (; mnl_nlmsg_ok(message, left) && !answer.complete;
			message = mnl_nlmsg_next(message, &left)) {
			/* Anything else belongs to an earlier request that was given up. */
			if (message->nlmsg_seq == netlink->sequence)
				answer_message(&answer, message, each, ctx);
		}
	}
	if (answer.result < 0)
		return answer.result;
	return answer.interrupted ? -EINTR : 0;
}

int netlink_ask(struct netlink *netlink, struct nlmsghdr *request, netlink_handler *each, void *ctx)
{
	int result;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = ++netlink->sequence;
	if (netlink->unread)
		read_rest(netlink);
	result = netlink_send(netlink, request);
	return result < 0 ? result : receive_answer(netlink, each, ctx);
}
