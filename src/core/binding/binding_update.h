/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update on its way through the checks of RFC 6275 9.5.1, at a home agent or a
 * correspondent. Nothing changes, and no answer depends on state, before it is authentic.
 */
#ifndef MONAMI_CORE_BINDING_UPDATE_H
#define MONAMI_CORE_BINDING_UPDATE_H

#include "../base/role.h"
#include "binding_ack.h"
#include "binding_cache.h"
#include "registration.h"

/* The first member of a role's own update. */
struct binding_update {
	struct binding_cache *cache;
	struct moment now;
	const struct received *received;
	const struct message *message;
	const struct packet *packet;
	const struct in6_addr *own; /* the address that it was sent to */
	struct outbox *outbox;
	struct binding_entry *entry; /* NULL: none */
	uint16_t bid_count;    /* options that count: none if this node supports RFC 6275 only */
	bool flows_prohibited; /* RFC 6089 4.2: status 128 */
};

/* The role's checks and answers. Where a function returns false, the update has been counted and,
 * if necessary, answered, or waits. */
struct update_policy {
	struct registration_rules rules;
	bool acknowledges_all; /* RFC 6275 10.3.1; else only updates with A (9.5.4) */

	/* Identifies the mobile node that sent the update, and makes the first checks. */
	bool (*identify)(struct binding_update *);
	/* After it the entry is set, if there is one. */
	bool (*authenticate)(struct binding_update *);
	bool (*check_fresh)(struct binding_update *);
	/* Fills in the lifetime and the limits of the role. */
	bool (*grant)(struct binding_update *, struct registration_request *);
	/* The registration is acceptable. After it the entry is set, unless a de-registration finds
	 * none. */
	bool (*admit)(struct binding_update *, bool deletes);
	/* Before the bindings change; may add to the acknowledgement. */
	void (*accept)(struct binding_update *, const struct registration *, struct binding_ack *);
	/* After it; changes nothing that a record has. NULL: nothing depends on it. */
	void (*accepted)(struct binding_update *);

	/* Whether an update that any host can have sent may be answered now. */
	bool (*may_answer)(const struct binding_update *);
	/* Tells the log. `proved`: the update is authentic and fresh. */
	void (*tell_refused)(const struct binding_update *, uint8_t status, bool proved);
	/* Encodes the acknowledgement with its authenticator. The length, or negative. */
	int (*seal)(const struct binding_update *, const struct binding_ack *,
		struct message *message, uint8_t *octets, size_t capacity);
	/* False: it cannot leave. */
	bool (*send)(const struct binding_update *, const struct packet_envelope *,
		struct octets payload);
};

/* `mcoa`: false to skip Binding Identifier options. */
struct binding_update binding_update_of(struct binding_cache *, struct moment,
	const struct received *, const struct in6_addr *own, bool mcoa, struct outbox *);

void binding_update_receive(struct binding_update *);
/* The steps after `check_fresh`; also for an update that has waited. */
void binding_update_process(struct binding_update *);

/* The care-of address of a binding without BID, and the one that a correspondent's authenticator
 * covers (RFC 6275 6.1.7, 6.2.7). */
const struct in6_addr *binding_update_care_of(const struct binding_update *);

/* ---- for a role's functions; each returns false ---- */

bool binding_update_drop(const struct binding_update *, enum drop);
/* Answers an update that is authentic and fresh. */
bool binding_update_refuse(const struct binding_update *, uint8_t status);
/* Answers an update that any host can have sent or replayed, within the rate limits. */
bool binding_update_refuse_unproved(const struct binding_update *, const struct binding_ack *);
/* The number is greater than that of the entry (RFC 6275 9.5.1), or the update was refused. */
bool binding_update_check_sequence(const struct binding_update *);

#endif
