/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's home link: its routers by hand, and what the node says there.
 *
 *     at_home_begin(&scene, AT_HOME_ONLY);                 a home agent by hand, no link yet
 *     node_link(&scene, 1, true);
 *     router_advertises(&scene, 1, &home_router);          link 1 is the home link
 *     expect_home_update(&scene, 1, &sent);                by it, to the home agent's MAC
 *     take_home_address(&scene, HOME_ADDRESS_DEFENDED, 1);
 */
#ifndef MONAMI_TESTS_SCENE_AT_HOME_H
#define MONAMI_TESTS_SCENE_AT_HOME_H

#include "neighbour.h"
#include "node.h"

#define HOME_PREFIX "2001:db8:1::"

/* The router that sends Router Advertisements. */
struct router {
	const char *link_local;
	const uint8_t *mac; /* NULL: not said */
	uint16_t lifetime;  /* seconds, as a default router */
	const char *prefix; /* NULL: none; of 64 bits unless `length` */
	uint8_t length;
	uint32_t valid;    /* seconds */
	bool off_link;     /* L is clear */
	const char *agent; /* RFC 6275 7.2: a second prefix, R set, with this address; NULL: none */
};

/* The home agent, fe80::1: 1800 s, the home prefix for a day, its own address. */
extern const struct router home_router;
/* The same without its own address. */
extern const struct router other_home_router;
/* A router of the visited link 1, fe80::1 too. */
extern const struct router visited_router;

/* node_defaults() with the home prefix. */
struct mobile_node_config at_home_defaults(enum at_home);
/* No home agent but for echo requests, and no link yet. */
void at_home_begin(struct scene *, enum at_home);

/* It arrives by link n; built octet by octet (RFC 4861 4.2, 4.6.2). */
void router_advertises(struct scene *, unsigned n, const struct router *);
/* A Neighbour Advertisement for the address, with this link-layer address, arrives by link n. */
void agent_advertises(struct scene *, unsigned n, const char *target, const uint8_t *mac);

/* Links first .. last are attached, registered by hand, and the transcript is taken. */
void register_by_hand(struct scene *, unsigned first, unsigned last);

/* ---- the transcript ---- */

/* The next message of this type that the node sends by itself; false: none any more. */
bool next_nd(struct scene *, enum icmpv6_type, struct sent_nd *ret);
void expect_nd(struct scene *, enum icmpv6_type, unsigned n, struct sent_nd *ret);
size_t nd_ahead(const struct scene *, enum icmpv6_type);

/* The next update, which leaves by link n as RFC 6275 11.5.5 says: from the home address, without
 * Home Address option, to the link-layer address. */
void expect_home_update(struct scene *, unsigned n, const uint8_t *mac, struct sent *ret);
/* The next effect of this type. */
void take_home_address(struct scene *, enum home_address_use, uint32_t ifindex);
/* The next that sets the tunnel of this BID. */
const struct effect_tunnel *next_tunnel(struct scene *, uint16_t bid);
enum home_state home_state_of(const struct scene *);
/* `count` notes of this type are ahead. */
void expect_notes(const struct scene *, enum event_type, size_t count);

#endif
