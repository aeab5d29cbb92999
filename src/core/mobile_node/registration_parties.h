/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two parties of the home registration: the home address, and the home agent that is in use.
 * The latter is the configured one, or one that was discovered (RFC 6275 11.4.1).
 */
#ifndef MONAMI_CORE_REGISTRATION_PARTIES_H
#define MONAMI_CORE_REGISTRATION_PARTIES_H

#include "../api/effect.h"

#include <stdbool.h>

/* Of the outbox, what tunnels, a Binding Update and its record may still need after an event. */
#define EVENT_RESERVE (2 * BINDINGS_MAX + 6)

struct registration_parties {
	struct in6_addr home_address;
	struct in6_addr home_agent; /* ::, none is known */
};

bool parties_have_home_agent(const struct registration_parties *);
/* This is the address of the home agent in use. */
bool parties_is_home_agent(const struct registration_parties *, const struct in6_addr *);

/* RFC 6275 6.4, 11.7.3: the packet is for the home address, to a care-of address with a routing
 * header, or as it is. */
bool parties_is_destination(const struct registration_parties *, const struct packet *);

/* RFC 6275 6.1.9: a Binding Error names this home address; or none, as it is about a packet without
 * a Home Address option. */
bool parties_is_named(const struct registration_parties *, const struct msg_binding_error *);

/* An event about the two. NULL: the outbox is nearly full, and the event is not reported. */
struct effect_event *parties_event(
	const struct registration_parties *, enum event_type, uint16_t bid, struct outbox *);

#endif
