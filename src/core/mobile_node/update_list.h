/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Binding Update List (RFC 6275 11.1, RFC 5648 4.1) towards one home agent: the sequence number
 * that all bindings share, the updates sent last and what each contained, the bindings that were
 * acknowledged, and the care-of addresses of updates without an answer. Decides nothing.
 */
#ifndef MONAMI_CORE_UPDATE_LIST_H
#define MONAMI_CORE_UPDATE_LIST_H

#include "asked_bindings.h"
#include "../api/core.h"
#include "share_statement.h"
#include "update_kind.h"

/* An acknowledgement of any of these is still understood. */
#define UPDATES_REMEMBERED 8

struct update_item {
	uint16_t bid;
	uint8_t priority;
	struct in6_addr care_of;
};

/* A Binding Update. */
struct update {
	enum update_kind kind;
	bool overwrite;     /* O */
	bool open;          /* neither acknowledged nor overtaken by an acknowledgement */
	bool presumed_lost; /* open for so long that it has probably not reached the home agent */
	bool framed;        /* by the home link, to agent_link_layer */
	bool home;          /* it has the home binding */
	uint8_t agent_link_layer[LINK_LAYER_OCTETS]; /* of the home agent */
	uint8_t home_link_layer[LINK_LAYER_OCTETS];  /* ours, if `framed` or `home` */
	uint16_t sequence;
	uint16_t lifetime; /* units of four seconds */
	uint32_t ifindex;  /* the link it left by */
	struct in6_addr source;
	struct in6_addr answered; /* where the acknowledgement came to */
	nanos sent;
	uint64_t timestamp; /* RFC 4285 6 */
	bool names_flows;   /* it has flow options (flow_report.h) */
	struct share_statement shares;
	size_t count;
	struct update_item items[BINDINGS_MAX];
};

/* As acknowledged. */
struct list_entry {
	uint16_t bid; /* 0: without BID */
	uint8_t priority;
	bool without_nd;         /* RFC 5648 5.6.4: the home agent defends the home address */
	struct in6_addr care_of; /* the home address: the home binding */
	nanos acknowledged;      /* when the home agent last did; 0: found after a restart */
	nanos expires;
	nanos refresh; /* when to ask for more */
};

struct update_list {
	uint16_t sequence; /* last sent */
	bool unknown;      /* the home agent may hold bindings that are not in this list */
	size_t entries_count;
	struct list_entry entries[BINDINGS_MAX];
	struct asked_bindings asked;
	unsigned next;
	struct update sent[UPDATES_REMEMBERED];
};

/* RFC 6275 11.7.2: with no knowledge of the last sequence number, a random one. */
void update_list_init(struct update_list *, uint16_t sequence);

const struct update_item *update_item(const struct update *, uint16_t bid);
/* They ask for the same bindings, be it at different times. */
bool update_same(const struct update *, const struct update *);

/* Gives the update the next sequence number and remembers it. */
void update_list_send(struct update_list *, struct update *);
/* An update that an acknowledgement of this number may still mean; NULL if none. */
struct update *update_list_open(struct update_list *, uint16_t sequence);
/* The update is answered. No answer to an earlier one is accepted any more, except, if this one was
 * refused, to earlier ones that register without O. */
void update_list_close(struct update_list *, struct update *, bool refused);

const struct list_entry *update_list_entry(const struct update_list *, uint16_t bid);
/* The binding of this BID, or the one without, for this care-of address: unless an update under
 * way takes it away, and probably has arrived. */
const struct list_entry *update_list_sure(
	const struct update_list *, uint16_t bid, const struct in6_addr *care_of);
/* Whether the home agent may hold, for this BID, anything at all. */
bool update_list_may_hold(const struct update_list *, uint16_t bid);
/* Calls `each` for every BID of which that is so; it may come more than once. */
void update_list_each_held(
	const struct update_list *, void (*each)(void *ctx, uint16_t bid), void *ctx);

/* A care-of address that the home agent may send to. */
struct held_care_of {
	struct in6_addr care_of;
	nanos expires;
	uint16_t found_bid; /* of the tunnel that was found with it after a restart; 0: none was */
};

/* Calls `each` for every care-of address that the home agent may send to; for some more than once.
 */
void update_list_each_care_of(const struct update_list *,
	void (*each)(void *ctx, const struct held_care_of *), void *ctx);

/* The most recent update, if it is open, has probably not reached the home agent. */
void update_list_presume_lost(struct update_list *);
/* The binding of this BID (0: each) is to be renewed, if it was acknowledged no later than `until`.
 * False: there is none. */
bool update_list_renew(struct update_list *, uint16_t bid, nanos until);

/* Adds the binding, or changes it. */
void update_list_bind(struct update_list *, const struct list_entry *);
void update_list_unbind(struct update_list *, uint16_t bid);
/* Nothing is known of what the home agent holds. */
void update_list_forget(struct update_list *);

#endif
