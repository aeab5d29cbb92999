/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual network of home agents, mobile nodes and, in some worlds, correspondents, each with a
 * real core, in virtual time. All of it follows from a seed. Times are the world's; each actor has
 * clocks of its own, which only go forward. What must always hold is written in oracle.c, bond.c
 * and quiet.c.
 */
#ifndef MONAMI_TESTS_SIM_WORLD_H
#define MONAMI_TESTS_SIM_WORLD_H

#include "../../src/core/api/core.h"
#include "flights.h"
#include "queue.h"
#include "random.h"
#include "ways.h"
#include "../support/subjects.h"

#include <setjmp.h>
#include <stdio.h>

#define AGENTS_MAX 16
#define LINKS_MAX 4
#define ADDRESSES_MAX 2
#define CLAIMS_MAX 6
#define ANSWERED_MAX (BINDINGS_MAX + 4)
#define RATE_MAX 3 /* RFC 6275 12: MAX_UPDATE_RATE */
#define PEERS_MAX 3
#define BONDS_MAX 2

/* The settings of a world; the seed decides the rest. */
struct scale {
	uint32_t nodes;
	uint32_t agents;
	uint32_t seconds;
	uint32_t probe_idle_ms; /* 0: the default */
	uint32_t lifetime_max;  /* 0: from the seed */
	uint32_t traffic_every; /* seconds between a node's bursts of packets */
	uint32_t fault_every;   /* seconds between a node's faults, while there are any */
	bool hmac;              /* the real one */
};

enum event_kind {
	EVENT_DEADLINE,
	EVENT_ARRIVAL,
	EVENT_TRAFFIC,
	EVENT_FAULT,
	EVENT_REPAIR, /* `what`: enum repair */
	EVENT_PHASE,  /* `what`: enum phase */
	EVENT_LOOK,   /* at all bindings of the home agent `who` */
	EVENT_AGREE,  /* at a node that was not in agreement with its home agent */
	EVENT_FLOW,   /* packets between the node `who` and the correspondent of its bond `what` */
	EVENT_SETTLE, /* the same: how it stands between them */
	EVENT_ADVERTISEMENT, /* neighbour.c */
	EVENT_MARGINAL,      /* moves.c; `detail`: the link of the node `who` */
};

enum phase {
	PHASE_FAULTS,
	PHASE_QUIET,   /* no faults any more */
	PHASE_SETTLED, /* and all has come to rest: nothing may be lost, all views agree */
};

/* A home agent, a mobile node or a correspondent; each begins with one. */
struct actor {
	struct core *core; /* NULL: it does not run */
	size_t memory;
	size_t memory_limit;
	nanos offset;    /* of its monotonic clock */
	nanos wall;      /* of its wall clock */
	nanos due;       /* the core's next deadline, as of its last call */
	nanos scheduled; /* an event for it */
	nanos stalled_until;
	nanos started;
	uint32_t id;
	uint32_t in_flight; /* packets that it sent and that have not arrived */
	struct ways ways;   /* of route optimization, on either side */
	struct subjects subjects;
	nanos reported;    /* when the core was last told of them */
	uint64_t accepted; /* updates, as a correspondent; as of the last call */
};

struct home_agent_actor {
	struct actor actor;
	struct home_agent_config config;
	bool powered;
	bool cut;
	nanos whole_since; /* the world's, as of a correspondent */
	bool restoring;    /* one binding after the other */
	bool has_store;    /* that the core is told of */
	bool store_down;
	uint8_t doom; /* enum doom */
};

/* When a home agent's daemon dies. */
enum doom {
	DOOM_NONE,
	DOOM_BEFORE_COMMIT,
	DOOM_BEFORE_SENDING,
	DOOM_COMMIT_FAILS, /* it lives on, and refuses what it could not keep */
};

/* The tunnels of a data plane. */
struct plane {
	uint8_t count;
	struct effect_tunnel at[BINDINGS_MAX];
	uint8_t tiers[BINDINGS_MAX]; /* of each; TIER_NONE: it only accepts */
};

/* An authentic Binding Update as it reached the home agent. */
struct claim {
	bool open;
	uint8_t count;
	uint16_t sequence;
	uint16_t lifetime;
	uint16_t flags;
	struct in6_addr care_of; /* of a binding without BID */
	struct opt_bid bids[BINDINGS_MAX];
};

/* A binding that the home agent acknowledged. */
struct promise {
	uint16_t bid;
	struct in6_addr care_of;
	nanos expires; /* the home agent's clock */
};

#define ASKED_MAX (4 * BINDINGS_MAX)
#define REFUSED_MAX 16

/* A binding of the home agent's, and the Binding Update that it is from. */
struct asked {
	uint16_t bid;
	struct in6_addr care_of;
	nanos expires; /* the home agent's clock */
	nanos sent;    /* the world's, as the next */
	nanos arrived;
	bool refused; /* a copy of the update before this one was */
};

/* A home address at its home agent. */
/* When packets went by a tunnel and came by it. */
struct use {
	nanos sent;
	nanos received;
};

struct home {
	struct host_node host;          /* as configured there */
	bool barred;                    /* not configured there now */
	struct plane plane;             /* also what is stored for good */
	struct use uses[LINKS_MAX + 1]; /* of its tunnels, by BID, in the home agent's time */
	struct record memory;
	size_t flows_count; /* stored, as the record is */
	struct record_flow *flows;
	uint8_t promises_count;
	struct promise promises[BINDINGS_MAX];
	bool has_sequence;
	uint16_t sequence; /* last accepted */
	nanos forget_at;   /* from then on any number may be accepted; the world's time */
	uint64_t timestamp;
	nanos forgotten; /* the home agent has lost what it knew of it; the world's time */
	unsigned asked_next;
	struct asked asked[ASKED_MAX];
	unsigned refused_next;
	uint64_t refused[REFUSED_MAX]; /* digests of updates */
	unsigned claims_next;
	struct claim claims[CLAIMS_MAX];
	unsigned answered_next;
	struct in6_addr
		answered[ANSWERED_MAX]; /* care-of addresses that answered an echo request */
};

/* A binding that a correspondent has accepted. */
struct grant {
	uint16_t bid;
	struct in6_addr care_of;
	nanos expires; /* the world's time, as all here */
};

#define GRANTS_MAX (BINDINGS_MAX + 1)
#define GRANTED_MAX 16
#define ACCEPTED_MAX 32

/* How often messages of one type may be sent. */
struct rate {
	nanos sent[RATE_MAX]; /* a ring */
	unsigned next;
};

/* A mobile node and one of its correspondents, as the judge knows them. */
struct bond {
	uint32_t correspondent; /* actor */
	struct in6_addr address;
	/* at the correspondent */
	uint8_t count;
	struct grant bound[GRANTS_MAX];
	bool has_sequence;
	uint16_t sequence;
	unsigned accepted_next;
	uint64_t accepted[ACCEPTED_MAX]; /* updates that changed something */
	/* what the mobile node may have been told, over restarts of the correspondent */
	unsigned granted_next;
	struct grant granted[GRANTED_MAX];
	struct rate home_tests;
	struct rate care_of_tests;
	struct rate updates;
	/* data */
	nanos interest_since;
	unsigned interest;
	bool interest_told;
	nanos lost_since;    /* packets that went directly, for want of a binding; 0: none */
	nanos told_error;    /* since then, a Binding Error has come; 0: it has not */
	uint64_t cookies[2]; /* of its last tests, as somebody may have seen them */
	bool is_direct;      /* while the world is settled, packets must go directly */
};

struct place {
	bool present;
	bool deprecated;
	uint32_t generation;
	nanos formed; /* the mobile node's clock */
};

/* A link of a mobile node, and the network behind it. */
struct link_actor {
	bool configured;
	bool up;
	uint8_t priority;
	uint32_t generation; /* of the address formed last */
	struct place places[ADDRESSES_MAX];
	nanos sent;     /* by the tunnel; the mobile node's clock */
	nanos received; /* the same */
	bool active;    /* it was not told yet */
	bool cut_up;
	bool cut_down;
	bool blocked;    /* Mobility Headers do not pass */
	nanos cut_since; /* the world's, like the following; 0: it is whole */
	nanos whole_since;
	nanos told;           /* the mobile node, of something else than packets */
	nanos bad_at;         /* last; 0: never */
	nanos marginal_until; /* it turns from good to bad and back; 0: it does not */
	nanos marginal_turn;
	bool marginal_bad;
	uint16_t marginal_loss; /* while it is bad */
	nanos delay;
	nanos jitter;
	uint16_t loss; /* of 65536, like the following */
	uint16_t twice;
	uint16_t late;
	uint16_t altered;
};

/* The messages that a mobile node has sent lately, to check the rates. */
struct pace {
	nanos sent[RATE_MAX]; /* a ring */
	unsigned next;
	uint64_t digest; /* of what the last update says */
	uint64_t paths;  /* of the states of the paths then */
	nanos last;
	nanos timeout;  /* before it may be said again */
	bool disturbed; /* something has happened since */
	nanos calm_since;
	unsigned since; /* updates since then */
	nanos probes_window;
	unsigned probes;
};

/* A mobile node's traffic, from link to link. */
/* Twice as many as a node with the most links may make: see moves.c */
#define MOVES_COUNTED (2 * (LINKS_MAX + 4))

struct moves {
	uint16_t selected; /* BID */
	nanos last;        /* for whatever reason */
	unsigned next;
	nanos at[MOVES_COUNTED]; /* that only their paths explain: a ring */
};

struct node_actor {
	struct actor actor;
	/* Its core may be that of another: then both are mobile nodes of one host. A host that has
	 * one mobile node is its own first and last. */
	struct node_actor *first; /* the core belongs to it */
	struct node_actor *last;
	uint8_t index; /* in the core */
	uint32_t agent;
	struct mobile_node_config config;
	bool corresponds;
	struct correspondent_config correspondent;
	uint8_t bonds_count;
	struct bond *bonds;
	bool stopping;
	uint8_t links_count;
	struct link_actor links[LINKS_MAX];
	struct plane plane;
	struct record memory;
	bool remembers;
	struct pace pace;
	struct moves moves;
	uint32_t rules; /* bit n: it has rule n */
	size_t rules_memory;
	nanos explained_at;     /* something else than a path may move its traffic */
	nanos advertised_until; /* lifetimes of forged Router Advertisements end by then */
	struct home home;
};

enum peer_kind {
	PEER_MCOA,
	PEER_SINGLE, /* knows RFC 6275 only */
	PEER_PLAIN,  /* knows nothing of it */
	PEER_SILENT, /* something on the way drops what it does not know */
};

/* A host that is a correspondent, or is not. */
struct peer_actor {
	struct actor actor;
	uint8_t kind; /* enum peer_kind */
	bool powered;
	bool plain; /* its daemon was told to stop, and nothing of it is left */
	bool cut;
	nanos whole_since;
	nanos delay;
	struct correspondent_config config;
};

struct tally {
	uint64_t seeds;
	uint64_t events;
	uint64_t calls;
	uint64_t updates;
	uint64_t accepted;
	uint64_t refused;
	uint64_t faults;
	uint64_t agent_crashes;
	uint64_t node_crashes;
	uint64_t rollbacks;
	uint64_t packets_lost;
	uint64_t packets_altered;
	uint64_t replays;
	uint64_t data_sent;
	uint64_t data_delivered;
	uint64_t shared_hosts; /* of two mobile nodes */
	uint64_t agreements;   /* nodes found in agreement with their home agent */
	uint64_t peer_crashes;
	uint64_t forgeries;
	uint64_t advertisements; /* forged */
	uint64_t routes;         /* to correspondents, found as they should be */
	uint64_t flow_sent;      /* data between mobile nodes and correspondents */
	uint64_t flow_arrived;   /* at all */
	uint64_t flow_direct;    /* not by the home agent */
	uint64_t bound;          /* updates that a correspondent accepted */
	uint64_t moves;          /* of traffic, because of the paths */
	uint64_t returns;        /* of better links, in time */
	uint64_t flow_tables;    /* flow bindings that were their rules when it was quiet */
	uint64_t flow_packets;   /* by a path of a rule, or of a flow binding */
	uint64_t unreachable;    /* care-of addresses that a home agent could not reach */
	uint64_t statuses[256];
	uint64_t drops[DROPS];
};

struct world {
	uint64_t seed;
	uint64_t random;
	uint64_t policies; /* the same for the rules, so that the rest of a world stays */
	uint64_t secrets;  /* for the cores */
	uint64_t hash;
	nanos now;
	nanos end;
	enum phase phase;
	struct scale scale;
	struct queue queue;
	struct flights flights;
	struct home_agent_actor *agents;
	struct node_actor *nodes;
	uint32_t peers_count;
	struct peer_actor peers[PEERS_MAX];
	uint64_t routing; /* randomness of what there is of route optimization */
	struct outbox outbox;
	uint64_t hostile; /* randomness of hosts on the visited links, if there are any */
	bool is_hostile;
	nanos fault_mean; /* between two faults */
	bool storeless;   /* a home agent may lose its store in this world */
	uint16_t altered; /* of the weather: these of 65536 at most */
	uint16_t loss;
	uint16_t twice;
	uint16_t late;
	uint32_t lifetime_max;
	uint64_t event_number;
	nanos instant;
	uint32_t at_instant; /* events at that time */
	const struct flight *arriving;
	struct tally tally;
	size_t memory_peak; /* of all cores */
	/* failure */
	sigjmp_buf escape;
	uint32_t culprit; /* actor */
	char failure[512];
	/* trace */
	bool tracing;
	uint32_t watched; /* actor; UINT32_MAX: all */
	char (*lines)[256];
	size_t lines_count;
};

/* ---- world.c ---- */

void world_init(struct world *, uint64_t seed, const struct scale *);
/* Until its end, or until something does not hold: then false, and `failure` says what. */
bool world_run(struct world *);
void world_fini(struct world *);

struct actor *world_actor(struct world *, uint32_t id);
bool world_is_agent(const struct world *, uint32_t id);
bool world_is_node(const struct world *, uint32_t id);
/* For whoever reads of it. */
const char *world_kind(const struct world *, uint32_t id);
int world_number(const struct world *, uint32_t id);
struct moment world_moment(const struct world *, const struct actor *);
void world_at(
	struct world *, nanos at, enum event_kind, uint8_t what, uint16_t detail, uint32_t who);
void world_after(
	struct world *, nanos delay, enum event_kind, uint8_t what, uint16_t detail, uint32_t who);
/* The core may have another deadline now. */
void world_reschedule(struct world *, struct actor *);
/* Around each call of a core. */
void world_enter(struct world *, struct actor *);
void world_leave(struct world *, struct actor *);
/* Its core has told of an effect: whether that fits what it has told before. */
void world_told(struct world *, struct actor *, const struct effect *);
/* The subject of an effect about a tunnel or traffic; NULL: it is about something else. */
const struct effect_subject *world_told_about(
	const struct world *, const struct actor *, const struct effect *);
struct core_port world_port(struct world *);
void world_mix(struct world *, uint64_t value);

struct in6_addr world_agent_address(uint32_t agent);
struct in6_addr world_peer_address(uint32_t peer);
struct in6_addr world_home_address(uint32_t agent, uint32_t node);
struct in6_addr world_care_of(uint32_t node, uint8_t link, uint32_t generation);
/* Backwards; false: it is none. */
bool world_care_of_read(
	const struct in6_addr *, uint32_t *node, uint8_t *link, uint32_t *generation);
/* NULL if nobody has it. */
struct node_actor *world_node_of(struct world *, const struct in6_addr *home_address);
struct home_agent_actor *world_agent_of(struct world *, const struct in6_addr *address);
struct peer_actor *world_peer_of(struct world *, const struct in6_addr *address);

_Noreturn void world_fail(struct world *, uint32_t culprit, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void world_trace(struct world *, uint32_t actor, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define TRACE(world, ...)                                                                          \
	do {                                                                                       \
		if (__builtin_expect((world)->tracing, 0))                                         \
			world_trace((world), __VA_ARGS__);                                         \
	} while (0)

/* ---- agent.c ---- */

/* With what is in its store. */
void agent_start(struct world *, struct home_agent_actor *);
/* Its daemon is gone; without power its kernel too. */
void agent_die(struct world *, struct home_agent_actor *);
void agent_lose_store(struct world *, struct home_agent_actor *);
void agent_tell_store(struct world *, struct home_agent_actor *);
void agent_tell(struct world *, struct home_agent_actor *, const struct host_event *);
void agent_packet(struct world *, struct home_agent_actor *, const struct flight *);
void agent_deadline(struct world *, struct home_agent_actor *);

/* ---- node.c ---- */

void node_start(struct world *, struct node_actor *, bool with_store);
void node_die(struct world *, struct node_actor *);
void node_stop(struct world *, struct node_actor *);
void node_tell(struct world *, struct node_actor *, const struct host_event *);
void node_tell_link(struct world *, struct node_actor *, uint8_t link);
void node_tell_address(struct world *, struct node_actor *, uint8_t link, const struct place *);
void node_address_add(struct world *, struct node_actor *, uint8_t link);
void node_address_remove(struct world *, struct node_actor *, uint8_t link, struct place *);
void node_packet(struct world *, struct node_actor *, const struct flight *);
void node_deadline(struct world *, struct node_actor *);
/* Whether packets to the address arrive at the link now. */
bool node_has(const struct node_actor *, uint8_t link, uint32_t generation);
/* The address of the link that was formed last and is not deprecated; NULL if none. */
const struct place *node_address(const struct link_actor *);

/* ---- network.c ---- */

void network_send(struct world *, struct actor *, const struct effect_send *, uint64_t digest);
/* As if `from` had sent it, though no source address of its own is in it. */
void network_forge(struct world *, struct actor *from, const struct effect_send *);
void network_data(struct world *, struct flight *data, uint32_t number);
/* A whole packet, by its addresses; false: it has nowhere to go. */
bool network_leave(struct world *, uint32_t flight);
void network_arrive(struct world *, uint32_t flight);
/* Of what is authenticated in a Mobility Header, tunnelled or not, and where; 0 if it is none. */
uint64_t network_digest(const uint8_t *octets, size_t length);
/* Octets of an outer header: 0, if there is none. */
uint16_t network_outer(const uint8_t *octets, size_t length);

/* ---- traffic.c ---- */

void traffic_begin(struct world *, struct node_actor *);
void traffic_event(struct world *, struct node_actor *, uint16_t left);
/* One each way, now. */
void traffic_packets(struct world *, struct node_actor *);
void traffic_arrive(struct world *, struct flight *);
/* One packet of the mobile node's. */
void traffic_up(struct world *, struct node_actor *);
/* A router answers a packet to a mobile node with Destination Unreachable. */
void traffic_unreachable(struct world *, const struct flight *);
/* The data plane of its home agent got a tunnel from an address that is not registered. */
void traffic_unbound(struct world *, const struct node_actor *, const struct in6_addr *care_of);

/* ---- peer.c ---- */

void peer_start(struct world *, struct peer_actor *, bool with_store);
void peer_die(struct world *, struct peer_actor *);
void peer_packet(struct world *, struct peer_actor *, const struct flight *);
void peer_deadline(struct world *, struct peer_actor *);
/* Knows neither the Mobility Header nor the Home Address option. */
bool peer_is_plain(const struct peer_actor *);
/* RFC 4443 3.4, RFC 8200 4.2: says so. */
void peer_complain(struct world *, struct peer_actor *, const struct flight *, uint8_t code);
/* Handles the effects of route optimization; false: it is none. */
bool peer_carry_out(struct world *, struct actor *, const struct effect *);
/* What the daemon tells now and then; `tell` is its way to its core. */
void peer_report(struct world *, struct actor *,
	void (*tell)(struct world *, struct actor *, const struct host_event *));
/* The tunnels in the data plane after the daemon's restart. */
void peer_restore(struct world *, struct actor *,
	void (*tell)(struct world *, struct actor *, const struct host_event *));

/* ---- flows.c: data between mobile nodes and correspondents ---- */

void flows_begin(struct world *, struct node_actor *, uint8_t bond);
void flows_event(struct world *, struct node_actor *, uint8_t bond, uint16_t left);
/* It has come to its last link. */
void flows_arrive(struct world *, struct flight *);
/* On the way; `why` it does not arrive. */
void flows_lost(struct world *, const struct flight *, const char *why);

/* ---- bond.c: invariants between mobile nodes and correspondents ---- */

struct bond *bond_of(const struct node_actor *, uint32_t correspondent);
/* After each call of the core of a correspondent, its effects carried out. */
void bond_correspondent(struct world *, struct actor *, const struct core *);
/* It has lost all that it knew. */
void bond_forget(struct world *, uint32_t correspondent);
/* A mobile node is to use such a tunnel. */
void bond_tunnel(struct world *, struct node_actor *, const struct effect_subject *,
	const struct effect_tunnel *);
/* A mobile node, which has just begun, or sends a Mobility Header. */
void bond_begin(struct node_actor *);
void bond_sends(struct world *, struct node_actor *, const struct packet *, const struct message *);
/* A Mobility Header from a correspondent reaches the mobile node. */
void bond_hears(struct world *, struct node_actor *, const struct flight *);
/* Data is about to leave by a route-optimized path, from or to this care-of address. */
void bond_departs(struct world *, const struct node_actor *, const struct bond *,
	const struct in6_addr *care_of, bool up);
bool bond_is_bound(const struct world *, const struct bond *, const struct in6_addr *care_of);

/* ---- faults.c ---- */

void faults_event(struct world *);
void faults_repair(struct world *, const struct event *);
/* All that is broken is whole again. */
void faults_end(struct world *);
/* Every home agent forgets all bindings then, in a world where that happens. */
void faults_forget_at(struct world *, nanos at);

/* ---- moves.c: links that are good now and bad then ---- */

/* This link is marginal for a while. */
void moves_marginal(struct world *, struct node_actor *, uint8_t link);
void moves_event(struct world *, const struct event *);
/* The mobile node begins. */
/* rules.c: a policy for some of the nodes; not of a daemon that is not there. */
/* The number of the Load Balancing option in this world, at all ends; 0: it is not known. */
uint8_t rules_option(const struct world *);
void rules_begin(struct world *, struct node_actor *);
/* One rule is set, changed or removed. */
void rules_change(struct world *, struct node_actor *);
/* After each call of the core: invariants 21 and 22. */
void rules_check(struct world *, struct node_actor *);
/* When it is quiet: NULL, or what the home agent was not told. */
const char *rules_difference(struct world *, struct node_actor *);

/* The path of this rule's packets from the mobile node now, or to it; NULL: there is no rule, or it
 * has none. */
const struct effect_tunnel *rules_path(struct world *, struct node_actor *, bool up);

/* ---- flow_table.c: flow bindings at home agents ---- */

void flow_table_record(struct world *, struct node_actor *, const struct record_flow *);
/* The home agent is told of what is stored. */
void flow_table_restore(struct world *, struct home_agent_actor *, struct node_actor *);
/* The change of this record was not stored. */
void flow_table_roll_back(struct world *, struct home_agent_actor *, const struct record_flow *);
/* A rule that the home agent's data plane is told of. */
void flow_table_rule(struct world *, struct node_actor *, const struct effect_traffic *);
/* When it is quiet: NULL, or how they differ from the policy. */
const char *flow_table_difference(struct world *, struct node_actor *);

void moves_begin(struct node_actor *);
/* Its traffic goes by this BID now. */
void moves_selected(struct world *, struct node_actor *, uint16_t bid);
/* All is quiet: the best links are cut for a while, and return. */
void moves_returns(struct world *);

/* ---- forgery.c ---- */

/* Somebody off the path writes what he likes. */
void forgery(struct world *);

/* ---- neighbour.c: hosts on visited links that forge Router Advertisements ---- */

/* In some worlds: all nodes know their home prefixes. */
void neighbour_init(struct world *);
void neighbour_begin(struct world *);
void neighbour_event(struct world *);

/* ---- acceptance.c: the node accepts from wherever its home agent may send to ---- */

/* The home agent has set this tunnel, because of the packet that arrives now or without one. */
void acceptance_asked(struct world *, struct home *, const struct effect_tunnel *);
/* The home agent refuses the update that arrives now, with this status. */
void acceptance_refused(struct world *, struct home *, uint8_t status);
void acceptance_check(struct world *, struct node_actor *);

/* ---- oracle.c: invariants after each event ---- */

/* A Binding Update is about to be handed to the home agent. */
void oracle_update_arrives(struct world *, struct home_agent_actor *, const struct flight *);
/* Afterwards: what is left in the outbox of the home agent. */
void oracle_agent(struct world *, struct home_agent_actor *);
/* A mobile node sends a Binding Update, or a probe. */
void oracle_node_sends(struct world *, struct node_actor *, const struct effect_send *);
/* An echo reply from this care-of address reached the home agent. */
void oracle_answered(struct node_actor *, const struct in6_addr *care_of);
void oracle_disturbed(struct world *, struct node_actor *);
/* The home agent was told to forget, or lost what it knew. */
void oracle_forget(struct node_actor *);
void oracle_forget_promises(struct node_actor *);
/* Whether the home agent has acknowledged the care-of address, and it has not expired. */
bool oracle_registered(
	const struct world *, const struct node_actor *, const struct in6_addr *care_of);
/* The home agent's own view is what its effects said. */
void oracle_look(struct world *, struct home_agent_actor *);

/* ---- quiet.c ---- */

/* What mobile nodes believe is what their home agents have, and it is what it should be. */
void quiet_check(struct world *);
void quiet_check_again(struct world *, struct node_actor *, uint8_t times);
/* Whether the node must be registered by now. */
bool quiet_expects(const struct world *, const struct node_actor *);
/* So many bindings its home agent takes from it at once. */
uint8_t quiet_bindings_max(const struct world *, const struct node_actor *);

/* ---- quiet_routes.c ---- */

/* What is registered for some seconds only comes and goes, and with it what is under way. */
bool quiet_routes_last(const struct world *, const struct node_actor *);
void quiet_routes_check(struct world *);
void quiet_route_check(struct world *, struct node_actor *, uint8_t bond, uint16_t times);

/* ---- plane.c ---- */

struct effect_tunnel *plane_find(struct plane *, uint16_t bid);
void plane_set(struct plane *, const struct effect_tunnel *);
void plane_rank(struct plane *, const struct effect_traffic *);
bool records_bid(const struct record *, uint16_t bid);
void plane_remove(struct plane *, uint16_t bid);
/* A tunnel of a home agent, from this care-of address. */
bool plane_accepts(const struct plane *, const struct in6_addr *care_of, nanos now);
/* The one to send by; NULL if none is usable. `now` is its owner's clock. */
const struct effect_tunnel *plane_choose(const struct plane *, nanos now);

static inline bool same_address(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

#endif
