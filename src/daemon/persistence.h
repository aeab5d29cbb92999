/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent's store in the daemon: what a pass of the loop changed is committed before anything
 * of it is acknowledged. The store and the data plane keep the core's records.
 * If a commit fails, nothing of that pass leaves, the core takes back what it accepted, and refuses
 * what would have to be kept, until a later attempt succeeds.
 */
#ifndef MONAMI_DAEMON_PERSISTENCE_H
#define MONAMI_DAEMON_PERSISTENCE_H

#include "base/array.h"

#include "../core/api/record.h"

struct daemon;
struct show_status;

/* All that the data plane remembers: an array of struct record, the caller's to free. */
struct array records_collect(struct daemon *);

/*
 * Opens the store, if there is to be one; after the core and the data plane. One that does not work
 * is no error: the core is told. -ENOMEM.
 */
int persistence_start(struct daemon *);
/* Commits what is due, and closes it. */
void persistence_finish(struct daemon *);

/*
 * Gives the core what the store holds, and makes the data plane the same. False: the store holds
 * nothing (it is new, does not work, or there is none), so that the maps are the better memory;
 * then persistence_put_all() follows.
 */
bool persistence_restore(struct daemon *);
void persistence_put_all(struct daemon *);

/* EFFECT_RECORD: remembers it in the data plane, and makes it part of the next commit if the store
 * is for it. */
void persistence_record(struct daemon *, const struct record *);
/* EFFECT_RECORD_FLOW: makes it part of the next commit. Without a store flow bindings are not kept
 * over a restart: the mobile node sends them again when it hears that they are gone (RFC 6089
 * 5.3.3). */
void persistence_record_flow(struct daemon *, const struct record_flow *);
/* Whether the store is for it: there is one, and the record is a home agent's. */
bool persistence_stores(const struct daemon *, const struct record *);
/* Before a call of the core: commits, and sends, if otherwise its effects might not fit. */
void persistence_make_room(struct daemon *);
/* Whether something is not committed yet: nothing may be sent. */
bool persistence_due(const struct daemon *);
/* Commits it. What is queued may then be sent; if it failed, nothing is queued any more. */
void persistence_commit(struct daemon *);

void persistence_show(const struct daemon *, struct show_status *ret);

#endif
