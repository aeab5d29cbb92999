/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's tunnels, one for each link that has a binding or is getting one: keeps what the
 * data plane was told, and tells it what is new. The home link's has no outer header; when the node
 * has returned home, it is the only one (RFC 5648 5.5.1, 5.6.4).
 *
 * The home agent may send to several care-of addresses of one link: to the one that it has bound,
 * and to those of updates without an answer. The link's tunnel accepts one of them. Each other one
 * has a tunnel that only accepts: it is in no rule, and has a BID that no link has (ADR 40).
 */
#ifndef MONAMI_CORE_TUNNELS_H
#define MONAMI_CORE_TUNNELS_H

#include "home_registration.h"

struct tunnels {
	bool outbox_was_full; /* the outbox was full */
	uint32_t subject;     /* 0: the host has not been told of it */
	/* Links' tunnels that were removed since policy_tell(): they have left all rules. */
	size_t removed_count;
	uint16_t removed[BINDINGS_MAX]; /* if there are not more */
	size_t count;
	struct effect_tunnel at[BINDINGS_MAX]; /* of links, as in the last effect */
	uint8_t tiers[BINDINGS_MAX];           /* of each of `at`, as in the last effect */
	size_t accepting_count; /* together with `count` not more than BINDINGS_MAX */
	struct effect_tunnel accepting[BINDINGS_MAX]; /* that only accept, as in the last effect */
};

/* How much of what has changed is told. */
enum tunnels_phase {
	TUNNELS_LOSSES, /* what must no longer be sent by */
	TUNNELS_ACCEPT, /* all, but no tunnel begins to be sent by: an update is about to leave */
	TUNNELS_ALL,
};

/* What they follow from. */
struct tunnels_basis {
	struct core_base *base;
	const struct mobile_node_config *config;
	const struct in6_addr *home_agent; /* in use */
	const struct links *links;
	const struct home_registration *registration;
	const struct record *recorded;      /* last, maybe by an earlier daemon */
	enum home_address_use home_address; /* as it is and stays; in between, AWAY */
	nanos now;
};

/* There is nothing to tell of the change from one to the other: same subject and number. */
bool tunnel_same(const struct effect_tunnel *, const struct effect_tunnel *);

void tunnels_update(
	struct tunnels *, const struct tunnels_basis *, enum tunnels_phase, struct outbox *);
/* When to call that, whatever else happens. */
nanos tunnels_next_deadline(const struct tunnels *, const struct tunnels_basis *);
/* Of an earlier daemon: the tunnels of the record stay in use, until they are set again. */
void tunnels_restore(struct tunnels *, const struct tunnels_basis *, struct outbox *);
/* The number of the tunnel of this BID, or the one that it would get. */
uint16_t tunnels_number(const struct tunnels *, const struct record *, uint16_t bid);
void tunnels_remove_all(struct tunnels *, struct outbox *);

/* That of the link; NULL: there is none. */
const struct effect_tunnel *tunnels_find(const struct tunnels *, uint16_t bid);
/* The one that the data plane sends by; NULL if none. */
const struct effect_tunnel *tunnels_selected(const struct tunnels *);

#endif
