/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside host: what its parts share. */
#ifndef MONAMI_IO_HOST_INTERNAL_H
#define MONAMI_IO_HOST_INTERNAL_H

#include "host.h"
#include "netlink.h"

struct watched;
struct host_groups;

struct host {
	struct in6_addr target;
	void (*changed)(void *ctx, const struct host_interface *);
	void *ctx;
	struct netlink notifications;
	struct netlink requests;
	size_t watched_count;
	struct watched *watched;
	struct host_groups *groups;
};

/* host_picture.c: what the kernel says now of the interface of that name. `previous`: what it said
 * before, so that of two equally good routers the one in use stays. */
int host_picture_read(
	struct host *, const struct host_interface *previous, struct host_interface *ret);
bool host_picture_equal(const struct host_interface *, const struct host_interface *);
/* Whether the destination of a route is a prefix of `target`. */
bool host_route_covers(const struct nlmsghdr *, const struct in6_addr *target);

/* host_group.c */
int host_groups_new(struct host_groups **ret);
void host_groups_free(struct host_groups *);

#endif
