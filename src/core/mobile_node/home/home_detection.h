/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Home link detection (RFC 6275 11.5.1, 11.5.2): what the routers of one link said of it, and when
 * to ask them. A link is the home link while a router says that the home prefix is on it.
 *
 * Router Advertisements are not authentic; RFC 6275 trusts them as every IPv6 host does. So a
 * forger on a link can make it look like the home link, or like none. What the forger gains is
 * bounded: the memory of a link is of fixed size; a home link that is said to be none any more is
 * left only if its routers, asked, keep silent; and nothing is taken from the visited links until
 * the home agent, whose answers are authentic, has answered over what looks like the home link
 * (returning_home.h). The care-of address of that link stays registered; the link becomes a visited
 * link again when the home agent refuses the home binding or does not answer (ADR 40).
 */
#ifndef MONAMI_CORE_HOME_DETECTION_H
#define MONAMI_CORE_HOME_DETECTION_H

#include "../../api/core.h"
#include "../../../wire/icmpv6.h"

/* A link-layer address that was learnt. */
struct home_neighbour {
	bool known;
	nanos until;
	uint8_t link_layer[LINK_LAYER_OCTETS];
};

/* Zeroed, nothing is known. */
struct home_detection {
	bool heard;             /* a router, since the link came up */
	nanos home_until;       /* the home prefix is on the link; 0: it is not */
	bool contradicted;      /* a router said otherwise: the others are being asked */
	nanos confirmed_until;  /* confirmed lately: no contradiction counts until then */
	unsigned solicit;       /* Router Solicitations still to be sent */
	nanos solicit_at;       /* the next of them; after the last: when the home link is lost */
	struct in6_addr router; /* the default router, link-local */
	struct home_neighbour router_at;
	struct home_neighbour agent_at; /* the home agent */
	unsigned asked;                 /* Neighbour Solicitations for it without an answer */
	nanos ask_at;
};

/* The link has come up: its routers are to be asked, unless one was heard. */
void home_detection_begin(struct home_detection *, nanos now);

/* `home_agent` is the one in use; ::, none is known. */
void home_detection_advertisement(struct home_detection *, const struct mobile_node_config *,
	const struct in6_addr *home_agent, nanos now, const struct in6_addr *router,
	const struct icmpv6 *);
/* RFC 6275 11.5.5: the answer to a Neighbour Solicitation for the home agent. */
void home_detection_neighbour(struct home_detection *, const struct mobile_node_config *,
	const struct in6_addr *home_agent, const struct icmpv6 *);

/* What has run out is forgotten. To be called before the rest. */
void home_detection_deadline(struct home_detection *, nanos now);
nanos home_detection_next_deadline(const struct home_detection *);

bool home_detection_is_home(const struct home_detection *);

/* A Router Solicitation is due; if one is sent, home_detection_solicited(). */
bool home_detection_solicit_due(const struct home_detection *, nanos now);
void home_detection_solicited(struct home_detection *, nanos now);

/*
 * The home agent's link-layer address is needed: a Neighbour Solicitation for `ret` is due.
 * RFC 6275 11.5.5 asks for the home address, for which the home agent that holds the binding
 * answers; there may be no binding, so the home agent's own address is asked for in turn.
 */
bool home_detection_ask_due(const struct home_detection *, const struct mobile_node_config *,
	const struct in6_addr *home_agent, nanos now, struct in6_addr *ret);
void home_detection_asked(struct home_detection *, nanos now);
nanos home_detection_ask_at(const struct home_detection *);
/* What was learnt of the home agent led nowhere. */
void home_detection_forget_agent(struct home_detection *);

#endif
