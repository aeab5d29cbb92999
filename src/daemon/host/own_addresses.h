/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses at which packets of route optimization come: a correspondent's own, and the
 * addresses of a mobile node's links, bound or not yet. All global ones, past their Duplicate
 * Address Detection, as the kernel has them.
 */
#ifndef MONAMI_DAEMON_OWN_ADDRESSES_H
#define MONAMI_DAEMON_OWN_ADDRESSES_H

#include "../../io/host/host.h"

struct daemon;

/* An interface is now as in `after`, and was as in `before`. */
void own_addresses_follow(
	struct daemon *, const struct host_interface *before, const struct host_interface *after);
/* Each of them, of a correspondent host. */
void own_addresses_each(
	const struct daemon *, void (*each)(void *to, const struct in6_addr *), void *to);
/* Forgets what a daemon before us had. */
void own_addresses_sweep(struct daemon *);

#endif
