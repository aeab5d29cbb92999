/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the previous daemon left: bindings in the maps, which stay in use, and objects on the host
 * that this configuration does not need.
 */
#ifndef MONAMI_DAEMON_TAKEOVER_H
#define MONAMI_DAEMON_TAKEOVER_H

struct daemon;
struct record;

/* Tells the core what is in the maps, and removes what has no place any more. */
void takeover_take_over(struct daemon *);
/* The home address is not configured any more: forgets its record. */
void takeover_forget(struct daemon *, const struct record *);
/* When all that is wanted is set again: removes the rest. Old care-of addresses, old bindings, and
 * programs on links that are not configured any more. */
void takeover_sweep(struct daemon *);

#endif
