/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent's store in the daemon: what a pass of the loop changed is committed before anything
 * of it is acknowledged. What the store keeps of a home address is what the data plane holds of it.
 * If a commit fails, nothing of that pass leaves, the core takes back what it accepted, and refuses
 * what would have to be kept, until a later attempt succeeds.
 */
#ifndef MONAMI_DAEMON_KEEPING_H
#define MONAMI_DAEMON_KEEPING_H

#include <stdbool.h>
#include <netinet/in.h>

struct agent;
struct show_status;

/*
 * Opens the store, if there is to be one; after the core and the data plane. One that does not work
 * is no error: the core is told. -ENOMEM.
 */
int keeping_start(struct agent *);
/* Commits what is due, and closes it. */
void keeping_finish(struct agent *);

/*
 * Gives the core what the store holds, and makes the data plane the same. False: the store holds
 * nothing (it is new, does not work, or there is none), so that the maps are the better memory;
 * then keeping_put_all() follows.
 */
bool keeping_restore(struct agent *);
void keeping_put_all(struct agent *);

/* Before the data plane is changed: this home address is part of the next commit. */
void keeping_touch(struct agent *, const struct in6_addr *home_address);
/* Before a call of the core: commits, and sends, if otherwise its effects might not fit. */
void keeping_make_room(struct agent *);
/* Whether something is not committed yet: nothing may be sent. */
bool keeping_due(const struct agent *);
/* Commits it. What is queued may then be sent; if it failed, nothing is queued any more. */
void keeping_commit(struct agent *);

void keeping_show(const struct agent *, struct show_status *ret);

#endif
