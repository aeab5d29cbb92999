/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bindings as they were when a client asked: a list may be long (hundreds of thousands of
 * bindings), so it is copied at once, which is quick, and turned into JSON page by page as the
 * client reads.
 */
#ifndef MONAMI_DAEMON_BINDING_SNAPSHOT_H
#define MONAMI_DAEMON_BINDING_SNAPSHOT_H

#include "show.h"

#include <jansson.h>

struct binding_snapshot;

/* `source` is borrowed. -ENOMEM. */
int binding_snapshot_new(const struct control_source *source, struct binding_snapshot **ret);
void binding_snapshot_free(struct binding_snapshot *);
/* The next page, a JSON array, NULL if memory is short. `ret_more`: it is not the last. */
json_t *binding_snapshot_page(struct binding_snapshot *, bool *ret_more);

#endif
