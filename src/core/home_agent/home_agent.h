/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the home agent: what its files share.
 */
#ifndef MONAMI_CORE_HOME_AGENT_H
#define MONAMI_CORE_HOME_AGENT_H

#include "binding_cache.h"
#include "home_agent_role.h"
#include "../base/home_agents_list.h"
#include "home_link/home_link.h"
#include "../base/home_prefixes.h"
#include "../base/rate_limit.h"
#include "../base/source_limit.h"

/* RFC 6275 12: MAX_DELETE_BCE_TIMEOUT; so long the numbers of what is no longer bound count */
#define DELETED_REMEMBERED (10 * NANOS_PER_SECOND)

/* Whether what is accepted is kept for good. */
enum store_state {
	STORE_NONE, /* nobody has said that it is */
	STORE_WORKS,
	STORE_DOWN,
};

struct home_agent {
	struct core_base *base;
	struct home_agent_config config;
	struct home_prefixes prefixes;
	struct home_agents_list home_agents;
	enum store_state store;
	struct binding_cache cache;
	size_t authenticated; /* how many nodes have a security association with a key */
	struct deadlines deadlines;
	struct home_link home_link;
	struct rate_limit notes; /* of what peers do wrong */
	struct source_limit errors;
	struct source_limit answers;
};

/* home_agent.c: removes what has expired, and says so. */
void node_expire(struct home_agent *, struct moment, struct node *, struct outbox *);

/* restoration.c: what was kept over a restart, and what was not kept after all. */
int node_restore(struct home_agent *, struct moment, const struct effect_node *);
void binding_restore(
	struct home_agent *, struct moment, const struct effect_tunnel *, struct outbox *);
int node_roll_back(
	struct home_agent *, struct moment, const struct host_rollback *, struct outbox *);

/*
 * binding_changes.c: puts `wanted` into force in place of the present bindings, and tells the data
 * plane and the log what that changes.
 */
void node_change_bindings(struct home_agent *, struct moment, struct node *,
	const struct bindings *wanted, struct outbox *);
/* Removes one, and tells with `why` (of EVENT_BINDING_*). */
void node_remove_binding(
	struct home_agent *, struct node *, struct binding *, enum event_type why, struct outbox *);
void binding_tunnel_set(
	const struct home_agent *, const struct node *, const struct binding *, struct outbox *);
void binding_note(const struct node *, const struct binding *, uint32_t lifetime, enum event_type,
	struct outbox *);
/* Sees to it that the node's deadline is met when next there is something to do for it. */
void node_schedule(struct home_agent *, struct node *);

/* binding_update.c: RFC 6275 9.5.1, 10.3.1 */
void binding_update_receive(
	struct home_agent *, struct moment, const struct received *, struct outbox *);
/* Duplicate Address Detection is over for the update that waited for it. */
void binding_update_detected(struct home_agent *, struct moment, struct node *,
	const struct received *, bool duplicate, struct outbox *);

/* binding_ack.c: the answer to `received`; always sent (RFC 6275 10.3.1). */
struct binding_ack {
	uint8_t status;
	uint16_t sequence;
	uint16_t lifetime;  /* units of four seconds */
	uint16_t advice;    /* refresh interval in units of four seconds; 0: none */
	bool has_timestamp; /* RFC 4285 6 */
	uint64_t timestamp;
	uint16_t bid_count;        /* options to echo */
	const uint8_t *bid_status; /* of each; NULL: all zero */
};

void binding_ack_send(struct home_agent *, const struct auth *, const struct received *,
	const struct binding_ack *, struct outbox *);

#endif
