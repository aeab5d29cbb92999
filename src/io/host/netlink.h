/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A socket to rtnetlink, over libmnl: one request at a time, and the kernel's notifications. Only
 * src/io uses it. All errors are negative errno values.
 */
#ifndef MONAMI_IO_NETLINK_H
#define MONAMI_IO_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the largest message: the kernel fills a dump's messages up to this size. */
#define NETLINK_OCTETS_MAX 32768

/* Messages, attributes and next hops begin at multiples of four octets. */
static inline size_t netlink_align(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

struct netlink {
	struct mnl_socket *socket;
	uint32_t sequence;
	bool unread; /* the answer to a request was not read to its end */
};

/* Opens a socket that checks its dump requests strictly, so that filters in them have effect. */
int netlink_open(struct netlink *ret);
/* Does nothing to a zeroed one. */
void netlink_close(struct netlink *);
int netlink_fd(const struct netlink *);

/*
 * Receives messages of the kernel only, as far as `capacity` reaches. Returns their length;
 * -ENOBUFS if some were lost, also those that did not fit.
 */
int netlink_receive(const struct netlink *, void *octets, size_t capacity, int flags);

/* Sends a message, whose answer netlink_receive() gets. */
int netlink_send(const struct netlink *, const struct nlmsghdr *);

/*
 * Sends `request` and hands each message of the answer to `each` (which may be NULL), until the
 * kernel's acknowledgement or the end of the dump. -EINTR: the dumped objects changed meanwhile;
 * repeat the request.
 */
typedef void netlink_handler(void *ctx, const struct nlmsghdr *);
int netlink_ask(struct netlink *, struct nlmsghdr *request, netlink_handler *each, void *ctx);

#endif
