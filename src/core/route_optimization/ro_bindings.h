/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Binding Update List (RFC 6275 11.1, RFC 5648 4.1) towards one correspondent: of each Binding
 * Identifier what is bound there, and the one update that is under way. They share the sequence
 * number. Decides nothing.
 */
#ifndef MONAMI_CORE_ROUTE_BINDINGS_H
#define MONAMI_CORE_ROUTE_BINDINGS_H

#include "../base/binding_key.h"
#include "../mobile_node/update_list.h"

/* Those that are being taken away, besides those that are wanted. */
#define ROUTE_BINDINGS_MAX (2 * BINDINGS_MAX)

/* A Binding Update to a correspondent. */
struct route_update {
	bool waiting; /* for an answer */
	uint8_t kind; /* enum update_kind */
	bool overwrite;
	uint16_t bid;
	uint8_t priority;
	uint16_t sequence;
	uint16_t lifetime; /* units of four seconds */
	uint32_t ifindex;  /* the link it leaves by */
	struct in6_addr source;
	struct in6_addr care_of; /* registered; in a de-registration, the home address */
	uint16_t home_index;
	uint16_t care_of_index;
	uint8_t key[SHA1_OCTETS]; /* Kbm */
	uint8_t authenticator[AUTHORIZATION_OCTETS];
	nanos sent;
	nanos timeout;
	nanos again;
	unsigned attempts; /* to say the same, without an authentic answer */
};

struct route_binding {
	uint16_t bid; /* 0: without BID */
	bool bound;   /* acknowledged, and not expired */
	bool doubted; /* somebody says that it is gone: not sent by until it is acknowledged anew */
	uint8_t priority;
	uint16_t sequence; /* of the update that was acknowledged last */
	struct in6_addr care_of;
	nanos moved; /* when an acknowledgement moved it to this care-of address from another; 0:
			never */
	nanos acknowledged; /* when it was so last */
	nanos expires;
	nanos refresh;
	nanos held_until; /* the correspondent may hold something; 0: it does not */
	bool overtaken; /* updates before the last were not answered, and may have been accepted */
	struct route_update update;
	unsigned refusals; /* in a row */
	uint8_t status;    /* of the last of them; 0: none */
	nanos retry;       /* after a refusal; not before */
};

struct route_bindings {
	uint16_t sequence;    /* last sent */
	bool unknown;         /* the correspondent may hold what is not in this list */
	bool overwriting;     /* an update with O was sent ... */
	uint16_t overwritten; /* with this sequence number */
	size_t count;
	struct route_binding at[ROUTE_BINDINGS_MAX];
};

void route_bindings_init(struct route_bindings *, uint16_t sequence);

const struct route_binding *route_binding_of(const struct route_bindings *, uint16_t bid);
struct route_binding *route_binding_find(struct route_bindings *, uint16_t bid);
/* The present one, or a new one; NULL if there are too many. */
struct route_binding *route_binding_add(struct route_bindings *, uint16_t bid);
void route_binding_drop(struct route_bindings *, struct route_binding *);

/* Whether anything is bound, and whether the correspondent may hold anything. */
bool route_bindings_any(const struct route_bindings *);
bool route_bindings_held(const struct route_bindings *);
/* Whether an update of another binding than this has O, and awaits its answer. */
bool route_bindings_overwriting(const struct route_bindings *, const struct route_binding *except);

/* Whether it registers a care-of address, or takes something away. */
bool route_update_registers(const struct route_update *);
/* Whether it takes this binding away when it is accepted: O, and an update without BID, replace
 * whatever is older, be the answer to that the later one. */
bool route_update_replaces(const struct route_update *, const struct route_binding *);
/* It leaves, for the first time or (`again`) once more: its sequence number and its timer. */
void route_update_sent(struct route_bindings *, struct route_update *, unsigned attempts,
	nanos timeout, nanos now);
/* MAX_RO_FAILURE attempts have had no answer. */
bool route_update_failed(const struct route_update *, nanos now);

/*
 * RFC 6275 11.7.3: the update was accepted, for as many units as this; the binding is counted from
 * when the update was sent. Whatever older it replaced is dropped.
 */
void route_binding_accepted(struct route_bindings *, struct route_binding *, uint16_t lifetime);

#endif
