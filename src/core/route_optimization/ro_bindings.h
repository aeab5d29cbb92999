/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Binding Update List (RFC 6275 11.1, RFC 5648 4.1) towards one correspondent: for each Binding
 * Identifier the binding there, and the one update under way. All share one sequence number.
 */
#ifndef MONAMI_CORE_RO_BINDINGS_H
#define MONAMI_CORE_RO_BINDINGS_H

#include "../base/binding_key.h"
#include "../mobile_node/ack_rules.h"

/* Those that are being taken away, besides those that are wanted. */
#define RO_BINDINGS_MAX (2 * BINDINGS_MAX)

/* A Binding Update to a correspondent. */
struct ro_update {
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
	uint64_t flows; /* the digest of the rules that it tells of (ro_flows.c) */
	nanos sent;
	nanos timeout;
	nanos again;
	unsigned attempts; /* to say the same, without an authentic answer */
};

/*
 *                accepted            disputed
 *     UNBOUND -------------> BOUND ------------> DISPUTED
 *        ^                   |  ^                 |  |
 *        |       ended       |  '---- accepted ---'  |
 *        '-------------------'-----------------------'
 */
enum ro_binding_state {
	RO_BINDING_UNBOUND,
	RO_BINDING_BOUND,    /* acknowledged, and not expired */
	RO_BINDING_DISPUTED, /* an unsigned message says that it is gone, or an update was sent that
			      * takes it away: packets go by the home agent until it is
			      * acknowledged anew */
	RO_BINDING_STATES,
};

enum ro_binding_event {
	RO_BINDING_ACCEPTED,
	RO_BINDING_DISPUTE,
	RO_BINDING_ENDED,
	RO_BINDING_EVENTS,
};

struct ro_binding {
	uint16_t bid; /* 0: without BID */
	enum ro_binding_state state;
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
	struct ro_update update;
	unsigned refusals; /* in a row */
	uint8_t status;    /* of the last of them; 0: none */
	nanos retry;       /* after a refusal; not before */
};

struct ro_bindings {
	uint16_t sequence;    /* last sent */
	bool unknown;         /* the correspondent may have a binding that is not in this list */
	bool overwriting;     /* an update with O was sent ... */
	uint16_t overwritten; /* with this sequence number */
	size_t count;
	struct ro_binding at[RO_BINDINGS_MAX];
};

void ro_bindings_init(struct ro_bindings *, uint16_t sequence);

const struct ro_binding *ro_binding_of(const struct ro_bindings *, uint16_t bid);
struct ro_binding *ro_binding_find(struct ro_bindings *, uint16_t bid);
/* The present one, or a new one; NULL if there are too many. */
struct ro_binding *ro_binding_add(struct ro_bindings *, uint16_t bid);
void ro_binding_drop(struct ro_bindings *, struct ro_binding *);

/* Changes the state as drawn. */
void ro_binding_step(struct ro_binding *, enum ro_binding_event);
/* BOUND or DISPUTED. */
bool ro_binding_is_bound(const struct ro_binding *);

/* Whether anything is bound, and whether the correspondent may hold anything. */
bool ro_bindings_any(const struct ro_bindings *);
bool ro_bindings_held(const struct ro_bindings *);
/* Whether an update of another binding than this has O, and awaits its answer. */
bool ro_bindings_overwriting(const struct ro_bindings *, const struct ro_binding *except);

/* Whether the update deletes this binding when it is accepted. O and an update without BID replace
 * every older binding, also if the answer to the older update arrives later. */
bool ro_update_replaces(const struct ro_update *, const struct ro_binding *);
/* It leaves, for the first time or (`again`) once more: its sequence number and its timer. */
void ro_update_sent(
	struct ro_bindings *, struct ro_update *, unsigned attempts, nanos timeout, nanos now);
/* MAX_RO_FAILURE attempts have had no answer. */
bool ro_update_failed(const struct ro_update *, nanos now);

/*
 * RFC 6275 11.7.3: the update of the binding was accepted, by this acknowledgement; older bindings
 * that it replaced are dropped. The binding is disputed at once if a later update replaces it.
 */
void ro_binding_accepted(
	struct ro_bindings *, struct ro_binding *, const struct message *acknowledgement);

#endif
