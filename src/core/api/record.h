/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of one home address that must survive a restart: all its bindings, and the numbers by
 * which replayed updates are recognized. The core emits it; a store or the next daemon gives it
 * back.
 */
#ifndef MONAMI_CORE_RECORD_H
#define MONAMI_CORE_RECORD_H

#include "locator.h"
#include "port.h"
#include "../../wire/traffic_selector.h"

/* Bindings per home address, and links per mobile node. RFC 5648 leaves the number open. */
#define BINDINGS_MAX 8

struct record_binding {
	struct in6_addr care_of;
	nanos expires;     /* NANOS_NEVER: infinite */
	uint16_t bid;      /* 0: a binding without BID (RFC 6275) */
	uint16_t tunnel;   /* its number among the subject's tunnels */
	uint16_t lifetime; /* as granted, units of four seconds; LIFETIME_INFINITE */
	uint8_t priority;
	bool verified : 1;   /* home agent: its care-of address has answered, or need not */
	uint8_t share : 4;   /* of the flows, in parts of 15; if all have 0, none is said */
	bool home;           /* of the home link; `care_of` is the home address (RFC 5648 5.6.3) */
	bool has_link_layer; /* `home`: it gave a Link-layer Address option (RFC 5648 5.6.2) */
	uint8_t link_layer[LINK_LAYER_OCTETS];
};

/* Zeroed but for the addresses, it says that nothing is known of the home address. */
struct record {
	struct in6_addr home_address;
	struct in6_addr peer; /* route optimization: the correspondent; :: for the home agent */
	struct in6_addr home_agent; /* under which address the bindings were made; :: with a peer */
	uint64_t timestamp;         /* last accepted (mobile node: sent), RFC 4285 6; 0: none */
	uint32_t subject;           /* the number of its subject (effect.h); 0: none */
	uint16_t sequence;          /* last accepted (mobile node: sent) */
	uint8_t count;
	struct record_binding bindings[BINDINGS_MAX];
};

/* RFC 6089 4.3: an entry of the list of flow bindings. It is active while one of its BIDs is bound.
 */
struct flow_binding {
	uint16_t fid;      /* 0: there is none */
	uint16_t priority; /* FID-PRI; lower goes first, and no two of a home address have the same
			    */
	uint8_t bids_count;
	uint16_t bids[BINDINGS_MAX]; /* in no order; a packet is sent to each that is bound */
	struct traffic_selector selector;
};

/* A change of one flow binding, with what there was before, so that a host can take it back. */
struct record_flow {
	struct in6_addr home_address;
	struct in6_addr peer; /* as in struct record */
	uint16_t fid;
	struct flow_binding flow;   /* FID 0: it was removed */
	struct flow_binding before; /* FID 0: it is new */
};

#endif
