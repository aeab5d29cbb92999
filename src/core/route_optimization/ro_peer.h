/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mobile node has with one correspondent, and what the files of route optimization share.
 *
 *     busy ----> TESTING ----> REGISTERING ----> OPTIMIZED ----> LEAVING ----> forgotten
 *                   |  tokens       |   acknowledged  |  returned home, or stopped
 *                   '---------------+-----------------'
 *                   | nobody answers, or only to refuse
 *                   v
 *                REFUSED ----> forgotten
 *
 * A direct way that does not carry any more, though it did, is given up for a while, and TESTING
 * begins anew.
 *
 * The state follows from what is there (route_state()): nothing else records it. A route without
 * traffic is forgotten when nothing is bound any more.
 */
#ifndef MONAMI_CORE_ROUTE_H
#define MONAMI_CORE_ROUTE_H

#include "known_peers.h"
#include "../base/message_rate.h"
#include "../mobile_node/mobile_node.h"
#include "return_routability.h"
#include "ro_bindings.h"
#include "../base/unsigned_limit.h"

/* Of the outbox, what others may still need: a correspondent can wait for the next call. */
#define ROUTE_OUTBOX_RESERVE (3 * BINDINGS_MAX)

/* What is known of a direct way. */
enum way_state {
	WAY_CARRIES,    /* as far as is known */
	WAY_SILENT,     /* packets have gone, and none has come since */
	WAY_QUESTIONED, /* another way to the same correspondent is silent */
	WAY_REPORTED, /* a router says that nothing goes through: what comes does not disprove it */
};

/* The test of one link's care-of address, and the way that leads from there. */
struct care_of_test {
	uint16_t bid;
	struct in6_addr care_of;
	struct test test;
	nanos given_up_until; /* nothing comes of it: not before */
	nanos backoff;
	enum way_state way;
	nanos since;  /* if it does not carry */
	nanos proven; /* when the correspondent last answered by it; 0: never */
	nanos probed; /* when it was last reason for a test; 0: never */
};

struct route {
	struct in6_addr address;
	nanos busy;          /* packets were last exchanged */
	nanos refused_until; /* 0: it is not refused */
	nanos leave_until;   /* 0: it is not being left */
	bool mcoa;           /* it is not known to lack Binding Identifiers */
	bool spoken;         /* it has acknowledged a binding: it is no stranger to our messages */
	unsigned silences;   /* how often silence suspended it since its last acknowledgement */
	nanos spoken_until;  /* until when known_peers.h remembers `spoken` */
	bool mcoa_signed;    /* an authentic answer has shown that it knows them */
	bool distrusted;     /* it is said not to know our messages: the next silence ends it */
	bool unsettled;      /* the outbox was full */
	struct test home;
	size_t tests_count;
	struct care_of_test tests[BINDINGS_MAX];
	struct route_bindings bindings;
	struct route_update farewell; /* takes everything away */
	size_t tunnels_count;
	struct effect_tunnel tunnels[ROUTE_BINDINGS_MAX]; /* as last said */
	struct message_rate home_tests;
	struct message_rate care_of_tests;
	struct message_rate updates;
	struct message_rate errors;     /* that were believed */
	struct unsigned_limit requests; /* Binding Refresh Requests that were believed */
	nanos look_at;                  /* whether there is traffic again */
	bool touched;                   /* something has happened to it since it was settled */
	nanos due;                      /* otherwise there is nothing to do until then */
};

/* Of the node, what its routes follow from; zeros between the members. */
struct route_basis {
	bool has_home;
	bool has_way_home;
	bool has_lifetime;
	bool way_is_home_link;
	enum home_use home;
	uint16_t resort;
	size_t count;
	struct {
		uint16_t bid;
		uint8_t priority;
		enum link_use use;
		enum path_state path;
		uint32_t ifindex;
		bool has_care_of;
		struct in6_addr care_of;
	} links[BINDINGS_MAX];
};

struct route_optimization {
	struct route_optimization_config config; /* without zeros */
	bool stopping;
	struct route_basis basis; /* as it was last */
	uint32_t count;
	struct route **at;
	struct known_peers known; /* of whom none is in `at` */
};

/* ---- route_optimization.c ---- */

struct route *route_find(const struct mobile_node *, const struct in6_addr *address);
enum route_state route_state(const struct route *);
/* Nothing more is tried; a note says so. */
void route_refuse(struct mobile_node *, struct route *, uint8_t status, struct outbox *);
struct effect_event *route_note(const struct mobile_node *, const struct route *, enum event_type,
	uint16_t bid, struct outbox *);
/* What was bound is not any more; a note says so. */
void route_unbind(struct mobile_node *, struct route *, struct route_binding *, struct outbox *);
void route_unbind_all(struct mobile_node *, struct route *, struct outbox *);

/* ---- ro_links.c: which links are wanted at a correspondent ---- */

/* The home agent has acknowledged a binding, or that there is none. */
bool route_has_home(const struct mobile_node *);
/* The home agent is there, as far as is known: packets from the home address reach others. */
bool route_has_way_home(const struct mobile_node *);
/* A visited link whose path works, or the resort (link_moves.h) while none does. */
bool route_link_usable(const struct mobile_node *, const struct link *);
/* The best of these, or NULL. */
const struct link *route_best_link(const struct mobile_node *);
/* The best of those by which the correspondent is not known to be out of reach, or NULL. */
const struct link *route_best_link_to(const struct mobile_node *, const struct route *);
/* There are links, but none that it is reached by directly. */
bool route_is_cut_off(const struct mobile_node *, const struct route *);
/* Whether this link's care-of address is to be bound, and as which BID (0: without). */
bool route_wants(
	const struct mobile_node *, const struct route *, const struct link *, uint16_t *bid);
/* The link with that care-of address, or NULL. */
const struct link *route_link_of(const struct mobile_node *, const struct in6_addr *care_of);
/* Whether packets leave by this link, if its care-of address is bound. */
bool route_link_carries(const struct mobile_node *, const struct link *);

/* ---- ro_tests.c ---- */

/* The test of the link's care-of address; NULL if there was none. */
const struct care_of_test *route_test(const struct route *, const struct link *);
struct care_of_test *route_test_find(struct route *, const struct link *);
/* That of this care-of address, whether it is a link's or was one's. */
struct care_of_test *route_test_with(struct route *, const struct in6_addr *care_of);
/* The present one, or a new one. */
struct care_of_test *route_test_begin(struct route *, const struct link *);
/* RFC 6275 5.2.8, 9.5.3: by the nonces of its token, this care-of address is not bound again. */
void route_tests_spend(struct route *, const struct in6_addr *care_of);
/* What is not asked for any more does not count as unanswered. */
void route_tests_stop(const struct mobile_node *, struct route *);

/* ---- ro_failure.c ---- */

/* RFC 6275 5.2.9: links that have failed are given up, and the correspondent if all have; one that
 * has known us is tried again when a link is. */
void route_give_up(struct mobile_node *, struct route *, struct outbox *);
/* A correspondent that acknowledged a binding before says that it does not know our messages, or
 * does not answer: nothing is bound, and all links are given up for a while (ten seconds at first).
 */
void route_suspend(struct mobile_node *, struct route *, struct outbox *);

/* ---- ro_schedule.c: when what is due; NANOS_NEVER: not as things are ---- */

bool route_has_traffic(const struct mobile_node *, const struct route *);
/* Whether all that is bound is to be taken away, so that what is bound next can replace it. */
bool route_replaces(const struct mobile_node *, const struct route *);
/*
 * What is asked for now, in units of four seconds (RFC 6275 11.4.2, 11.7.2): no more than what is
 * left of the home registration. 0: that is less than the least, so its renewal is awaited.
 */
uint16_t route_lifetime(const struct mobile_node *);
nanos route_home_test_at(const struct mobile_node *, const struct route *);
nanos route_care_of_test_at(const struct mobile_node *, const struct route *, const struct link *);
nanos route_register_at(const struct mobile_node *, const struct route *, const struct link *);
nanos route_remove_at(
	const struct mobile_node *, const struct route *, const struct route_binding *);
nanos route_farewell_at(const struct mobile_node *, const struct route *);
/* All of these, and what ends. */
nanos route_next_deadline(const struct mobile_node *, const struct route *);

/* ---- ro_reachability.c: whether a direct way carries ---- */

/* Nobody signs this, so it is not often believed: the correspondent may know of no binding. False:
 * not now. Until it has acknowledged them anew, its bindings are not sent by. */
bool route_doubt_bindings(struct route *, nanos now);
/* HOST_ACTIVITY of the binding's tunnel. */
void route_way_activity(struct route *, const struct host_activity *);
/* The correspondent has answered by this way. */
void route_way_proven(struct care_of_test *, nanos now);
/* A router says that nothing goes through to the correspondent from there. */
void route_way_reported(struct route *, const struct in6_addr *care_of, nanos now);
/* When a test is due to find out; NANOS_NEVER: it is not. */
nanos route_probe_at(const struct mobile_node *, const struct route *, const struct link *);
/* It has been sent. */
void route_probe_sent(struct route *, struct care_of_test *, nanos now);

/* ---- ro_messages.c: what is due is sent, as far as there is room ---- */

void route_send(struct mobile_node *, struct route *, struct outbox *);
/* The last word, whether it will be answered or not. */
void route_send_farewell(struct mobile_node *, struct route *, struct outbox *);

/* ---- ro_tunnels.c ---- */

/* What the data plane is to do, as far as there is room: `unsettled` says whether there was. */
void route_tunnels_update(struct mobile_node *, struct route *, struct outbox *);
void route_tunnels_remove(struct route *, struct outbox *);

#endif
