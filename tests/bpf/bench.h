/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A data plane to put frames through: a network namespace of its own with an Ethernet pair in place
 * of monami0 and another as link, and the programs that dataplane_open() attached to them.
 */
#ifndef MONAMI_TESTS_BENCH_H
#define MONAMI_TESTS_BENCH_H

#include "../../src/io/dataplane/dataplane.h"
#include "frame.h"
#include "ranked.h"

#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#define HOME_AGENT "2001:db8:f::1"
#define HOME "2001:db8:e::10"
#define CARE_OF "2001:db8:a::2"
#define CARE_OF_2 "2001:db8:b::2"
#define CARE_OF_NARROW "2001:db8:d::2" /* the route carries 1300 octets */
#define CORRESPONDENT "2001:db8:c::2"
#define STRANGER "2001:db8:bad::1"
#define PIN_DIRECTORY "/tmp/mbpf/pins"
#define LINK_LAYER "02:00:00:00:00:77" /* of the link */
#define PROBE_IDENTIFIER 0x4d50
#define MTU 1460

struct bench {
	struct dataplane *plane;
	struct dataplane_config config;
	uint32_t device;
	uint32_t link;
	int encapsulate_fd;
	int receive_fd;
	int correspond_fd; /* of a correspondent */
	int guard_fd;      /* of a mobile node */
	uint32_t ingress;  /* the interface that a frame to the device came in by; 0: none */
};

/* The event that came last, and how many came since bench_events() was called last. */
struct bench_event {
	int count;
	uint32_t type;
	uint32_t ifindex;
	uint32_t mtu;
	size_t length;
	uint8_t octets[ABI_EVENT_OCTETS_MAX];
	struct dataplane_active active;
};

/* Enters namespaces of its own, once for the process. 0, or -1: not permitted here. */
int bench_prepare(void);
void bench_open(struct bench *, bool mobile_node, bool keep_flows);
/* With route optimization: a mobile node that optimizes; one that corresponds; a correspondent. */
void bench_open_optimizing(struct bench *, bool mobile_node, bool correspondent);
/* Any ABI_ROLE_... at once. HOME_AGENT is the host's own address; its mobile nodes have the home
 * agents of BENCH_AGENTS. */
#define BENCH_AGENTS "2001:db8:f1::1", "2001:db8:f2::1"
void bench_open_roles(struct bench *, uint32_t roles);
/* A prefix of the subject with this home address comes or goes. */
void bench_prefix(
	struct bench *, const char *home, const char *prefix, uint8_t length, bool present);
/* The MTU of the link; bench_open() makes it 1500. */
void bench_set_link_mtu(uint32_t mtu);
/* The MTU of the route's link, if the kernel tells it. */
uint32_t bench_route_mtu(uint32_t told);
/* As if the daemon had been killed, and started again. */
void bench_reopen(struct bench *);
void bench_close(struct bench *);
/* A descriptor of one of the pinned maps, for the caller to close. */
int bench_pinned(const struct bench *, const char *map);
/* Whether a program of ours is there. */
bool bench_is_attached(uint32_t ifindex, enum bpf_tc_attach_point);

/* For the egress of the device, or the ingress of the link; `ret` is what the frame became. */
int bench_send(struct bench *, const struct frame *, struct frame *ret);
int bench_send_gso(
	struct bench *, const struct frame *, uint32_t size, uint32_t segments, struct frame *ret);
/* For the egress of a mobile node's link. */
int bench_leave(struct bench *, const struct frame *, struct frame *ret);
/* For the egress of a correspondent's link. */
int bench_correspond(struct bench *, const struct frame *, struct frame *ret);
int bench_correspond_gso(
	struct bench *, const struct frame *, uint32_t size, uint32_t segments, struct frame *ret);
int bench_receive(struct bench *, const struct frame *, struct frame *ret);
struct bench_event bench_events(struct bench *);
/* Frames with ever another network of 64 bits in the address at this place. */
void bench_receive_from_all(struct bench *, struct frame *, size_t at, int count);
/* The frame until it is not taken any more, as there is too much of it. */
void bench_flood(struct bench *, const struct frame *);

/* A tunnel of HOME, as the role sees it; by the link if `by_link`. */
void bench_tunnel(struct bench *, uint16_t bid, uint8_t priority, const char *care_of,
	nanos expires, bool by_link);
/* The home link, better than any tunnel: to that link-layer address, or by Neighbour Discovery. */
void bench_home_link(struct bench *, uint16_t bid, const char *link_layer);
/* Of `home` with `peer`: by the link to a correspondent, or from there to a mobile node. */
void bench_route(struct bench *, uint8_t kind, const char *home, const char *peer, uint16_t bid,
	const char *care_of, nanos expires);
void bench_route_remove(struct bench *, const char *home, const char *peer, uint16_t bid);
/* The daemon's state for running programs; `home_link`: the link is the home link. */
void bench_state(struct bench *, const char *home_agent, const char *anycast, bool home_link);
struct in6_addr bench_address(const char *);
struct dataplane_counters bench_counters(struct bench *, uint16_t bid);
struct dataplane_counters bench_route_counters(
	struct bench *, const char *home, const char *peer, uint16_t bid);

#endif
