/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is to be done: the core's only output. Plain structs without pointers, so that an effect is
 * at once the instruction to src/io, the transcript that a scene compares, the monitor's feed and
 * the debug trace.
 */
#ifndef MONAMI_CORE_EFFECT_H
#define MONAMI_CORE_EFFECT_H

#include "port.h"
#include "../wire/packet.h"

/* Bindings per home address, and links per mobile node. RFC 5648 leaves the number open. */
#define BINDINGS_MAX 8

/* Of a binding whose option gives no BID-PRI (RFC 6089 4.1): those that give one go first. */
#define PRIORITY_NONE 128

enum effect_type {
	EFFECT_SEND,          /* send this packet */
	EFFECT_TUNNEL_SET,    /* add or change the tunnel of (home address, BID) */
	EFFECT_TUNNEL_REMOVE, /* remove it */
	EFFECT_NODE_SET,      /* remember this of a home address over a restart */
	EFFECT_NOTE,          /* tell the log and the monitor */
	EFFECT_STOPPED,       /* after HOST_STOP: all is de-registered or given up */
};

/* A whole IPv6 packet. */
struct effect_send {
	uint32_t ifindex; /* the link it must leave by; 0: as routed */
	uint16_t length;
	uint8_t octets[PACKET_OCTETS_MAX];
};

/*
 * One binding, as the data plane sees it, on either side: at the home agent `local` is the home
 * agent and `remote` the care-of address; at the mobile node the other way round.
 * A tunnel that is not usable still accepts packets, but is not chosen for sending.
 */
struct effect_tunnel {
	struct in6_addr home_address;
	struct in6_addr local;
	struct in6_addr remote;
	nanos expires;    /* no packet is sent or accepted from then on; NANOS_NEVER: infinite */
	uint32_t ifindex; /* the link to send by; 0: as routed */
	uint16_t bid;     /* 0: a binding without BID (RFC 6275) */
	uint8_t priority; /* lower is preferred; RFC 6089 4.1's order, or PRIORITY_NONE */
	bool usable;
};

struct effect_node {
	struct in6_addr home_address;
	uint16_t sequence;        /* home agent: last accepted; mobile node: last sent */
	uint64_t replay_accepted; /* last accepted RFC 4285 timestamp; 0: none */
};

enum note_type {
#define NOTE(name, text) NOTE_##name,
#include "notes.def"
#undef NOTE
	NOTE_TYPES
};

/* Fields that a kind of note does not use are zero. */
struct effect_note {
	enum note_type type;
	uint16_t bid;
	uint8_t status;    /* of an acknowledgement */
	uint32_t lifetime; /* seconds */
	struct in6_addr home_address;
	struct in6_addr care_of;
	struct in6_addr peer;
};

struct effect {
	enum effect_type type;
	union {
		struct effect_send send;
		struct effect_tunnel tunnel; /* TUNNEL_SET; TUNNEL_REMOVE: home_address and bid */
		struct effect_node node;
		struct effect_note note;
	};
};

/*
 * Where a call of the core leaves its effects. It belongs to the caller, who empties it before the
 * next call; one serves any number of cores. OUTBOX_MAX is more than any single call can produce
 * (deadlines that would need more stay due).
 */
#define OUTBOX_MAX (8 * BINDINGS_MAX)

struct outbox {
	size_t count;
	struct effect effects[OUTBOX_MAX];
};

/* The next free effect, typed and zeroed (of a SEND, not the octets). Asserts that there is room.
 */
struct effect *outbox_add(struct outbox *, enum effect_type);
size_t outbox_room(const struct outbox *);
const char *note_text(enum note_type);

#endif
