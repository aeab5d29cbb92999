/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relation of a mobile node to one correspondent (RFC 6275 11.6, 11.7.2), and declarations that
 * the files of route optimization share.
 *
 *                  an update leaves                 a binding is acknowledged
 *     TESTING <------------------------> REGISTERING ------------------------> OPTIMIZED
 *      |  ^    it is refused, given up    |  ^                                  |  |  |
 *      |  |                               |  '----- none is bound any more -----'  |  |
 *      |  '-------------------------------|---------- nor is an update open -------'  |
 *      |                                  |                                           |
 *      |   from each of the three:        |                                           |
 *      |                                                                              |
 *      '- refused: no correspondent answers, or it refuses -------> REFUSED -----> forgotten
 *                                                                      | left     at `until`
 *                                                                      v
 *      '- left: returned home, stopped, gives way to another -----> LEAVING -----> forgotten
 *                                                          when nothing is bound, or at `until`
 *
 * A correspondent that carried packets and does not any more is suspended: TESTING begins anew. One
 * without traffic is forgotten when nothing is bound any more.
 */
#ifndef MONAMI_CORE_RO_H
#define MONAMI_CORE_RO_H

#include "known_peers.h"
#include "../base/message_rate.h"
#include "../mobile_node/correspondent_flows.h"
#include "../mobile_node/mobile_node_public.h"
#include "../mobile_node/peer_bids.h"
#include "../mobile_node/share_statement.h"
#include "return_routability.h"
#include "ro_bindings.h"
#include "../base/unsigned_limit.h"

/* Space in the outbox that is left to other functions: a correspondent can wait for the next
 * call. */
#define RO_OUTBOX_RESERVE (3 * BINDINGS_MAX)

/* The reachability of a route-optimized path. */
enum ro_reachability {
	RO_PATH_CARRIES,    /* as far as is known */
	RO_PATH_SILENT,     /* packets have gone, and none has come since */
	RO_PATH_QUESTIONED, /* another way to the same correspondent is silent */
	RO_PATH_REPORTED,   /* a router reports that packets do not arrive; received packets do not
			       disprove it */
};

/* The test of one link's care-of address, and the way that leads from there. */
struct care_of_test {
	uint16_t bid;
	struct in6_addr care_of;
	struct test test;
	nanos given_up_until; /* it failed: not tried before */
	nanos backoff;
	enum ro_reachability reachability;
	nanos since;  /* if it does not carry */
	nanos proven; /* when the correspondent last answered by it; 0: never */
	nanos probed; /* when it was last reason for a test; 0: never */
};

/* What a correspondent was told of the rules. */
struct ro_flows {
	bool unsupported; /* it does not know RFC 6089 */
	bool known;       /* it holds what `held` is the digest of */
	uint64_t held;
};

struct ro_peer {
	struct in6_addr address;
	nanos busy; /* packets were last exchanged */
	enum route_state state;
	nanos until; /* REFUSED, LEAVING: when it is forgotten */
	enum peer_bids bids;
	unsigned silences;  /* how often silence suspended it since its last acknowledgement */
	nanos spoken_until; /* until when known_peers.h remembers that it has acknowledged a
			     * binding; 0: it has not */
	bool distrusted; /* an error says that it does not know our messages: the next silence ends
			    it */
	bool outbox_was_full; /* the outbox was full */
	struct test home;
	size_t tests_count;
	struct care_of_test tests[BINDINGS_MAX];
	struct ro_bindings bindings;
	struct ro_update farewell;          /* takes everything away */
	struct share_statement shares_sent; /* in the last update, ... */
	uint16_t shares_sequence;           /* ... of this number */
	struct share_statement shares_held; /* in the last one that was accepted */
	nanos shares_again;                 /* it has refused such options: none until then */
	struct ro_flows flows;
	uint32_t subject;                   /* 0: the host has not been told of it */
	size_t tunnels_count;
	struct effect_tunnel tunnels[RO_BINDINGS_MAX]; /* as in the last effects */
	uint8_t tiers[RO_BINDINGS_MAX];                /* of each, as in the last effect */
	struct message_rate home_tests;
	struct message_rate care_of_tests;
	struct message_rate updates;
	struct message_rate errors;     /* that were believed */
	struct unsigned_limit requests; /* Binding Refresh Requests that were believed */
	nanos look_at;                  /* whether there is traffic again */
	nanos due;                      /* when there is something to do; 0: now */
};

/* What all peers follow from; zeros between the members. */
struct ro_snapshot {
	bool has_home;
	bool has_way_home;
	bool has_lifetime;
	bool way_is_home_link;
	struct in6_addr way_home_from;
	enum home_use home;
	struct ro_links links;
	uint32_t policy_changes;
};

struct route_optimization {
	const struct ro_basis *node;
	struct route_optimization_config config; /* without zeros */
	bool stopping;
	struct ro_snapshot snapshot; /* as in the last call */
	uint32_t count;
	struct ro_peer **at;
	struct known_peers known; /* none of these is in `at` */
};

static inline nanos ro_now(const struct route_optimization *ro)
{
	return *ro->node->now;
}

/* ---- ro_receive.c, ro_problem.c, route_optimization_view.c: members of struct ro_functions ----
 */

enum drop ro_message(struct route_optimization *, const struct received *, struct outbox *);
bool ro_problem(struct route_optimization *, const struct received_icmpv6 *, struct outbox *);
bool ro_unreachable(struct route_optimization *, const struct received_icmpv6 *);
void ro_each(const struct route_optimization *,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx);
void ro_each_binding(const struct route_optimization *,
	void (*each)(void *ctx, const struct binding_view *), void *ctx);

/* ---- route_optimization.c ---- */

struct ro_peer *ro_find(const struct route_optimization *, const struct in6_addr *address);

/* ---- ro_peer.c ---- */

enum ro_peer_event {
	RO_PEER_TESTS,     /* nothing is bound, and no update is under way */
	RO_PEER_REGISTERS, /* nothing is bound, and an update is under way */
	RO_PEER_BOUND,
	RO_PEER_REFUSED, /* it refuses, or does not answer */
	RO_PEER_LEFT,    /* its bindings are to be taken away */
	RO_PEER_EVENTS,
};

/* The arguments of a change, besides the event. */
struct ro_peer_change {
	const struct registration_parties *parties;
	nanos until;    /* RO_PEER_REFUSED, RO_PEER_LEFT */
	uint8_t status; /* RO_PEER_REFUSED: that it gave; 0: none */
	struct outbox *outbox;
};

/* Changes the state as drawn; any other event leaves it. REFUSED and LEAVING unbind everything, and
 * report that; REFUSED reports itself. */
void ro_peer_step(struct ro_peer *, enum ro_peer_event, const struct ro_peer_change *);
/* The event that its bindings are, as they stand. */
enum ro_peer_event ro_peer_event_of(const struct ro_peer *);
/* Neither REFUSED nor LEAVING. */
bool ro_peer_is_tried(const struct ro_peer *);

struct effect_event *ro_event(const struct registration_parties *, const struct ro_peer *,
	enum event_type, uint16_t bid, struct outbox *);
/* The binding, or each, has ended; reports those that were bound. */
void ro_unbind(const struct registration_parties *, const struct ro_peer *, struct ro_binding *,
	struct outbox *);
void ro_unbind_all(const struct registration_parties *, struct ro_peer *, struct outbox *);

/* ---- ro_links.c: which links are wanted at a correspondent ---- */

/* The home agent has acknowledged a binding, or that there is none. */
bool ro_has_home(const struct route_optimization *);
/* The home agent is there, as far as is known: packets from the home address reach others. */
bool ro_has_way_home(const struct route_optimization *);
/* A visited link whose path works, or the resort (link_moves.h) while none does. */
bool ro_link_usable(const struct route_optimization *, const struct ro_link *);
/* The best of these, or NULL. */
const struct ro_link *ro_best_link(const struct route_optimization *);
/* The best of those by which the correspondent is not known to be out of reach, or NULL. */
const struct ro_link *ro_best_link_to(const struct route_optimization *, const struct ro_peer *);
/* There are links, but none that it is reached by directly. */
bool ro_is_cut_off(const struct route_optimization *, const struct ro_peer *);
/* Whether this link's care-of address is to be bound, and as which BID (0: without). */
bool ro_wants(const struct route_optimization *, const struct ro_peer *, const struct ro_link *,
	uint16_t *bid);
/* The link that is used as home link, or NULL. */
const struct ro_link *ro_home_link(const struct route_optimization *);
/* The link with that BID, or NULL. */
const struct ro_link *ro_link_with_bid(const struct route_optimization *, uint16_t bid);
/* The link with that care-of address, or NULL. */
const struct ro_link *ro_link_of(const struct route_optimization *, const struct in6_addr *care_of);
/* Whether packets leave by this link, if its care-of address is bound. */
bool ro_link_carries(const struct route_optimization *, const struct ro_link *);

/* ---- ro_shares.c: the Load Balancing options of draft-montavont-mip6-mmi-02 7.3 ---- */

/* What an update that binds this link says: about it, and about care-of addresses that are bound,
 * since a care-of test has shown these to the correspondent (7.3.3). NULL: about the latter. */
struct share_statement ro_shares(
	const struct route_optimization *, const struct ro_peer *, const struct ro_link *);
/* Whether this link is to be bound anew, to say the shares of all. */
bool ro_shares_are_due(
	const struct route_optimization *, const struct ro_peer *, const struct ro_link *);

/* ---- ro_tests.c ---- */

/* The test of the link's care-of address; NULL if there was none. */
const struct care_of_test *ro_test(const struct ro_peer *, const struct ro_link *);
struct care_of_test *ro_test_find(struct ro_peer *, const struct ro_link *);
/* That of this care-of address, whether it is a link's or was one's. */
struct care_of_test *ro_test_with(struct ro_peer *, const struct in6_addr *care_of);
/* The present one, or a new one. */
struct care_of_test *ro_test_begin(struct ro_peer *, const struct ro_link *);
/* RFC 6275 5.2.8, 9.5.3: the nonces of its token do not bind this care-of address again. */
void ro_tests_spend(struct ro_peer *, const struct in6_addr *care_of);
/* A test that is no longer needed does not count as unanswered. */
void ro_tests_stop(const struct route_optimization *, struct ro_peer *);

/* ---- ro_failure.c ---- */

/* RFC 6275 5.2.9: links that have failed are given up, and the correspondent if all have; one that
 * has known us is tried again when a link is. */
void ro_give_up(struct route_optimization *, struct ro_peer *, struct outbox *);
/* Nothing more is tried for a while (ten minutes, if not configured otherwise). `status`: the
 * correspondent's reason; 0: none. */
void ro_refuse(struct route_optimization *, struct ro_peer *, uint8_t status, struct outbox *);
/* A correspondent that acknowledged a binding before says that it does not know our messages, or
 * does not answer: nothing is bound, and all links are given up for a while (ten seconds at first).
 */
void ro_suspend(struct route_optimization *, struct ro_peer *, struct outbox *);

/* ---- ro_schedule.c: when messages are due; NANOS_NEVER: not in the present state ---- */

bool ro_has_traffic(const struct route_optimization *, const struct ro_peer *);
/* Whether all bindings must be deleted, so that the next one can replace them. */
bool ro_replaces(const struct route_optimization *, const struct ro_peer *);
/*
 * The lifetime to request now, in units of four seconds (RFC 6275 11.4.2, 11.7.2): at most the rest
 * of the home registration. 0: the rest is too short, and the mobile node waits for its renewal.
 */
uint16_t ro_lifetime(const struct route_optimization *);
nanos ro_home_test_at(const struct route_optimization *, const struct ro_peer *);
nanos ro_care_of_test_at(
	const struct route_optimization *, const struct ro_peer *, const struct ro_link *);
nanos ro_register_at(
	const struct route_optimization *, const struct ro_peer *, const struct ro_link *);
nanos ro_remove_at(
	const struct route_optimization *, const struct ro_peer *, const struct ro_binding *);
nanos ro_farewell_at(const struct route_optimization *, const struct ro_peer *);
/* All of these deadlines, and the ends of bindings and tokens. */
nanos ro_next_deadline(const struct route_optimization *, const struct ro_peer *);

/* ---- ro_reachability.c: whether a route-optimized path carries packets ---- */

/* An unsigned message says that the correspondent may have no binding; few such messages are
 * believed. False: not now. Until it has acknowledged them anew, its bindings are not sent by. */
bool ro_dispute_bindings(struct ro_peer *, nanos now);
/* HOST_ACTIVITY of the binding's tunnel. */
void ro_path_activity(struct ro_peer *, const struct host_activity *);
/* The correspondent has answered by this way. */
void ro_path_proven(struct care_of_test *, nanos now);
/* A router says that nothing goes through to the correspondent from there. */
void ro_path_reported(struct ro_peer *, const struct in6_addr *care_of, nanos now);
/* When a test is due to find out; NANOS_NEVER: it is not. */
nanos ro_probe_at(
	const struct route_optimization *, const struct ro_peer *, const struct ro_link *);
/* It has been sent. */
void ro_probe_sent(struct ro_peer *, struct care_of_test *, nanos now);

/* ---- ro_messages.c: sends due messages, as many as the outbox has space for ---- */

void ro_send(struct route_optimization *, struct ro_peer *, struct outbox *);
/* The last word, whether it will be answered or not. */
void ro_send_farewell(struct route_optimization *, struct ro_peer *, struct outbox *);

/* ---- ro_flows.c: the rules, as the correspondent holds them ---- */

/* The update is about to leave. */
void ro_flows_sent(const struct route_optimization *, struct ro_peer *, struct ro_update *);
void ro_flows_write(const struct route_optimization *, const struct ro_peer *,
	const struct ro_update *, struct message *);
/* The update is accepted, by this acknowledgement. */
void ro_flows_answered(struct ro_peer *, const struct ro_update *, const struct message *);
/* When an update is to tell it of them anew; NANOS_NEVER: it holds them as they are. */
nanos ro_flows_at(const struct route_optimization *, const struct ro_peer *);

/* ---- ro_tunnels.c ---- */

/* Effects for the data plane, as many as the outbox has space for: `outbox_was_full` says whether
 * all fitted. */
void ro_tunnels_update(struct route_optimization *, struct ro_peer *, struct outbox *);
void ro_tunnels_remove(struct ro_peer *, struct outbox *);

#endif
