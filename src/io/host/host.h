/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links, addresses, routes and rules of the host, by rtnetlink: the state of links that a mobile
 * node follows, and the objects that the daemon sets up and removes. Keeps a mirror of the named
 * links; a lost notification (ENOBUFS) leads to a full resynchronization.
 */
#ifndef MONAMI_IO_HOST_H
#define MONAMI_IO_HOST_H

#include "put_back.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* If there are more addresses, the preferred ones that were formed last are kept. */
#define HOST_ADDRESSES_MAX 16
/* Destinations whose next hops are looked up on each interface: home agents. */
#define HOST_TARGETS_MAX 8
/* If there are more default routes, the first ones are kept. */
#define HOST_ROUTERS_MAX 8
/* The routing protocol number (rtm_protocol, FRA_PROTOCOL) of every route and rule of ours. */
#define HOST_PROTOCOL 77

struct host_interface_address {
	struct in6_addr address;
	uint8_t prefix_length;
	bool tentative; /* DAD not ended, or failed: no care-of address */
	bool deprecated;
	bool dynamic;    /* with a lifetime: SLAAC or DHCPv6 gave it */
	uint64_t formed; /* ns of the kernel's own count: only to be compared with others */
};

struct host_next_hop {
	bool exists; /* the interface is up, and has a route to the target that is not ours */
	struct in6_addr router; /* the target itself if it is on-link */
};

/* One interface that the daemon watches. */
struct host_interface {
	char name[IFNAMSIZ];
	uint32_t ifindex; /* 0: not there */
	bool enabled;     /* administratively up */
	bool up;          /* and with carrier */
	uint16_t type;    /* ARPHRD_*, see link_type.h */
	uint32_t mtu;
	struct host_next_hop next_hops[HOST_TARGETS_MAX]; /* to each target that is set */
	struct in6_addr default_router; /* next hop of its default route; :: if there is none */
	unsigned int default_routers_count;
	struct in6_addr default_routers[HOST_ROUTERS_MAX]; /* next hops of all its default routes */
	/* The kernel discards Router Advertisements: the interface forwards, accept_ra is 1. */
	bool discards_advertisements;
	bool has_link_layer; /* Ethernet: with six octets of address */
	uint8_t link_layer[6];
	struct in6_addr link_local; /* past its DAD; :: if none */
	unsigned int addresses_count;
	struct host_interface_address addresses[HOST_ADDRESSES_MAX]; /* global, not temporary */
};

struct host;

/* `changed` is called from host_read() with the new snapshot of a watched interface, once for each
 * that changed. */
int host_new(
	void (*changed)(void *ctx, const struct host_interface *), void *ctx, struct host **ret);
void host_free(struct host *);
/* Sets target number `which`, less than HOST_TARGETS_MAX; ::, the default route leads to it. The
 * next hops come with host_read(). */
int host_target_set(struct host *, unsigned int which, const struct in6_addr *target);
/* Names an interface to watch; it need not exist. Its first snapshot comes with host_read(), for
 * which this makes host_fd() readable. */
int host_watch(struct host *, const char *name);
int host_fd(const struct host *);
/* A change may have been missed: the next host_read() reads every watched interface again. */
void host_resynchronize(struct host *);
/* Reads the kernel's notifications, and calls `changed`. Never waits. -errno: the snapshot of some
 * interface may be old, and the next call tries again. */
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
	bool unreachable;       /* by no interface: the kernel answers packets with Destination
				   Unreachable */
};
/* Replaces a route of the same prefix, table and metric. */
int host_route_set(struct host *, const struct host_route *);
/* With any next hop and source. */
int host_route_remove(struct host *, const struct host_route *);

struct host_ports {
	uint16_t first, last; /* 0, 0: any */
};

/* Packets that it selects use `table`. All rules of ours carry the same protocol number. */
struct host_rule {
	struct in6_addr source;
	uint8_t source_length; /* 0: any source */
	struct in6_addr destination;
	uint8_t destination_length;              /* 0: any destination */
	uint8_t protocol;                        /* 0: any */
	struct host_ports own_ports, peer_ports; /* of source and destination */
	bool local;    /* only packets that this host sends itself, and their source address */
	bool specific; /* default routes of the table do not count */
	uint32_t table;
	uint32_t priority;
};
/* -errno; 0 also if the kernel has the rule. Until its removal it is put back if it is missing. */
int host_rule_set(struct host *, const struct host_rule *);
/* -errno; 0 also if the kernel has no such rule. */
int host_rule_remove(struct host *, const struct host_rule *);
/*
 * Which of the routes and rules that carry our protocol number are this daemon's: the routes to its
 * device, those in its tables, the rules that lead there, and the rules of these priorities that
 * lead to the main table. Another daemon on the host may have others.
 */
#define HOST_TABLES_MAX 256
struct host_own {
	uint32_t device;
	size_t tables_count;
	uint32_t tables[HOST_TABLES_MAX];
	uint32_t first_to_main, last_to_main;
};

/* Removes every rule and route of its own. */
int host_sweep(struct host *, const struct host_own *);
/* Only those that this daemon has not set: a killed daemon left them. */
int host_sweep_stale(struct host *, const struct host_own *);
/* Only those that are set by this daemon. */
int host_sweep_set(struct host *, const struct host_own *);

/*
 * ---- restoring objects ----
 *
 * Addresses, routes and rules that were set and not removed are intended objects. It is also
 * intended that the device is up, without link-local address, and has the MTU that host_mtu_set()
 * gave it.
 */

/* Sets the interface that is the device. */
void host_device_set(struct host *, uint32_t ifindex);
/* 0; -ENODEV: it is not there any more; or -errno. */
int host_device_check(struct host *);
/* Whether host_read(), since the last call, got a notification that may be about an intended object
 * or a link's programs, or lost some. */
bool host_hinted(struct host *);
/*
 * Compares the intended objects with the kernel's, puts back those that are missing, and calls back
 * for each. `ret_again`: lowered to the time of the next call, for objects that have to wait
 * (put_back.h). -errno: could not be compared; -ENODEV: the device is gone.
 */
int host_reconcile(
	struct host *, uint64_t now, put_back_handler *tell, void *ctx, uint64_t *ret_again);
/* The objects that were missing in the last comparison; with `all`, every object. */
void host_each_intended(const struct host *, bool all, put_back_handler *each, void *ctx);

/* The rule of this source, one of HOST_TARGETS_MAX at most, is to come before those of all others.
 */
void host_rule_first(struct host *, const struct in6_addr *source);
/* A foreign policy rule that the kernel looks at before one of these. */
struct host_foreign_rule {
	uint32_t priority;
	uint32_t table;
	uint8_t source_length; /* 0: from all */
	struct in6_addr source;
	bool marked; /* only for some packets: by mark, user, port or the like */
	uint32_t our_priority;
};
/* Of the last comparison. */
size_t host_foreign_rules(const struct host *, const struct host_foreign_rule **ret);

#endif
