/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that a host may read. core_home_agent() and core_mobile_node() find the role; `ctx` is
 * passed to `each`, whose view lasts as long as the call.
 */
#ifndef MONAMI_CORE_VIEWS_H
#define MONAMI_CORE_VIEWS_H

#include "effect.h"
#include "policy.h"

struct home_agent;
struct host_prefix;
struct mobile_node;

enum reachability {
#define REACHABILITY(name, text) REACHABILITY_##name,
#include "reachabilities.def"
#undef REACHABILITY
	REACHABILITIES
};
const char *reachability_text(enum reachability);

struct binding_view {
	struct in6_addr home_address;
	struct in6_addr peer; /* route optimization: the correspondent; :: for the home agent */
	struct in6_addr care_of;
	nanos expires;
	uint32_t subject; /* of its tunnel, as in struct effect_tunnel; 0: it has none */
	uint16_t tunnel;
	uint16_t sequence;
	uint16_t bid;
	uint8_t priority;
	uint8_t share; /* home agent, correspondent: of the flows, in parts of 15; 0: none is said */
	bool home;     /* the home link (RFC 5648 5.6) */
	bool verified; /* home agent: its care-of address has answered, or need not */
	enum reachability reachability; /* home agent, correspondent: of its care-of address */
};

struct flow_view {
	struct in6_addr home_address;
	struct in6_addr peer; /* as in struct binding_view */
	struct flow_binding flow;
	bool active; /* one of its BIDs is bound */
};

enum path_state {
#define PATH_STATE(name, text) PATH_##name,
#include "path_states.def"
#undef PATH_STATE
	PATH_STATES
};
const char *path_state_text(enum path_state);
/* A link with such a path is used. */
static inline bool path_state_is_usable(enum path_state state)
{
	return state == PATH_ALIVE || state == PATH_SUSPECT;
}

struct link_view {
	uint16_t bid;
	uint8_t priority;
	uint32_t ifindex;
	bool up;
	bool registered;
	bool selected; /* the best path now */
	bool leaving;  /* HOST_LINK_HINT */
	bool metered;
	bool home; /* it is attached to the home link */
	enum path_state path;
	bool probe;              /* its path is asked whether it lives */
	bool probes_unanswered;  /* some were sent, and none was ever answered */
	bool lossy;              /* its path was last left for lost probes, not for silence */
	unsigned deaths;         /* of the last five minutes; it was left so often */
	unsigned answers;        /* PATH_TRIAL: without a gap; ... */
	unsigned answers_needed; /* ... so many end the trial */
	unsigned loss_percent;   /* of the last probes */
	bool overloaded;         /* more is queued on its path than that carries */
	struct in6_addr care_of; /* :: if none */
	struct in6_addr router;  /* that advertised its prefix (RFC 8028); :: if not known */
	uint64_t rtt_ns;         /* smoothed; 0: unknown */
	nanos expires;           /* of its binding */
};

/* Calls `each` for every configured link of the mobile node. */
void mobile_node_each_link(
	const struct mobile_node *, void (*each)(void *ctx, const struct link_view *), void *ctx);

/* Why a rule of the policy uses a link behind others. */
enum link_reason {
#define REASON(name, text) LINK_REASON_##name,
#include "link_reasons.def"
#undef REASON
	LINK_REASONS
};
/* "": nothing speaks against it. */
const char *link_reason_text(enum link_reason);

struct rule_link_view {
	uint16_t bid;
	uint8_t tier; /* lower is used first; of one tier, the flows are shared */
	uint8_t weight;
	enum link_reason reason;
	bool excluded; /* a strict rule does not use it */
};

/* The flow binding of a rule at the home agent (RFC 6089). */
enum flow_state {
#define FLOW_STATE(name, text) FLOW_##name,
#include "flow_states.def"
#undef FLOW_STATE
	FLOW_STATES
};
const char *flow_state_text(enum flow_state);

/* A rule of the mobile node's policy, and its links in the order of use. */
struct rule_view {
	const struct policy_rule *rule;
	uint8_t links_count;
	struct rule_link_view links[BINDINGS_MAX];
	enum flow_state state; /* at the home agent */
	uint8_t status;        /* FLOW_REFUSED: why (enum flow_status) */
	uint8_t bids_count;
	uint16_t bids[BINDINGS_MAX]; /* the links that the home agent is to use */
};

/* Calls `each` for every rule, in the order of their preferences. */
void mobile_node_each_rule(
	const struct mobile_node *, void (*each)(void *ctx, const struct rule_view *), void *ctx);

/* RFC 6275 11.5.5, RFC 5648 5.5, 5.6: where a mobile node is. */
enum home_state {
#define HOME_STATE(name, text) HOME_##name,
#include "home_states.def"
#undef HOME_STATE
	HOME_STATES
};
const char *home_state_text(enum home_state);
enum home_state mobile_node_home_state(const struct mobile_node *);

enum route_state {
#define ROUTE_STATE(name, text) ROUTE_##name,
#include "ro_states.def"
#undef ROUTE_STATE
	ROUTE_STATES
};
const char *route_state_text(enum route_state);

/* A mobile node's correspondents; their bindings are seen by core_each_binding(). */
struct correspondent_view {
	struct in6_addr address;
	enum route_state state;
	bool mcoa;         /* it echoed Binding Identifiers, or has not been heard yet */
	unsigned bindings; /* registered there */
	unsigned failures; /* in a row */
	nanos home_token;  /* when the home keygen token ends; 0: there is none */
	nanos until;       /* REFUSED: when it may be asked again */
};
void mobile_node_each_correspondent(const struct mobile_node *,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx);

/* Why its home agent does not accept updates, or the mobile node discards the answers. */
struct registration_view {
	enum registration_problem problem;
	uint8_t status; /* PROBLEM_REFUSED: the last one */
};
struct registration_view mobile_node_registration(const struct mobile_node *);

/* The home agent that the mobile node uses; :: while none is found. */
struct in6_addr mobile_node_home_agent(const struct mobile_node *);

/* The home agents list (RFC 6275 10.1, 11.4.1), best first; `until`: NANOS_NEVER for oneself. */
struct home_agent_view {
	struct in6_addr address;
	uint16_t preference;
	nanos until;
	bool in_use; /* mobile node */
};
void home_agent_each_home_agent(const struct home_agent *,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx);
void mobile_node_each_home_agent(const struct mobile_node *,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx);

/* The prefixes of the home link: as the host configures them, and as a mobile node learns them. */
void home_agent_each_prefix(
	const struct home_agent *, void (*each)(void *ctx, const struct host_prefix *), void *ctx);
void mobile_node_each_prefix(
	const struct mobile_node *, void (*each)(void *ctx, const struct host_prefix *), void *ctx);

#endif
