/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow bindings that a store would have, kept from the effects alone, and options of them in an
 * update.
 */
#ifndef MONAMI_FUZZ_FLOW_COPY_H
#define MONAMI_FUZZ_FLOW_COPY_H

#include "input.h"
#include "tunnel_copy.h"

#include "../../src/core/api/core.h"
#include "../../src/wire/message.h"

#define FLOW_COPY_MAX 32 /* FIDs 1 to 7 of four home addresses */

/* Of each, `flow` is what is kept. */
struct flow_copy {
	size_t count;
	struct record_flow at[FLOW_COPY_MAX];
};

/* Up to three Flow Identification options and a summary of eight FIDs: good and bad ones. */
void flow_copy_ask(struct input *, struct message *);
/* Each effect. Requires that a record's `before` is what is kept. */
void flow_copy_told(struct flow_copy *, const struct effect *);
/* The core has these flow bindings, in the order of unique priorities, and the data plane a rule
 * for each that is active, by its BIDs. */
void flow_copy_check(const struct flow_copy *, const struct core *, struct tunnel_copy *);
/* After a restart: HOST_RESTORE_FLOW for each; those without bindings are lost. */
void flow_copy_restore(struct flow_copy *, struct core *, struct moment, struct outbox *,
	void (*empty_outbox)(void));
/* After a rollback: what this home address had when `kept` was made comes back. */
void flow_copy_roll_back(struct flow_copy *, const struct flow_copy *kept,
	const struct in6_addr *home_address, struct core *, struct moment, struct outbox *,
	void (*empty_outbox)(void));

#endif
