/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A correspondent by hand, for a mobile node's scenes: makes tokens and checks authenticators with
 * OpenSSL, without any code of src/core, and answers as it is told to.
 *
 *     struct peer peer;
 *     peer_begin(&scene, &peer, 10 * NANOS_PER_MS);     three links registered
 *     peer_busy(&scene);
 *     scene_advance(&scene, 60 * NANOS_PER_MS);
 *     assert_int_equal(peer.bindings_count, 3);
 */
#ifndef MONAMI_TESTS_SCENE_PEER_H
#define MONAMI_TESTS_SCENE_PEER_H

#include "node.h"

#define PEER "2001:db8:9::1"
#define PEER_LINK 200
#define PEER_BINDINGS 16
#define PEER_TIMES 8

struct peer_binding {
	uint16_t bid;
	struct in6_addr care_of;
	uint16_t lifetime; /* units of four seconds */
};

struct peer {
	/* its orders from the scene */
	bool silent;            /* answers nothing */
	bool silent_to_home;    /* no Home Test Init */
	bool silent_to_care_of; /* no Care-of Test Init */
	bool silent_to_updates;
	const char *silent_to;  /* all messages from this care-of address */
	bool silent_directly;   /* all messages from any care-of address */
	bool knows_nothing;     /* Parameter Problem, code 1 */
	bool without_bids;      /* RFC 6275 only: neither echoes nor knows the option */
	bool drops_bids;        /* knows the option, and echoes none */
	uint64_t garbled;       /* the next Care-of Test's token differs by this */
	uint8_t status;         /* refuses registrations */
	unsigned refusals;      /* so many of them; 0: all */
	bool complains_at_home; /* the same, of Home Test Inits only */
	bool is_many;           /* it is every address in its prefix, and remembers nothing */
	bool grants_nothing;    /* accepts, with a lifetime of zero */
	bool forges;            /* its authenticators are wrong */
	bool seals_over_source; /* answers to de-registrations: RFC 6275 9.5.1, not 6.2.7 */
	bool rebooted;          /* its tokens are others: 138 for those of before */
	uint16_t advice;        /* Refresh Interval of its acknowledgements; 0: none */
	uint16_t lifetime_max;  /* units of four seconds; 0: 105 */

	/* the messages that it has received */
	unsigned home_tests, care_of_tests, updates;
	unsigned unauthentic;
	unsigned overwrites; /* updates with O */
	/* the first of each, when they arrived */
	nanos home_tests_at[PEER_TIMES], care_of_tests_at[PEER_TIMES], updates_at[PEER_TIMES];
	uint64_t cookies[64];
	unsigned cookies_count;
	struct sent update;   /* the last, whether taken or not; its views are gone */
	uint16_t bid_in_test; /* of the last Care-of Test Init; 0: none */

	/* its bindings */
	bool has_sequence;
	uint16_t sequence;
	size_t bindings_count;
	struct peer_binding bindings[PEER_BINDINGS];
};

/* A mobile node with route optimization and a home agent; the first `count` links are registered.
 */
struct mobile_node_config peer_node_defaults(void);
void peer_begin(struct scene *, struct peer *, nanos one_way, unsigned count);
void peer_begin_with(struct scene *, struct peer *, nanos one_way, unsigned count,
	const struct mobile_node_config *);

/* HOST_PEER_BUSY of PEER, or of another. */
void peer_busy(struct scene *);
void peer_busy_of(struct scene *, const char *address);
/* It acknowledges an update that it has received before, without checking the authenticator. */
void peer_acknowledge(struct scene *, const struct sent *update);
/* Packets were exchanged directly just now. */
void peer_active(struct scene *);
/* They were last sent, and received, so long ago by this binding; NANOS_NEVER: never. */
void peer_activity(struct scene *, uint16_t bid, nanos sent_ago, nanos received_ago);

const struct peer_binding *peer_binding(const struct peer *, uint16_t bid);
bool peer_binds(const struct peer *, uint16_t bid, const char *care_of);

/* ---- what the mobile node says of it ---- */

/* Zeroed if there is none. */
struct correspondent_view peer_view(const struct scene *);
size_t peer_count(const struct scene *);
/* As last said to the data plane; NULL if there is none. */
const struct effect_tunnel *peer_tunnel(const struct scene *, uint16_t bid);
bool peer_usable(const struct scene *, uint16_t bid);
/* How many bindings core_each_binding() shows of it. */
size_t peer_bindings_shown(const struct scene *);

/* ---- what it says unasked ---- */

/* A Binding Error arrives at CARE_OF_1. */
void peer_error(struct scene *, uint8_t status);
void peer_refresh_request(struct scene *);
/* A message arrives now: at `to`, from `from`, by `ifindex`; out of the tunnel, or not. */
void peer_message(struct scene *, const struct message *, const char *from, const char *to,
	uint32_t ifindex, bool tunnelled);

#endif
