/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running daemon: one core, the host around it, and the loop that joins them. Whatever happens
 * goes to the core as a call; whatever the core then wants done, effects.c does.
 *
 *     daemon.c              start, stop
 *     loop.c               what is waited for
 *     room.c               how large the maps are to be
 *     takeover.c        what a daemon before us left
 *     effects.c            carries out the outbox
 *     persistence.c            a home agent's store: nothing is sent before it is kept
 *     interfaces.c         a home agent's or correspondent's interfaces
 *     device_mtu.c         what the device carries
 *     attached_link.c      the data plane's program on an interface
 *     watched_links.c      a mobile node's links, addresses, routes and rules
 *     reconcile.c          what others take away
 *     home_address.c       a mobile node's home address, at home and away
 *     home_link.c          a home agent's physical home link
 *     slow_path.c          packets that the data plane leaves to the daemon
 *     outer_packets.c      tunnelled packets that are fragmented
 *     tunnel_error.c       ICMPv6 errors about outer packets
 *     ro_paths.c        route optimization: tunnels past the home agent
 *     own_addresses.c      a correspondent's addresses
 *     returned_error.c     ICMPv6 errors about packets that were rewritten
 *     warnings.c           what is wrong with the host
 *     daemon_findings.c    what is wrong with home agent, paths and store
 */
#ifndef MONAMI_DAEMON_DAEMON_H
#define MONAMI_DAEMON_DAEMON_H

#include "config/config.h"
#include "traffic/ro_paths.h"
#include "host/home_address.h"
#include "host/home_link.h"
#include "host/interfaces.h"
#include "loop.h"
#include "traffic/outer_packets.h"
#include "host/own_addresses.h"
#include "host/reconcile.h"
#include "traffic/returned_error.h"
#include "traffic/slow_path.h"
#include "traffic/tunnel_error.h"
#include "host/warnings.h"

#include "../io/dataplane/dataplane.h"
#include "../io/host/device.h"
#include "../io/host/host.h"
#include "../io/send/sender.h"

#define ROUTE_METRIC 1
#define TABLE_MAIN 254
#define HOME_ADDRESS_PREFIX 128

struct persistence;
struct control;
struct monitor;

/* A configured link of a mobile node, as last seen. */
struct watched_link {
	const struct config_link *config;
	uint8_t priority; /* the configured one, or what the operator said since */
	struct host_interface
		seen; /* its routers: with `advertised` in the place of the kernel's */
	struct in6_addr kernel_router; /* what the kernel would use */
	struct in6_addr kernel_default;
	struct in6_addr
		advertised; /* router of the care-of address (RFC 8028 3.1); :: if not known */
	struct attached_link attached;
	struct warning warning;
	bool has_tunnel;
	struct effect_tunnel tunnel;
};

struct daemon {
	const struct config *config;
	struct loop loop;
	struct core *core;
	struct core_port port;
	struct dataplane *dataplane;
	struct device device;
	struct sender *sender;
	struct persistence *persistence; /* NULL: nothing is kept */
	struct host *host;
	struct control *control;
	struct monitor *monitor;
	nanos started;
	uint32_t mtu; /* of the device */
	struct tunnel_mtus tunnel_mtus;
	unsigned int links_count; /* mobile node */
	struct watched_link links[BINDINGS_MAX];
	/* mobile node: BIDs of a daemon before us, not configured any more */
	unsigned int left_count;
	uint16_t left[BINDINGS_MAX];
	struct effect_home_address home_address; /* mobile node: what was said last */
	struct home_link home_link;              /* home agent */
	struct watched_interface interfaces[16]; /* not mobile node: each configured interface */
	struct warning address_warning;          /* home agent, as the next */
	struct warning forwarding_warning;
	struct slow_path slow_path;
	struct outer_packets outer_packets;
	struct reconcile reconcile;
	nanos report_ways_at; /* when the core is to be told of activity again */
	nanos bound_until;    /* correspondent that stops: when its last binding ends; 0: none */
	uint32_t tunnels_max; /* room in the maps */
	uint64_t errors_returned; /* to the kernel, about packets that were rewritten */
	struct outbox outbox;
};

/* Sets everything up and runs until told to stop. Overwrites the configuration's keys when the core
 * has them. 0, or -errno after an error line in the log. */
int daemon_run(struct config *);

bool daemon_is_mobile_node(const struct daemon *);
bool daemon_is_home_agent(const struct daemon *);
/* The home agent's address: one's own, or the one in use (:: while none is found, and at a
 * correspondent). */
struct in6_addr daemon_home_agent(const struct daemon *);

/* Hands an event to the core and carries out what follows. As core_host(). */
int daemon_host(struct daemon *, const struct host_event *);

/* Which of the host's routes and rules are the daemon's. */
struct host_own daemon_own_routes(const struct daemon *);

/* effects.c: does what the outbox says, and empties it. */
void effects_carry_out(struct daemon *);

/* watched_links.c */
void watched_links_init(struct daemon *);
void watched_links_changed(struct daemon *, const struct host_interface *);
struct watched_link *watched_links_with_bid(struct daemon *, uint16_t bid);
struct watched_link *watched_links_with_ifindex(struct daemon *, uint32_t ifindex);
/* The core has another care-of address, or knows another router for it. */
void watched_links_follow_care_of(struct daemon *);
/* The neighbour on the link that packets of this tunnel of it go to. */
const struct in6_addr *watched_link_next_hop(
	const struct watched_link *, const struct effect_tunnel *);
/* Attaches what could not be. False: something still cannot. */
bool watched_links_retry(struct daemon *);
/* Gives the core the times of the last packets of every link, by the home agent or directly. */
void watched_links_report_activity(struct daemon *);

#endif
