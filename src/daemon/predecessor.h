/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon before this one left: bindings in the maps, which live on, and on the host what
 * nobody wants any more.
 */
#ifndef MONAMI_DAEMON_PREDECESSOR_H
#define MONAMI_DAEMON_PREDECESSOR_H

struct agent;

/* Tells the core what is in the maps, and removes what has no place any more. */
void predecessor_take_over(struct agent *);
/* When all that is wanted is set again: removes the rest. Old care-of addresses, old bindings, and
 * programs on links that are not configured any more. */
void predecessor_sweep(struct agent *);

#endif
