/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobile Prefix Advertisements of a home agent (RFC 6275 10.6): in answer to solicitations, and
 * unsolicited when the prefixes of the home link change, to each mobile node that has a binding.
 *
 * Neither they nor the solicitations are authentic without IPsec: a mobile node takes them for
 * information only.
 */
#ifndef MONAMI_CORE_PREFIX_DELIVERY_H
#define MONAMI_CORE_PREFIX_DELIVERY_H

#include "home_link/home_link.h"

/* RFC 6275 13 */
#define PREFIX_DELIVERY_MIN_S 600
#define PREFIX_DELIVERY_MAX_S 86400

/* To one mobile node. Allocated when there is first something to deliver, freed with free(). */
struct prefix_delivery;

struct prefix_delivery_basis {
	const struct home_agent_config *config;
	const struct home_prefixes *prefixes;
	const struct home_link *home_link;
	struct core_base *base;
};

/* The caller schedules the entry after what changes prefix_delivery_next(). */

/* A Mobile Prefix Solicitation with the entry's home address in a Home Address option. */
void prefix_delivery_solicited(struct prefix_delivery **, const struct prefix_delivery_basis *,
	struct moment, const struct binding_entry *, const struct received_icmpv6 *,
	struct outbox *);
/* The prefixes have changed: if the mobile node is bound, it is told some time later. */
void prefix_delivery_changed(struct prefix_delivery **, const struct prefix_delivery_basis *,
	struct moment, const struct binding_entry *);
/* An update was accepted: begins the delivery again that was given up (RFC 6275 10.6.2). False, or
 * NULL given: there is none. */
bool prefix_delivery_registered(
	struct prefix_delivery *, struct moment, const struct binding_entry *);

/* When to call prefix_delivery_deadline(). NULL: never. */
nanos prefix_delivery_next(const struct prefix_delivery *);
void prefix_delivery_deadline(struct prefix_delivery *, const struct prefix_delivery_basis *,
	struct moment, const struct binding_entry *, struct outbox *);

#endif
