/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol as a pure library: no system call, clock, randomness or stdio. A core has any of the
 * roles: a home agent, a correspondent, and several mobile nodes, each with a home address of its
 * own. The host hands it events with their time, and carries out the effects in the outbox.
 *
 *     core_packet(), core_host(), core_deadline()  ->  effects in the outbox
 *     core_next_deadline()                         ->  when to call core_deadline() at the latest
 *
 * Nothing here is thread-safe; one core belongs to one thread.
 */
#ifndef MONAMI_CORE_CORE_H
#define MONAMI_CORE_CORE_H

#include "effect.h"
#include "policy.h"
#include "views.h"

struct core;

/* How two nodes authenticate (RFC 4285). */
enum auth_mode {
	AUTH_MODE_MN_HA,         /* shared key and SPI */
	AUTH_MODE_INSECURE_NONE, /* tests only; the daemon warns at every start */
};

#define KEY_OCTETS_MAX 64

struct auth {
	enum auth_mode mode;
	bool replay; /* demand (home agent) or send (mobile node) the timestamp of RFC 4285 6 */
	uint8_t key_length;
	uint32_t spi; /* 256 or greater */
	uint8_t key[KEY_OCTETS_MAX];
};

enum core_role {
	ROLE_HOME_AGENT,
	ROLE_MOBILE_NODE,
	ROLE_CORRESPONDENT,
};

#define SECONDS_INFINITE UINT32_MAX

struct home_agent_config {
	struct in6_addr address;
	struct in6_addr home_prefix;
	uint8_t home_prefix_length;
	uint32_t lifetime_max;     /* seconds granted at most; SECONDS_INFINITE */
	uint32_t refresh_interval; /* seconds advised in acknowledgements; 0: no advice */
	bool mcoa;                 /* false: answer as a node that knows RFC 6275 only */
	bool bulk;                 /* false: refuse with 168 */
	bool flow_bindings;        /* RFC 6089; false: answer as a node that does not know it */
	bool refresh_request;      /* send Binding Refresh Requests before bindings expire */
	bool recovery;             /* use another binding while a care-of address is unreachable */
	uint16_t probe_identifier; /* of the ICMPv6 echo requests to care-of addresses */

	/* A physical home link, told of by HOST_HOME_LINK; without one nothing is defended. */
	bool home_link;
	bool only_router;      /* RFC 5648 5.6.2, topology a: there is no other router on it */
	bool home_and_foreign; /* false: refuse with 169 */
	uint32_t dad_ms;       /* how long Duplicate Address Detection listens; 0: none */

	/* RFC 6275 10.5: answer Dynamic Home Agent Address Discovery with this preference */
	bool discovery;
	uint16_t preference;

	/* RFC 6275 10.6: tell nodes that are away of the prefixes of the home link; how long after
	 * a change, seconds (13: MinMobPfxAdvInterval, MaxMobPfxAdvInterval; 0: default) */
	bool prefix_advertisement;
	uint32_t advertisement_min_s;
	uint32_t advertisement_max_s;
};

/* How packets between mobile node and home agent share its bindings; both ends say the same (ADR
 * 57), but for SHARE_FLOWS, which only a home agent says. */
enum link_sharing {
	SHARE_FIRST,     /* TRAFFIC_FIRST */
	SHARE_AGGREGATE, /* TRAFFIC_AGGREGATE */
	SHARE_REDUNDANT, /* TRAFFIC_DUPLICATE */
	SHARE_FLOWS,     /* TRAFFIC_FIRST; flows whose rule says so share links */
};

/* RFC 5648 5.5 and 5.6: a mobile node's use of its home link. */
enum at_home {
	AT_HOME_BOTH,    /* 5.6: home and visited links at once */
	AT_HOME_ONLY,    /* 5.5.1: the home interface only */
	AT_HOME_VISITED, /* 5.5.2: visited links only */
};

/* RFC 6275 5.2.7, 9, RFC 5648 6: a correspondent's limits. Zero selects the default. */
struct correspondent_config {
	uint32_t lifetime_max; /* seconds, at most RFC 6275 12's MAX_RR_BINDING_LIFETIME (420) */
	uint32_t nodes_max;    /* home addresses that may have bindings here (10,000) */
	uint8_t bindings_max;  /* of one home address; at most BINDINGS_MAX (4) */
	bool mcoa;             /* false: answer as a node that knows RFC 6275 only */
	bool flow_bindings;    /* RFC 6089; false: answer as a node that does not know it */
	bool refresh_request;  /* send Binding Refresh Requests before bindings in use expire */
	bool recovery;         /* use another binding while a care-of address is unreachable */
};

/* RFC 6275 11.6, 11.7.2: with which correspondents, and for how long. Zero selects the default. */
struct route_optimization_config {
	bool on;
	uint32_t lifetime;  /* seconds asked for (420) */
	uint32_t idle_s;    /* seconds without packets until a correspondent is forgotten (60) */
	uint32_t refused_s; /* seconds until one without route optimization is asked again (600) */
	uint32_t correspondents_max; /* (64) */
};

struct mobile_node_config {
	struct in6_addr home_address;
	struct in6_addr home_agent; /* ::, with a home prefix: find one (RFC 6275 11.4.1) */
	struct in6_addr home_prefix;
	uint8_t home_prefix_length; /* 0: not known; then no link is ever the home link */
	enum at_home at_home;
	uint32_t lifetime; /* seconds asked for; SECONDS_INFINITE */
	/* RFC 6275 13: InitialBindackTimeoutFirstReg, milliseconds; 0: 1500 */
	uint32_t first_timeout_ms;
	struct auth auth;
	bool mcoa;         /* false: register one care-of address, without BID */
	bool bulk;         /* false: one Binding Update for each BID */
	bool probe;        /* false: no liveness probes; a path is alive as long as its link is */
	bool bid_priority; /* send RFC 6089 BID-PRI; false: reserved bits zero */
	uint16_t probe_identifier; /* of the ICMPv6 echo requests that probe the paths */
	/* Liveness, milliseconds; 0 selects the default of path.h */
	uint32_t probe_idle_ms;
	uint32_t suspect_after_ms;
	uint32_t dead_after_ms;
	enum link_sharing sharing;
	struct route_optimization_config route_optimization;
};

#define MOBILE_NODES_MAX 8

/* At least one role. The home addresses, and the home agent's address, differ from each other. */
struct core_config {
	const struct dialect *dialect;
	/* The type of the Load Balancing option (draft-montavont-mip6-mmi-02 7.1), none of the
	 * dialect's; 0: the core does not know this option */
	uint8_t load_balancing_option;
	bool is_home_agent;
	struct home_agent_config home_agent;
	bool corresponds;
	struct correspondent_config correspondent;
	unsigned mobile_nodes_count;
	struct mobile_node_config mobile_nodes[MOBILE_NODES_MAX];
};

/* The first of its roles in the order of enum core_role. */
static inline enum core_role core_main_role(const struct core_config *config)
{
	if (config->is_home_agent)
		return ROLE_HOME_AGENT;
	return config->mobile_nodes_count > 0 ? ROLE_MOBILE_NODE : ROLE_CORRESPONDENT;
}

/* Returns 0, -ENOMEM or -EINVAL. `config` is copied, `port` too; port->ctx is borrowed. */
int core_new(const struct core_config *, const struct core_port *, struct core **ret);
void core_free(struct core *);

/* Events of the host. */
enum host_type {
	HOST_NODE_SET,    /* home agent: a mobile node that may register */
	HOST_NODE_REMOVE, /* home agent: it no longer may; its bindings go */
	HOST_RESTORE,     /* after a restart: the last EFFECT_RECORD of a home address */
	/* after HOST_RESTORE: the last EFFECT_RECORD_FLOW; after HOST_ROLLBACK: what was before */
	HOST_RESTORE_FLOW,
	HOST_LINK_SET,       /* mobile node: a configured link, and whether it has carrier */
	HOST_LINK_REMOVE,    /* mobile node: the link is gone, or no longer configured */
	HOST_ADDRESS_SET,    /* mobile node: an address on a link, past its DAD */
	HOST_ADDRESS_REMOVE, /* mobile node: it is gone */
	HOST_ACTIVITY,       /* when a tunnel last sent and received */
	HOST_PEER_BUSY,      /* mobile node: enough goes to this peer by the home agent (11.6) */
	HOST_PREFER,         /* mobile node: another priority for a BID (operator) */
	HOST_POLICY_SET,     /* mobile node: a rule of its policy, new or changed */
	HOST_POLICY_REMOVE,  /* mobile node: the rule of this number is gone */
	HOST_LINK_HINT,      /* mobile node: a link is about to be lost, or is not any more */
	HOST_HOME_LINK,      /* home agent: its physical home link as it is now */
	HOST_PREFIX_SET,     /* home agent: a prefix of the home link, to be advertised */
	HOST_PREFIX_REMOVE,  /* home agent: it is no prefix of the home link any more */
	HOST_STORE,          /* home agent: whether the store works */
	HOST_UNBOUND,        /* home agent: a tunnelled packet came without a binding */
	HOST_RESUMED,        /* all mobile nodes: the host was suspended until now */
	HOST_REFUSED,        /* mobile node: the home agent refuses tunnelled packets */
	HOST_UNREACHABLE, /* home agent, correspondent: a router cannot reach a care-of address */
	HOST_ROLLBACK,    /* home agent: accepted bindings were not stored; this is the last stored
			     record */
	/* all roles; mobile nodes de-register everything, the correspondent tells mobile nodes that
	 * their bindings are gone; then, once, EFFECT_STOPPED */
	HOST_STOP,
};

/* Draft-13 and RFC 5648 10: the proof that a care-of address needs. */
enum verify {
	VERIFY_OFF,
	VERIFY_NO_BULK, /* the address is the source of an update: bulk registration is refused with
			   168 */
	VERIFY_PROBE,   /* gets no traffic until it has answered an unguessable echo request */
};

struct host_node {
	struct in6_addr home_address;
	struct auth auth;
	uint8_t bindings_max;  /* at most BINDINGS_MAX */
	bool mcoa_prohibited;  /* refuse with 166 */
	bool bulk_prohibited;  /* refuse with 168 */
	bool flows_prohibited; /* refuse flow bindings with 128 (RFC 6089 4.2) */
	enum verify verify;
	enum link_sharing sharing;
};

struct host_home_link {
	uint32_t ifindex; /* 0: not there */
	bool up;
	uint8_t link_layer[LINK_LAYER_OCTETS];
	struct in6_addr link_local; /* of the home agent on this link; :: if none yet */
};

struct host_prefix {
	struct in6_addr prefix;
	uint8_t length;
	bool on_link;
	bool autonomous;
	nanos valid_until; /* NANOS_NEVER: infinite */
	nanos preferred_until;
};

struct host_link {
	uint16_t bid;
	uint8_t priority;    /* 1..127, lower is preferred */
	bool up;             /* administratively up, with carrier, and with a route to leave by */
	uint32_t ifindex;    /* 0: not there */
	bool metered;        /* traffic by it costs more than by others */
	bool unprobed;       /* its path lives as long as the link is up */
	bool has_link_layer; /* it is an Ethernet-like link, with this address of ours */
	uint8_t link_layer[LINK_LAYER_OCTETS];
};

/* HOST_LINK_HINT (draft-montavont-mip6-mmi-02 3). */
struct host_link_hint {
	uint16_t bid;
	bool leaving; /* its flows are to use other links, if there are any */
};

struct host_address {
	uint16_t bid;
	bool deprecated;
	struct in6_addr address;
	nanos formed; /* when the kernel formed it; of two, the later is preferred */
};

struct host_activity {
	struct in6_addr home_address; /* not of a mobile node's tunnel to its home agent */
	struct in6_addr peer;         /* as in a tunnel */
	uint16_t bid;
	nanos sent;     /* last packet into the tunnel, 0: never */
	nanos received; /* last packet out of the tunnel, 0: never */
	/* of a tunnel to the home agent: bits a second that the link can carry; 0: not known */
	uint64_t rate;
};

/* HOST_UNBOUND: inner and outer source of the packet, for which the data plane has no binding. */
struct host_unbound {
	struct in6_addr home_address;
	struct in6_addr care_of;
};

/* HOST_REFUSED: the home agent itself has sent ICMPv6 Destination Unreachable or Parameter Problem.
 * The host has checked that the error quotes a packet that it sent into the tunnel of this binding.
 */
struct host_refused {
	uint16_t bid;
	struct in6_addr care_of;
};

/* HOST_UNREACHABLE: a router has sent ICMPv6 Destination Unreachable. The host has checked that the
 * error quotes a packet that it could have sent to this care-of address (ADR 38); of a home agent,
 * that it quotes one that it has sent (ADR 36). */
struct host_unreachable {
	struct in6_addr home_address;
	struct in6_addr peer; /* as in a tunnel */
	struct in6_addr care_of;
	nanos received; /* last packet from there; 0: never */
};

struct host_event {
	enum host_type type;
	/* "mobile node" above: its index in struct core_config. Events with a home address
	 * (RESTORE) or a correspondent's tunnel find their role by that. */
	uint8_t mobile_node;
	union {
		struct host_node node;
		struct record record;        /* RESTORE, ROLLBACK */
		struct record_flow flow;     /* RESTORE_FLOW, without `before` */
		struct host_link link;       /* LINK_SET; LINK_REMOVE: bid; PREFER: bid, priority */
		struct host_address address; /* ADDRESS_REMOVE: bid, address */
		struct host_activity activity;
		struct in6_addr peer;      /* PEER_BUSY */
		struct policy_rule policy; /* POLICY_SET; POLICY_REMOVE: number */
		struct host_link_hint hint;
		struct host_home_link home_link;
		struct host_prefix prefix;
		bool store_works;
		struct host_unbound unbound;
		struct host_refused refused;
		struct host_unreachable unreachable;
	};
};

/*
 * A packet came in. Accepts Mobility Headers, and the ICMPv6 messages of icmpv6.h that its roles
 * use. A packet that is malformed, unknown, not authentic, or for none of the roles is counted and
 * dropped once, or answered as the RFCs demand, and changes no state.
 */
void core_packet(struct core *, const struct arrival *, struct outbox *);

/* 0, or -EINVAL (no such link, mobile node or role), -ENOMEM, -ENOSPC (BINDINGS_MAX): nothing
 * changed. */
int core_host(struct core *, struct moment, const struct host_event *, struct outbox *);

/* Handles the deadlines that have passed. Some stay due if their effects do not fit the outbox, or
 * all if there is no memory for one. */
void core_deadline(struct core *, struct moment, struct outbox *);

/* When core_deadline() has something to do; NANOS_NEVER if never. */
nanos core_next_deadline(const struct core *);

/* ---- looking in ---- */

enum drop {
#define DROP(name, text) DROP_##name,
#include "drops.def"
#undef DROP
	DROPS,
	DROP_NONE = DROPS /* it was not dropped */
};
const char *drop_text(enum drop);

struct core_counters {
	uint64_t wire[WIRE_ERRORS]; /* [WIRE_OK]: packets understood */
	uint64_t drops[DROPS];
	uint64_t updates_accepted;
	uint64_t updates_refused;
	uint64_t updates_sent;
	uint64_t acks_sent;
	uint64_t acks_received;
	uint64_t errors_sent;
	uint64_t probes_sent;
	uint64_t probes_answered;
	uint64_t refresh_requests_sent;
	uint64_t care_of_asked; /* echo requests: is it still reachable? */
	uint64_t care_of_answered;
	uint64_t care_of_unreachable; /* times that one became so, ... */
	uint64_t care_of_returned;    /* ... and was reachable again */
	uint64_t tests_sent;          /* Home and Care-of Test Inits of a mobile node */
	uint64_t tests_answered;      /* of a correspondent */
};

const struct core_counters *core_counters(const struct core *);

/* Calls `each` for every binding: the caches of home agent and correspondent, and the update lists
 * of the mobile nodes as far as acknowledged. */
void core_each_binding(
	const struct core *, void (*each)(void *ctx, const struct binding_view *), void *ctx);

/* The same for every flow binding (RFC 6089 4.3) of home agent and correspondent. */
void core_each_flow(
	const struct core *, void (*each)(void *ctx, const struct flow_view *), void *ctx);

/* For views.h; they last as long as the core. NULL: it has no such role, or not so many mobile
 * nodes. `index`: counted as in struct core_config. */
const struct home_agent *core_home_agent(const struct core *);
const struct mobile_node *core_mobile_node(const struct core *, unsigned index);

#endif
