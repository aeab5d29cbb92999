/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of host. */
#ifndef MONAMI_IO_HOST_INTERNAL_H
#define MONAMI_IO_HOST_INTERNAL_H

#include "host.h"
#include "host_intended.h"
#include "netlink.h"

struct watched;
struct host_groups;

/* The TUN device that home addresses are routed to. */
struct host_device {
	uint32_t ifindex; /* 0: none */
	uint32_t mtu;     /* 0: any */
	struct put_back put_back;
};

/* The foreign rules that the kernel evaluates before the first of ours. */
#define HOST_BEFORE_MAX 8
struct host_before {
	size_t count;
	struct host_foreign_rule rules[HOST_BEFORE_MAX];
};

struct host {
	unsigned int targets_count;
	struct in6_addr targets[HOST_TARGETS_MAX];
	void (*changed)(void *ctx, const struct host_interface *);
	void *ctx;
	struct netlink notifications;
	struct netlink requests;
	size_t watched_count;
	struct watched *watched;
	struct host_groups *groups;
	struct intended_set intended;
	bool hinted; /* an intended object may be missing */
	struct host_device device;
	/* sources of the rules that come before all others */
	unsigned int first_count;
	struct in6_addr first[HOST_TARGETS_MAX];
	struct host_before before;
};

/* host_snapshot.c: the present state of the interface of that name. `previous`: the last snapshot,
 * so that of two equally good routers the one in use stays. */
int host_snapshot_read(
	struct host *, const struct host_interface *previous, struct host_interface *ret);
bool host_snapshot_equal(const struct host_interface *, const struct host_interface *);
/* Whether the destination of a route is a prefix of `target`. */
bool host_route_covers(const struct nlmsghdr *, const struct in6_addr *target);

/* host_snapshot.c: attributes of a message, by type, and their values */
void host_parse(const struct nlmsghdr *, unsigned int header_octets, const struct nlattr **of,
	unsigned int count);
uint32_t host_get_u32(const struct nlattr *, uint32_t otherwise);
bool host_get_address(const struct nlattr *, struct in6_addr *ret);

/* host_command.c: a removal succeeds if the object, or its interface, does not exist. */
int host_command_remove(struct host *, struct nlmsghdr *request);

/* host_compare.c: an object of ours that the kernel describes; false: it is foreign. */
bool host_address_of(const struct nlmsghdr *, struct intended_key *ret);
bool host_route_of(
	const struct nlmsghdr *, struct intended_key *ret, struct intended_rest *ret_rest);
bool host_rule_of(const struct nlmsghdr *, struct intended_key *ret);
/* host_compare.c: routes that carry our protocol number, or all rules, or all addresses. -EINTR:
 * they changed meanwhile. */
int host_dump(struct host *, uint16_t type, netlink_handler *each, void *ctx);

/* host_command.c: as host_address_set() and so on, for objects that are intended already. */
int host_command_intended(void *host, const struct intended_key *, const struct intended_rest *);
int host_command_device(struct host *, bool up, bool mtu);

/* host_group.c */
int host_groups_new(struct host_groups **ret);
void host_groups_free(struct host_groups *);

#endif
