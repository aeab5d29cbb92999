/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traffic of subjects in the modes AGGREGATE and DUPLICATE (ADR 57): the daemon itself carries it.
 * Packets arrive on the device, leave as GRE (src/sharing) by raw sockets of the links, and come in
 * by the ring buffer. A rule whose other end does not answer uses the mode FIRST, in which the
 * programs forward its packets, until it does. So does one that gets more by one link alone.
 *
 * Each rule that shares links has a state of its own at both ends. Its number is in the sender's
 * instance (ADR 57), by which the other end knows the rule; the home agent begins to share a rule
 * when it hears of it from the mobile node, in its mode and by its links.
 */
#ifndef MONAMI_DAEMON_SHARED_TRAFFIC_H
#define MONAMI_DAEMON_SHARED_TRAFFIC_H

#include "../base/daemon_basis.h"
#include "slow_path.h"

#include "../../sharing/sharing.h"

struct event;
struct event_base;

/* Each takes 13 MB. Others use the mode FIRST. */
#define SHARED_RULES_MAX 16

struct shared_tunnel {
	uint16_t tunnel;
	uint16_t bid;
	bool usable;
	uint8_t tier;     /* in the rule; TIER_NONE: not in it */
	nanos heard;      /* when the other end last used it for the rule */
	uint32_t ifindex; /* it leaves by this link; 0: as routed */
	struct in6_addr local;
	struct in6_addr remote;
};

struct shared_rule {
	struct shared_traffic *all;
	struct sharing *sharing; /* NULL: the place is free */
	struct effect_subject subject;
	struct effect_traffic traffic; /* the core's last word; not if `follows_peer` */
	uint16_t rule;      /* TRAFFIC_DEFAULT: of all packets without a rule that shares links */
	uint8_t mode;       /* AGGREGATE or DUPLICATE */
	bool follows_peer;  /* at the home agent: the mobile node says by which links */
	bool on;            /* the other end answers: packets go this way */
	int only_bid;       /* BID of the only link, by which the programs forward; -1 */
	uint64_t forwarded; /* octets of that link, as last told */
	nanos made;
	nanos woken;  /* when the other end was last looked for */
	nanos looked; /* when MTUs were last looked at */
	nanos heard;  /* when a packet came last; 0: never */
	uint32_t mtu; /* octets of the largest inner packet */
	unsigned int tunnels_count;
	struct shared_tunnel tunnels[BINDINGS_MAX];
};

struct shared_traffic {
	const struct daemon_basis *basis;
	struct slow_path *slow_path;
	struct sender *sender;
	struct event *timer;
	struct shared_rule at[SHARED_RULES_MAX];
};

/* -errno */
int shared_traffic_init(struct shared_traffic *, const struct daemon_basis *, struct slow_path *,
	struct event_base *);
void shared_traffic_fini(struct shared_traffic *);

/* EFFECT_TRAFFIC_SET. Returns the mode that the data plane is to be given. */
uint8_t shared_traffic_set(struct shared_traffic *, const struct effect_traffic *);
void shared_traffic_tunnel_set(struct shared_traffic *, const struct effect_tunnel *);
void shared_traffic_tunnel_remove(struct shared_traffic *, uint32_t subject, uint16_t tunnel);
/* EFFECT_TRAFFIC_REMOVE. */
void shared_traffic_remove(struct shared_traffic *, uint32_t subject, uint16_t rule);
void shared_traffic_subject_remove(struct shared_traffic *, uint32_t subject);
void shared_traffic_link_gone(struct shared_traffic *, uint32_t ifindex);

/* ABI_EVENT_SHARED: `packet` is a whole IPv6 packet of this tunnel. `at`: when it arrived,
 * microseconds, modulo 2^32. */
void shared_traffic_receive(struct shared_traffic *, const struct dataplane_active *, uint32_t at,
	struct octets packet);
/* At the end of a pass of the loop: sends what is queued, sets the timer. */
void shared_traffic_end_pass(struct shared_traffic *);
/* Before the daemon ends: the programs forward all packets again. */
void shared_traffic_stop(struct shared_traffic *);

#endif
