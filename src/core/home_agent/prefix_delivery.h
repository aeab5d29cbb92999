/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobile Prefix Advertisements of a home agent (RFC 6275 10.6): in answer to solicitations, and
 * unsolicited when the prefixes of the home link change, to each node that has a binding.
 *
 * They are not authentic without IPsec, nor are the solicitations: a mobile node takes them for
 * information only.
 */
#ifndef MONAMI_CORE_PREFIX_DELIVERY_H
#define MONAMI_CORE_PREFIX_DELIVERY_H

#include "binding_cache.h"
#include "../base/role.h"

struct home_agent;

/* RFC 6275 13 */
#define PREFIX_DELIVERY_MIN_S 600
#define PREFIX_DELIVERY_MAX_S 86400

/* A Mobile Prefix Solicitation with the Home Address option of a node that is bound to its source.
 */
void prefix_delivery_solicited(
	struct home_agent *, struct moment, const struct received_icmpv6 *, struct outbox *);
/* The prefixes have changed: every node that is bound shall know of it, some time later. */
void prefix_delivery_changed(struct home_agent *, struct moment);

/* When to call prefix_delivery_deadline() for the node. */
nanos prefix_delivery_next(const struct node *);
void prefix_delivery_deadline(struct home_agent *, struct moment, struct node *, struct outbox *);
/* An update from abroad was accepted: what was given up is begun again (RFC 6275 10.6.2). */
void prefix_delivery_registered(struct home_agent *, struct moment, struct node *);
/* With the last binding ends what was to be told (RFC 6275 10.6.2). */
void prefix_delivery_free(struct node *);

#endif
