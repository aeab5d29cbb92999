/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's memory of former correspondents: one that refused is not asked again for a while
 * (RFC 6275 5.2.9, 11.7.2), and one that does not know Binding Identifiers gets one binding (RFC
 * 5648 5.7). Sequence numbers of updates continue: after a new random number, an old update might
 * count as new.
 *
 * Most peers of most nodes are in this table, which has a fixed size. A new entry replaces the one
 * that becomes useless first.
 */
#ifndef MONAMI_CORE_KNOWN_PEERS_H
#define MONAMI_CORE_KNOWN_PEERS_H

#include "../base/binding_key.h"
#include "../base/keyed_hash.h"

#include <netinet/in.h>

/* Then nothing is bound there any more, and no token lives. */
#define KNOWN_PEERS_NUMBERED_FOR (RR_BINDING_LIFETIME_MAX * NANOS_PER_SECOND)

/* After its last acknowledgement: at least a lifetime after the binding has ended. Until then, a
 * correspondent that does not answer may only be restarting, and is asked again soon (ADR 38). */
#define KNOWN_PEERS_SPOKEN_FOR (2 * RR_BINDING_LIFETIME_MAX * NANOS_PER_SECOND)

#define KNOWN_PEERS_GROUPS 256
#define KNOWN_PEERS_IN_GROUP 4

struct known_peer {
	struct in6_addr address;
	nanos refused_until; /* not asked before */
	nanos single_until;  /* one binding without Binding Identifier until then */
	nanos spoken_until;  /* until then, it has acknowledged a binding lately; 0: it has not */
	nanos sent_at;     /* the last message to it; 0: never, or so long ago that it is all one */
	uint16_t sequence; /* of the last Binding Update */
};

struct known_peers {
	struct hash_key key;
	struct known_peer at[KNOWN_PEERS_GROUPS][KNOWN_PEERS_IN_GROUP];
};

void known_peers_init(struct known_peers *, const struct core_port *);

/* Replaces the entry of that address. */
void known_peers_note(struct known_peers *, nanos now, const struct known_peer *);

/* Zeros for values that are unknown or have expired. */
struct known_peer known_peers_find(
	const struct known_peers *, nanos now, const struct in6_addr *address);

#endif
