/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow bindings of one home address (RFC 6089 4.3), at a home agent or a correspondent: which
 * of its packets are sent to which of its bindings.
 */
#ifndef MONAMI_CORE_FLOW_BINDINGS_H
#define MONAMI_CORE_FLOW_BINDINGS_H

#include "binding.h"

/* The prefixes of all flow bindings of a home address are no more. */
#define FLOW_PREFIXES_MAX 1024

/* In no order; at most RULES_MAX. */
struct flow_bindings {
	uint8_t count;
	uint8_t room;
	struct flow_binding *at;
};

/* Empty. */
extern const struct flow_bindings flow_bindings_none;

/* NULL becomes an allocated list, which free() frees. Makes room for `count` in all, at most
 * RULES_MAX. 0 or -ENOMEM: nothing changed. */
int flow_bindings_reserve(struct flow_bindings **, size_t count);
/* There must be room for all of `from`. */
void flow_bindings_copy(struct flow_bindings *, const struct flow_bindings *from);

/* NULL if there is none. */
struct flow_binding *flow_bindings_find(const struct flow_bindings *, uint16_t fid);
/* Replaces the one of its FID, or adds it; then there must be room. */
void flow_bindings_put(struct flow_bindings *, const struct flow_binding *);
/* Removes it, if it is there; the last one moves to its place. */
void flow_bindings_remove(struct flow_bindings *, uint16_t fid);

bool flow_binding_equal(const struct flow_binding *, const struct flow_binding *);
bool flow_binding_names(const struct flow_binding *, uint16_t bid);
/* How many prefixes make up the address ranges of its selector: the data plane has a table entry
 * for each. */
size_t flow_binding_prefixes(const struct flow_binding *);
/* RFC 6089 4.3: one of its BIDs is bound. */
bool flow_binding_is_active(const struct flow_binding *, const struct bindings *);

#endif
