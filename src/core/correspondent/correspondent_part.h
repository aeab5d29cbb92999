/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of the correspondent: its instance, and their functions. */
#ifndef MONAMI_CORE_CORRESPONDENT_PART_H
#define MONAMI_CORE_CORRESPONDENT_PART_H

#include "correspondent.h"
#include "correspondent_cache.h"
#include "nonces.h"
#include "../base/source_limit.h"

struct correspondent {
	struct core_base *base;
	struct correspondent_config config; /* without zeros */
	struct nonces nonces;
	struct correspondent_cache cache;
	struct source_limit tests;    /* Home and Care-of Tests */
	struct source_limit refusals; /* of updates that any host can have sent */
	struct source_limit errors;   /* about home addresses without binding */
	bool stopping;                /* HOST_STOP came */
	bool stopped;                 /* and all mobile nodes have been told */
};

/*
 * RFC 6275 6.2.7: our address in a packet is its destination, or a home address of ours in its
 * routing header. NULL: the address is not one at which this host is a correspondent; beside a
 * mobile node these are its home address and the addresses of the other roles.
 */
const struct in6_addr *correspondent_own_address(
	const struct correspondent *, const struct packet *);

/* test_answer.c: a Home or Care-of Test Init (RFC 6275 9.4) */
void test_answer(struct correspondent *, struct moment, const struct received *, struct outbox *);

/* correspondent_update.c: RFC 6275 9.5.1 */
extern const struct update_policy correspondent_update_policy;
void correspondent_update(
	struct correspondent *, struct moment, const struct received *, struct outbox *);

/* correspondent_bindings.c */
extern const struct binding_role correspondent_binding_role;
/* After a restart. 0 or -ENOMEM; bindings that find no room are forgotten. */
int correspondent_restore(
	struct correspondent *, struct moment, const struct record *, struct outbox *);
int correspondent_restore_flow(struct correspondent *, const struct record_flow *, struct outbox *);

/* correspondent_unreachable.c: RFC 6275 9.3.4 */
void correspondent_unreachable(struct correspondent *, struct moment, struct binding_entry *,
	const struct host_unreachable *, struct outbox *);
/* The binding of this BID was registered again or has gone: forgets the errors about it. */
void correspondent_reachable(struct correspondent_entry *, uint16_t bid);

/* correspondent_stop.c: HOST_STOP; tells as many mobile nodes as the outbox has space for. */
void correspondent_stop(struct correspondent *, struct outbox *);
void correspondent_stop_step(struct correspondent *, struct outbox *);

#endif
