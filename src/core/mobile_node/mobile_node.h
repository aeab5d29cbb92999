/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the mobile node: what its files share.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_H
#define MONAMI_CORE_MOBILE_NODE_H

#include "agent_discovery.h"
#include "home_registration.h"
#include "link_moves.h"
#include "lost_bindings.h"
#include "mobile_node_public.h"
#include "mobile_node_role.h"
#include "node_phase.h"
#include "policy.h"
#include "prefix_solicitation.h"
#include "registration_problem.h"
#include "returning_home.h"
#include "tunnels.h"

struct mobile_node {
	struct core_base *base;
	uint8_t index;                    /* among the mobile nodes of the core */
	struct mobile_node_config config; /* as given; nothing changes it */
	struct registration_parties parties;
	struct path_limits limits;
	struct links links;
	struct link_moves moves;
	struct home_registration registration;
	struct lost_bindings lost;
	struct record recorded; /* the last EFFECT_RECORD */
	struct tunnels tunnels;
	struct policy *policy; /* NULL: it has had no rule yet */
	nanos hints_end;       /* when a hint may end by itself; NANOS_NEVER: none does */
	struct returning_home home;
	struct agent_discovery discovery;
	struct prefix_solicitation prefixes;
	struct ro_basis ro_basis; /* of the above, for route optimization */
	const struct ro_functions *ro;
	struct route_optimization *routes; /* NULL: everything goes by the home agent */
	uint16_t probe_sequence;
	uint16_t selected; /* BID that sending was last said to have moved to; 0: none */
	struct in6_addr selected_care_of;
	struct problem_state problem;
	enum node_phase phase;
	nanos now; /* of the last call */
};

void node_event_link(
	struct mobile_node *, enum event_type type, const struct link *, struct outbox *);

/* ro_basis.c: route optimization, and brings its basis up to date before it is called. NULL: it is
 * off. */
struct route_optimization *node_routes(struct mobile_node *);

/*
 * Whatever happened: says what follows from it, in the order that is given at the head of
 * mobile_node.c.
 */
struct tunnels_basis node_tunnels_basis(const struct mobile_node *);
void node_reconcile(struct mobile_node *, struct moment, struct outbox *);

/*
 * From now on this is the home agent. It knows nothing of the node, nor is any path to it known;
 * the one before is told that it has no binding any more, as far as it can be told.
 */
void node_use_home_agent(
	struct mobile_node *, struct moment, const struct in6_addr *home_agent, struct outbox *);

/*
 * Chooses the link's care-of address, and tells of its path if that is another state than
 * `before`.
 */
void node_choose(struct mobile_node *, struct link *, enum path_state before, struct outbox *);

/* mobile_node_receive.c and mobile_node_host.c: functions of struct role */
bool mobile_node_is_for(const void *self, const struct received *);
bool mobile_node_tunnelled(const void *self, const struct arrival *, const struct packet *outer);
enum drop mobile_node_message(void *self, struct moment, const struct received *, struct outbox *);
enum drop mobile_node_icmpv6(
	void *self, struct moment, const struct received_icmpv6 *, struct outbox *);
bool mobile_node_concerns(const void *self, const struct host_event *);
int mobile_node_host(void *self, struct moment, const struct host_event *, struct outbox *);
/* mobile_node_policy.c */
/* HOST_POLICY_SET: as policy_set(), and -EINVAL for a BID that no link has. */
int node_policy_set(struct mobile_node *, const struct policy_rule *);
/* HOST_POLICY_REMOVE */
int node_policy_remove(struct mobile_node *, uint16_t number, struct outbox *);
/* The acknowledgement of an update, `accepted` or not. */
void node_policy_answered(
	struct mobile_node *, const struct update *, bool accepted, const struct message *);
/* The home agent has none of the flow bindings. */
void node_policy_restart(struct mobile_node *);
/* Orders the links of each rule anew. */
void node_policy_choose(struct mobile_node *);
/* Tells the data plane of the rules that have changed. */
void node_policy_tell(struct mobile_node *, struct outbox *);
nanos node_policy_next_deadline(const struct mobile_node *);
bool node_link_is_overloaded(const struct mobile_node *, const struct link *);
void node_policy_free(struct mobile_node *);
/* mobile_node_view.c */
void mobile_node_each_binding(
	const void *self, void (*each)(void *ctx, const struct binding_view *), void *ctx);

/*
 * acknowledgement.c: RFC 6275 11.7.3, RFC 5648 5.7. The answer is authentic, and came from the home
 * agent. False: it matches nothing, and was counted.
 */
bool acknowledgement_receive(
	struct mobile_node *, struct moment, const struct received *, struct outbox *);

#endif
