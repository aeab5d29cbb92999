/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links, addresses, routes and rules of the host, by rtnetlink: what the mobile node follows, and
 * what the daemon sets up and removes. Keeps a mirror of the named links; a lost notification
 * (ENOBUFS) leads to a full resynchronization.
 */
#ifndef MONAMI_IO_HOST_H
#define MONAMI_IO_HOST_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Of more addresses, those are kept that are preferred and were formed last. */
#define HOST_ADDRESSES_MAX 16
/* The routing protocol number (rtm_protocol, FRA_PROTOCOL) of every route and rule of ours. */
#define HOST_PROTOCOL 77

struct host_interface_address {
	struct in6_addr address;
	uint8_t prefix_length;
	bool tentative; /* DAD not ended, or failed: no care-of address */
	bool deprecated;
	bool dynamic;    /* with a lifetime: SLAAC or DHCPv6 gave it */
	uint64_t formed; /* CLOCK_MONOTONIC ns */
};

/* One interface that somebody watches. */
struct host_interface {
	char name[IFNAMSIZ];
	uint32_t ifindex; /* 0: not there */
	bool enabled;     /* administratively up */
	bool up;          /* and with carrier */
	uint16_t type;    /* ARPHRD_*, see link_type.h */
	uint32_t mtu;
	bool has_router; /* up, and with a route to `target` (the default route) that is not ours */
	struct in6_addr router;         /* next hop; the target itself if it is on-link */
	struct in6_addr default_router; /* next hop of its default route; :: if there is none */
	/* The kernel discards Router Advertisements: the interface forwards, accept_ra is 1. */
	bool discards_advertisements;
	bool has_link_layer; /* Ethernet: with six octets of address */
	uint8_t link_layer[6];
	struct in6_addr link_local; /* past its DAD; :: if none */
	unsigned int addresses_count;
	struct host_interface_address addresses[HOST_ADDRESSES_MAX]; /* global, not temporary */
};

struct host;

/* `target`: what the watched links shall reach (the home agent). `changed` is called from
 * host_read() with the new picture of a watched interface, once for each that changed. */
int host_new(const struct in6_addr *target,
	void (*changed)(void *ctx, const struct host_interface *), void *ctx, struct host **ret);
void host_free(struct host *);
/* Another target. What the links say of it comes with host_read(). */
int host_target_set(struct host *, const struct in6_addr *target);
/* Names an interface to watch; it need not exist. Its first picture comes with host_read(), for
 * which this makes host_fd() readable. */
int host_watch(struct host *, const char *name);
int host_fd(const struct host *);
/* Reads what the kernel has to say, and calls `changed`. Never waits. -errno: of some interface the
 * picture may be old, and the next call tries again. */
int host_read(struct host *);

/* ---- commands; all idempotent, all -errno ---- */

/* Without Duplicate Address Detection (RFC 6275 11.5.1, 11.5.5). */
int host_address_set(
	struct host *, uint32_t ifindex, const struct in6_addr *, uint8_t prefix_length);
int host_address_remove(
	struct host *, uint32_t ifindex, const struct in6_addr *, uint8_t prefix_length);
int host_mtu_set(struct host *, uint32_t ifindex, uint32_t mtu);

/*
 * Membership in a multicast group, by any number of groups and as often as joined.
 * HOST_ALL_MULTICAST (positive, once for each interface): the kernel takes no more groups; from now
 * on the interface receives all multicast, which serves as well unless a switch filters by
 * membership.
 */
#define HOST_ALL_MULTICAST 1
int host_group_join(struct host *, uint32_t ifindex, const struct in6_addr *group);
int host_group_leave(struct host *, uint32_t ifindex, const struct in6_addr *group);
/* The one anycast address of this host. To be repeated when the interface comes up. -EADDRNOTAVAIL:
 * it has no address in the prefix, and does not forward. */
int host_anycast_join(struct host *, uint32_t ifindex, const struct in6_addr *);

struct host_route {
	struct in6_addr prefix;
	uint8_t prefix_length;
	uint32_t ifindex;
	uint32_t metric;
	uint32_t table;         /* 254: main */
	struct in6_addr via;    /* :: if on-link */
	struct in6_addr source; /* preferred source; :: if none */
};
/* Replaces a route of the same prefix, table and metric. */
int host_route_set(struct host *, const struct host_route *);
/* Whatever its next hop and source are. */
int host_route_remove(struct host *, const struct host_route *);

/* Packets from `source` use `table`. All rules of ours carry the same protocol number. */
int host_rule_set(struct host *, const struct in6_addr *source, uint32_t table, uint32_t priority);
int host_rule_remove(
	struct host *, const struct in6_addr *source, uint32_t table, uint32_t priority);
/*
 * Which of the routes and rules that carry our protocol number are this daemon's: the routes to its
 * device, those in its tables, and the rules that lead there. Another daemon on the host may have
 * others.
 */
#define HOST_TABLES_MAX 64
struct host_own {
	uint32_t device;
	size_t tables_count;
	uint32_t tables[HOST_TABLES_MAX];
};

/* Removes every rule and route of its own. */
int host_sweep(struct host *, const struct host_own *);
/* Only those that were not set since host_new(): what a killed daemon left. Once. */
int host_sweep_stale(struct host *, const struct host_own *);
/* Only those that were set since host_new(); before host_sweep_stale(). */
int host_sweep_set(struct host *, const struct host_own *);

#endif
