/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings from before a restart, or from before an update that was not stored.
 */
#ifndef MONAMI_CORE_BINDING_RESTORATION_H
#define MONAMI_CORE_BINDING_RESTORATION_H

#include "binding_cache.h"

/*
 * Adds a binding to the entry, which may have `bindings_max`. NULL, or no place in the entry:
 * removes the tunnel.
 */
void binding_restore(struct binding_cache *, struct moment, struct binding_entry *,
	uint8_t bindings_max, const struct effect_tunnel *, struct outbox *);
/*
 * Adds it to `bindings`, which may become the bindings of the entry. NULL: it cannot be one of
 * them, or has expired. The granted lifetime was not kept; the rest of the lifetime stands for it.
 */
struct binding *binding_restore_to(struct binding_cache *, nanos now, struct binding_entry *,
	struct bindings *, uint8_t bindings_max, const struct effect_tunnel *);

#endif
