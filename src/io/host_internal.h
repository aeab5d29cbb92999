/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside host: what its parts share. */
#ifndef MONAMI_IO_HOST_INTERNAL_H
#define MONAMI_IO_HOST_INTERNAL_H

#include "host.h"
#include "netlink.h"

struct watched;
struct host_groups;
struct host_thing;

struct host {
	struct in6_addr target;
	void (*changed)(void *ctx, const struct host_interface *);
	void *ctx;
	struct netlink notifications;
	struct netlink requests;
	size_t watched_count;
	struct watched *watched;
	struct host_groups *groups;
	bool remembers;         /* what is set, in `things` */
	bool remembers_not_all; /* memory was short */
	struct host_thing *things;
};

/* host_picture.c: what the kernel says now of the interface of that name. `previous`: what it said
 * before, so that of two equally good routers the one in use stays. */
int host_picture_read(
	struct host *, const struct host_interface *previous, struct host_interface *ret);
bool host_picture_equal(const struct host_interface *, const struct host_interface *);
/* Whether the destination of a route is a prefix of `target`. */
bool host_route_covers(const struct nlmsghdr *, const struct in6_addr *target);

/* host_picture.c: attributes of a message, by type, and what they hold */
void host_parse(const struct nlmsghdr *, unsigned int header_octets, const struct nlattr **of,
	unsigned int count);
uint32_t host_get_u32(const struct nlattr *, uint32_t otherwise);
bool host_get_address(const struct nlattr *, struct in6_addr *ret);

/* host_command.c: a removal: what is not there, or on an interface that is not there, is removed.
 */
int host_command_remove(struct host *, struct nlmsghdr *request);

/* host_sweep.c */
void host_remember_route(struct host *, const struct host_route *);
void host_remember_rule(
	struct host *, const struct in6_addr *source, uint32_t table, uint32_t priority);
void host_forget_things(struct host *);

/* host_group.c */
int host_groups_new(struct host_groups **ret);
void host_groups_free(struct host_groups *);

#endif
