/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Duplicate Address Detection for a home address (RFC 6275 10.3.1, RFC 4862 5.4), while the Binding
 * Update that asks for its first binding waits: one for each node at most, as octets. Of several
 * the last counts; they neither prolong the detection nor start another. All checks of an update,
 * also of its freshness, come before it waits. Its lifetime begins when it is accepted.
 */
#ifndef MONAMI_CORE_DUPLICATE_ADDRESS_DETECTION_H
#define MONAMI_CORE_DUPLICATE_ADDRESS_DETECTION_H

#include "home_link.h"

/* Whether a first binding has to wait. */
bool detection_needed(const struct home_link *, const struct binding_entry *);
/* Starts one, or lets this update take the place of the one that waits. 0 or -ENOMEM. */
int detection_begin(struct home_link *, struct moment, struct binding_entry *,
	const struct received *, struct outbox *);

bool detection_pending(const struct binding_entry *);
/* The same packet again, while it waits. */
bool detection_waits_for(const struct binding_entry *, const struct received *);
/* Discards the update that waits. */
void detection_abandon(struct home_link *, struct moment, struct binding_entry *);

/* Another node claims the address. */
void detection_conflict(struct home_link *, struct moment, struct binding_entry *,
	const struct received_icmpv6 *, struct outbox *);
/* Detection is useless while the link is down. */
void detection_link_changed(struct home_link *, struct moment, struct binding_entry *);
/* The detection has ended. */
void detection_end(struct home_link *, struct moment, struct binding_entry *, struct outbox *);

#endif
