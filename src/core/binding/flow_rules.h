/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effects of flow bindings: a rule of the data plane for each that is active, and a record of
 * each that changed.
 */
#ifndef MONAMI_CORE_FLOW_RULES_H
#define MONAMI_CORE_FLOW_RULES_H

#include "binding_cache.h"

/* The most effects of one change of bindings, with the same flow bindings. */
#define FLOW_RULES_EFFECTS RULES_MAX

/*
 * The entry had the bindings `before`, and has its present ones: emits the rules that differ. Its
 * flow bindings become `wanted` (NULL: the same), for which there must be room; without bindings
 * there are none.
 */
void flow_rules_change(const struct binding_cache *, struct binding_entry *,
	const struct bindings *before, const struct flow_bindings *wanted, struct outbox *);

/* HOST_RESTORE_FLOW: one flow binding becomes that of the record. 0, -ENOMEM, or -EINVAL: the entry
 * cannot have it. */
int flow_rules_restore(const struct binding_cache *, struct binding_entry *,
	const struct record_flow *, struct outbox *);

#endif
