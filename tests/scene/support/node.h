/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node with three links, its traffic, and a home agent: the core's own, or one by hand.
 *
 *     node_begin(&scene, 10 * NANOS_PER_MS);            one way
 *     node_link(&scene, 1, true); node_address(&scene, 1, CARE_OF_1);
 *     scene_advance(&scene, NANOS_PER_SECOND);
 *     node_traffic(&scene, &stream, NANOS_PER_SECOND);  a packet each millisecond
 */
#ifndef MONAMI_TESTS_SCENE_NODE_H
#define MONAMI_TESTS_SCENE_NODE_H

#include "update.h"

/* Link n has BID n, priority 10 n, ifindex n, and the address CARE_OF_n. */
#define NODE_LINKS 3
#define CARE_OF_1_NEW "2001:db8:2::200"

/* 600 s, bulk, probes, update_auth. */
struct mobile_node_config node_defaults(void);

/* A scene with a home agent that knows the node, which has no link yet. */
void node_begin(struct scene *, nanos one_way);
void node_begin_with(
	struct scene *, nanos one_way, const struct mobile_node_config *, bool home_agent);

void node_link(struct scene *, unsigned n, bool up);
/* The link-layer address of link n: 02:00:00:00:01:0n. */
void node_mac(unsigned n, uint8_t ret[LINK_LAYER_OCTETS]);
void node_address(struct scene *, uint16_t bid, const char *address);
void node_address_gone(struct scene *, uint16_t bid, const char *address);
/* Link and address. */
void node_attach(struct scene *, unsigned n);
/* The first `count` links; then two seconds pass, and the transcript is taken. */
void node_register(struct scene *, unsigned count);
void node_stop(struct scene *);
void node_prefer(struct scene *, uint16_t bid, uint8_t priority);

struct link_view node_view(const struct scene *, uint16_t bid);
/* The BID that is sent by; 0: none. */
uint16_t node_selected(const struct scene *);
uint64_t node_drops(const struct scene *, enum drop);

/* A stream with a packet each millisecond, by the link that is selected at the time. */
struct traffic {
	bool up;
	bool down;
	uint16_t down_bid; /* the home agent sends by it */
	nanos died;        /* nothing comes by down_bid from then on; 0: it lives */
	nanos sent[NODE_LINKS + 1];
	nanos received[NODE_LINKS + 1];
};

/*
 * Lets time pass while the stream flows, as the daemon does: tells of the tunnels' activity
 * whenever a deadline is met, and when sending begins.
 */
void node_traffic(struct scene *, struct traffic *, nanos duration);

/* ---- the transcript ---- */

/* The next Binding Update in the transcript, passing over all else; false if there is none. */
bool next_update(struct scene *, struct sent *ret);
void expect_update(struct scene *, struct sent *ret);
/* None has been sent that was not taken. */
void expect_no_update(struct scene *);
size_t updates_ahead(const struct scene *);
size_t probes_ahead(const struct scene *);
/* Whether the update lists the BID with this care-of address. */
bool lists(const struct sent *, uint16_t bid, const char *care_of);
/* When the last effect of the transcript so far was added is not known: so count notes. */
size_t notes_ahead(const struct scene *, enum event_type);

/* ---- a home agent by hand ---- */

struct reply {
	uint8_t status;
	uint16_t sequence;
	uint16_t lifetime; /* units of four seconds */
	uint16_t advice;   /* units of four seconds; 0: none */
	unsigned bid_count;
	uint16_t shortened; /* its option has a wrong length; only without authentication */
	uint16_t bids[BINDINGS_MAX];
	uint8_t bid_status[BINDINGS_MAX];
	const char *care_of; /* where it is sent */
	const char *source;  /* NULL: HOME_AGENT */
	bool without_routing;
	const char *routed_to; /* NULL: HOME */
	uint32_t ifindex;      /* by which it arrives; 0: that of care_of */
	bool forged;           /* wrong key */
	bool insecure;         /* no authentication */
	uint64_t timestamp;    /* 0: none */
	unsigned flow_count;
	struct {
		uint16_t fid;
		uint8_t status;
	} flows[RULES_MAX];
};

/* Accepts what the update asks for, and echoes its BIDs. */
struct reply reply_to(const struct sent *);
/* It arrives now. */
void reply_send(struct scene *, const struct reply *);
/* A Binding Error or a Binding Refresh Request arrives at CARE_OF_1. */
void binding_error_arrives(struct scene *, uint8_t status);
void refresh_request_arrives(struct scene *);
/* For this BID only. */
void refresh_request_of_arrives(struct scene *, uint16_t bid);

#endif
