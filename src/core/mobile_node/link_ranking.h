/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which links are good for signalling to the home agent, and which of them an update leaves by.
 */
#ifndef MONAMI_CORE_LINK_RANKING_H
#define MONAMI_CORE_LINK_RANKING_H

#include "home_registration.h"

/* How good a path is for signalling; the less the better. */
enum link_rank {
	LINK_RANK_ALIVE,
	LINK_RANK_SUSPECT,
	LINK_RANK_TRIAL,
	LINK_RANK_UNPROVEN,
	LINK_RANK_UNANSWERED, /* dead, but no probe was ever answered: only if there is nothing else
			       */
	LINK_RANK_NONE,       /* not at all */
};

/* Links, best first. */
struct link_ranking {
	size_t count;
	const struct link *at[BINDINGS_MAX];
};

enum link_rank link_rank(const struct link *);

/* The home link is one of the paths only if it is a binding beside the others. */
bool link_takes_part(const struct home_registration *, const struct link *);
/* A home link is one to send by as soon as the home agent was seen there (RFC 6275 11.5.5). */
bool link_can_send(const struct home_registration *, const struct link *);

/* Those of the links that are such. */
void link_ranking_make(const struct home_registration *, const struct links *,
	bool (*is_such)(const struct home_registration *, const struct link *),
	struct link_ranking *ret);
bool link_ranking_any_sender(const struct home_registration *, const struct links *);

/*
 * The best link now; after two attempts without an answer the others in turn, for there are
 * networks that let probes through, and no Mobility Header. A home agent that does not know Binding
 * Identifiers takes an authenticator over the source only for a right one: as long as ours may be
 * one of these, every second attempt is by the care-of address's own link.
 */
const struct link *link_ranking_sender(const struct home_registration *, const struct links *,
	const struct update *, unsigned attempts);
/* The update left by a link or from an address that is not there any more. */
bool link_ranking_sender_gone(
	const struct home_registration *, const struct links *, const struct update *);

#endif
