/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host of several roles, in one core (scene.mobile_node): a home agent (HOST_AGENT) that knows
 * GUEST, a correspondent, mobile node 0 (HOME, of HOME_AGENT) and mobile node 1 (SECOND_HOME, of
 * SECOND_AGENT). Both mobile nodes have link 1 (BID 1, CARE_OF_1) and link 2 (BID 2, CARE_OF_2).
 * The home agents of others are scene.home_agent and scene.correspondent, and forward packets.
 */
#ifndef MONAMI_TESTS_SCENE_HOST_H
#define MONAMI_TESTS_SCENE_HOST_H

#include "node.h"

#define SECOND_AGENT "2001:db8:6::1"
#define SECOND_HOME "2001:db8:6::100"
#define HOST_AGENT "2001:db8:5::1"
#define GUEST "2001:db8:5::100"
#define GUEST_CARE_OF "2001:db8:7::100"
#define STRANGER "2001:db8:8::1"
#define UPLINK 9 /* HOST_AGENT is on it */

struct core_config host_defaults(void);
/* All three; no link is there yet. */
void host_begin(struct scene *, const struct core_config *);
/* Another second mobile node: of HOME_AGENT as the first. */
struct mobile_node_config host_neighbour(void);
#define NEIGHBOUR_HOME "2001:db8:1::200"

/* An event of one mobile node: link `n` comes up, and has its address. */
void host_attach(struct scene *, uint8_t mobile_node, unsigned n);
/* Both links of both mobile nodes; they register, and the transcripts are taken. */
void host_register(struct scene *);
struct link_view host_view(const struct scene *, unsigned mobile_node, uint16_t bid);
uint64_t host_drops(const struct scene *, enum drop);
uint64_t host_all_drops(const struct scene *);
/* How many bindings the core shows of this home address and peer ("::": with a home agent). */
unsigned host_bindings(const struct actor *, const char *home_address, const char *peer);

/* A message arrives at the host now, from nowhere. */
struct host_message {
	const char *from;
	const char *to;
	const char *routed_to;    /* in a routing header; NULL: none */
	const char *home_address; /* in an option; NULL: none */
	const char *tunnel;       /* from this home agent to CARE_OF_1; NULL: none */
	uint32_t ifindex;
	const struct message *message;
};
void host_receive(struct scene *, const struct host_message *);
/* A Binding Update of GUEST, which is built by hand, with one BID. */
struct update host_guest_update(struct scene *, uint16_t sequence);
void host_update_receive(const struct update *);

/* The next message of this type that the host has sent, in a tunnel or not, passing over all else;
 * `ret_outer`: in which, its source zeroed if in none. False: there is none. */
bool host_sent(struct scene *, enum mh_type, struct sent *ret, struct packet *ret_outer);
bool same_address(const struct in6_addr *, const char *);

#endif
