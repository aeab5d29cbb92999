/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is to be done: the core's only output. Plain structs without pointers, so that an effect is
 * at once the instruction to src/io, the transcript that a scene compares, the monitor's feed and
 * the debug trace.
 */
#ifndef MONAMI_CORE_EFFECT_H
#define MONAMI_CORE_EFFECT_H

#include "arrival.h"
#include "encapsulation.h"
#include "record.h"
#include "../../wire/traffic_selector.h"

/* Prefixes of a mobile node, and rules about its traffic. */
#define PREFIXES_MAX 16
#define RULES_MAX 64

/* Of a binding whose option gives no BID-PRI (RFC 6089 4.1): those that give one go first. */
#define PRIORITY_NONE 128

enum effect_type {
	EFFECT_SEND,           /* send this packet */
	EFFECT_TUNNEL_SET,     /* add or change this tunnel of a subject */
	EFFECT_TUNNEL_REMOVE,  /* remove it */
	EFFECT_SUBJECT_SET,    /* whose traffic; before its prefixes, tunnels and rules */
	EFFECT_SUBJECT_REMOVE, /* with all that belongs to it */
	EFFECT_PREFIX_SET,     /* packets of this prefix are the subject's */
	EFFECT_PREFIX_REMOVE,
	EFFECT_TRAFFIC_SET, /* which packets of the subject leave by which tunnels */
	EFFECT_TRAFFIC_REMOVE,
	EFFECT_RECORD,       /* remember this of a home address over a restart */
	EFFECT_RECORD_FLOW,  /* and this of one of its flow bindings */
	EFFECT_INTERCEPT,    /* home agent: attract packets to this home address, or no longer */
	EFFECT_HOME_ADDRESS, /* mobile node: what the home address is on which link */
	EFFECT_HOME_AGENT,   /* mobile node: the home agent is now this one */
	EFFECT_EVENT,        /* tell the log and the monitor */
	EFFECT_STOPPED,      /* after HOST_STOP: all is de-registered or given up */
};

/* A whole IPv6 packet. */
struct effect_send {
	uint32_t ifindex; /* the link it must leave by; 0: as routed */
	uint16_t length;
	bool framed; /* to this link-layer address, without Neighbour Discovery */
	uint8_t link_layer[LINK_LAYER_OCTETS];
	uint8_t octets[PACKET_OCTETS_MAX];
};

/*
 * How packets travel: at the home agent `local` is the home agent and `remote` the care-of address;
 * at the mobile node the other way round. (subject, tunnel) is its identity, also over a restart
 * (record.h). A tunnel that is not usable still accepts packets, but is not chosen for sending.
 */
struct effect_tunnel {
	uint32_t subject;
	uint16_t tunnel; /* its number among the subject's tunnels */
	uint16_t bid;    /* a label that both ends know; 0: of no binding, or of one without BID */
	struct locator local; /* its link is the one to send by */
	struct locator remote;
	nanos expires; /* no packet is sent or accepted from then on; NANOS_NEVER: infinite */
	bool usable;
	uint8_t encapsulation; /* enum encapsulation */
};

enum subject_side {
	SUBJECT_AT_HOME_AGENT,
	SUBJECT_AT_MOBILE_NODE,
	SUBJECT_AT_CORRESPONDENT, /* route optimization, at the correspondent */
	SUBJECT_DIRECT,           /* route optimization, at the mobile node */
};

/*
 * Whose traffic: that of a mobile node by its home agent, or between a mobile node and one
 * correspondent. The core numbers subjects from 1; a number is the subject's as long as it lives.
 * SUBJECT_REMOVE: only `subject`.
 */
struct effect_subject {
	uint32_t subject;
	uint8_t side; /* enum subject_side */
	struct in6_addr home_address;
	struct in6_addr peer; /* the correspondent; ::, if it is traffic by the home agent */
};

/* The first is the home address itself. Not of a subject with a peer. Prefixes go with their
 * subject, and are set again after a restart. */
struct effect_prefix {
	uint32_t subject;
	struct in6_addr prefix;
	uint8_t length;
};

enum traffic_mode {
	/* By a tunnel of the lowest tier that has a usable one. Those of one tier share the flows
	 * by their weights; if it is PRIORITY_NONE, the one is taken that packets last came by (RFC
	 * 5648 3). */
	TRAFFIC_FIRST,
	TRAFFIC_DISCARD,
	TRAFFIC_REJECT, /* and answer with an ICMPv6 error */
	/* ADR 57: while the other end does not answer, as FIRST. */
	TRAFFIC_AGGREGATE, /* by all at once; each flow stays in order */
	TRAFFIC_DUPLICATE, /* a copy by each; the other end removes duplicates */
};

/* One of the tunnels that a rule sends by. */
struct traffic_share {
	uint16_t tunnel;
	uint8_t tier;   /* lower is preferred; in the default rule RFC 6089 4.1's priority */
	uint8_t weight; /* within the tier; at least 1 */
};

#define TIER_SHARED 0       /* before all priorities, which begin at 1 */
#define TIER_NONE UINT8_MAX /* of a tunnel in no rule */

#define TRAFFIC_DEFAULT 0 /* the rule for all packets that no other rule selects */

/*
 * A rule says by which tunnels packets of a subject leave. Of all rules whose selector a packet
 * matches, it is the one of the lowest preference. A tunnel that is not usable is passed over, so
 * that a change of that needs no new rule; one that is removed leaves all rules. A tunnel that is
 * in no rule only accepts. TRAFFIC_SET is the whole rule, but of TRAFFIC_DEFAULT: it says nothing
 * of tunnels outside of `set`; those of the previous daemon stay in the rule until they are set or
 * removed. TRAFFIC_REMOVE: only `subject` and `rule`.
 */
struct effect_traffic {
	uint32_t subject;
	uint16_t rule;       /* TRAFFIC_DEFAULT, or a number of this subject */
	uint16_t preference; /* FID-PRI (RFC 6089 4.2): lower goes first, of two equal ones any */
	uint8_t mode;        /* enum traffic_mode */
	uint8_t count;
	uint32_t interface; /* ifindex that a forwarded packet came in by; 0: any */
	struct traffic_selector selector;
	struct traffic_share set[BINDINGS_MAX];
};

/* RFC 6275 10.4.1: the home agent answers for this home address on its physical home link. */
struct effect_intercept {
	struct in6_addr home_address;
	uint32_t ifindex; /* of the home link */
	bool on; /* route it to the device, and listen to its solicited-node multicast address */
	/* RFC 4862 5.4.2: only listen, while Duplicate Address Detection runs; never with `on` */
	bool tentative;
	/* RFC 6275 10.4.2: packets to the link-local address of the same interface identifier go to
	 * the core, not to the kernel */
	bool link_local;
};

enum home_address_use {
	HOME_ADDRESS_AWAY,     /* on no link */
	HOME_ADDRESS_DEFENDED, /* configured on the link: the kernel answers Neighbour Solicitations
				*/
	/* RFC 5648 5.6.4 with status 5: not configured on the link, nothing is answered, and
	 * whatever the home address sends goes to the device, on-link destinations too */
	HOME_ADDRESS_SILENT,
};

struct effect_home_address {
	struct in6_addr home_address;
	uint32_t ifindex; /* of the link that is the home link; 0: AWAY */
	uint8_t use;      /* enum home_address_use */
};

/* The mobile node with this home address uses this home agent from now on. */
struct effect_home_agent {
	struct in6_addr home_address;
	struct in6_addr home_agent;
};

enum event_type {
#define EVENT(name, text) EVENT_##name,
#include "events.def"
#undef EVENT
	EVENT_TYPES
};

enum registration_problem {
#define PROBLEM(name, text) PROBLEM_##name,
#include "registration_problems.def"
#undef PROBLEM
	PROBLEMS
};
/* "": none. */
const char *registration_problem_text(enum registration_problem);

/* Fields that a type of event does not use are zero. */
struct effect_event {
	enum event_type type;
	uint16_t bid;
	uint8_t status;    /* of an acknowledgement */
	uint8_t problem;   /* enum registration_problem */
	uint32_t lifetime; /* seconds */
	struct in6_addr home_address;
	struct in6_addr care_of;
	struct in6_addr peer;
};

struct effect {
	enum effect_type type;
	union {
		struct effect_send send;
		struct effect_tunnel tunnel; /* TUNNEL_REMOVE: subject and tunnel */
		struct effect_subject subject;
		struct effect_prefix prefix;
		struct effect_traffic traffic;
		struct record record;
		struct record_flow record_flow;
		struct effect_intercept intercept;
		struct effect_home_address home_address;
		struct effect_home_agent home_agent;
		struct effect_event event;
	};
};

/*
 * Where a call of the core leaves its effects. It belongs to the caller, who empties it (count = 0)
 * before the next call; one serves any number of cores. Zeroed, it is empty. Each call first makes
 * room for what it may produce; deadlines that would need more stay due.
 */
struct outbox {
	size_t count;
	size_t room;
	struct effect *effects; /* `count` of them; moves when the room grows */
};

/* No call of a role produces more: 8 effects for each binding, one for each prefix, and rule and
 * record of each flow that bindings lose, an update removes, and it adds. */
#define CALL_EFFECTS_MAX (8 * BINDINGS_MAX + PREFIXES_MAX + 5 * RULES_MAX)

/* Makes room for so many more effects. 0, or -ENOMEM: nothing changed. */
int outbox_reserve(struct outbox *, size_t effects);
void outbox_fini(struct outbox *);
/* The next free effect, typed and zeroed (of a SEND, not the octets). Asserts that there is room.
 * It stays where it is until the next outbox_reserve(). */
struct effect *outbox_add(struct outbox *, enum effect_type);
/* For how many more effects there is room. */
size_t outbox_room(const struct outbox *);
/* The record of the home address, to be filled: a call has one EFFECT_RECORD for each that it
 * changed. */
struct record *outbox_record(
	struct outbox *, const struct in6_addr *home_address, const struct in6_addr *peer);
const char *event_text(enum event_type);

#endif
