/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dynamic Home Agent Address Discovery at the mobile node (RFC 6275 11.4.1): which home agents
 * there are, and which of them is in use. Only if none is configured; one that is, is kept.
 *
 *     asked    from visited links, at the anycast address of the home prefix, while no home agent
 *              is known, or all that are known have failed
 *     heard    on the home link: a Router Advertisement with H, and R with its address
 *     in use   the first of the list; the next when it does not answer, refuses, or knows no
 *              Binding Identifiers (RFC 5648 5.7) while others have not been tried; after
 *              AGENTS_TRIED of them, others are asked for while the rest is tried
 *
 * What is heard when a home agent has taken the node is kept for when it fails: a flood of
 * advertisements does not make the node leave it.
 *
 * Nothing of this is authentic. A forged reply or advertisement can name home agents that are none;
 * that delays registration until AGENTS_TRIED of them have been tried and the next reply has come,
 * and no more, for updates and acknowledgements are authenticated. The list has a fixed size, a
 * reply counts only with the identifier and at the care-of address of a request, and asking has a
 * rate of its own.
 */
#ifndef MONAMI_CORE_AGENT_DISCOVERY_H
#define MONAMI_CORE_AGENT_DISCOVERY_H

#include "../base/role.h"

/* As many as one reply carries. */
#define AGENTS_MAX ICMPV6_HOME_AGENTS_MAX
/* After this many without success, the node asks again. */
#define AGENTS_TRIED 16

/* RFC 6275 12: one request and DHAAD_RETRIES more */
#define DISCOVERY_REQUESTS 5

enum agent_standing {
	AGENT_UNTRIED,
	AGENT_WITHOUT_BIDS, /* it takes registrations, one at a time (RFC 5648 5.7) */
	AGENT_FAILED,
};

struct found_agent {
	struct in6_addr address;
	enum agent_standing standing;
	bool late; /* heard when another had taken us, which is not left for it */
};

struct agent_discovery {
	bool wanted; /* no home agent is configured */
	uint8_t count;
	struct found_agent at[AGENTS_MAX]; /* best first */
	bool registered;                   /* the one in use has accepted a registration */
	nanos deaf_since; /* no link reaches the one in use any more; NANOS_NEVER: one does */

	bool asking;
	bool trying;   /* while it asks, it tries the rest of the list */
	uint8_t tried; /* how many without success, since the list came */
	nanos ask_at;  /* the next request */
	nanos asked;   /* the last one; 0: none */
	nanos wait;    /* after the last one */
	uint16_t identifier;
	unsigned requests;                           /* of this identifier */
	struct in6_addr sources[DISCOVERY_REQUESTS]; /* the care-of addresses they left from */
};

struct mobile_node;
struct link;

void agent_discovery_init(struct mobile_node *);

/* A Home Agent Address Discovery Reply. False: it was not asked for, or lists no home agent. */
bool agent_discovery_reply(
	struct mobile_node *, struct moment, const struct received_icmpv6 *, struct outbox *);
/* A Router Advertisement of the home link. True: it has brought the home agent that is in use now.
 */
bool agent_discovery_hear(
	struct mobile_node *, struct moment, const struct icmpv6 *, struct outbox *);
/* Whether a registration from before a restart may be with this home agent; if so, it is the one in
 * use (RFC 6275 11.4.1). */
bool agent_discovery_may_be(const struct mobile_node *, const struct in6_addr *home_agent);
void agent_discovery_remember(
	struct mobile_node *, const struct in6_addr *home_agent, struct outbox *);
/* A link has come up: there is no reason to wait. */
void agent_discovery_link_up(struct mobile_node *);

/* After each event, when the links are reconciled and before any effect is reported: leaves a home
 * agent that has failed, and asks for others. True: another one is in use. */
bool agent_discovery_reconcile(struct mobile_node *, struct moment, struct outbox *);
nanos agent_discovery_next_deadline(const struct mobile_node *);

#endif
