/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent's store in the daemon: what a pass of the loop changed is committed before anything
 * of it is acknowledged. What the store keeps of a home address is what the data plane holds of it.
 * If a commit fails, nothing of that pass leaves, the core takes back what it accepted, and refuses
 * what would have to be kept, until a later attempt succeeds.
 */
#ifndef MONAMI_DAEMON_PERSISTENCE_H
#define MONAMI_DAEMON_PERSISTENCE_H

#include <stdbool.h>
#include <netinet/in.h>

struct daemon;
struct show_status;

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

/* Before the data plane is changed: this home address is part of the next commit. */
void persistence_touch(struct daemon *, const struct in6_addr *home_address);
/* Before a call of the core: commits, and sends, if otherwise its effects might not fit. */
void persistence_make_room(struct daemon *);
/* Whether something is not committed yet: nothing may be sent. */
bool persistence_due(const struct daemon *);
/* Commits it. What is queued may then be sent; if it failed, nothing is queued any more. */
void persistence_commit(struct daemon *);

void persistence_show(const struct daemon *, struct show_status *ret);

#endif
