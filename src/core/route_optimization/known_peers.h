/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mobile node remembers of peers that it has nothing with any more: who would not be reached
 * directly is not asked again for a while (RFC 6275 5.2.9, 11.7.2), and who does not know Binding
 * Identifiers is not asked for several bindings again (RFC 5648 5.7). And the sequence numbers of
 * its updates go on where they were: from another random number on, an old update may count as new.
 *
 * Most peers of most nodes are such, a great many more than those that are reached directly. So
 * they are kept apart from these, in a table of fixed size, where the first to be of no use gives
 * way.
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

/* Replaces what was known of that address. */
void known_peers_note(struct known_peers *, nanos now, const struct known_peer *);

/* Zeros in the place of what is not known, or no longer. */
struct known_peer known_peers_find(
	const struct known_peers *, nanos now, const struct in6_addr *address);

#endif
