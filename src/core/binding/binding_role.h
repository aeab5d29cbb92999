/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The differences between a home agent and a correspondent, as data and functions of the role;
 * those for Binding Updates are in binding_update.h. A function may be NULL where that is said.
 */
#ifndef MONAMI_CORE_BINDING_ROLE_H
#define MONAMI_CORE_BINDING_ROLE_H

#include "binding_cache.h"

struct recovery_question;
struct update_policy;

struct binding_role {
	/* Route optimization: effects, events and views name the node's own address as the peer. */
	bool is_direct;
	const struct update_policy *update;

	/* Whether Binding Refresh Requests are sent for bindings that will soon expire. NULL: yes.
	 */
	bool (*is_in_use)(const struct binding_entry *, nanos now);
	/* Sends a Binding Refresh Request. False: it cannot leave. */
	bool (*send_request)(
		void *self, const struct binding_entry *, struct octets payload, struct outbox *);

	/* When the bindings end at the latest (RFC 6275 10.3.1). NULL: with their lifetimes. */
	nanos (*valid_until)(const void *self, const struct binding_entry *);
	/* Whether care-of addresses are verified before the binding is used. NULL: no. */
	bool (*verifies)(const struct binding_entry *);
	/* How packets share the bindings. NULL: SHARE_FIRST. */
	enum link_sharing (*sharing)(const struct binding_entry *);
	/* Whether the tunnel of an unchanged binding has changed. NULL: no. */
	bool (*is_tunnel_new)(const struct binding_entry *, const struct binding *);
	/* Fills in the fields of the tunnel that depend on the role. */
	void (*tunnel)(const void *self, const struct binding_entry *, const struct binding *,
		struct effect_tunnel *);
	/* The binding of this BID has been removed, alone. */
	void (*removed)(struct binding_entry *, uint16_t bid);
	/* The bindings have changed. NULL: nothing depends on it. */
	void (*changed)(void *self, struct moment, struct binding_entry *, struct outbox *);
	/* Bindings may have expired. NULL: nothing depends on it. */
	void (*expired)(void *self, struct moment, struct binding_entry *, struct outbox *);
	/* The deadline of the entry has passed, maybe for the role's own reason. NULL: it has none.
	 */
	void (*deadline)(void *self, struct moment, struct binding_entry *, struct outbox *);
	/* The role's own deadline for an entry with bindings. NULL: never. */
	nanos (*next)(const void *self, const struct binding_entry *);
	/* The entry has been scheduled. False: it has no bindings, and was removed. */
	bool (*scheduled)(void *self, nanos now, struct binding_entry *);
	/* Whether a binding from before a restart can be added to `present`. */
	bool (*may_return)(void *self, nanos now, struct binding_entry *,
		const struct bindings *present, const struct record_binding *);
	/* Asks a care-of address whether packets reach it. NULL: the role cannot. */
	void (*ask)(void *self, const struct binding_entry *, const struct recovery_question *,
		struct outbox *);
	/* Before the entry is freed: frees its parts. NULL: it has none. */
	void (*cleanse)(void *self, struct binding_entry *);
};

#endif
