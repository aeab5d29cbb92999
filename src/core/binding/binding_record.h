/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of an entry (api/record.h), and the bindings that it restores. */
#ifndef MONAMI_CORE_BINDING_RECORD_H
#define MONAMI_CORE_BINDING_RECORD_H

#include "binding_cache.h"

/* EFFECT_RECORD: the entry's bindings and numbers, after each change of them. */
void binding_record(const struct binding_cache *, const struct binding_entry *, struct outbox *);

/*
 * After a restart: the entry, which may have `bindings_max`, gets the record's numbers and its
 * bindings. Removes the tunnels of those that cannot be bindings of the entry any more.
 */
void binding_restore(struct binding_cache *, struct moment, struct binding_entry *,
	uint8_t bindings_max, const struct record *, struct outbox *);
/* Removes the tunnel of the previous daemon, which this core has not set. No later subject gets the
 * number of the record's. */
void binding_forget(
	struct core_base *, const struct record *, const struct record_binding *, struct outbox *);
/* Adds to `ret` the bindings that have not expired and can be bindings of the entry. */
void binding_restore_to(struct binding_cache *, nanos now, struct binding_entry *,
	uint8_t bindings_max, const struct record *, struct bindings *ret);

#endif
