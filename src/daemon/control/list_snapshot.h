/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bindings, or the flows, as they were when a client asked: a list may be long (hundreds of
 * thousands), so it is copied at once, which is quick, and turned into JSON page by page as the
 * client reads.
 */
#ifndef MONAMI_DAEMON_LIST_SNAPSHOT_H
#define MONAMI_DAEMON_LIST_SNAPSHOT_H

#include "show.h"

#include <jansson.h>

enum list_kind {
	LIST_BINDINGS,
	LIST_FLOWS, /* the rules of mobile nodes are in the first page */
};

struct list_snapshot;

/* `source` is borrowed. `mobile_node`: whose rules, if the list is LIST_FLOWS. -ENOMEM. */
int list_snapshot_new(const struct control_source *source, enum list_kind, unsigned int mobile_node,
	struct list_snapshot **ret);
void list_snapshot_free(struct list_snapshot *);
/* The next page, an object with the list; NULL if memory is short. `ret_more`: another follows. */
json_t *list_snapshot_page(struct list_snapshot *, bool *ret_more);

#endif
