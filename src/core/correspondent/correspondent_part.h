/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the correspondent: what its files share.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_PART_H
#define MONAMI_CORE_CORRESPONDENT_PART_H

#include "correspondent.h"
#include "correspondent_cache.h"
#include "nonces.h"
#include "../base/rate_limit.h"
#include "../base/source_limit.h"

struct correspondent {
	struct core_base *base;
	struct correspondent_config config; /* without zeros */
	struct nonces nonces;
	struct correspondent_cache cache;
	struct source_limit tests;    /* Home and Care-of Tests */
	struct source_limit refusals; /* of updates that anybody can have sent */
	struct source_limit errors;   /* about home addresses without binding */
	struct rate_limit notes;      /* of what peers do wrong */
	bool stopping;                /* HOST_STOP was said */
	bool stopped;                 /* and everybody was told */
};

/*
 * RFC 6275 6.2.7: our address in a packet is its destination, or a home address of ours in its
 * routing header. NULL: it is none of ours to correspond with; beside a mobile node these are its
 * home address and the addresses of the other roles.
 */
const struct in6_addr *correspondent_own_address(
	const struct correspondent *, const struct packet *);

/* test_answer.c: a Home or Care-of Test Init (RFC 6275 9.4) */
void test_answer(struct correspondent *, struct moment, const struct received *, struct outbox *);

/* correspondent_update.c: RFC 6275 9.5.1 */
void correspondent_update(
	struct correspondent *, struct moment, const struct received *, struct outbox *);

/* correspondent_ack.c: the answer to `received` (RFC 6275 9.5.4). */
struct correspondent_ack {
	uint8_t status;
	uint16_t sequence;
	uint16_t lifetime;  /* units of four seconds */
	uint16_t bid_count; /* options to echo */
	const uint8_t *kbm; /* NULL: without authorization */
	struct in6_addr care_of;
	const struct in6_addr *home_address;
	const struct in6_addr *own;
};
void correspondent_ack_send(struct correspondent *, const struct received *,
	const struct correspondent_ack *, struct outbox *);

/*
 * correspondent_changes.c: puts `wanted` into force in place of the present bindings, and tells the
 * data plane and the log what that changes.
 */
void entry_change_bindings(struct correspondent *, struct moment, struct cache_entry *,
	const struct bindings *wanted, struct outbox *);
/* Removes what has expired, and says so; the entry, too, if nothing of it is to be remembered. */
void entry_expire(struct correspondent *, struct moment, struct cache_entry *, struct outbox *);
/* Removes one; EVENT_BINDING_EXPIRED. */
void entry_expire_binding(struct cache_entry *, struct binding *, struct outbox *);
void entry_tunnel_remove(const struct in6_addr *home_address, const struct in6_addr *own,
	uint16_t bid, struct outbox *);
void entry_note(const struct cache_entry *, const struct binding *, nanos now, enum event_type,
	struct outbox *);
/* After each change: its deadline, or its removal. */
void entry_settle(struct correspondent *, struct moment, struct cache_entry *);

/* correspondent_refresh.c: Binding Refresh Requests (RFC 6275 9.5.5) */
nanos entry_refresh_next(const struct correspondent *, const struct cache_entry *);
void entry_refresh(struct correspondent *, struct moment, struct cache_entry *, struct outbox *);
/* Sends a Binding Refresh Request for this binding now, if the configuration allows requests. */
void entry_refresh_binding(struct correspondent *, const struct cache_entry *,
	const struct binding *, struct outbox *);

/* correspondent_unreachable.c: RFC 6275 9.3.4 */
void entry_unreachable(struct correspondent *, struct moment, struct cache_entry *,
	const struct host_unreachable *, struct outbox *);
/* The binding of this BID was registered again or has gone: forgets the errors about it. */
void entry_reachable(struct cache_entry *, uint16_t bid);

/* correspondent_stop.c: HOST_STOP; tells mobile nodes, as many as there is room for. */
void correspondent_stop(struct correspondent *, struct outbox *);
void correspondent_stop_settle(struct correspondent *, struct outbox *);

/* correspondent_restoration.c: what was kept over a restart. 0 or -ENOMEM; what finds no room is
 * forgotten. */
int entry_restore(struct correspondent *, struct moment, const struct effect_node *);
int entry_restore_binding(
	struct correspondent *, struct moment, const struct effect_tunnel *, struct outbox *);

#endif
